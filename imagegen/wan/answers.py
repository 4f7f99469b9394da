"""Read the API's answers and errors from bytes. No I/O, so tests check every rule with bytes.

stream.py reads streams, and tasks.py reads answers about tasks.
Document: [api] help.aliyun.com/zh/model-studio/wan-image-generation-api-reference (2026-11-22).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from imagegen.errors import Reason, WanError, WanRefused, WanUnanswered
from imagegen.model import Made, StoryImage, StoryPart, StoryText
from imagegen.wan.codes import reason_for

RETRY_AFTER_S = (1.0, 300.0)  # undocumented; a spent quota once named 1.8 million seconds
# How long to wait after a gateway's refusal: the default if it names no time (also the shortest), and the longest.
GATEWAY_WAIT_S = (60.0, 3600.0)
MAX_BILLED_IMAGES = 1000  # a larger count is no count, and fits into no column

_WORD = re.compile(r"[!-~]{1,64}")  # one of the service's ids, safe in a log, a row and a sentence
_SIZE = re.compile(r"[1-9][0-9]{0,4}\*[1-9][0-9]{0,4}")


@dataclass(frozen=True)
class StoryEnd:
    """The end of a complete story. *image_count* is what Wan bills; None if no usage came."""

    image_count: int | None
    size: str
    request_id: str


def read_made(status: int, headers: Mapping[str, str], raw: bytes, *, story: bool = False) -> Made:
    """Return the images of a synchronous answer. Raise WanRefused, or WanUnanswered for an answer that is not Wan's."""
    answer = read_answer(status, headers, raw)
    return read_result(answer.get("output"), answer, story=story)


def read_result(output: object, answer: Mapping[str, Any], *, story: bool) -> Made:
    """Return the result of a success. Raise WanRefused if it has no image; for a *story*, text alone is a result."""
    parts, usage = tuple(_storable_part(part) for part in parts_in(output)), as_object(answer.get("usage"))
    links = tuple(part.link for part in parts if isinstance(part, StoryImage))
    if not links and not (story and parts):
        raise _no_image_error(billed_count(usage), answer)
    return Made(links, billed_count(usage), image_size(usage), request_id_of(answer), parts if story else ())


def _storable_part(part: StoryPart) -> StoryPart:
    """Return *part* without half characters, which no database stores. A stream joins the halves first (stream.py)."""
    return StoryText(replace_half_characters(part.text)) if isinstance(part, StoryText) else part


def replace_half_characters(text: str) -> str:
    """Return *text* with a replacement character for each unpaired surrogate."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _no_image_error(billed: object, answer: Mapping[str, Any]) -> WanRefused:
    """Return why a success has no image: its code, if any. If Wan billed images, they were paid and lost."""
    if code := text_field(answer, "code"):
        return refusal(code, text_field(answer, "message"), 200, answer)
    return WanRefused(Reason.RESULT_LOST if billed else Reason.NO_IMAGE, status=200, request_id=request_id_of(answer))


def parts_in(output: object) -> list[StoryPart]:
    """Return the parts of an answer in order.

    n images are n choices of one image each, or one choice of all [qwen-edit] [2.7]; a blocked one may be missing or
    empty. A story is one choice of texts and images [api]. Items may lack a ``type``, and z-image adds the prompt as a
    text [z-image]. Models before 2.6 answer ``results``, each with a ``url``: read these too, because they were paid.
    """
    messages = [as_object(as_object(choice).get("message")) for choice in as_list(as_object(output).get("choices"))]
    items = [as_object(item) for message in messages for item in as_list(message.get("content"))]
    older = [{"image": as_object(result).get("url")} for result in as_list(as_object(output).get("results"))]
    return [part for item in [*items, *older] for part in _part(item)]


def _part(item: Mapping[str, Any]) -> list[StoryPart]:
    """Return the image or text of one content item, if it has one."""
    link, text = item.get("image"), item.get("text")
    if isinstance(link, str) and link:
        return [StoryImage(link)]
    return [StoryText(text)] if isinstance(text, str) and text else []


def billed_count(usage: Mapping[str, Any]) -> int | None:
    """Return the number of billed images; None if the answer has none, or an impossible one."""
    billed = usage.get("image_count", usage.get("output_image_count"))  # the latter from Qwen-Image 3.0 [qwen-3]
    return (
        billed
        if isinstance(billed, int) and not isinstance(billed, bool) and 0 <= billed <= MAX_BILLED_IMAGES
        else None
    )


def image_size(usage: Mapping[str, Any]) -> str:
    """Return ``W*H`` of the images. A stream says ``0*0`` until it has one: then return "".

    Wan names the size, Qwen-Image and Z-Image its sides, and Qwen-Image 3.0 those of the output [qwen-t2i] [qwen-3].
    """
    sides = ((usage.get(f"{prefix}width"), usage.get(f"{prefix}height")) for prefix in ("", "output_"))
    names = [text_field(usage, "size"), *(f"{width}*{height}" for width, height in sides)]
    return next((name for name in names if _SIZE.fullmatch(name)), "")


def as_object(value: object) -> dict[str, Any]:
    """Return *value* if it is an object; an empty one for anything else that the service may send."""
    return value if isinstance(value, dict) else {}


def as_list(value: object) -> list[Any]:
    """Return *value* if it is a list; an empty one for anything else."""
    return value if isinstance(value, list) else []


def text_field(answer: Mapping[str, Any], name: str) -> str:
    """Return the text under *name*; "" if there is none."""
    value = answer.get(name)
    return value if isinstance(value, str) else ""


def read_answer(status: int, headers: Mapping[str, str], raw: bytes) -> dict[str, Any]:
    """Return the JSON of an answer, or raise the error that it means. Every answer passes here."""
    answer = parse_json(raw)
    if status >= 400 or answer is None or is_error(answer):
        raise error_from(status, headers, raw)
    return answer


def is_error(answer: Mapping[str, Any]) -> bool:
    """Return whether an answer is an error, whatever its HTTP status. A failed task has an output beside its code."""
    return ("code" in answer or "error" in answer) and not answer.get("output")


def error_from(status: int, headers: Mapping[str, str], raw: bytes) -> WanError:
    """Return the error that an answer means: Wan's own with its code, a gateway's refusal, or an unreadable answer.

    An unreadable answer may hide a paid result.
    """
    answer = parse_json(raw) or {}
    answer["request_id"] = request_id_of(answer) or headers.get("x-request-id")
    if isinstance(answer.get("error"), dict):  # the gateway answers in OpenAI's format, sometimes with a null code
        inner = answer["error"]
        answer = {**inner, "request_id": answer["request_id"]}
        answer["code"] = text_field(inner, "code") or text_field(inner, "type")
    if code := text_field(answer, "code"):
        return refusal(code, text_field(answer, "message"), status, answer, _retry_after_s(headers, RETRY_AFTER_S))
    if status in (401, 429):
        return _gateway_refusal(status, headers, answer)
    reason = Reason.UNANSWERED if status >= 500 or status == 408 else Reason.WAN_UNREADABLE
    return WanUnanswered(reason, status=status, request_id=request_id_of(answer))


def _gateway_refusal(status: int, headers: Mapping[str, str], answer: Mapping[str, Any]) -> WanRefused:
    """Return the refusal of a 401 or 429 without Wan's code. A gateway sent it.

    It concerns every call, and no request behind the gateway was paid.
    """
    reason = Reason.KEY_REFUSED if status == 401 else Reason.GATEWAY_REFUSED
    wait_s = _retry_after_s(headers, GATEWAY_WAIT_S) or GATEWAY_WAIT_S[0]
    return WanRefused(reason, status=status, request_id=request_id_of(answer), retry_after_s=wait_s)


def parse_json(raw: bytes) -> dict[str, Any] | None:
    """Return the JSON object of an answer, or of the first data line if a stream was labeled JSON; None otherwise."""
    for candidate in (raw, *(line[5:] for line in raw.splitlines() if line.startswith(b"data:"))):
        try:
            answer = json.loads(candidate)
        except (ValueError, RecursionError):
            continue
        return answer if isinstance(answer, dict) else None
    return None


def request_id_of(answer: Mapping[str, Any]) -> str:
    """Return the request id of an answer; "" if there is none that is safe to log."""
    found = answer.get("request_id")
    return found if isinstance(found, str) and _WORD.fullmatch(found) else ""


def _retry_after_s(headers: Mapping[str, str], bounds: tuple[float, float]) -> float | None:
    """Return the seconds of Retry-After, within *bounds*; None without the header."""
    try:
        seconds = float(headers.get("Retry-After", ""))
    except ValueError:
        return None
    least, most = bounds
    return min(most, max(least, seconds))


def refusal(
    code: str, message: str, status: int, answer: Mapping[str, Any], retry_after_s: float | None = None
) -> WanRefused:
    """Return Wan's own error as an exception.

    The message says which side moderation refused. It is not stored, because it may quote the prompt.
    """
    reason = reason_for(code, status, message)
    plain = re.sub(r"[^!-~ ]", "", code)[:64]
    side = {"side": "output" if "output" in message.lower() else "input"} if reason is Reason.MODERATION else {}
    return WanRefused(
        reason, code=plain, status=status, request_id=request_id_of(answer), retry_after_s=retry_after_s, **side
    )
