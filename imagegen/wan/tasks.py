"""A task as bytes: created, asked after, canceled, listed. No I/O.

Documents (read 2026-11-22): [tasks] help.aliyun.com/zh/model-studio/manage-asynchronous-tasks; [api] as in wire.py.
The service remembers a task for 24 h, and lets an account ask 20 times a second each for one, a cancel or a list.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from imagegen.errors import Reason, WanRefused, WanUnanswered
from imagegen.model import Made
from imagegen.wan.wire import (
    WireRequest,
    as_list,
    as_object,
    error_from,
    read_answer,
    read_result,
    refusal,
    request_id_of,
    text_field,
)

PATH = "/tasks"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
PENDING, CANCELED = "PENDING", "CANCELED"  # as Wan says them: not begun; ended by a cancel

_TASK_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")


@dataclass(frozen=True)
class TaskCreated:
    task_id: str
    request_id: str


@dataclass(frozen=True)
class TaskRunning:
    """The task has not ended: PENDING, RUNNING or SUSPENDED."""

    status: str
    request_id: str = ""


@dataclass(frozen=True)
class TaskCanceled:
    """The task was PENDING, and will not be made or billed."""

    request_id: str


@dataclass(frozen=True)
class ListedTask:
    """One task of the account, whichever key made it. *ended_at* is None while it runs."""

    task_id: str
    model: str
    status: str
    created_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True)
class TaskPage:
    """Some of the account's tasks of the last 24 h; *total* counts all of them."""

    total: int
    tasks: tuple[ListedTask, ...]
    request_id: str


def query_request(task_id: str) -> WireRequest:
    """ValueError for an id that could leave its place in the path; so for cancel."""
    return WireRequest("GET", f"{PATH}/{_valid_task_id(task_id)}", {})


def cancel_request(task_id: str) -> WireRequest:
    return WireRequest("POST", f"{PATH}/{_valid_task_id(task_id)}/cancel", {})


def list_request(number: int = 1, size: int = 10) -> WireRequest:
    """A page of the account's tasks. Costs nothing, and is answered with 401 where the key is wrong."""
    return WireRequest("GET", f"{PATH}?page_no={number}&page_size={size}", {})


def _valid_task_id(task_id: str) -> str:
    if not _TASK_ID.fullmatch(task_id):
        raise ValueError("not a task id")
    return task_id


def read_created(status: int, headers: Mapping[str, str], raw: bytes) -> TaskCreated:
    """The id of a new task. Raises WanRefused, or WanUnanswered where a task may have begun whose id is not known."""
    answer = read_answer(status, headers, raw)
    task_id = as_object(answer.get("output")).get("task_id")
    if not isinstance(task_id, str) or not _TASK_ID.fullmatch(task_id):
        raise WanUnanswered(Reason.UNANSWERED, status=status, request_id=request_id_of(answer))
    return TaskCreated(task_id, request_id_of(answer))


def read_task(status: int, headers: Mapping[str, str], raw: bytes, *, story: bool = False) -> TaskRunning | Made:
    """How a task stands. Raises WanRefused when it failed, WanUnanswered when the question itself was not answered.

    *story*: what was asked for may be told in words alone, and the parts are kept in their order.
    """
    if status != 200:
        error = error_from(status, headers, raw)
        raise WanUnanswered(
            error.reason, code=error.code, status=status, request_id=error.request_id, retry_after_s=error.retry_after_s
        )
    answer = read_answer(
        status, headers, raw
    )  # a bare {code, message} under 200 is one of three shapes of FAILED [api]
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
            # Forgotten after 24 h, or never known. What it made, if anything, is lost and may be billed.
            raise WanRefused(Reason.RESULT_LOST, code="UNKNOWN", status=status, request_id=request_id)
        case _:
            raise WanUnanswered(Reason.UNANSWERED, status=status, request_id=request_id)


def _failed_task_error(output: Mapping[str, Any], answer: Mapping[str, Any]) -> WanRefused:
    """Why it failed stands inside the output [tasks], or beside it [api]."""
    where = output if text_field(output, "code") else answer
    return refusal(text_field(where, "code") or "Unknown", text_field(where, "message"), 200, answer)


def read_canceled(status: int, headers: Mapping[str, str], raw: bytes) -> TaskCanceled:
    """Raises WanRefused (UnsupportedOperation) where it was no longer PENDING, WanUnanswered where nobody told."""
    return TaskCanceled(request_id_of(read_answer(status, headers, raw)))


def read_task_page(status: int, headers: Mapping[str, str], raw: bytes) -> TaskPage:
    """A page of the list. Raises WanRefused or WanUnanswered."""
    answer = read_answer(status, headers, raw)
    total, rows = answer.get("total"), [_read_listed_task(as_object(row)) for row in as_list(answer.get("data"))]
    known = tuple(row for row in rows if row.task_id)
    return TaskPage(total if isinstance(total, int) else len(known), known, request_id_of(answer))


def _read_listed_task(row: Mapping[str, Any]) -> ListedTask:
    task_id, model, status = (text_field(row, name)[:128] for name in ("task_id", "model_name", "status"))
    return ListedTask(task_id, model, status, _read_time(row.get("gmt_create")), _read_time(row.get("end_time")))


def _read_time(value: object) -> datetime | None:
    """From milliseconds since 1970; the query's own times are text in UTC+8, and not read."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 10**14:
        return None
    return EPOCH + timedelta(milliseconds=value)
