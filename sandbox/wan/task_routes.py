"""Tasks over HTTP: create, query, cancel, list."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from sandbox.wan import faults as named
from sandbox.wan import generation, task_list, validation
from sandbox.wan.errors import documented
from sandbox.wan.state import ENTRY, THINKING, WAN, LocalWan, with_request_id
from sandbox.wan.task_state import Task


async def create(request: web.Request) -> web.StreamResponse:
    """Start a task and answer its id."""
    wan = request.app[WAN]
    accepted = await validation.read_request(request, "task")
    now = wan.clock.now()
    starts_at = max(wan.next_start_at(accepted.parsed.model.name), now + timedelta(seconds=wan.settings.pending_s))
    endless = wan.faults.take(named.TASK_ENDLESS) is not None
    took_s = wan.settings.delay_s * (THINKING if accepted.parsed.thinks else 1)
    ready_at = starts_at + (timedelta(days=999) if endless else timedelta(seconds=took_s))
    task = Task(
        str(uuid.uuid4()), accepted, request[ENTRY], now, starts_at, ready_at, generation.image_count(wan, accepted)
    )
    wan.tasks[task.id] = task
    request[ENTRY]["task_id"] = task.id
    await validation.inject_after(request)
    return with_request_id(request, {"output": {"task_status": "PENDING", "task_id": task.id}})


async def query(request: web.Request) -> web.StreamResponse:
    """Answer a task's status: HTTP 200 even for a failed or unknown task."""
    validation.check_key(request)
    wan, task_id = request.app[WAN], request.match_info["task_id"]
    wan.check_queries("query")
    _inject_faults(request)
    wan.settle()
    task = _known(wan, task_id)
    if task is None or wan.faults.take(named.TASK_UNKNOWN) is not None:
        return with_request_id(request, {"output": {"task_id": task_id, "task_status": "UNKNOWN"}})
    if task.ended is None and wan.faults.take(named.TASK_SUSPENDED) is not None:
        return with_request_id(request, {"output": {**_head(task, wan.clock.now()), "task_status": "SUSPENDED"}})
    if task.ended == "FAILED":
        return with_request_id(request, _failed(task, wan.settings.failed_shape))
    if task.ended == "SUCCEEDED":
        task.answer = task.answer or await _draw_answer(request, task)
        return with_request_id(request, task.answer)
    return with_request_id(request, {"output": _head(task, wan.clock.now())})


def _inject_faults(request: web.Request) -> None:
    """Fail the query, whatever the task's status."""
    if arguments := request.app[WAN].faults.take(named.QUERY_ERROR):
        if arguments["gateway"]:
            raise validation.gateway_error(int(arguments["status"]) or 502, float(arguments["retry_after_s"]))
        raise validation.injected_error(arguments)


def _known(wan: LocalWan, task_id: str) -> Task | None:
    task = wan.tasks.get(task_id)
    return None if task is None or task.is_expired(wan.clock.now()) else task


def _head(task: Task, now: datetime) -> dict[str, Any]:
    status = task.status(now)
    head = {"task_id": task.id, "task_status": status}
    if status == "CANCELED":
        return head
    head["submit_time"] = _local(task.created_at)
    if status != "PENDING":
        head["scheduled_time"] = _local(task.starts_at)
    if task.ended:
        head["end_time"] = _local(task.ready_at)
    return head


def _local(at: datetime) -> str:
    """Write a time as Wan does: in UTC+8, without an offset."""
    return at.astimezone(task_list.BEIJING_TIME).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


def _failed(task: Task, shape: str) -> dict[str, Any]:
    """Return one of the three documented shapes of FAILED: the error at the top, inside ``output``, or alone."""
    head = {"task_id": task.id, "task_status": "FAILED"}
    shapes: dict[str, dict[str, Any]] = {
        "a": {**task.error, "output": head},
        "b": {"output": {**_head(task, task.ready_at), **task.error}},
        "c": task.error,
    }
    return shapes[shape]


async def _draw_answer(request: web.Request, task: Task) -> dict[str, Any]:
    if task.request.is_story:
        answer = await generation.story_answer(request, task.request, task.image_count)
    else:
        answer = await generation.image_answer(request, task.request, task.image_count, blocked=task.blocked)
    return {**answer, "output": {**_head(task, task.ready_at), **answer["output"]}}


async def cancel(request: web.Request) -> web.StreamResponse:
    """Cancel a task. Only a PENDING task can be canceled."""
    validation.check_key(request)
    wan = request.app[WAN]
    wan.check_queries("cancel")
    wan.settle()
    cut = wan.faults.take(named.CANCEL_DISCONNECT)
    task = _known(wan, request.match_info["task_id"])
    if cut is None or cut["done"]:
        _cancel(task, wan.clock.now())
    if cut is not None:
        validation.disconnect(request)
    return with_request_id(request, {})


def _cancel(task: Task | None, now: datetime) -> None:
    if task is None or not task.cancel(now):
        raise documented("UnsupportedOperation")


async def list_tasks(request: web.Request) -> web.StreamResponse:
    """Answer one page of the account's tasks of the last day."""
    validation.check_key(request)
    wan = request.app[WAN]
    wan.check_queries("list")
    wan.settle()
    return with_request_id(request, task_list.page(wan.tasks.values(), request.query, wan.clock.now()))
