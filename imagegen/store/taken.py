"""Read what is reserved and used of counters, and refuse what does not fit. Each function is part of a transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, bindparam, or_, select

from imagegen.errors import Reason, Refused
from imagegen.model import UNITS_PER_IMAGE
from imagegen.policy import quota
from imagegen.policy.quota import Reservation, units_of
from imagegen.store.tables import counters

Key = tuple[str, str, str]  # the name, the subject and the window of a counter
Taken = Mapping[Key, int]  # what is reserved and used of each counter, in its units


def is_counter(n: int) -> ColumnElement[bool]:
    """Return the condition that a row is the counter whose values ``named`` gives."""
    return and_(
        counters.c.name == bindparam(f"b_name_{n}"),
        counters.c.subject == bindparam(f"b_subject_{n}"),
        counters.c.window == bindparam(f"b_window_{n}"),
    )


@cache
def _read_statement(count: int) -> Select[Any]:
    return select(counters).where(or_(*(is_counter(n) for n in range(count))))


def key_of(counter: Reservation | Row[Any]) -> Key:
    """Return the key of the counter of a reservation or of a row."""
    window = counter.window.label if isinstance(counter, Reservation) else counter.window
    return counter.name, counter.subject, window


def named(n: int, counter: Reservation | Row[Any]) -> dict[str, str]:
    """Return the key of counter *n* of a statement, by the names of its parameters."""
    return dict(zip((f"b_name_{n}", f"b_subject_{n}", f"b_window_{n}"), key_of(counter), strict=True))


def rows_of(tx: Connection, reservations: Sequence[Reservation]) -> dict[Key, Row[Any]]:
    """Return the counters of *reservations*, without those that nobody has used yet."""
    values = {name: value for n, one in enumerate(reservations) for name, value in named(n, one).items()}
    return {key_of(row): row for row in tx.execute(_read_statement(len(reservations)), values)}


def taken(tx: Connection, reservations: Sequence[Reservation]) -> Taken:
    """Return what is reserved and used of the counters of *reservations* now."""
    return {key: reserved_of(row) + used_of(row) for key, row in rows_of(tx, reservations).items()}


def reserved_of(counter: Row[Any]) -> int:
    """Return what is reserved of a counter, in its units."""
    return units_of(counter.name, counter.reserved, counter.reserved_adjustment)


def used_of(counter: Row[Any]) -> int:
    """Return what is used of a counter, in its units."""
    return units_of(counter.name, counter.used, counter.used_adjustment)


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
    images, of_images = reservation.images_within(left), reservation.name in quota.IN_UNITS
    resets_at = round(reservation.window.ends_at.timestamp())
    # Members never read the amounts of a budget.
    if reservation.name in quota.BUDGET_COUNTERS or (images == 0 and not (of_images and left)):
        amounts = {"used": now_taken, "limit": reservation.limit}
        facts = {f"{name}_units" if of_images else name: amount for name, amount in amounts.items()}
        raise Refused(reservation.refusal, **facts, resets_at=resets_at)
    name = reservation.refusal_name or reservation.name
    if not of_images or (reservation.per_image == UNITS_PER_IMAGE and left % UNITS_PER_IMAGE == 0):
        requested = reservation.images
        raise Refused(Reason.MORE_THAN_LEFT, quota=name, requested=requested, left=images, resets_at=resets_at)
    reason = Reason.MORE_UNITS_THAN_LEFT if images else Reason.LESS_THAN_ONE_LEFT
    units = {"needed_units": reservation.amount, "remaining_units": left}
    raise Refused(reason, quota=name, **units, left=images, resets_at=resets_at)
