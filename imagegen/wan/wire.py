"""The API as bytes: builds requests, reads answers, tasks and errors. No I/O, so every rule of it is tested with bytes.

Documents (read 2026-11-22): [api] help.aliyun.com/zh/model-studio/wan-image-generation-api-reference,
[tasks] …/manage-asynchronous-tasks, [errors] …/error-code.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from imagegen.errors import Reason, WanError, WanRefused, WanUnanswered
from imagegen.model import Call, Made
from imagegen.wan import catalogue

SYNC_PATH = "/services/aigc/multimodal-generation/generation"
TASK_PATH = "/services/aigc/image-generation/generation"  # another path than the synchronous one [api]
TASKS_PATH = "/tasks"
RETRY_AFTER_S = (1.0, 300.0)  # undocumented; 1.8 million seconds have been seen on a spent quota

_TASK_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")


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
    return WireRequest("POST", path, headers, json.dumps(body(asked), ensure_ascii=False).encode())


def body(asked: Generation) -> dict[str, Any]:
    """Exactly one message with exactly one text; every parameter of the model said, none left to a default [api]."""
    content: list[dict[str, str]] = [{"text": asked.prompt}, *({"image": picture} for picture in asked.pictures)]
    values: dict[str, Any] = {
        "prompt_extend": asked.enhance,
        "watermark": asked.watermark,
        "n": asked.n,
        "enable_interleave": False,
        "size": asked.size,
        "seed": asked.seed,
        "negative_prompt": asked.negative_prompt or None,
    }
    known = catalogue.MODELS[asked.model].parameters
    parameters = {name: value for name, value in values.items() if name in known and value is not None}
    message = {"role": "user", "content": content}
    return {"model": asked.model, "input": {"messages": [message]}, "parameters": parameters}


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
        case _:
            # UNKNOWN: forgotten after 24 h, or never known. What it made, if anything, is lost and may be billed.
            raise WanRefused(Reason.RESULT_LOST, code="UNKNOWN", status=status, request_id=_request_id(answer))


def _made(output: object, answer: Mapping[str, Any]) -> Made:
    links = tuple(_links(output))
    usage = _mapping(answer.get("usage"))
    if not links:
        raise WanRefused(Reason.NO_PICTURE, status=200, request_id=_request_id(answer))
    billed = usage.get("image_count")
    return Made(
        links,
        billed if isinstance(billed, int) and billed >= 0 else len(links),
        str(usage.get("size") or ""),
        _request_id(answer),
    )


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
    answer = _parsed(raw) or {}
    if isinstance(answer.get("error"), dict):  # seen at the gateway: OpenAI's shape
        answer = {**answer["error"], "request_id": answer.get("request_id", "")}
    code = answer.get("code")
    if not isinstance(code, str) or not code:
        request_id = _request_id(answer) or headers.get("x-request-id", "")
        return WanUnanswered(Reason.UNANSWERED, status=status, request_id=request_id)
    return _refused(code, str(answer.get("message") or ""), status, answer, _retry_after_s(headers))


def _parsed(raw: bytes) -> dict[str, Any] | None:
    """JSON, or the first data line of an event stream that was labelled JSON; None for anything else."""
    for candidate in (raw, *(line[5:] for line in raw.splitlines() if line.startswith(b"data:"))):
        try:
            answer = json.loads(candidate)
        except ValueError:
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


# By the code's beginning, first match wins; compared without case and underscores, for both spellings occur [errors].
_REASONS = (
    ("datainspectionfailed", Reason.MODERATION),
    ("customroleblocked", Reason.MODERATION),
    ("faqruleblocked", Reason.MODERATION),
    ("ipinfringementsuspect", Reason.COPYRIGHT),
    ("arrearage", Reason.ACCOUNT_OVERDUE),
    ("commoditynotpurchased", Reason.ACCOUNT_OVERDUE),
    ("prepaidbilloverdue", Reason.ACCOUNT_OVERDUE),
    ("postpaidbilloverdue", Reason.ACCOUNT_OVERDUE),
    ("budgetlimitexceeded", Reason.ACCOUNT_OVERDUE),
    ("allocationquota.freetieronly", Reason.ACCOUNT_OVERDUE),
    ("accessdenied.unpurchased", Reason.ACCOUNT_OVERDUE),
    ("invalidapikey", Reason.KEY_REFUSED),
    ("not authorized", Reason.KEY_REFUSED),
    ("accessdenied", Reason.KEY_REFUSED),
    ("workspace", Reason.KEY_REFUSED),
    ("endpoint.accessdenied", Reason.MODEL_REFUSED),
    ("model.", Reason.MODEL_REFUSED),
    ("modelnotfound", Reason.MODEL_REFUSED),
    ("modelnotsupported", Reason.MODEL_REFUSED),
    ("throttling", Reason.BUSY),
    ("limit", Reason.BUSY),
    ("insufficientquota", Reason.BUSY),
    ("invalid", Reason.WAN_REJECTED),
    ("badrequest", Reason.WAN_REJECTED),
    ("unsupportedoperation", Reason.WAN_REJECTED),
    ("conflict", Reason.WAN_REJECTED),
    ("notfound", Reason.WAN_REJECTED),
)


def reason_of(code: str, status: int) -> Reason:
    """What a code of Wan's means to us; an unknown one goes by its status."""
    plain = code.lower().replace("_", "")
    known = next((reason for start, reason in _REASONS if plain.startswith(start)), None)
    if known is not None:
        return known
    return Reason.KEY_REFUSED if status == 401 else Reason.WAN_REJECTED if 400 <= status < 500 else Reason.WAN_DOWN


def _refused(
    code: str, message: str, status: int, answer: Mapping[str, Any], retry_after_s: float | None = None
) -> WanRefused:
    reason = reason_of(code, status)
    side = {"side": "output" if "output" in message.lower() else "input"} if reason is Reason.MODERATION else {}
    return WanRefused(
        reason, code=code[:64], status=status, request_id=_request_id(answer), retry_after_s=retry_after_s, **side
    )
