"""The API as bytes: builds requests, reads answers, tasks and errors. No I/O, so every rule of it is tested with bytes.

Documents (read 2026-11-22): [api] help.aliyun.com/zh/model-studio/wan-image-generation-api-reference,
[tasks] …/manage-asynchronous-tasks.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from string import ascii_letters, digits
from typing import Any

from imagegen.errors import Reason, WanError, WanRefused, WanUnanswered
from imagegen.model import Call, Made
from imagegen.wan import catalogue
from imagegen.wan.codes import reason_of

SYNC_PATH = "/services/aigc/multimodal-generation/generation"
TASK_PATH = "/services/aigc/image-generation/generation"  # another path than the synchronous one [api]
TASKS_PATH = "/tasks"
RETRY_AFTER_S = (1.0, 300.0)  # undocumented; 1.8 million seconds have been seen on a spent quota

_TASK_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
_DATA_URI = (ascii_letters + digits + "+/=:;,.-").encode()  # none of them means anything in a JSON string


@dataclass(frozen=True)
class Generation:
    """What one call asks for. *pictures* are data URIs or links, in the order in which the words number them.

    *seed* None leaves the choice to the service, which never tells it.
    """

    model: str
    prompt: str = field(repr=False)
    pictures: tuple[str, ...] = field(repr=False)
    n: int
    size: str
    negative_prompt: str = field(repr=False)
    seed: int | None
    enhance: bool
    watermark: bool


@dataclass(frozen=True)
class WireRequest:
    """One HTTP request, its path below the base URL and without the key."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class TaskCreated:
    task_id: str
    request_id: str


@dataclass(frozen=True)
class TaskRunning:
    """The task has not ended: PENDING, RUNNING or SUSPENDED."""

    status: str


def generation(asked: Generation, call: Call) -> WireRequest:
    """The request that makes *asked*: synchronous, or the creation of a task."""
    headers = {"Content-Type": "application/json"}
    if call is Call.TASK:
        headers["X-DashScope-Async"] = "enable"  # without it: 403 AccessDenied [api]
    path = TASK_PATH if call is Call.TASK else SYNC_PATH
    return WireRequest("POST", path, headers, _body(asked))


def _body(asked: Generation) -> bytes:
    """One message with one text and the pictures in their order; more messages or texts are refused [api].

    Put together from its parts: json.dumps holds the interpreter, and with it the event loop, for 40 ms at 12 MB
    whatever thread it runs in; this way it is 7 ms.
    """
    parts = [b'{"model":', _json(asked.model), b',"input":{"messages":[{"role":"user","content":[']
    parts += [b'{"text":', _json(asked.prompt), b"}"]
    for picture in asked.pictures:
        parts += [b',{"image":', _json(picture), b"}"]
    parts += [b']}]},"parameters":', json.dumps(parameters(asked)).encode(), b"}"]
    return b"".join(parts)


def _json(text: str) -> bytes:
    """*text* as JSON. What can be seen to need no escapes, as a picture of megabytes, is not searched for them."""
    if text.startswith("data:") and text.isascii() and not (raw := text.encode()).translate(None, _DATA_URI):
        return b'"%b"' % raw
    return json.dumps(text).encode()


def parameters(asked: Generation) -> dict[str, str | int]:
    """Every parameter of the model, none left to a default: *n* alone defaults to 4, each billed [api]."""
    values: dict[str, str | int | None] = {
        "prompt_extend": asked.enhance,
        "watermark": asked.watermark,
        "n": asked.n,
        "enable_interleave": False,
        "size": asked.size,
        "seed": asked.seed,
        "negative_prompt": asked.negative_prompt or None,
    }
    known = catalogue.MODELS[asked.model].parameters
    return {name: value for name, value in values.items() if name in known and value is not None}


def query(task_id: str) -> WireRequest:
    return WireRequest("GET", f"{TASKS_PATH}/{_checked(task_id)}", {})


def cancel(task_id: str) -> WireRequest:
    return WireRequest("POST", f"{TASKS_PATH}/{_checked(task_id)}/cancel", {})


def list_tasks() -> WireRequest:
    """Costs nothing, and answers 401 to a wrong key."""
    return WireRequest("GET", f"{TASKS_PATH}?page_no=1&page_size=1", {})


def _checked(task_id: str) -> str:
    """ValueError for an id that could leave its place in the path."""
    if not _TASK_ID.fullmatch(task_id):
        raise ValueError("not a task id")
    return task_id


def read_made(status: int, headers: Mapping[str, str], raw: bytes) -> Made:
    """The pictures of a synchronous answer. Raises WanRefused, or WanUnanswered where no answer of Wan's came."""
    answer = decipher(status, headers, raw)
    return _made(answer.get("output"), answer)


def read_task_created(status: int, headers: Mapping[str, str], raw: bytes) -> TaskCreated:
    """The id of a task. Raises as read_made does."""
    answer = decipher(status, headers, raw)
    task_id = _mapping(answer.get("output")).get("task_id")
    if not isinstance(task_id, str) or not _TASK_ID.fullmatch(task_id):
        raise WanUnanswered(Reason.UNANSWERED, status=status, request_id=_request_id(answer))
    return TaskCreated(task_id, _request_id(answer))


def read_task(status: int, headers: Mapping[str, str], raw: bytes) -> TaskRunning | Made:
    """How a task stands. Raises WanRefused when it failed, WanUnanswered when the question itself was not answered."""
    if status != 200:
        error = error_of(status, headers, raw)
        raise WanUnanswered(error.reason, code=error.code, status=status, request_id=error.request_id)
    answer = decipher(status, headers, raw)  # a bare {code, message} under 200 is one of three shapes of FAILED [tasks]
    output = _mapping(answer.get("output"))
    match output.get("task_status"):
        case "SUCCEEDED":
            return _made(output, answer)
        case "PENDING" | "RUNNING" | "SUSPENDED" as running:
            return TaskRunning(running)
        case "FAILED":
            code = output.get("code") or answer.get("code") or "Unknown"
            raise _refused(str(code), str(output.get("message") or answer.get("message") or ""), 200, answer)
        case "CANCELED":
            raise WanRefused(Reason.WAN_REJECTED, code="CANCELED", status=status, request_id=_request_id(answer))
        case "UNKNOWN":
            # Forgotten after 24 h, or never known. What it made, if anything, is lost and may be billed.
            raise WanRefused(Reason.RESULT_LOST, code="UNKNOWN", status=status, request_id=_request_id(answer))
        case _:
            raise WanUnanswered(Reason.UNANSWERED, status=status, request_id=_request_id(answer))


def _made(output: object, answer: Mapping[str, Any]) -> Made:
    links, usage = tuple(_links(output)), _mapping(answer.get("usage"))
    billed = usage.get("image_count")
    if not links:
        raise _nothing_made(billed, answer)
    return Made(
        links,
        billed if isinstance(billed, int) and billed >= 0 else len(links),
        str(usage.get("size") or ""),
        _request_id(answer),
    )


def _nothing_made(billed: object, answer: Mapping[str, Any]) -> WanRefused:
    """Why a success holds no picture: by its code where it has one; what is counted all the same was paid and lost."""
    if isinstance(code := answer.get("code"), str) and code:
        return _refused(code, str(answer.get("message") or ""), 200, answer)
    return WanRefused(Reason.RESULT_LOST if billed else Reason.NO_PICTURE, status=200, request_id=_request_id(answer))


def _links(output: object) -> list[str]:
    """n pictures are n choices of one picture each; a blocked one may be missing, or hold no picture [api]."""
    messages = [_mapping(_mapping(choice).get("message")) for choice in _list(_mapping(output).get("choices"))]
    items = [_mapping(item) for message in messages for item in _list(message.get("content"))]
    return [item["image"] for item in items if isinstance(item.get("image"), str)]


def _mapping(value: object) -> dict[str, Any]:
    """*value* as an object, empty where the service sent something else."""
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def decipher(status: int, headers: Mapping[str, str], raw: bytes) -> dict[str, Any]:
    """The one place where an answer becomes a value or an error."""
    answer = _parsed(raw)
    if status >= 400 or answer is None or ("code" in answer and not answer.get("output")):
        raise error_of(status, headers, raw)
    return answer


def error_of(status: int, headers: Mapping[str, str], raw: bytes) -> WanError:
    """The error that an answer is: Wan's own with its code, or nobody's, which may hide a paid one."""
    answer = {"request_id": headers.get("x-request-id", ""), **(_parsed(raw) or {})}
    if isinstance(answer.get("error"), dict):  # seen at the gateway: OpenAI's shape
        answer = {**answer["error"], "request_id": answer["request_id"]}
    code = answer.get("code")
    if not isinstance(code, str) or not code:
        return WanUnanswered(Reason.UNANSWERED, status=status, request_id=_request_id(answer))
    return _refused(code, str(answer.get("message") or ""), status, answer, _retry_after_s(headers))


def _parsed(raw: bytes) -> dict[str, Any] | None:
    """JSON, or the first data line of an event stream that was labelled JSON; None for anything else."""
    for candidate in (raw, *(line[5:] for line in raw.splitlines() if line.startswith(b"data:"))):
        try:
            answer = json.loads(candidate)
        except (ValueError, RecursionError):
            continue
        return answer if isinstance(answer, dict) else None
    return None


def _request_id(answer: Mapping[str, Any]) -> str:
    found = answer.get("request_id")
    return found[:64] if isinstance(found, str) else ""


def _retry_after_s(headers: Mapping[str, str]) -> float | None:
    try:
        seconds = float(headers.get("Retry-After", ""))
    except ValueError:
        return None
    return min(RETRY_AFTER_S[1], max(RETRY_AFTER_S[0], seconds))


def _refused(
    code: str, message: str, status: int, answer: Mapping[str, Any], retry_after_s: float | None = None
) -> WanRefused:
    reason = reason_of(code, status)
    side = {"side": "output" if "output" in message.lower() else "input"} if reason is Reason.MODERATION else {}
    return WanRefused(
        reason, code=code[:64], status=status, request_id=_request_id(answer), retry_after_s=retry_after_s, **side
    )
