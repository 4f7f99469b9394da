"""The API as bytes: builds requests, reads answers and errors. No I/O, so every rule of it is tested with bytes.

Streams are read in stream.py, tasks in tasks.py.
Document: [api] help.aliyun.com/zh/model-studio/wan-image-generation-api-reference (2026-11-22).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from string import ascii_letters, digits
from typing import Any

from imagegen.errors import Reason, WanError, WanRefused, WanUnanswered
from imagegen.model import Call, Made, StoryImage, StoryPart, StoryText
from imagegen.wan.catalogue import MODELS, use_for
from imagegen.wan.codes import reason_for
from imagegen.wan.sizes import accepts_size

SYNC_PATH = "/services/aigc/multimodal-generation/generation"
TASK_PATH = "/services/aigc/image-generation/generation"  # another path than the synchronous one [api]
RETRY_AFTER_S = (1.0, 300.0)  # undocumented; 1.8 million seconds have been seen on a spent quota
GATEWAY_WAIT_S = (
    60.0,
    3600.0,
)  # of an address that is turned away at the door, where no time is named, and the longest
MAX_BILLED_IMAGES = 1000  # the most images that one answer can bill: a larger number is none, and fits into no column

_WORD = re.compile(r"[!-~]{1,64}")  # an id of the service's, as it may stand in a log, a row and a sentence
_SIZE = re.compile(r"[1-9][0-9]{0,4}\*[1-9][0-9]{0,4}")
_DATA_URI = (ascii_letters + digits + "+/=:;,.-").encode()  # none of them means anything in a JSON string


@dataclass(frozen=True)
class Generation:
    """What one call asks for. *images* are data URIs or links, in the order in which the words number them.

    *seed* None leaves the choice to the service, which never tells it. *max_images* set asks for a story: text and at
    most so many images, from one image or none, in one answer. *answer_s* is how long a synchronous call is given.
    """

    model: str
    prompt: str = field(repr=False)
    images: tuple[str, ...] = field(repr=False)
    n: int
    size: str
    negative_prompt: str = field(repr=False)
    seed: int | None
    enhance: bool
    watermark: bool
    max_images: int | None = None
    answer_timeout_s: float = 120.0


@dataclass(frozen=True)
class WireRequest:
    """One HTTP request, its path below the base URL and without the key."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class StoryEnd:
    """A story was told to its end. *image_count* is what is billed; None where no usage came."""

    image_count: int | None
    size: str
    request_id: str


CALL_HEADERS = {
    Call.SYNC: {},
    Call.STREAM: {"X-DashScope-Sse": "enable", "Accept": "text/event-stream"},
    Call.TASK: {"X-DashScope-Async": "enable"},  # without it: 403 AccessDenied [api]
}


def generation_request(asked: Generation, call: Call) -> WireRequest:
    """The request that makes *asked*: synchronous, streamed, or the creation of a task."""
    headers = {"Content-Type": "application/json", **CALL_HEADERS[call]}
    path = TASK_PATH if call is Call.TASK else SYNC_PATH
    return WireRequest("POST", path, headers, _body(asked, parameters(asked, call)))


def _body(asked: Generation, parameters: Mapping[str, str | int]) -> bytes:
    """One message with one text and the images in their order; more messages or texts are refused [api].

    Put together from its parts: json.dumps holds the interpreter, and with it the event loop, for 40 ms at 12 MB
    whatever thread it runs in; this way it is 7 ms.
    """
    parts = [b'{"model":', _json(asked.model), b',"input":{"messages":[{"role":"user","content":[']
    parts += [b'{"text":', _json(asked.prompt), b"}"]
    for image in asked.images:
        parts += [b',{"image":', _json(image), b"}"]
    parts += [b']}]},"parameters":', json.dumps(parameters).encode(), b"}"]
    return b"".join(parts)


def _json(text: str) -> bytes:
    """*text* as JSON. What can be seen to need no escapes, as an image of megabytes, is not searched for them."""
    if text.startswith("data:") and text.isascii() and not (raw := text.encode()).translate(None, _DATA_URI):
        return b'"%b"' % raw
    return json.dumps(text).encode()


def parameters(asked: Generation, call: Call) -> dict[str, str | int]:
    """Every parameter of the model and mode, none left to a default: *n* alone defaults to 4, each billed [api]."""
    story = asked.max_images is not None
    mode = MODELS[asked.model].modes[use_for(len(asked.images), story=story)]
    values: dict[str, str | int | None] = {
        "prompt_extend": asked.enhance,
        "watermark": asked.watermark,
        "n": asked.n,
        "enable_interleave": story,
        "max_images": asked.max_images,
        "size": asked.size if accepts_size(mode, asked.size) else None,  # a story follows its image then [api]
        "seed": asked.seed,
        "negative_prompt": asked.negative_prompt or None,
        "thinking_mode": asked.enhance,  # of 2.7, on by default: slower, and what enhancing means there
        "enable_sequential": False,  # of 2.7: else n defaults to 12
        # Needed beside the header in January 2026; whether it still is, no document tells. A task needs neither [api].
        "stream": True if call is Call.STREAM else None,
    }
    return {name: value for name, value in values.items() if name in mode.parameters and value is not None}


def read_made(status: int, headers: Mapping[str, str], raw: bytes, *, story: bool = False) -> Made:
    """The images of a synchronous answer. Raises WanRefused, or WanUnanswered where no answer of Wan's came."""
    answer = read_answer(status, headers, raw)
    return read_result(answer.get("output"), answer, story=story)


def read_result(output: object, answer: Mapping[str, Any], *, story: bool) -> Made:
    """What a success made. WanRefused where it made nothing; of a *story*, words alone are something."""
    parts, usage = tuple(_storable_part(part) for part in parts_in(output)), as_object(answer.get("usage"))
    links = tuple(part.link for part in parts if isinstance(part, StoryImage))
    if not links and not (story and parts):
        raise _no_image_error(usage.get("image_count"), answer)
    return Made(links, billed_count(usage), image_size(usage), request_id_of(answer), parts if story else ())


def _storable_part(part: StoryPart) -> StoryPart:
    """*part* without halves of characters, which no database takes; a stream joins them first (stream.py)."""
    return StoryText(replace_half_characters(part.text)) if isinstance(part, StoryText) else part


def replace_half_characters(text: str) -> str:
    """*text* with each half of a character that has lost its other half as a replacement character."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _no_image_error(billed: object, answer: Mapping[str, Any]) -> WanRefused:
    """Why a success holds no image: by its code where it has one; what is counted all the same was paid and lost."""
    if code := text_field(answer, "code"):
        return refusal(code, text_field(answer, "message"), 200, answer)
    return WanRefused(Reason.RESULT_LOST if billed else Reason.NO_IMAGE, status=200, request_id=request_id_of(answer))


def parts_in(output: object) -> list[StoryPart]:
    """What an answer holds, in its order. n images are n choices of one image each; a blocked one may be missing,
    or hold no image. A story is one choice of texts and images [api]. Models before 2.6 answer ``results``, each
    with a ``url``: read too, because what it links to was paid.
    """
    messages = [as_object(as_object(choice).get("message")) for choice in as_list(as_object(output).get("choices"))]
    items = [as_object(item) for message in messages for item in as_list(message.get("content"))]
    older = [{"image": as_object(result).get("url")} for result in as_list(as_object(output).get("results"))]
    return [part for item in [*items, *older] for part in _part(item)]


def _part(item: Mapping[str, Any]) -> list[StoryPart]:
    link, text = item.get("image"), item.get("text")
    if isinstance(link, str) and link:
        return [StoryImage(link)]
    return [StoryText(text)] if isinstance(text, str) and text else []


def billed_count(usage: Mapping[str, Any]) -> int | None:
    """The images billed; None where the answer does not tell, or tells what cannot be."""
    billed = usage.get("image_count")
    return (
        billed
        if isinstance(billed, int) and not isinstance(billed, bool) and 0 <= billed <= MAX_BILLED_IMAGES
        else None
    )


def image_size(usage: Mapping[str, Any]) -> str:
    """``W*H`` of the images; a stream says ``0*0`` until it has one."""
    size = text_field(usage, "size")
    return size if _SIZE.fullmatch(size) else ""


def as_object(value: object) -> dict[str, Any]:
    """*value* as an object, empty where the service sent something else."""
    return value if isinstance(value, dict) else {}


def as_list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def text_field(answer: Mapping[str, Any], name: str) -> str:
    """The text under *name*, empty where something else stands there."""
    value = answer.get(name)
    return value if isinstance(value, str) else ""


def read_answer(status: int, headers: Mapping[str, str], raw: bytes) -> dict[str, Any]:
    """The one place where an answer becomes a value or an error."""
    answer = parse_json(raw)
    if status >= 400 or answer is None or is_error(answer):
        raise error_from(status, headers, raw)
    return answer


def is_error(answer: Mapping[str, Any]) -> bool:
    """Whether an answer is one, whatever its HTTP status says; a task that failed has an output beside its code."""
    return ("code" in answer or "error" in answer) and not answer.get("output")


def error_from(status: int, headers: Mapping[str, str], raw: bytes) -> WanError:
    """The error that an answer is: Wan's own with its code, a door that let nothing in, or nobody's, which may hide a
    paid one.
    """
    answer = parse_json(raw) or {}
    answer["request_id"] = request_id_of(answer) or headers.get("x-request-id")
    if isinstance(answer.get("error"), dict):  # seen at the gateway: OpenAI's shape, its code null at times
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
    """A 401 or 429 without Wan's words is a gateway's: it concerns every call, and nothing behind it was reached."""
    reason = Reason.KEY_REFUSED if status == 401 else Reason.TURNED_AWAY
    wait_s = _retry_after_s(headers, GATEWAY_WAIT_S) or GATEWAY_WAIT_S[0]
    return WanRefused(reason, status=status, request_id=request_id_of(answer), retry_after_s=wait_s)


def parse_json(raw: bytes) -> dict[str, Any] | None:
    """JSON, or the first data line of an event stream that was labelled JSON; None for anything else."""
    for candidate in (raw, *(line[5:] for line in raw.splitlines() if line.startswith(b"data:"))):
        try:
            answer = json.loads(candidate)
        except (ValueError, RecursionError):
            continue
        return answer if isinstance(answer, dict) else None
    return None


def request_id_of(answer: Mapping[str, Any]) -> str:
    found = answer.get("request_id")
    return found if isinstance(found, str) and _WORD.fullmatch(found) else ""


def _retry_after_s(headers: Mapping[str, str], bounds: tuple[float, float]) -> float | None:
    try:
        seconds = float(headers.get("Retry-After", ""))
    except ValueError:
        return None
    least, most = bounds
    return min(most, max(least, seconds))


def refusal(
    code: str, message: str, status: int, answer: Mapping[str, Any], retry_after_s: float | None = None
) -> WanRefused:
    """Wan's own error. Its message says which side moderation refused, and is kept no further: it may hold a prompt."""
    reason = reason_for(code, status, message)
    plain = re.sub(r"[^!-~ ]", "", code)[:64]
    side = {"side": "output" if "output" in message.lower() else "input"} if reason is Reason.MODERATION else {}
    return WanRefused(
        reason, code=plain, status=status, request_id=request_id_of(answer), retry_after_s=retry_after_s, **side
    )
