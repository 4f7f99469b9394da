"""Queue positions, and estimates of the wait time. Read only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from math import ceil
from statistics import median
from typing import Any

from sqlalchemy import Connection, bindparam, func, or_, select, union

from imagegen.errors import Reason
from imagegen.model import Call
from imagegen.policy.model_queue import ModelQueue
from imagegen.reports import QueueEntry, SendingPause
from imagegen.states import State
from imagegen.store import pauses
from imagegen.store.announcements import notice_of
from imagegen.store.tables import model_queues
from imagegen.store.tables_jobs import GENERATED, IN_FLIGHT, WAITING, jobs
from imagegen.store.time_bounds import FREE_AHEAD, waits

RECENT = 20  # jobs whose durations an estimate is made from
_QUEUE = (
    select(
        jobs.c.id,
        jobs.c.state,
        jobs.c.call,
        jobs.c.requested_at,
        jobs.c.next_attempt_at,
        jobs.c.submitting_at,
        jobs.c.display_owner,
        jobs.c.cancel_requested_at.is_not(None).label("is_cancel_requested"),
        jobs.c.running_at.is_not(None).label("is_running"),
        func.length(jobs.c.story_so_far).label("story_size"),
    )
    .where(or_(WAITING, IN_FLIGHT), jobs.c.model == bindparam("model"))
    .order_by(jobs.c.turn, jobs.c.id)
)
_RECENT = (
    select(jobs.c.submitting_at, jobs.c.generated_at)
    .where(jobs.c.model == bindparam("model"), GENERATED, jobs.c.call != Call.STREAM.value)
    .order_by(jobs.c.generated_at.desc())
    .limit(RECENT)
)
_MODELS_WITH_JOBS = union(*(select(jobs.c.model).where(where) for where in (WAITING, IN_FLIGHT)))
_FREE_AT = select(model_queues.c.free_at).where(model_queues.c.model == bindparam("model"))


def queue_entries(tx: Connection, *, limits: Sequence[ModelQueue], now: datetime) -> tuple[QueueEntry, ...]:
    """Return every job that is neither generated nor ended, each model's queue in the order of service.

    A job that may not be sent yet has a position, but does not move the jobs behind it back.
    """
    stopped, paused, busy = notice_of(tx).paused, pauses.found(tx), models_with_jobs(tx)
    return tuple(
        waiting
        for model_queue in limits
        if model_queue.model in busy
        for waiting in _model_queue(tx, model_queue, paused, now, stopped=stopped)
    )


def models_with_jobs(tx: Connection) -> frozenset[str]:
    """Return the models that have a job which waits or is in flight."""
    return frozenset(tx.scalars(_MODELS_WITH_JOBS))


def _why(
    paused: Sequence[SendingPause], model: str, row: Any, *, in_flight: bool, stopped: bool
) -> tuple[str | None, str]:
    """Return why a job is not sent, and the model if that model alone is paused. Jobs in flight wait for no pause."""
    if stopped:
        return Reason.BOT_PAUSED.value, ""
    pause = None if in_flight else pauses.covering(paused, model, row.call)
    return (None, "") if pause is None else (pause.reason, "" if pause.model == pauses.EVERY else model)


def _model_queue(
    tx: Connection, model_queue: ModelQueue, paused: Sequence[SendingPause], now: datetime, *, stopped: bool
) -> list[QueueEntry]:
    rows = tx.execute(_QUEUE, {"model": model_queue.model}).all()
    typical_s, free_s = _typical_s(tx, model_queue.model), _free_s(tx, model_queue.model, now)
    states = [State(row.state) for row in rows]
    live = sum(state.is_in_flight for state in states)
    found, due = [], 0
    for row, state in zip(rows, states, strict=True):
        in_flight = state.is_in_flight
        position = 0 if in_flight else due + 1
        eta_s = None
        if typical_s is not None and row.call != Call.STREAM.value:
            eta_s = _eta_s(row, position, live, model_queue, typical_s, free_s, now)
        why, model = _why(paused, model_queue.model, row, in_flight=in_flight, stopped=stopped)
        where = (row.requested_at, position, eta_s, why, model, row.display_owner)
        stop = row.call == Call.STREAM.value or (state is State.SUBMITTED and not row.is_running)
        asked, size = row.is_cancel_requested, row.story_size or 0
        found.append(QueueEntry(row.id, state, *where, may_be_stopped=stop, cancel_requested=asked, story_size=size))
        due += position > 0 and row.next_attempt_at <= now
    return found


def _typical_s(tx: Connection, model: str) -> float | None:
    """Return the median of recent times from sending to images, in seconds, without stories. None if there are none."""
    recent = tx.execute(_RECENT, {"model": model}).all()
    took_s = [(row.generated_at - row.submitting_at).total_seconds() for row in recent if row.submitting_at]
    return median(took_s) if took_s else None


def _free_s(tx: Connection, model: str, now: datetime) -> float:
    """Return the seconds until the submit rate allows the next request."""
    free_at = tx.scalar(_FREE_AT, {"model": model})
    return _seconds(now, free_at) if free_at is not None and waits(free_at, FREE_AHEAD, now) else 0.0


def _eta_s(
    row: Any, position: int, live: int, model_queue: ModelQueue, typical_s: float, free_s: float, now: datetime
) -> int:
    """Return the seconds until a job's images come, from the rounds of generation and the submit rate before it."""
    if position == 0:
        return max(1, ceil(typical_s - _seconds(row.submitting_at, now)))
    rounds = max(1.0, (position + live) / model_queue.in_flight)
    sent_s = free_s + (position - 1) * model_queue.spacing_s
    waits_s = max(0.0, _seconds(now, row.next_attempt_at))
    return ceil(waits_s + max(typical_s * rounds, sent_s + typical_s))


def _seconds(since: datetime, until: datetime) -> float:
    return (until - since).total_seconds()
