"""The list of tasks: filters and pages. Pure.

help.aliyun.com/zh/model-studio/manage-asynchronous-tasks (2026-11-22).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta, timezone
from math import ceil
from typing import Any

from sandbox.wan.errors import invalid
from sandbox.wan.task_state import Task

BEIJING_TIME = timezone(timedelta(hours=8))
MAX_TIME_RANGE = timedelta(hours=24)
MAX_PAGE_SIZE = 100  # not documented


def page(tasks: Iterable[Task], query: Mapping[str, str], now: datetime) -> dict[str, Any]:
    """Return one page of the tasks that match *query*, oldest first. Raises Refusal."""
    page_no, page_size = positive(query, "page_no", 1), min(MAX_PAGE_SIZE, positive(query, "page_size", 10))
    first, last = _time_range(query, now)
    found = [task for task in tasks if not task.is_expired(now) and first <= task.created_at <= last]
    found = [task for task in found if _matches(task, query, now)]
    shown = found[(page_no - 1) * page_size : page_no * page_size]
    return {
        "total": len(found),
        "total_page": max(1, ceil(len(found) / page_size)),
        "page_no": page_no,
        "page_size": page_size,
        "data": [_row(task, now) for task in shown],
    }


def positive(query: Mapping[str, str], name: str, default: int) -> int:
    """Return a positive number of the query. Refusal for anything else."""
    text = query.get(name, str(default))
    if not text.isdecimal() or int(text) < 1:
        raise invalid(f"{name} should be a positive integer")
    return int(text)


def _time_range(query: Mapping[str, str], now: datetime) -> tuple[datetime, datetime]:
    """Return the range of creation times, at most 24 h. A missing end is a day after the start, or now."""
    start, end = _time(query, "start_time"), _time(query, "end_time")
    last = end or (min(now, start + MAX_TIME_RANGE) if start else now)
    first = start or last - MAX_TIME_RANGE
    if last - first > MAX_TIME_RANGE:
        raise invalid("the time range should not exceed 24 hours")
    return first, last


def _time(query: Mapping[str, str], name: str) -> datetime | None:
    if not (text := query.get(name)):
        return None
    try:
        return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=BEIJING_TIME)
    except ValueError:
        raise invalid(f"{name} should be in the form of YYYYMMDDhhmmss") from None


def _matches(task: Task, query: Mapping[str, str], now: datetime) -> bool:
    wanted = {"task_id": task.id, "model_name": task.request.parsed.model.name, "status": task.status(now)}
    return all(query.get(name) in (None, "", value) for name, value in wanted.items())


def _row(task: Task, now: datetime) -> dict[str, Any]:
    """Return a task's row. Times are in milliseconds; future ones are left out."""
    times = {"gmt_create": task.created_at, "start_time": task.starts_at, "end_time": task.ready_at}
    return {
        **{name: int(at.timestamp() * 1000) for name, at in times.items() if at <= now},
        "api_key_id": "1",
        "caller_parent_id": "1",
        "caller_uid": "1",
        "model_name": task.request.parsed.model.name,
        "region": "sandbox",
        "request_id": task.entry["request_id"],
        "status": task.status(now),
        "task_id": task.id,
        "user_api_unique_key": "sandbox",
    }
