"""What Wan refuses to everybody: the whole account, one model, or one call style of a model. Each is paused alone.

A pause is a row. While it is in force nothing that it covers is sent; when it is over one job probes, and the pause
begins anew; an image that was sent since then ends it.
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
PROBE_EVERY = timedelta(minutes=10)  # while something is paused, one of its jobs is tried
# The longest that a pause may lie ahead. One that lies further was written by a clock that has been set back since.
LONGEST = timedelta(hours=2)
# A paused job is given up before its interaction's token dies after 15 min, so that its requester is told in private.
GIVE_UP = timedelta(minutes=12)


def found(tx: Connection, *, lock: bool = False) -> tuple[SendingPause, ...]:
    """Every pause, the widest first, whether in force or over."""
    rows = select(sending_pauses).order_by(sending_pauses.c.model, sending_pauses.c.call)
    pauses = [SendingPause(**row) for row in tx.execute(rows.with_for_update() if lock else rows).mappings()]
    return tuple(sorted(pauses, key=lambda pause: (pause.model != EVERY, pause.call != EVERY)))


def covering(pauses: Iterable[SendingPause], model: str, call: str) -> SendingPause | None:
    """The widest pause of those that cover this call of this model."""
    return next((pause for pause in pauses if pause.model in (EVERY, model) and pause.call in (EVERY, call)), None)


def in_force(pauses: Iterable[SendingPause], now: datetime) -> tuple[SendingPause, ...]:
    return tuple(pause for pause in pauses if now < pause.paused_until <= now + LONGEST)


def closed_calls(pauses: Sequence[SendingPause], model: str) -> tuple[Call, ...]:
    """The call styles by which nothing can be sent to *model*; *pauses* are those in force."""
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
    """Send nothing of this kind before *until*; True when that is news, or has another code than before."""
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
    """Let the next job probe at once, as a start does: the operator may have mended what was refused."""
    found(tx, lock=True)
    tx.execute(update(sending_pauses).values(paused_until=now))


def probe(tx: Connection, model: str, call: str, *, now: datetime) -> None:
    """A job of *model* is being sent though it was paused: the next one has to wait again."""
    tx.execute(update(sending_pauses).where(_covers(model, call)).values(paused_until=now + PROBE_EVERY))


def lift(tx: Connection, model: str, call: str, sent_at: datetime | None) -> None:
    """An image proves that key, balance, model and call style are good, for the pauses that were there at *sent_at*."""
    proven = _covers(model, call) if sent_at is None else and_(_covers(model, call), sending_pauses.c.since <= sent_at)
    found(tx, lock=True)  # in their order, as a claim takes them
    tx.execute(delete(sending_pauses).where(proven))


def gate(tx: Connection) -> SendingPause | None:
    """The pause that holds every call, also those that ask after a task; whether in force or over."""
    return next((pause for pause in found(tx) if pause.model == EVERY and pause.reason in REFUSES_EVERY_CALL), None)


def let_in(tx: Connection, sent_at: datetime | None, *, now: datetime) -> None:
    """End the pause that holds every call: Wan answered one that left at *sent_at*, when the pause was there."""
    held = and_(sending_pauses.c.model == EVERY, sending_pauses.c.reason.in_(REFUSES_EVERY_CALL))
    tx.execute(delete(sending_pauses).where(held if sent_at is None else and_(held, sending_pauses.c.since <= sent_at)))


def open_call(tx: Connection, model: str, call: Call, other: Call | None, *, now: datetime) -> Call:
    """The call style to send by: *other* where *call* alone is refused now, and *other* is not."""
    closed = closed_calls(in_force(found(tx), now), model)
    return other if other is not None and call in closed and other not in closed else call


def send_by(tx: Connection, model: str, call: Call, other: Call, *, now: datetime) -> bool:
    """Send what waits for *call* by *other* instead. False, and nothing changed, where that is paused too."""
    if other in closed_calls(in_force(found(tx), now), model):
        return False
    mine = and_(WAITING, jobs.c.model == model, jobs.c.call == call.value)
    ids = tx.scalars(select(jobs.c.id).where(mine).order_by(jobs.c.id).with_for_update(skip_locked=True)).all()
    tx.execute(update(jobs).where(jobs.c.id.in_(ids)).values(call=other.value))
    return True


def hopeless(pause: SendingPause, now: datetime) -> ColumnElement[bool] | None:
    """Which jobs have waited for *pause* as long as anybody shall; None where it is younger than that."""
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
