"""Reserve quota and budget with a job, and settle or release them at its end. Each function is part of a transaction.

A request that is sent again after a kill reserves budget a second time, as *send* 2; then the first send is settled as
paid. Each amount is a whole number and an adjustment to it (imagegen/store/tables.py).
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
    Integer,
    Row,
    bindparam,
    case,
    insert,
    literal_column,
    select,
    true,
    union_all,
    update,
)

from imagegen.model import UNITS_PER_IMAGE, Requester
from imagegen.policy import quota
from imagegen.policy.quota import Charge, Limits, Reservation, units_of
from imagegen.store.columns import insert_for, one_of
from imagegen.store.tables import counters, ledger
from imagegen.store.taken import check, is_counter, key_of, named, taken

Amount = tuple[int, int]  # a whole number, and the adjustment to it


@dataclass(frozen=True)
class Spent:
    """What a send cost: the images that were or may have been paid. None: all that was reserved."""

    charge: Charge | None


NOTHING_SPENT, ALL_SPENT = Spent(quota.NOTHING), Spent(None)


@cache
def _reserve_statement(dialect: str, count: int) -> Insert:
    """Return one conditional statement for *count* counters, in their order.

    It returns the counters that it moved: not those whose limit would be passed. These are locked too.
    https://www.postgresql.org/docs/15/sql-insert.html (2026-11-29)

    The rows are a UNION, because SQLAlchemy compiles VALUES of several rows at each call. SQLite needs the WHERE.
    https://www.sqlite.org/lang_upsert.html (2026-11-29)
    """
    amounts = ("reserved", "used", "reserved_adjustment")  # an attempt, which is used at once, has no adjustment
    columns = [counters.c[name] for name in ("name", "subject", "window", *amounts)]
    rows = (select(*(_bind(column, n) for column in columns)).where(true()) for n in range(count))
    row = insert_for(dialect, counters)
    row = row.from_select(columns, union_all(*rows), include_defaults=False)
    whole = counters.c.reserved + counters.c.used + row.excluded.reserved + row.excluded.used
    adjustment = counters.c.reserved_adjustment + counters.c.used_adjustment + row.excluded.reserved_adjustment
    limits = (bindparam(f"b_limit_{n}", type_=BigInteger) for n in range(count))
    limit = case(*((row.excluded.name == _bind(counters.c.name, n), most) for n, most in enumerate(limits)))
    more = {name: counters.c[name] + row.excluded[name] for name in amounts}
    key = [counters.c.name, counters.c.subject, counters.c.window]
    fits = whole * _UNITS + adjustment <= limit
    return row.on_conflict_do_update(index_elements=key, set_=more, where=fits).returning(counters.c.name)


_UNITS: ColumnElement[int] = literal_column(
    f"CASE WHEN {one_of('excluded.name', quota.IN_UNITS)} THEN {UNITS_PER_IMAGE} ELSE 1 END", Integer
)  # as ``units_of``


def _bind(column: Column[Any], n: int) -> BindParameter[Any]:
    return bindparam(f"b_{column.name}_{n}", type_=column.type)


_SETTLE_COUNTER = (
    update(counters)
    .where(is_counter(0))
    .values(
        reserved=counters.c.reserved - bindparam("b_reserved"),
        used=counters.c.used + bindparam("b_used"),
        reserved_adjustment=counters.c.reserved_adjustment - bindparam("b_reserved_adjustment"),
        used_adjustment=counters.c.used_adjustment + bindparam("b_used_adjustment"),
    )
)
_WRITE = insert(ledger)
_ENTRIES = (
    select(*(ledger.c[name] for name in ("name", "subject", "window", "amount", "adjustment", "send", "entry")))
    .where(ledger.c.job_id == bindparam("b_job"))
    .order_by(ledger.c.id)
)  # counters are locked in the order in which they were reserved, so that no two jobs wait for each other


def amount_of(entry: Row[Any]) -> int:
    """Return the amount of an entry, in the units of its counter."""
    return units_of(entry.name, entry.amount, entry.adjustment)


def write(tx: Connection, job_id: int, reservations: Sequence[Reservation], now: datetime, send: int = 1) -> None:
    """Write *reservations* in the ledger. ``move`` must follow; it is apart because every request locks the budgets."""
    entries = [(entry, one, send, (one.whole, one.adjustment)) for one in reservations for entry in _entries(one)]
    _write(tx, job_id, now, entries)


def move(tx: Connection, reservations: Sequence[Reservation]) -> None:
    """Move the counters of *reservations*, or raise Refused for the first that is full.

    The counters' rows are the locks that order rivals.
    """
    if any(one.amount > one.limit for one in reservations):  # the condition guards updates, not a counter's first row
        check(tx, reservations)
    values: dict[str, Any] = {}
    for n, one in enumerate(reservations):
        at_once = one.name == quota.ATTEMPTS
        amounts = {f"b_reserved_{n}": 0 if at_once else one.whole, f"b_used_{n}": one.whole if at_once else 0}
        amounts[f"b_reserved_adjustment_{n}"] = one.adjustment
        values |= {**named(n, one), **amounts, f"b_limit_{n}": one.limit}
    moved = set(tx.scalars(_reserve_statement(tx.dialect.name, len(reservations)), values))
    if len(moved) < len(reservations):
        check(tx, [one for one in reservations if one.name not in moved])


def _entries(reservation: Reservation) -> tuple[str, ...]:
    """Return the entries of a reservation: an attempt is used at once, however its job ends."""
    return ("reserve", "settle") if reservation.name == quota.ATTEMPTS else ("reserve",)


def _write(
    tx: Connection, job_id: int, now: datetime, entries: Iterable[tuple[str, Reservation | Row[Any], int, Amount]]
) -> None:
    """Write entries. Each is its kind, its counter, which send of the job, and the amount."""
    rows = [
        dict(zip(("name", "subject", "window"), key_of(counter), strict=True))
        | {"job_id": job_id, "entry": entry, "send": send, "amount": whole, "adjustment": adjustment, "at": now}
        for entry, counter, send, (whole, adjustment) in entries
    ]
    tx.execute(_WRITE, rows)


def open_entries(tx: Connection, job_id: int) -> list[Row[Any]]:
    """Return what job *job_id* still reserves, in the order in which it was reserved."""
    rows: Sequence[Any] = tx.execute(_ENTRIES, {"b_job": job_id}).all()
    settled = {(row.name, row.send) for row in rows if row.entry != "reserve"}
    return [row for row in rows if row.entry == "reserve" and (row.name, row.send) not in settled]


def settle(
    tx: Connection, job_id: int, now: datetime, *, delivered: Charge | None = None, spent: Spent | None = None
) -> None:
    """Settle what job *job_id* still reserves: its image quotas to what was *delivered*, its budgets to *spent*.

    What is None stays reserved. The rest is released, in the window in which it was reserved.
    """
    rows = open_entries(tx, job_id)
    used: dict[str, Amount | None] = {}
    if delivered is not None:
        used |= _delivered(rows, delivered)
    if spent is not None:
        used |= _spent(spent.charge)
    _settle(tx, job_id, [row for row in rows if row.name in used], used, now)


def _delivered(rows: Sequence[Row[Any]], charge: Charge) -> dict[str, Amount | None]:
    """Return how much of each image quota in *rows* delivered images use."""
    whole, units = {row.name: row.amount for row in rows}, {row.name: amount_of(row) for row in rows}
    parts = {
        name: (quota.part_used(name, charge.images, whole), quota.part_used(name, charge.units, units))
        for name in quota.IMAGE_COUNTERS
    }
    return {name: (images, part - units_of(name, images, 0)) for name, (images, part) in parts.items()}


def _spent(charge: Charge | None) -> dict[str, Amount | None]:
    """Return how much of each budget, and of the person's paid images, a send used. None: all that it reserved.

    Input images are paid with the first image.
    """
    if charge is None:
        return dict.fromkeys((quota.PAID, *quota.MONEY_COUNTERS))
    inputs = charge.input_price_microusd if charge.images else 0
    paid = (charge.images, charge.units - units_of(quota.PAID, charge.images, 0))
    return {quota.PAID: paid, **dict.fromkeys(quota.MONEY_COUNTERS, (charge.microusd, inputs))}


def _settle(
    tx: Connection, job_id: int, rows: Sequence[Row[Any]], used: Mapping[str, Amount | None], now: datetime
) -> None:
    """Settle *rows* to what is *used* of each counter; None: all."""
    if not rows:
        return
    each = [(row, (row.amount, row.adjustment) if (part := used[row.name]) is None else part) for row in rows]
    _write(tx, job_id, now, [("settle" if any(amount) else "release", row, row.send, amount) for row, amount in each])
    # Locked as late as possible: every job locks the budgets.
    tx.execute(_SETTLE_COUNTER, [_settlement(row, amount) for row, amount in each])


def _settlement(row: Row[Any], amount: Amount) -> dict[str, Any]:
    reserved = {"b_reserved": row.amount, "b_reserved_adjustment": row.adjustment}
    return {**named(0, row), **reserved, "b_used": amount[0], "b_used_adjustment": amount[1]}


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
    tx: Connection, requester: Requester, charge: Charge, granted: int, limits: Limits, now: datetime
) -> tuple[Reservation, ...]:
    """Return what a request of *requester* reserves now, in the order in which quotas refuse."""
    first, *others = quota.image_reservations(requester, charge, limits, now)
    if first.name != quota.MEMBER or not granted:
        return (first, *others)
    grant = quota.grant_reservation(requester, charge, granted, limits, now)
    now_taken = taken(tx, (first, grant))
    own_taken, grant_taken = (now_taken.get(key_of(one), 0) for one in (first, grant))
    own_left, grant_left = max(0, first.limit - own_taken), max(0, grant.limit - grant_taken)
    if grant_left:  # a daily limit that was lowered below what is used takes nothing from the grant
        first = replace(first, limit=max(first.limit, own_taken))
    return (*quota.split_over_grant(first, own_left, grant, grant_left), *others)
