"""Build requests about tasks, and read the answers: create, poll, cancel, list. No I/O.

The service remembers a task for 24 h. An account may poll, cancel and list 20 times a second each.
Documents (read 2026-11-22): [tasks] help.aliyun.com/zh/model-studio/manage-asynchronous-tasks; [api] see answers.py.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from imagegen.errors import Reason, WanRefused, WanUnanswered
from imagegen.model import Made
from imagegen.wan.answers import (
    as_object,
    error_from,
    read_answer,
    read_result,
    refusal,
    request_id_of,
    text_field,
)
from imagegen.wan.requests import WireRequest

PATH = "/tasks"
PENDING, CANCELED = "PENDING", "CANCELED"  # Wan's own statuses: not started; canceled

_TASK_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")


@dataclass(frozen=True)
class TaskCreated:
    """A task that Wan accepted."""

    task_id: str
    request_id: str


@dataclass(frozen=True)
class TaskRunning:
    """A task that has not ended: PENDING, RUNNING or SUSPENDED."""

    status: str
    request_id: str = ""


@dataclass(frozen=True)
class TaskCanceled:
    """A task that was PENDING. It will be neither generated nor billed."""

    request_id: str


def query_request(task_id: str) -> WireRequest:
    """Return the request that polls a task. ValueError for an id that is not safe in a path."""
    return WireRequest("GET", f"{PATH}/{_valid_task_id(task_id)}", {})


def cancel_request(task_id: str) -> WireRequest:
    """Return the request that cancels a task. ValueError for an id that is not safe in a path."""
    return WireRequest("POST", f"{PATH}/{_valid_task_id(task_id)}/cancel", {})


def key_check_request() -> WireRequest:
    """Return a request that lists one task: it costs nothing, and a wrong key gets a 401."""
    return WireRequest("GET", f"{PATH}?page_no=1&page_size=1", {})


def _valid_task_id(task_id: str) -> str:
    """Return *task_id*. ValueError if it has characters that could change the path."""
    if not _TASK_ID.fullmatch(task_id):
        raise ValueError("not a task id")
    return task_id


def read_created(status: int, headers: Mapping[str, str], raw: bytes) -> TaskCreated:
    """Return the new task. Raise WanRefused, or WanUnanswered if a task may have started and its id is unknown."""
    answer = read_answer(status, headers, raw)
    task_id = as_object(answer.get("output")).get("task_id")
    if not isinstance(task_id, str) or not _TASK_ID.fullmatch(task_id):
        raise WanUnanswered(Reason.UNANSWERED, status=status, request_id=request_id_of(answer))
    return TaskCreated(task_id, request_id_of(answer))


def read_task(status: int, headers: Mapping[str, str], raw: bytes, *, story: bool = False) -> TaskRunning | Made:
    """Return a task's status or result. Raise WanRefused if it failed, WanUnanswered if the poll itself got no answer.

    *story*: keep the parts in their order, and accept a result of text alone.
    """
    if status != 200:
        error = error_from(status, headers, raw)
        raise WanUnanswered(
            error.reason, code=error.code, status=status, request_id=error.request_id, retry_after_s=error.retry_after_s
        )
    # FAILED has three forms [api]. One is a bare {code, message} under HTTP 200: read_answer raises it.
    answer = read_answer(status, headers, raw)
    output, request_id = as_object(answer.get("output")), request_id_of(answer)
    match output.get("task_status"):
        case "SUCCEEDED":
            return read_result(output, answer, story=story)
        case "PENDING" | "RUNNING" | "SUSPENDED" as running:
            return TaskRunning(running, request_id)
        case "FAILED":
            raise _failed_task_error(output, answer)
        case "CANCELED":
            raise WanRefused(Reason.WAN_REJECTED, code=CANCELED, status=status, request_id=request_id)
        case "UNKNOWN":
            # The service forgot the task after 24 h, or never knew it. A result is lost, and may be billed.
            raise WanRefused(Reason.RESULT_LOST, code="UNKNOWN", status=status, request_id=request_id)
        case _:
            raise WanUnanswered(Reason.UNANSWERED, status=status, request_id=request_id)


def _failed_task_error(output: Mapping[str, Any], answer: Mapping[str, Any]) -> WanRefused:
    """Return why a task failed: the code is in the output [tasks] or beside it [api]."""
    holder = output if text_field(output, "code") else answer
    return refusal(text_field(holder, "code") or "Unknown", text_field(holder, "message"), 200, answer)


def read_canceled(status: int, headers: Mapping[str, str], raw: bytes) -> TaskCanceled:
    """Return the cancel. Raise WanRefused (UnsupportedOperation) if the task was not PENDING.

    Raise WanUnanswered if the service did not answer.
    """
    return TaskCanceled(request_id_of(read_answer(status, headers, raw)))
