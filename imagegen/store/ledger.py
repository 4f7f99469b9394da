"""Reserve quota and budget with a job, and settle or release them at its end. Each function is part of a transaction.

A request that is sent again after a kill reserves budget a second time, as *send* 2; then the first send is settled as
paid.
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
_SETTLE_COUNTER = (
    update(counters)
    .where(_COUNTER)
    .values(reserved=counters.c.reserved - bindparam("b_reserved"), used=counters.c.used + bindparam("b_used"))
)
_ENTRY = insert(ledger)
_OTHER = ledger.alias("other")
_SETTLED = select(_OTHER.c.id).where(
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
        ~exists(_SETTLED),
    )
    .order_by(ledger.c.id)
)  # counters are locked in the order in which they were reserved, so that no two jobs wait for each other
_RESERVED = select(ledger.c.name, ledger.c.amount).where(
    ledger.c.job_id == bindparam("b_job"), RESERVE, ledger.c.name.in_(quota.IMAGE_COUNTERS)
)


def _reserve_statement(dialect: str) -> Insert:
    """Return one conditional statement: if the limit would be passed, it writes nothing and returns no row."""
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


_RESERVE = {dialect: _reserve_statement(dialect) for dialect in ("sqlite", "postgresql")}


def _key(reservation: Reservation) -> tuple[str, str, str]:
    """Return the name, the subject and the window of the counter."""
    return reservation.name, reservation.subject, reservation.window.label


def _where(reservation: Reservation) -> dict[str, str]:
    return dict(zip(("b_name", "b_subject", "b_window"), _key(reservation), strict=True))


def reserved_and_used(tx: Connection, reservation: Reservation) -> tuple[int, int]:
    """Return what is reserved and used of a counter now."""
    row = tx.execute(_READ, _where(reservation)).one_or_none()
    return (0, 0) if row is None else (row.reserved, row.used)


def check(tx: Connection, reservation: Reservation) -> None:
    """Raise Refused if *reservation* does not fit: nothing is left, or less than the request needs."""
    reserved, used = reserved_and_used(tx, reservation)
    left = max(0, reservation.limit - reserved - used)
    if reservation.amount <= left:
        return
    resets_at = round(reservation.window.ends_at.timestamp())
    # Members never read the amounts of a budget.
    if left == 0 or reservation.name in quota.BUDGET_COUNTERS:
        raise Refused(reservation.refusal, used=reserved + used, limit=reservation.limit, resets_at=resets_at)
    raise Refused(
        Reason.MORE_THAN_LEFT,
        quota=reservation.refusal_name or reservation.name,
        requested=reservation.amount,
        left=left,
        resets_at=resets_at,
    )


def reserve(tx: Connection, job_id: int, reservation: Reservation, now: datetime, send: int = 1) -> None:
    """Move the counter and write the ledger, or raise Refused. The counter's row is the lock that orders rivals."""
    amount = reservation.amount
    if amount > reservation.limit:  # the statement's condition guards updates, not a counter's first row
        check(tx, reservation)
    values = {**_where(reservation), "b_amount": amount, "b_limit": reservation.limit}
    if tx.execute(_RESERVE[tx.dialect.name], values).one_or_none() is None:
        check(tx, reservation)
    _write(tx, job_id, "reserve", (*_key(reservation), send), amount, now)


def _write(
    tx: Connection, job_id: int, entry: str, where: tuple[str, str, str, int], amount: int, now: datetime
) -> None:
    """Write an entry. *where* is the counter's name, subject and window, and which send of the job."""
    name, subject, window, send = where
    tx.execute(
        _ENTRY,
        {"job_id": job_id, "entry": entry, "name": name, "subject": subject, "window": window, "send": send,
         "amount": amount, "at": now},
    )  # fmt: skip


def settle(tx: Connection, job_id: int, names: Sequence[str], used: int | None, now: datetime) -> None:
    """Settle what job *job_id* reserves of the counters *names*: *used* of each is used, or all if None.

    The rest is released, in the window in which it was reserved. What is settled already stays as it is.
    """
    for row in tx.execute(_OPEN, {"b_job": job_id, "b_names": list(names)}).all():
        amount = row.amount if used is None else used
        values = {"b_name": row.name, "b_subject": row.subject, "b_window": row.window}
        tx.execute(_SETTLE_COUNTER, {**values, "b_reserved": row.amount, "b_used": amount})
        entry = "settle" if amount else "release"
        _write(tx, job_id, entry, (row.name, row.subject, row.window, row.send), amount, now)


def settle_spending(tx: Connection, job_id: int, images: int, price_microusd: int, now: datetime) -> None:
    """Settle what job *job_id* reserves for being sent, by the *images* that were or may have been paid."""
    settle(tx, job_id, [quota.PAID], images, now)
    settle(tx, job_id, quota.BUDGET_COUNTERS, images * price_microusd, now)


def reserve_again(tx: Connection, job_id: int, reservations: Sequence[Reservation], now: datetime) -> None:
    """Settle the first send of job *job_id* as paid, and reserve *reservations* for the second, or raise Refused.

    Counter by counter, so that counters are locked in the order in which every other transaction locks them.
    """
    for reservation in reservations:
        settle(tx, job_id, [reservation.name], None, now)
        reserve(tx, job_id, reservation, now, send=2)


def settle_images(tx: Connection, job_id: int, delivered: int, now: datetime) -> None:
    """Settle the image quotas of job *job_id* to the images *delivered*: a member's day is used before the grant."""
    reserved = {row.name: row.amount for row in tx.execute(_RESERVED, {"b_job": job_id})}
    for name in quota.IMAGE_COUNTERS:
        settle(tx, job_id, [name], quota.images_used(name, delivered, reserved), now)


def image_reservations(
    tx: Connection, requester: Requester, count: int, granted: int, limits: Limits, now: datetime
) -> tuple[Reservation, ...]:
    """Return what *count* images of *requester* reserve now, in the order in which quotas refuse."""
    first, *others = quota.image_reservations(requester, count, limits, now)
    if first.name != quota.MEMBER or not granted:
        return (first, *others)
    grant = quota.grant_reservation(requester, count, granted, limits, now)
    own_taken, grant_taken = (sum(reserved_and_used(tx, one)) for one in (first, grant))
    own_left, grant_left = max(0, first.limit - own_taken), max(0, grant.limit - grant_taken)
    if grant_left:  # a daily limit that was lowered below what is used takes nothing from the grant
        first = replace(first, limit=max(first.limit, own_taken))
    return (*quota.split_over_grant(first, own_left, grant, grant_left), *others)


def quota_statuses(
    tx: Connection, requester: Requester, limits: Limits, granted: int = 0, *, now: datetime
) -> tuple[QuotaStatus, ...]:
    """Return the quotas of *requester* where they are, nearest quota first, and their attempts.

    The quota of paid images is among them only if less is left of it than of the person's images.
    """
    found = tuple(_status(tx, counter) for counter in _counters(requester, limits, granted, now))
    paid = _status(tx, quota.paid_reservation(requester.user_id, 0, limits, now))
    person = next(one for one in found if one.name == quota.PERSON)
    return (*found, paid) if paid.left < person.left else found


def quotas(tx: Connection, requester: Requester, limits: Limits, granted: int, *, job_id: int, now: datetime) -> Quotas:
    """Return the same, with what job *job_id* still reserves of each."""
    current = {_key(counter) for counter in _counters(requester, limits, granted, now)}
    rows = tx.execute(_OPEN, {"b_job": job_id, "b_names": list(quota.IMAGE_COUNTERS)}).all()
    over = frozenset(row.name for row in rows if (row.name, row.subject, row.window) not in current)
    found = quota_statuses(tx, requester, limits, granted, now=now)
    return Quotas(found, {row.name: row.amount for row in rows}, over)


def _counters(requester: Requester, limits: Limits, granted: int, now: datetime) -> tuple[Reservation, ...]:
    first, *others = quota.image_reservations(requester, 0, limits, now)
    grant = [quota.grant_reservation(requester, 0, granted, limits, now)] if granted else []
    return (first, *grant, *others, quota.attempt_reservation(requester, limits, now))


def budgets(tx: Connection, limits: Limits, *, now: datetime) -> tuple[QuotaStatus, ...]:
    """Return the budgets of the day and of the month, in micro-dollars."""
    return tuple(_status(tx, counter) for counter in quota.budget_reservations(0, limits, now))


def budget_windows(limits: Limits, now: datetime) -> tuple[str, ...]:
    """Return the windows of the two budgets, in the order of ``budgets``."""
    return tuple(counter.window.label for counter in quota.budget_reservations(0, limits, now))


def _status(tx: Connection, counter: Reservation) -> QuotaStatus:
    reserved, used = reserved_and_used(tx, counter)
    return QuotaStatus(counter.name, used, reserved, counter.limit, counter.window.ends_at)
