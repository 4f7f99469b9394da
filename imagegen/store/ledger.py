"""Reserve quota and budget with a job, and settle or release them at its end. Each function is part of a transaction.

A request that is sent again after a kill reserves budget a second time, as *send* 2; then the first send is settled as
paid.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Column,
    ColumnElement,
    Connection,
    Insert,
    Row,
    Select,
    and_,
    bindparam,
    case,
    insert,
    or_,
    select,
    true,
    union_all,
    update,
)

from imagegen.errors import Reason, Refused
from imagegen.model import Requester
from imagegen.policy import quota
from imagegen.policy.quota import Limits, Reservation
from imagegen.store.columns import insert_for
from imagegen.store.tables import counters, ledger

Key = tuple[str, str, str]  # the name, the subject and the window of a counter
Taken = Mapping[Key, int]  # what is reserved and used of each counter


@dataclass(frozen=True)
class Spent:
    """What a send cost: *images* that were or may have been paid. None: all that were requested."""

    images: int | None
    price_microusd: int


NOTHING_SPENT, ALL_SPENT = Spent(0, 0), Spent(None, 0)


def _is_counter(n: int) -> ColumnElement[bool]:
    return and_(
        counters.c.name == bindparam(f"b_name_{n}"),
        counters.c.subject == bindparam(f"b_subject_{n}"),
        counters.c.window == bindparam(f"b_window_{n}"),
    )


@cache
def _read_statement(count: int) -> Select[Any]:
    return select(counters).where(or_(*(_is_counter(n) for n in range(count))))


@cache
def _reserve_statement(dialect: str, count: int) -> Insert:
    """Return one conditional statement for *count* counters, in their order.

    It returns the counters that it moved: not those whose limit would be passed. These are locked too.
    https://www.postgresql.org/docs/15/sql-insert.html (2026-11-29)

    The rows are a UNION, because SQLAlchemy compiles VALUES of several rows at each call. SQLite needs the WHERE.
    https://www.sqlite.org/lang_upsert.html (2026-11-29)
    """
    columns = [counters.c[name] for name in ("name", "subject", "window", "reserved", "used")]
    rows = (select(*(_bind(column, n) for column in columns)).where(true()) for n in range(count))
    row = insert_for(dialect, counters)
    row = row.from_select(columns, union_all(*rows), include_defaults=False)
    total = counters.c.reserved + counters.c.used + row.excluded.reserved + row.excluded.used
    limits = (bindparam(f"b_limit_{n}", type_=BigInteger) for n in range(count))
    limit = case(*((row.excluded.name == _bind(counters.c.name, n), most) for n, most in enumerate(limits)))
    more = {name: counters.c[name] + row.excluded[name] for name in ("reserved", "used")}
    key = [counters.c.name, counters.c.subject, counters.c.window]
    return row.on_conflict_do_update(index_elements=key, set_=more, where=total <= limit).returning(counters.c.name)


def _bind(column: Column[Any], n: int) -> BindParameter[Any]:
    return bindparam(f"b_{column.name}_{n}", type_=column.type)


_SETTLE_COUNTER = (
    update(counters)
    .where(_is_counter(0))
    .values(reserved=counters.c.reserved - bindparam("b_reserved"), used=counters.c.used + bindparam("b_used"))
)
_WRITE = insert(ledger)
_ENTRIES = (
    select(ledger.c.name, ledger.c.subject, ledger.c.window, ledger.c.amount, ledger.c.send, ledger.c.entry)
    .where(ledger.c.job_id == bindparam("b_job"))
    .order_by(ledger.c.id)
)  # counters are locked in the order in which they were reserved, so that no two jobs wait for each other


def key_of(counter: Reservation | Row[Any]) -> Key:
    window = counter.window.label if isinstance(counter, Reservation) else counter.window
    return counter.name, counter.subject, window


def _named(n: int, counter: Reservation | Row[Any]) -> dict[str, str]:
    return dict(zip((f"b_name_{n}", f"b_subject_{n}", f"b_window_{n}"), key_of(counter), strict=True))


def rows_of(tx: Connection, reservations: Sequence[Reservation]) -> dict[Key, Row[Any]]:
    """Return the counters of *reservations*, without those that nobody has used yet."""
    values = {name: value for n, one in enumerate(reservations) for name, value in _named(n, one).items()}
    return {key_of(row): row for row in tx.execute(_read_statement(len(reservations)), values)}


def taken(tx: Connection, reservations: Sequence[Reservation]) -> Taken:
    """Return what is reserved and used of the counters of *reservations* now."""
    return {key: row.reserved + row.used for key, row in rows_of(tx, reservations).items()}


def check(tx: Connection, reservations: Sequence[Reservation]) -> None:
    """Raise Refused for the first of *reservations* that does not fit."""
    now_taken = taken(tx, reservations)
    for reservation in reservations:
        _check(reservation, now_taken.get(key_of(reservation), 0))


def _check(reservation: Reservation, now_taken: int) -> None:
    """Raise Refused if *reservation* does not fit: nothing is left, or less than the request needs."""
    left = max(0, reservation.limit - now_taken)
    if reservation.amount <= left:
        return
    images = left // reservation.unit
    resets_at = round(reservation.window.ends_at.timestamp())
    # Members never read the amounts of a budget.
    if images == 0 or reservation.name in quota.BUDGET_COUNTERS:
        raise Refused(reservation.refusal, used=now_taken, limit=reservation.limit, resets_at=resets_at)
    raise Refused(
        Reason.MORE_THAN_LEFT,
        quota=reservation.refusal_name or reservation.name,
        requested=reservation.amount // reservation.unit,
        left=images,
        resets_at=resets_at,
    )


def write(tx: Connection, job_id: int, reservations: Sequence[Reservation], now: datetime, send: int = 1) -> None:
    """Write *reservations* in the ledger. ``move`` must follow; it is apart because every request locks the budgets."""
    _write(tx, job_id, now, [(entry, one, send, one.amount) for one in reservations for entry in _entries(one)])


def move(tx: Connection, reservations: Sequence[Reservation]) -> None:
    """Move the counters of *reservations*, or raise Refused for the first that is full.

    The counters' rows are the locks that order rivals.
    """
    if any(one.amount > one.limit for one in reservations):  # the condition guards updates, not a counter's first row
        check(tx, reservations)
    values: dict[str, Any] = {}
    for n, one in enumerate(reservations):
        at_once = one.name == quota.ATTEMPTS
        amounts = {f"b_reserved_{n}": 0 if at_once else one.amount, f"b_used_{n}": one.amount if at_once else 0}
        values |= {**_named(n, one), **amounts, f"b_limit_{n}": one.limit}
    moved = set(tx.scalars(_reserve_statement(tx.dialect.name, len(reservations)), values))
    if len(moved) < len(reservations):
        check(tx, [one for one in reservations if one.name not in moved])


def _entries(reservation: Reservation) -> tuple[str, ...]:
    """Return the entries of a reservation: an attempt is used at once, however its job ends."""
    return ("reserve", "settle") if reservation.name == quota.ATTEMPTS else ("reserve",)


def _write(
    tx: Connection, job_id: int, now: datetime, entries: Iterable[tuple[str, Reservation | Row[Any], int, int]]
) -> None:
    """Write entries. Each is its kind, its counter, which send of the job, and the amount."""
    rows = [
        dict(zip(("name", "subject", "window"), key_of(counter), strict=True))
        | {"job_id": job_id, "entry": entry, "send": send, "amount": amount, "at": now}
        for entry, counter, send, amount in entries
    ]
    tx.execute(_WRITE, rows)


def open_entries(tx: Connection, job_id: int) -> list[Row[Any]]:
    """Return what job *job_id* still reserves, in the order in which it was reserved."""
    rows: Sequence[Any] = tx.execute(_ENTRIES, {"b_job": job_id}).all()
    settled = {(row.name, row.send) for row in rows if row.entry != "reserve"}
    return [row for row in rows if row.entry == "reserve" and (row.name, row.send) not in settled]


def settle(
    tx: Connection, job_id: int, now: datetime, *, delivered: int | None = None, spent: Spent | None = None
) -> None:
    """Settle what job *job_id* still reserves: its image quotas to the images *delivered*, its budgets to *spent*.

    What is None stays reserved. The rest is released, in the window in which it was reserved.
    """
    rows = open_entries(tx, job_id)
    used: dict[str, int | None] = {}
    if delivered is not None:
        reserved = {row.name: row.amount for row in rows}
        used |= {name: quota.images_used(name, delivered, reserved) for name in quota.IMAGE_COUNTERS}
    if spent is not None:
        cost = None if spent.images is None else spent.images * spent.price_microusd
        used |= {quota.PAID: spent.images, **dict.fromkeys(quota.MONEY_COUNTERS, cost)}
    _settle(tx, job_id, [row for row in rows if row.name in used], used, now)


def _settle(
    tx: Connection, job_id: int, rows: Sequence[Row[Any]], used: Mapping[str, int | None], now: datetime
) -> None:
    """Settle *rows* to what is *used* of each counter; None: all."""
    if not rows:
        return
    amounts = [row.amount if (amount := used[row.name]) is None else amount for row in rows]
    each = list(zip(rows, amounts, strict=True))
    _write(tx, job_id, now, [("settle" if amount else "release", row, row.send, amount) for row, amount in each])
    # Locked as late as possible: every job locks the budgets.
    tx.execute(
        _SETTLE_COUNTER, [{**_named(0, row), "b_reserved": row.amount, "b_used": amount} for row, amount in each]
    )


def reserve_again(tx: Connection, job_id: int, reservations: Sequence[Reservation], now: datetime) -> None:
    """Settle the first send of job *job_id* as paid, and reserve *reservations* for the second, or raise Refused.

    Counter by counter, so that counters are locked in the order in which every other transaction locks them.
    """
    rows = open_entries(tx, job_id)
    for reservation in reservations:
        _settle(tx, job_id, [row for row in rows if row.name == reservation.name], {reservation.name: None}, now)
        write(tx, job_id, [reservation], now, send=2)
        move(tx, [reservation])


def image_reservations(
    tx: Connection, requester: Requester, count: int, granted: int, limits: Limits, now: datetime
) -> tuple[Reservation, ...]:
    """Return what *count* images of *requester* reserve now, in the order in which quotas refuse."""
    first, *others = quota.image_reservations(requester, count, limits, now)
    if first.name != quota.MEMBER or not granted:
        return (first, *others)
    grant = quota.grant_reservation(requester, count, granted, limits, now)
    now_taken = taken(tx, (first, grant))
    own_taken, grant_taken = (now_taken.get(key_of(one), 0) for one in (first, grant))
    own_left, grant_left = max(0, first.limit - own_taken), max(0, grant.limit - grant_taken)
    if grant_left:  # a daily limit that was lowered below what is used takes nothing from the grant
        first = replace(first, limit=max(first.limit, own_taken))
    return (*quota.split_over_grant(first, own_left, grant, grant_left), *others)
