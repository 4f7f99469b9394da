"""The queue: which job a process claims next, and which jobs have waited too long.

Each function is one transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    Column,
    ColumnElement,
    CompoundSelect,
    Connection,
    Row,
    RowMapping,
    ScalarSelect,
    Select,
    Update,
    and_,
    bindparam,
    case,
    exists,
    func,
    or_,
    select,
    union_all,
    update,
)

from imagegen.errors import Reason
from imagegen.model import Call, Failure, Job
from imagegen.policy.model_queue import ModelQueue
from imagegen.reports import SendingPause
from imagegen.states import State
from imagegen.store import pauses
from imagegen.store.columns import EPOCH, inserted
from imagegen.store.jobs import again, failed, job_of
from imagegen.store.records import job_from_row
from imagegen.store.tables import model_queues, operator_notice, sending_pauses
from imagegen.store.tables_jobs import IN_FLIGHT, NOT_HELD, QUEUED, TO_DELIVER, TO_READ, WAITING, jobs
from imagegen.store.time_bounds import DELIVERS_AHEAD, FREE_AHEAD, WAITS_AHEAD, is_due, moments, waits

UNKNOWN_WAITS = timedelta(minutes=10)


@dataclass(frozen=True)
class Idle:
    """No job can be claimed now. *until* is when one may be; None: time alone changes nothing.

    *for_room*: a job waits until a request in flight ends, or until its answer ends a pause.
    """

    until: datetime | None = None
    for_room: bool = False


# Statements are built once: building one again for each call takes 80 µs, running it 15 µs.
_OWNER: BindParameter[str] = bindparam("b_owner")
_HERE = or_(jobs.c.display_owner == _OWNER, jobs.c.display_owner.is_(None))
# With two processes, a late status card of one process could overwrite the result that the other delivered.
_TO_DELIVER_HERE = and_(TO_DELIVER, _HERE, jobs.c.owner.is_(None))
# A held result waits much longer than a delivery that is tried again: ``is_due`` would ignore that moment.
_IS_OVER = or_(NOT_HELD, jobs.c.next_attempt_at <= bindparam("b_now"))


def _first(where: ColumnElement[bool], *order: Column[Any]) -> ScalarSelect[Any]:
    """Return the id of the first job of *where* that no other transaction has locked, and lock the job."""
    first = select(jobs.c.id).where(where).order_by(*order, jobs.c.id).limit(1)
    return first.with_for_update(skip_locked=True).correlate(None).scalar_subquery()


def _take(where: Any, *order: Column[Any]) -> Update:
    """Return the statement that claims the first due job of *where*, without a change of its state."""
    taken = update(jobs).where(jobs.c.id == _first(and_(where, is_due(jobs.c.next_attempt_at)), *order))
    return taken.values(owner=_OWNER, epoch=jobs.c.epoch + 1).returning(jobs)


def _next(where: Any) -> Select[Any]:
    """Return the statement that reads when the next job of *where* becomes due."""
    return select(func.min(jobs.c.next_attempt_at)).where(where, jobs.c.next_attempt_at > bindparam("b_now"))


_READ, _NEXT_TO_READ = _take(TO_READ, jobs.c.turn), _next(TO_READ)
_DELIVER, _NEXT_TO_DELIVER = _take(and_(_TO_DELIVER_HERE, _IS_OVER), jobs.c.next_attempt_at), _next(_TO_DELIVER_HERE)
_NEXT_TO_GENERATE = _next(and_(WAITING, QUEUED))


def next_to_read(tx: Connection, owner: str, *, now: datetime) -> Job | Idle:
    """Claim the next job whose input images are to be downloaded."""
    return _taken(tx, _READ, _NEXT_TO_READ, owner, WAITS_AHEAD, now)


def next_to_deliver(tx: Connection, owner: str, *, now: datetime) -> Job | Idle:
    """Claim the next job to deliver or to notify, if *owner* is its display owner."""
    return _taken(tx, _DELIVER, _NEXT_TO_DELIVER, owner, DELIVERS_AHEAD, now)


def _taken(tx: Connection, take: Update, later: Select[Any], owner: str, most: timedelta, now: datetime) -> Job | Idle:
    row = tx.execute(take, {"b_owner": owner, **moments(most, now)}).mappings().one_or_none()
    return Idle(tx.scalar(later, {"b_owner": owner, "b_now": now})) if row is None else job_of(tx, row)


def _to_send(n: int) -> ColumnElement[bool]:
    """Return the condition of the jobs that may be sent now to model *n* of a claim, by its call styles *n*."""
    model: BindParameter[str] = bindparam(f"b_model_{n}")
    calls: list[BindParameter[str]] = [bindparam(f"b_{call}_{n}") for call in Call]
    # The display owner shows a story while it comes, so that process must generate the story.
    here = or_(jobs.c.call != Call.STREAM.value, _HERE)
    return and_(WAITING, QUEUED, jobs.c.model == model, is_due(jobs.c.next_attempt_at), jobs.c.call.in_(calls), here)


def _live(n: int) -> ScalarSelect[int]:
    """Return how many requests to model *n* are in flight."""
    live = select(func.count()).select_from(jobs).where(IN_FLIGHT, jobs.c.model == bindparam(f"b_model_{n}"))
    return live.correlate(None).scalar_subquery()


@cache
def _heads(models: int) -> CompoundSelect[Any]:
    """Return the statement that reads the first job of each model's queue, and what may stop it from being sent."""
    stopped = select(operator_notice.c.paused).where(operator_notice.c.id == 1).scalar_subquery()
    return union_all(
        *(
            select(
                select(
                    jobs.c.model,
                    jobs.c.turn,
                    jobs.c.id,
                    _live(n).label("live"),
                    select(model_queues.c.free_at)
                    .where(model_queues.c.model == bindparam(f"b_model_{n}"))
                    .scalar_subquery()
                    .label("free_at"),
                    stopped.label("stopped"),
                    exists(select(sending_pauses.c.model)).label("paused"),
                )
                .where(_to_send(n))
                .order_by(jobs.c.turn, jobs.c.id)
                .limit(1)
                .subquery()
            )
            for n in range(models)
        )
    )


_CLAIM = (
    update(jobs)
    .where(jobs.c.id == _first(_to_send(0), jobs.c.turn), _live(0) < bindparam("b_in_flight"))
    .values(state=State.SUBMITTING.value, owner=_OWNER, epoch=jobs.c.epoch + 1, submitting_at=bindparam("b_now"))
    .returning(jobs)
)
_QUEUE = model_queues.c.model == bindparam("b_model")
_LOCK_QUEUE = select(model_queues.c.free_at).where(_QUEUE).with_for_update()
_COUNT_SEND = (
    update(model_queues)
    .where(_QUEUE)
    .values(
        turn=case((model_queues.c.turn < bindparam("b_turn"), bindparam("b_turn")), else_=model_queues.c.turn),
        free_at=bindparam("b_free_at"),
    )
)

_TO_POLL = select(jobs).where(IN_FLIGHT, jobs.c.state == State.SUBMITTED.value, jobs.c.owner == _OWNER)
_LATE = select(jobs).where(WAITING, jobs.c.send_before_at <= bindparam("b_now"))
_UNSENT = _LATE.limit(1).with_for_update(skip_locked=True)


def claim(tx: Connection, owner: str, *, limits: Sequence[ModelQueue], now: datetime) -> Job | Idle:
    """queued -> submitting: claim the job whose turn it is, within its model's limits over all processes.

    When a pause is over, one of the jobs that it covers is claimed as a probe, and the pause starts again.
    """
    closed: tuple[SendingPause, ...] = ()
    heads = _heads_of(tx, owner, limits, closed, now)
    if paused := any(head.paused for head in heads):
        closed = pauses.in_force(pauses.found(tx, lock=True), now)
        heads = _heads_of(tx, owner, limits, closed, now)
    if any(head.stopped for head in heads):
        return Idle()
    by_model = {model_queue.model: model_queue for model_queue in limits}
    free = [head for head in heads if head.live < by_model[head.model].in_flight]
    ready = [head for head in free if not waits(head.free_at, FREE_AHEAD, now)]
    if not ready:
        later = tx.scalar(_NEXT_TO_GENERATE, {"b_now": now})
        until = min((at for at in (later, *(head.free_at for head in free)) if at is not None), default=None)
        return Idle(until, for_room=bool(closed) or len(free) < len(heads))
    first = min(ready, key=lambda head: (head.turn, head.id))
    claimed = _claim_of(tx, owner, by_model[first.model], closed, now)
    if paused and isinstance(claimed, Job):
        pauses.probe(tx, claimed.model, claimed.call, now=now)
    return claimed


def _heads_of(
    tx: Connection, owner: str, limits: Sequence[ModelQueue], closed: Sequence[SendingPause], now: datetime
) -> Sequence[Row[Any]]:
    values: dict[str, Any] = {"b_owner": owner, **moments(WAITS_AHEAD, now)}
    for n, model_queue in enumerate(limits):
        values |= _named(n, model_queue.model, closed)
    return tx.execute(_heads(len(limits)), values).all() if limits else ()


def _named(n: int, model: str, closed: Sequence[SendingPause]) -> dict[str, str]:
    """Return the values of model *n*: its name, and its call styles that are not *closed*."""
    shut = pauses.closed_calls(closed, model) if closed else ()
    return {f"b_model_{n}": model, **{f"b_{call}_{n}": "" if call in shut else call.value for call in Call}}


def _claim_of(
    tx: Connection, owner: str, model_queue: ModelQueue, closed: Sequence[SendingPause], now: datetime
) -> Job | Idle:
    """Claim the first job of a model's queue. A rival may have changed what the caller read before this locks it."""
    model = model_queue.model
    if waits(free_at := lock(tx, model), FREE_AHEAD, now):
        return Idle(free_at)
    values = {"b_owner": owner, "b_in_flight": model_queue.in_flight, **moments(WAITS_AHEAD, now)}
    row = tx.execute(_CLAIM, values | _named(0, model, closed)).mappings().one_or_none()
    if row is None:
        return Idle(now)
    next_at = now + timedelta(seconds=model_queue.spacing_s)
    tx.execute(_COUNT_SEND, {"b_model": model, "b_turn": row["turn"], "b_free_at": next_at})
    return job_of(tx, row)


def lock(tx: Connection, model: str) -> datetime | None:
    """Lock the model's queue, and return when its submit rate allows the next request."""
    row = tx.execute(_LOCK_QUEUE, {"b_model": model}).one_or_none()
    if row is None:
        tx.execute(inserted(tx, model_queues).values(model=model, turn=0, free_at=EPOCH).on_conflict_do_nothing())
        row = tx.execute(_LOCK_QUEUE, {"b_model": model}).one()
    free_at: datetime = row.free_at
    return free_at


def throttle(tx: Connection, model: str, until: datetime) -> None:
    """Send nothing to *model* before *until*, in any process: Wan throttles the whole account."""
    tx.execute(
        update(model_queues).where(model_queues.c.model == model, model_queues.c.free_at < until).values(free_at=until)
    )


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
    return tuple(job_from_row(row) for row in tx.execute(_TO_POLL, {"b_owner": owner}).mappings())


def expire_unsent(tx: Connection, *, now: datetime) -> int:
    """Fail one job whose only route, the interaction token, would expire before delivery. Return 1, or 0 if none."""
    row = tx.execute(_UNSENT, {"b_now": now}).mappings().first()
    return _fail(tx, row, Failure(Reason.TOO_LATE), now)


def expire_unknown(tx: Connection, *, models: Sequence[str], now: datetime) -> int:
    """Fail one job whose model is none of *models*, so that no process of this version sends it. Return 1, or 0.

    Ten minutes are left for a process of a version that has the model.
    """
    waiting = and_(WAITING, jobs.c.model.not_in(models), jobs.c.requested_at <= now - UNKNOWN_WAITS)
    row = tx.execute(select(jobs).where(waiting).limit(1).with_for_update(skip_locked=True)).mappings().first()
    return _fail(tx, row, Failure(Reason.INTERNAL, {} if row is None else {"job_id": row["id"]}), now)


def expire_paused(tx: Connection, *, now: datetime) -> int:
    """Fail one job that has waited too long for a pause to end. Return 1, or 0 if there is none."""
    for pause in pauses.found(tx):
        if (hopeless := pauses.hopeless(pause, now)) is None:
            continue
        row = tx.execute(select(jobs).where(hopeless).limit(1).with_for_update(skip_locked=True)).mappings().first()
        if row is not None:
            return _fail(tx, row, Failure(pause.reason, {"model": row["model"], "code": pause.code}), now)
    return 0


def _fail(tx: Connection, row: RowMapping | None, failure: Failure, now: datetime) -> int:
    if row is None:
        return 0
    return int(failed(tx, job_from_row(row), failure, may_have_been_paid=False, now=now) is not None)
