"""The queue: which job a process claims next, and which jobs have waited too long.

Each function is one transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, and_, case, func, or_, select, update

from imagegen.errors import Reason
from imagegen.model import Call, Failure, Job
from imagegen.states import State
from imagegen.store import pauses
from imagegen.store.announcements import notice_of
from imagegen.store.columns import EPOCH, inserted
from imagegen.store.jobs import again, failed, job, transition
from imagegen.store.records import job_from_row
from imagegen.store.tables import model_queues
from imagegen.store.tables_jobs import IN_FLIGHT, TO_DELIVER, TO_READ, WAITING, jobs
from imagegen.store.time_bounds import DELIVERS_AHEAD, FREE_AHEAD, WAITS_AHEAD, is_due, waits


@dataclass(frozen=True)
class ModelQueue:
    """A model's limits, over all processes: requests in flight at once, and requests a second."""

    model: str
    in_flight: int
    per_s: float


def _take(tx: Connection, owner: str, where: ColumnElement[bool], *order: Column[Any]) -> Job | None:
    """Claim the first job of *where*, without a change of its state."""
    first = select(jobs.c.id).where(where).order_by(*order, jobs.c.id).limit(1).with_for_update(skip_locked=True)
    job_id = tx.scalar(first)
    known = None if job_id is None else job(tx, job_id)
    return None if known is None else transition(tx, known, known.state, owner=owner, epoch=known.epoch + 1)


def next_to_read(tx: Connection, owner: str, *, now: datetime) -> Job | None:
    """Claim the next job whose input images are to be downloaded."""
    return _take(tx, owner, and_(TO_READ, is_due(jobs.c.next_attempt_at, WAITS_AHEAD, now)), jobs.c.turn)


def next_to_deliver(tx: Connection, owner: str, *, now: datetime) -> Job | None:
    """Claim the next job to deliver or to notify, if *owner* is its display owner.

    With two processes, a late status card of one process could overwrite the result that the other delivered.
    """
    here = or_(jobs.c.display_owner == owner, jobs.c.display_owner.is_(None))
    due = is_due(jobs.c.next_attempt_at, DELIVERS_AHEAD, now)
    free = and_(TO_DELIVER, here, jobs.c.owner.is_(None), due)
    return _take(tx, owner, free, jobs.c.next_attempt_at)


def claim(tx: Connection, owner: str, *, limits: Sequence[ModelQueue], now: datetime) -> Job | None:
    """queued -> submitting: claim the job whose turn it is, within its model's limits over all processes.

    When a pause is over, one of the jobs that it covers is claimed as a probe, and the pause starts again.
    """
    closed = pauses.in_force(pauses.found(tx, lock=True), now)
    if notice_of(tx).paused or pauses.covering(closed, pauses.EVERY, pauses.EVERY) is not None:
        return None
    heads = [
        head
        for model_queue in limits
        if (head := _head(tx, owner, model_queue, pauses.closed_calls(closed, model_queue.model), now)) is not None
    ]
    if not heads:
        return None
    _, model_queue, job_id = min(heads, key=lambda head: head[0])
    taken = job(tx, job_id)
    claimed = (
        None
        if taken is None
        else transition(tx, taken, State.SUBMITTING, owner=owner, epoch=taken.epoch + 1, submitting_at=now)
    )
    if claimed is not None:
        _count_send(tx, model_queue, job_id, now)
        pauses.probe(tx, claimed.model, claimed.call, now=now)
    return claimed


def _head(
    tx: Connection, owner: str, model_queue: ModelQueue, closed: Collection[Call], now: datetime
) -> tuple[tuple[int, int], ModelQueue, int] | None:
    """Return the first job of a model's queue that may be sent now, and its turn. *closed* call styles are left out."""
    is_time = is_due(jobs.c.next_attempt_at, WAITS_AHEAD, now)
    due = and_(WAITING, jobs.c.state == State.QUEUED, jobs.c.model == model_queue.model, is_time)
    # The display owner shows a story while it comes, so that process must generate the story.
    here = or_(jobs.c.call != Call.STREAM, jobs.c.display_owner == owner, jobs.c.display_owner.is_(None))
    due = and_(due, jobs.c.call.not_in([call.value for call in closed])) if closed else due
    first = select(jobs.c.turn, jobs.c.id).where(due, here).order_by(jobs.c.turn, jobs.c.id).limit(1)
    if tx.execute(first).one_or_none() is None or not _may_send(tx, model_queue, now):
        return None  # most looks find an empty queue: those take no lock
    row = tx.execute(first.with_for_update(skip_locked=True)).one_or_none()  # skip a row that is being canceled
    return None if row is None else ((row.turn, row.id), model_queue, row.id)


def _may_send(tx: Connection, model_queue: ModelQueue, now: datetime) -> bool:
    """Lock the model's queue, and return whether its limits allow another request now."""
    row = inserted(tx, model_queues).values(model=model_queue.model, turn=0, free_at=EPOCH)
    tx.execute(row.on_conflict_do_nothing())
    queue = select(model_queues.c.free_at).where(model_queues.c.model == model_queue.model)
    free_at = tx.scalar(queue.with_for_update())
    live = tx.scalar(select(func.count()).select_from(jobs).where(IN_FLIGHT, jobs.c.model == model_queue.model))
    return (live or 0) < model_queue.in_flight and not waits(free_at, FREE_AHEAD, now)


def _count_send(tx: Connection, model_queue: ModelQueue, job_id: int, now: datetime) -> None:
    turn = tx.execute(select(jobs.c.turn).where(jobs.c.id == job_id)).scalar_one()
    served = case((model_queues.c.turn < turn, turn), else_=model_queues.c.turn)
    row = update(model_queues).where(model_queues.c.model == model_queue.model)
    tx.execute(row.values(turn=served, free_at=now + timedelta(seconds=1 / model_queue.per_s)))


def throttle(tx: Connection, model: str, until: datetime) -> None:
    """Send nothing to *model* before *until*, in any process: Wan throttles the whole account."""
    tx.execute(
        update(model_queues).where(model_queues.c.model == model, model_queues.c.free_at < until).values(free_at=until)
    )


def next_wake(tx: Connection, *, now: datetime) -> datetime | None:
    """Return the earliest moment after *now* at which a waiting row is due, or None."""
    due = select(func.min(jobs.c.next_attempt_at)).where(jobs.c.next_attempt_at > now)
    rate = select(func.min(model_queues.c.free_at)).where(model_queues.c.free_at > now)
    found = (tx.scalar(query) for query in (due.where(WAITING), due.where(TO_DELIVER), rate))
    return min((at for at in found if at is not None), default=None)


def wait_behind(tx: Connection, job: Job, request_id: str, *, now: datetime) -> Job | None:
    """submitting or submitted -> queued, behind every job that waits for the model.

    So that another job probes the pause that this job ran into.
    """
    after = again(tx, job, now, enhance=None, request_id=request_id, now=now)
    if after is not None and after.state is State.QUEUED:
        last = tx.scalar(select(func.max(jobs.c.turn)).where(WAITING, jobs.c.model == job.model))
        tx.execute(update(jobs).where(jobs.c.id == job.id).values(turn=(last or 0) + 1))
    return after


def to_poll(tx: Connection, owner: str) -> tuple[Job, ...]:
    """Return the tasks that *owner* polls."""
    mine = select(jobs).where(IN_FLIGHT, jobs.c.state == State.SUBMITTED, jobs.c.owner == owner)
    return tuple(job_from_row(row) for row in tx.execute(mine).mappings())


def expire_unsent(tx: Connection, *, now: datetime) -> int:
    """Fail one job whose only route, the interaction token, would expire before delivery. Return 1, or 0 if none."""
    late = select(jobs).where(WAITING, jobs.c.send_before_at <= now).limit(1)
    row = tx.execute(late.with_for_update(skip_locked=True)).mappings().one_or_none()
    if row is None:
        return 0
    after = failed(tx, job_from_row(row), Failure(Reason.TOO_LATE), may_have_been_paid=False, now=now)
    return int(after is not None)


def expire_paused(tx: Connection, *, now: datetime) -> int:
    """Fail one job that has waited too long for a pause to end. Return 1, or 0 if there is none."""
    for pause in pauses.found(tx):
        if (hopeless := pauses.hopeless(pause, now)) is None:
            continue
        row = tx.execute(select(jobs).where(hopeless).limit(1).with_for_update(skip_locked=True)).mappings().first()
        if row is not None:
            failure = Failure(pause.reason, {"model": row["model"], "code": pause.code})
            return int(failed(tx, job_from_row(row), failure, may_have_been_paid=False, now=now) is not None)
    return 0
