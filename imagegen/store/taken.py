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
    return {key: taken_of(row) for key, row in rows_of(tx, reservations).items()}


def taken_of(counter: Row[Any] | None) -> int:
    """Return what is reserved and used of a counter, in its units. None: nobody has used it yet."""
    return 0 if counter is None else reserved_of(counter) + used_of(counter)


def reserved_of(counter: Row[Any]) -> int:
    """Return what is reserved of a counter, in its units."""
    return units_of(counter.name, counter.reserved, counter.reserved_adjustment)


def used_of(counter: Row[Any]) -> int:
    """Return what is used of a counter, in its units."""
    return units_of(counter.name, counter.used, counter.used_adjustment)


def check(tx: Connection, reservations: Sequence[Reservation]) -> None:
    """Raise Refused for the first of *reservations* that does not fit."""
    rows = rows_of(tx, reservations)
    for reservation in reservations:
        counter = rows.get(key_of(reservation))
        left = max(0, reservation.limit - taken_of(counter))  # an image that costs nothing passes a lowered limit
        if reservation.amount > left:
            raise _refused(reservation, counter, left)


def _refused(reservation: Reservation, counter: Row[Any] | None, left: int) -> Refused:
    """Return the refusal of a reservation that does not fit: nothing is left, or less than the request needs."""
    less_than_one = reservation.name in quota.IN_UNITS and left > 0
    # Members never read the amounts of a budget.
    if reservation.name in quota.BUDGET_COUNTERS or (reservation.images_within(left) == 0 and not less_than_one):
        reason, facts = reservation.refusal, _used_up(reservation, counter)
    else:
        reason, facts = _more_than_left(reservation, left)
    return Refused(reason, **facts, resets_at=round(reservation.window.ends_at.timestamp()))


def _used_up(reservation: Reservation, counter: Row[Any] | None) -> dict[str, str | int]:
    """Return the facts of a quota of which nothing is left."""
    if reservation.name == quota.PAID and counter is not None:
        return {"limit": counter.reserved + counter.used}  # images that were generated, whatever they weigh
    unit = "_units" if reservation.name in quota.IN_UNITS else ""
    return {f"used{unit}": taken_of(counter), f"limit{unit}": reservation.limit}


def _more_than_left(reservation: Reservation, left: int) -> tuple[Reason, dict[str, str | int]]:
    """Return why a reservation does not fit into the units that are *left*, and its facts."""
    images = reservation.images_within(left)
    facts: dict[str, str | int] = {"quota": reservation.refusal_name or reservation.name, "left": images}
    in_whole_images = reservation.per_image == UNITS_PER_IMAGE and left % UNITS_PER_IMAGE == 0
    if reservation.name not in quota.IN_UNITS or in_whole_images:
        return Reason.MORE_THAN_LEFT, facts | {"requested": reservation.images}
    facts |= {"needed_units": reservation.amount, "remaining_units": left}
    return (Reason.MORE_UNITS_THAN_LEFT if images else Reason.LESS_THAN_ONE_LEFT), facts
