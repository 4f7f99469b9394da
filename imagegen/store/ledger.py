"""Quotas and money: held once with the job, closed once at its end. Each function runs inside a transaction.

A request that is sent again after a kill holds money a second time: *send* 2. The first send is closed as paid then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, Insert, and_, bindparam, exists, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from imagegen.errors import Reason, Refused
from imagegen.model import Requester
from imagegen.policy import quota
from imagegen.policy.quota import Limits, Reservation
from imagegen.reports import Quotas, QuotaStatus
from imagegen.store.tables import RESERVE, counters, ledger

_COUNTER = and_(
    counters.c.name == bindparam("b_name"),
    counters.c.subject == bindparam("b_subject"),
    counters.c.window == bindparam("b_window"),
)
_READ = select(counters.c.reserved, counters.c.used).where(_COUNTER)
_CLOSE = (
    update(counters)
    .where(_COUNTER)
    .values(reserved=counters.c.reserved - bindparam("b_reserved"), used=counters.c.used + bindparam("b_used"))
)
_ENTRY = insert(ledger)
_OTHER = ledger.alias("other")
_CLOSED = select(_OTHER.c.id).where(
    _OTHER.c.job_id == ledger.c.job_id,
    _OTHER.c.name == ledger.c.name,
    _OTHER.c.send == ledger.c.send,
    _OTHER.c.entry.in_(["settle", "release"]),
)
_OPEN = (
    select(ledger.c.name, ledger.c.subject, ledger.c.window, ledger.c.amount, ledger.c.send)
    .where(
        ledger.c.job_id == bindparam("b_job"),
        RESERVE,
        ledger.c.name.in_(bindparam("b_names", expanding=True)),
        ~exists(_CLOSED),
    )
    .order_by(ledger.c.id)
)  # counters are locked in the order in which they were taken: no two jobs wait for each other
_RESERVED = select(ledger.c.name, ledger.c.amount).where(
    ledger.c.job_id == bindparam("b_job"), RESERVE, ledger.c.name.in_(quota.IMAGE_COUNTERS)
)


def _take(dialect: str) -> Insert:
    """One conditional statement: no row comes back when it would pass the limit, and nothing is written."""
    make = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement = make(counters).values(
        name=bindparam("b_name"), subject=bindparam("b_subject"), window=bindparam("b_window"),
        reserved=bindparam("b_amount"), used=0,
    )  # fmt: skip
    total = counters.c.reserved + counters.c.used + bindparam("b_amount")
    return statement.on_conflict_do_update(
        index_elements=[counters.c.name, counters.c.subject, counters.c.window],
        set_={"reserved": counters.c.reserved + bindparam("b_amount")},
        where=total <= bindparam("b_limit"),
    ).returning(counters.c.reserved)


_TAKE = {dialect: _take(dialect) for dialect in ("sqlite", "postgresql")}


def _where(hold: Reservation) -> dict[str, str]:
    return {"b_name": hold.name, "b_subject": hold.subject, "b_window": hold.window.label}


def counted(tx: Connection, hold: Reservation) -> tuple[int, int]:
    """What is held and used of that counter now."""
    row = tx.execute(_READ, _where(hold)).one_or_none()
    return (0, 0) if row is None else (row.reserved, row.used)


def check(tx: Connection, hold: Reservation) -> None:
    """Raise Refused when *hold* does not fit: empty, or more asked for than is left."""
    held, used = counted(tx, hold)
    left = max(0, hold.limit - held - used)
    if hold.amount <= left:
        return
    resets_at = round(hold.window.ends_at.timestamp())
    # Money is never told in numbers to a member: its sentence needs none.
    if left == 0 or hold.name in quota.BUDGET_COUNTERS:
        raise Refused(hold.refusal, used=held + used, limit=hold.limit, resets_at=resets_at)
    raise Refused(
        Reason.MORE_THAN_LEFT,
        allowance=hold.refusal_name or hold.name,
        asked=hold.amount,
        left=left,
        resets_at=resets_at,
    )


def take(tx: Connection, job_id: int, hold: Reservation, now: datetime, send: int = 1) -> None:
    """Move the counter and write the ledger, or raise Refused. The written row is the lock that orders rivals."""
    if hold.amount > hold.limit:  # the condition below guards updates only, not a counter's first row
        check(tx, hold)
    values = {**_where(hold), "b_amount": hold.amount, "b_limit": hold.limit}
    if tx.execute(_TAKE[tx.dialect.name], values).one_or_none() is None:
        check(tx, hold)
    _write(tx, job_id, "reserve", (hold.name, hold.subject, hold.window.label, send), hold.amount, now)


def _write(
    tx: Connection, job_id: int, entry: str, where: tuple[str, str, str, int], amount: int, now: datetime
) -> None:
    """*where*: the counter's name, subject and window, and which send of the job."""
    name, subject, window, send = where
    tx.execute(
        _ENTRY,
        {"job_id": job_id, "entry": entry, "name": name, "subject": subject, "window": window, "send": send,
         "amount": amount, "at": now},
    )  # fmt: skip


def close(tx: Connection, job_id: int, names: Sequence[str], used: int | None, now: datetime) -> None:
    """Close what job *job_id* holds of *names*, in the windows it was held in: *used* of each, or all when None.

    What is closed already stays as it is.
    """
    for row in tx.execute(_OPEN, {"b_job": job_id, "b_names": list(names)}).all():
        amount = row.amount if used is None else used
        values = {"b_name": row.name, "b_subject": row.subject, "b_window": row.window}
        tx.execute(_CLOSE, {**values, "b_reserved": row.amount, "b_used": amount})
        entry = "settle" if amount else "release"
        _write(tx, job_id, entry, (row.name, row.subject, row.window, row.send), amount, now)


def close_spending(tx: Connection, job_id: int, images: int, price_microusd: int, now: datetime) -> None:
    """Close what job *job_id* still holds for being sent, by the *images* that were or may have been paid."""
    close(tx, job_id, [quota.PAID], images, now)
    close(tx, job_id, quota.BUDGET_COUNTERS, images * price_microusd, now)


def hold_again(tx: Connection, job_id: int, holds: Sequence[Reservation], now: datetime) -> None:
    """Close the first send of job *job_id* as paid, and hold *holds* for the second, or raise Refused.

    Name by name, so that counters are locked in the order in which every other transaction takes them.
    """
    for hold in holds:
        close(tx, job_id, [hold.name], None, now)
        take(tx, job_id, hold, now, send=2)


def settle_images(tx: Connection, job_id: int, shown: int, now: datetime) -> None:
    """Close the allowances of job *job_id* by the images *shown*: of the member's, the day's own before the grant."""
    reserved = {row.name: row.amount for row in tx.execute(_RESERVED, {"b_job": job_id})}
    for name in quota.IMAGE_COUNTERS:
        close(tx, job_id, [name], quota.images_used(name, shown, reserved), now)


def image_reservations(
    tx: Connection, requester: Requester, count: int, granted: int, limits: Limits, now: datetime
) -> tuple[Reservation, ...]:
    """What *count* images of *requester* hold now, in the order in which they are refused."""
    first, *others = quota.image_reservations(requester, count, limits, now)
    if first.name != quota.MEMBER or not granted:
        return (first, *others)
    grant = quota.grant_reservation(requester, count, granted, limits, now)
    own_left, grant_left = (max(0, hold.limit - sum(counted(tx, hold))) for hold in (first, grant))
    if grant_left:  # where the day's limit was lowered under what is used, the grant is whole all the same
        first = replace(first, limit=max(first.limit, sum(counted(tx, first))))
    return (*quota.split_over_grant(first, own_left, grant, grant_left), *others)


def quota_statuses(
    tx: Connection, requester: Requester, limits: Limits, granted: int = 0, *, now: datetime
) -> tuple[QuotaStatus, ...]:
    """The quotas of *requester* where they ask, nearest first, and their attempts.

    What was generated for them is among these only where less is left of it than of their images.
    """
    return _counted(tx, requester, limits, granted, now)


def quotas(tx: Connection, requester: Requester, limits: Limits, granted: int, *, job_id: int, now: datetime) -> Quotas:
    """The same, with what job *job_id* still reserves of each."""
    there = {(hold.name, hold.subject, hold.window.label) for hold in _counters(requester, limits, granted, now)}
    rows = tx.execute(_OPEN, {"b_job": job_id, "b_names": list(quota.IMAGE_COUNTERS)}).all()
    over = frozenset(row.name for row in rows if (row.name, row.subject, row.window) not in there)
    found = _counted(tx, requester, limits, granted, now)
    return Quotas(found, {row.name: row.amount for row in rows}, over)


def _counted(
    tx: Connection, requester: Requester, limits: Limits, granted: int, now: datetime
) -> tuple[QuotaStatus, ...]:
    found = tuple(_remaining(tx, hold) for hold in _counters(requester, limits, granted, now))
    paid = _remaining(tx, quota.paid_reservation(requester.user_id, 0, limits, now))
    person = next(one for one in found if one.name == quota.PERSON)
    return (*found, paid) if paid.left < person.left else found


def _counters(requester: Requester, limits: Limits, granted: int, now: datetime) -> tuple[Reservation, ...]:
    first, *others = quota.image_reservations(requester, 0, limits, now)
    grant = [quota.grant_reservation(requester, 0, granted, limits, now)] if granted else []
    return (first, *grant, *others, quota.attempt_reservation(requester, limits, now))


def spending(tx: Connection, limits: Limits, *, now: datetime) -> tuple[QuotaStatus, ...]:
    """The two money ceilings, in micro-dollars."""
    return tuple(_remaining(tx, hold) for hold in quota.budget_reservations(0, limits, now))


def money_windows(limits: Limits, now: datetime) -> tuple[str, ...]:
    """The windows of the two money ceilings, in the order of ``spending``."""
    return tuple(hold.window.label for hold in quota.budget_reservations(0, limits, now))


def _remaining(tx: Connection, hold: Reservation) -> QuotaStatus:
    held, used = counted(tx, hold)
    return QuotaStatus(hold.name, used, held, hold.limit, hold.window.ends_at)
