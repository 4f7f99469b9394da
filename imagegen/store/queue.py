"""The queue: which job a process claims next, and what becomes of a dead process's jobs.

Each function is one transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, and_, case, delete, func, or_, select, update

from imagegen.errors import Reason, Refused
from imagegen.model import Call, Failure, Job
from imagegen.policy.quota import Limits
from imagegen.states import State
from imagegen.store import pauses
from imagegen.store.announcements import notice_of
from imagegen.store.columns import EPOCH, inserted, upsert
from imagegen.store.jobs import again, failed, job, reserve_again, transition
from imagegen.store.records import job_from_row
from imagegen.store.stories import end_as_killed
from imagegen.store.tables import model_queues, workers
from imagegen.store.tables_jobs import IN_FLIGHT, NOT_NOTIFIED, TO_DELIVER, TO_READ, WAITING, jobs
from imagegen.store.time_bounds import DELIVERS_AHEAD, FREE_AHEAD, WAITS_AHEAD, is_due, waits


@dataclass(frozen=True)
class ModelQueue:
    """A model's limits, over all processes: requests in flight at once, and requests a second."""

    model: str
    in_flight: int
    per_s: float


@dataclass(frozen=True)
class Adopted:
    """How many jobs of dead processes were adopted, by what becomes of them."""

    resumed: int = 0
    sent_again: int = 0
    given_up: int = 0
    freed: int = 0
    delivered_as_is: int = 0  # stories: what had come is delivered


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


def heartbeat(tx: Connection, owner: str, *, now: datetime) -> None:
    """Record that the process *owner* is alive: its lease starts again."""
    tx.execute(upsert(tx, workers, {"id": owner}, {"seen_at": now}))


def leave(tx: Connection, owner: str) -> None:
    """Record that the process *owner* has stopped, so that the others need not wait for its lease."""
    tx.execute(delete(workers).where(workers.c.id == owner))


def take_over_display(tx: Connection, owner: str, *, dead_before: datetime) -> int:
    """Make *owner* the display owner of the jobs of processes not seen since *dead_before*. Return how many."""
    alive = select(workers.c.id).where(workers.c.seen_at >= dead_before)
    lost_display = or_(
        jobs.c.display_owner.is_(None), and_(jobs.c.display_owner != owner, jobs.c.display_owner.not_in(alive))
    )
    # With this order SQLite reads the index of open jobs; otherwise it reads every job.
    found = (
        select(jobs.c.id)
        .where(NOT_NOTIFIED, lost_display)
        .order_by(jobs.c.display_owner)
        .with_for_update(skip_locked=True)
    )
    ids = tx.scalars(found).all()
    if ids:
        tx.execute(update(jobs).where(jobs.c.id.in_(ids)).values(display_owner=owner))
    return len(ids)


def release_unheld(tx: Connection, owner: str, states: Sequence[State], in_hand: Collection[int]) -> int:
    """Free one job that *owner* claimed in *states* but that is not *in_hand*. Return 1, or 0 if there is none.

    A database that fails during a claim may have written the claim without the process knowing. None of these jobs was
    sent: a job that was sent is in hand until its outcome is written.
    """
    mine = and_(jobs.c.owner == owner, jobs.c.state.in_(states), NOT_NOTIFIED, jobs.c.id.not_in(in_hand))
    first = select(jobs).where(mine).order_by(jobs.c.id).limit(1).with_for_update(skip_locked=True)
    row = tx.execute(first).mappings().one_or_none()
    if row is None:
        return 0
    lost = job_from_row(row)
    to = State.QUEUED if lost.state is State.SUBMITTING else lost.state
    return int(transition(tx, lost, to, owner=None, epoch=lost.epoch + 1) is not None)


def adopt(tx: Connection, owner: str, *, dead_before: datetime, limits: Limits, now: datetime) -> Adopted:
    """Adopt one job of a process that was not seen since *dead_before*. No job is left when all counts are 0.

    One job a transaction: with the counters of several jobs locked, two processes could wait for each other.

    A task is resumed by its id. A request that a kill interrupted is sent again once, if it is for one image and
    *limits* have room to pay twice; otherwise it fails, and its budget stays used, because Wan may bill it. A story is
    never sent again: the parts that had come are delivered.
    """
    alive = select(workers.c.id).where(workers.c.seen_at >= dead_before)
    orphans = select(jobs).where(jobs.c.owner.is_not(None), jobs.c.owner != owner, jobs.c.owner.not_in(alive))
    first = orphans.order_by(jobs.c.owner).limit(1).with_for_update(skip_locked=True)
    row = tx.execute(first).mappings().one_or_none()
    if row is not None:
        return Adopted(**{_adopt_one(tx, owner, job_from_row(row), row["in_doubt"], limits, now): 1})
    tx.execute(delete(workers).where(workers.c.id != owner, workers.c.seen_at < dead_before))
    return Adopted()


def _adopt_one(tx: Connection, owner: str, orphan: Job, in_doubt: int, limits: Limits, now: datetime) -> str:
    epoch = orphan.epoch + 1
    if orphan.state is State.SUBMITTED:
        transition(tx, orphan, State.SUBMITTED, owner=owner, epoch=epoch)
        return "resumed"
    if orphan.state is not State.SUBMITTING:
        transition(tx, orphan, orphan.state, owner=None, epoch=epoch)
        return "freed"
    if orphan.story_so_far:
        end_as_killed(tx, orphan, now=now)
        return "delivered_as_is"
    if orphan.request.count == 1 and not orphan.request.story and not in_doubt:
        return _send_again(tx, orphan, limits, now)
    failed(tx, orphan, Failure(Reason.UNANSWERED), may_have_been_paid=True, now=now)
    return "given_up"


def _send_again(tx: Connection, orphan: Job, limits: Limits, now: datetime) -> str:
    """Queue a request that may have been paid, after reserving what it may cost a second time."""
    again = {"owner": None, "epoch": orphan.epoch + 1, "in_doubt": 1, "attempts": orphan.attempts + 1}
    try:
        reserve_again(tx, orphan.id, limits, now)
    except Refused as refused:
        why = Failure(refused.reason, {"limit": refused.facts["limit"], "resets_at": refused.facts["resets_at"]})
        failed(tx, orphan, why, may_have_been_paid=True, now=now)
        return "given_up"
    transition(tx, orphan, State.QUEUED, **again)
    return "sent_again"


def is_owned(tx: Connection, job: Job) -> bool:
    """Return whether *job* still has the owner, epoch and state with which it was claimed.

    Wait for a process that is adopting the job: an adoption that began while the owner slept may end after it woke.
    """
    fence = (jobs.c.owner == job.owner, jobs.c.epoch == job.epoch, jobs.c.state == job.state)
    return tx.scalar(select(jobs.c.id).where(jobs.c.id == job.id, *fence).with_for_update(read=True)) is not None


def is_display_owner(tx: Connection, job_id: int, owner: str) -> bool:
    """Return whether *owner* is the display owner of a job that has not ended. Wait as ``is_owned`` does."""
    here = and_(
        jobs.c.id == job_id,
        or_(jobs.c.display_owner == owner, jobs.c.display_owner.is_(None)),
        jobs.c.ended_at.is_(None),
    )
    return tx.scalar(select(jobs.c.id).where(here).with_for_update(read=True)) is not None


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
