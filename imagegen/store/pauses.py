"""Pauses of sending: of the whole account, of one model, or of one call style of a model.

While a pause is in force, nothing that it covers is sent. When it is over, one job is sent as a probe, and the pause
starts again. An image from a request that was sent since the pause began ends it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, delete, or_, select, update

from imagegen.errors import Reason
from imagegen.model import Call
from imagegen.policy.retry import REFUSES_EVERY_CALL
from imagegen.reports import SendingPause
from imagegen.store.columns import inserted
from imagegen.store.tables import sending_pauses
from imagegen.store.tables_jobs import WAITING, jobs

EVERY = "*"  # each model, or each call style
PROBE_EVERY = timedelta(minutes=10)  # during a pause, one of the jobs that it covers is sent this often
# A pause that ends later than this was written before the clock was set back.
LONGEST = timedelta(hours=2)
# A paused job fails before its interaction token expires after 15 min, so that its requester is notified in private.
GIVE_UP = timedelta(minutes=12)
_FOUND = select(sending_pauses).order_by(sending_pauses.c.model, sending_pauses.c.call)
_FOUND_LOCKED = _FOUND.with_for_update()


def found(tx: Connection, *, lock: bool = False) -> tuple[SendingPause, ...]:
    """Return every pause, the widest first, whether in force or over. *lock* locks the rows."""
    pauses = [SendingPause(**row) for row in tx.execute(_FOUND_LOCKED if lock else _FOUND).mappings()]
    return tuple(sorted(pauses, key=lambda pause: (pause.model != EVERY, pause.call != EVERY)))


def covering(pauses: Iterable[SendingPause], model: str, call: str) -> SendingPause | None:
    """Return the widest pause that covers this call style of this model, or None."""
    return next((pause for pause in pauses if pause.model in (EVERY, model) and pause.call in (EVERY, call)), None)


def in_force(pauses: Iterable[SendingPause], now: datetime) -> tuple[SendingPause, ...]:
    """Return the pauses that are not over."""
    return tuple(pause for pause in pauses if now < pause.paused_until <= now + LONGEST)


def closed_calls(pauses: Sequence[SendingPause], model: str) -> tuple[Call, ...]:
    """Return the call styles that are paused for *model*. *pauses* are those in force."""
    return tuple(call for call in Call if covering(pauses, model, call) is not None)


def pause(
    tx: Connection,
    reason: Reason,
    until: datetime,
    *,
    model: str = EVERY,
    call: str = EVERY,
    code: str = "",
    now: datetime,
) -> bool:
    """Pause this model and call style until *until*. Return whether the pause is new, or has a new reason or code."""
    values = {"paused_until": until, "reason": reason.value, "code": code}
    new = inserted(tx, sending_pauses).values(model=model, call=call, since=now, **values).on_conflict_do_nothing()
    if tx.scalar(new.returning(sending_pauses.c.model)) is not None:
        return True
    row = and_(sending_pauses.c.model == model, sending_pauses.c.call == call)
    before = tx.execute(
        select(sending_pauses.c.reason, sending_pauses.c.code).where(row).with_for_update()
    ).one_or_none()
    tx.execute(update(sending_pauses).where(row).values(values))
    return before is not None and tuple(before) != (reason.value, code)


def try_now(tx: Connection, *, now: datetime) -> None:
    """Let the next job probe at once, as a start does: the operator may have fixed the cause."""
    found(tx, lock=True)
    tx.execute(update(sending_pauses).values(paused_until=now))


def probe(tx: Connection, model: str, call: str, *, now: datetime) -> None:
    """Start the pauses that cover this call again: one job is being sent as a probe."""
    tx.execute(update(sending_pauses).where(_covers(model, call)).values(paused_until=now + PROBE_EVERY))


def lift(tx: Connection, model: str, call: str, sent_at: datetime | None) -> None:
    """End the pauses that cover this call and existed at *sent_at*: an image proves that Wan takes it."""
    proven = _covers(model, call) if sent_at is None else and_(_covers(model, call), sending_pauses.c.since <= sent_at)
    found(tx, lock=True)  # in their order, as a claim takes them
    tx.execute(delete(sending_pauses).where(proven))


def gate(tx: Connection) -> SendingPause | None:
    """Return the pause that stops every call, even polling, whether in force or over. None if there is none."""
    return next((pause for pause in found(tx) if pause.model == EVERY and pause.reason in REFUSES_EVERY_CALL), None)


def lift_gate(tx: Connection, sent_at: datetime | None) -> None:
    """End the pause that stops every call, if it existed at *sent_at*: Wan has answered a call sent then."""
    gate = and_(sending_pauses.c.model == EVERY, sending_pauses.c.reason.in_(REFUSES_EVERY_CALL))
    tx.execute(delete(sending_pauses).where(gate if sent_at is None else and_(gate, sending_pauses.c.since <= sent_at)))


def open_call(pauses: Iterable[SendingPause], model: str, call: Call, other: Call | None, *, now: datetime) -> Call:
    """Return the call style to use: *other* if *call* is paused now and *other* is not, else *call*."""
    closed = closed_calls(in_force(pauses, now), model)
    return other if other is not None and call in closed and other not in closed else call


def send_by(tx: Connection, model: str, call: Call, other: Call, *, now: datetime) -> bool:
    """Switch the jobs that wait for *call* to *other*. Return False, and change nothing, if *other* is paused too."""
    if other in closed_calls(in_force(found(tx), now), model):
        return False
    mine = and_(WAITING, jobs.c.model == model, jobs.c.call == call.value)
    ids = tx.scalars(select(jobs.c.id).where(mine).order_by(jobs.c.id).with_for_update(skip_locked=True)).all()
    tx.execute(update(jobs).where(jobs.c.id.in_(ids)).values(call=other.value))
    return True


def hopeless(pause: SendingPause, now: datetime) -> ColumnElement[bool] | None:
    """Return the condition of the jobs that have waited too long for *pause*. None if the pause is younger."""
    if pause.since > now - GIVE_UP:
        return None
    model = WAITING if pause.model == EVERY else and_(WAITING, jobs.c.model == pause.model)
    covered = model if pause.call == EVERY else and_(model, jobs.c.call == pause.call)
    return and_(covered, jobs.c.requested_at <= now - GIVE_UP)


def _covers(model: str, call: str) -> ColumnElement[bool]:
    return and_(
        or_(sending_pauses.c.model == EVERY, sending_pauses.c.model == model),
        or_(sending_pauses.c.call == EVERY, sending_pauses.c.call == call),
    )
