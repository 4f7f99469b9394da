"""Stored moments that lie too far in the future, because the clock was set back after they were written.

A job that waits for such a moment would wait for as long as the clock was set back. Each kind of moment has a limit:
within the limit a job waits for the moment; beyond it the moment is ignored, reset and logged. Pauses are in
store/pauses.py: a process probes them when it starts, and when it sees that its clock was set back.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Select, and_, bindparam, or_, select, true, update

from imagegen.store.tables import model_queues, workers
from imagegen.store.tables_jobs import HELD, IN_FLIGHT, NOT_HELD, TO_DELIVER, WAITING, jobs

# A throttled model is held back for a minute at most (retry.MAX_MODEL_WAIT_S), a rate of 1 a minute for 62 s.
FREE_AHEAD = timedelta(minutes=2)
WAITS_AHEAD = timedelta(minutes=10)  # the longest wait before a request is sent again is 5 min (retry.MAX_DELAY_S)
DELIVERS_AHEAD = timedelta(minutes=30)  # and before a delivery is tried again, whatever Discord asks for
HELD_AHEAD = timedelta(hours=24)  # a result waits no longer for the managers (review.HOLD_FOR)
TOKEN_AHEAD = timedelta(minutes=15)  # an interaction's token lives no longer
NOW_AHEAD = timedelta(minutes=1)  # what is written as now, by processes whose clocks agree


EVERY_ROW = true()


@dataclass(frozen=True)
class Ahead:
    """One kind of moment: how far ahead it may lie, and how far ahead a moment beyond that is reset."""

    column: Column[Any]
    most: timedelta
    where: ColumnElement[bool] | Any = EVERY_ROW
    to: timedelta = timedelta(0)


KINDS = (  # in the order in which their rows are locked
    Ahead(model_queues.c.free_at, FREE_AHEAD),
    Ahead(jobs.c.next_attempt_at, WAITS_AHEAD, WAITING),
    Ahead(jobs.c.next_attempt_at, DELIVERS_AHEAD, and_(TO_DELIVER, NOT_HELD)),
    Ahead(jobs.c.next_attempt_at, HELD_AHEAD, and_(TO_DELIVER, HELD)),
    Ahead(jobs.c.send_before_at, TOKEN_AHEAD, WAITING, TOKEN_AHEAD),
    Ahead(jobs.c.submitting_at, NOW_AHEAD, IN_FLIGHT),  # by it a task is overdue
    Ahead(workers.c.seen_at, NOW_AHEAD),  # of a dead process; one that lives is seen again
)


def _ahead(kind: Ahead) -> tuple[Ahead, Column[Any], Select[Any]]:
    """Return *kind*, the key of its rows, and the statement that reads the keys of the moments beyond its limit."""
    key: Column[Any] = next(iter(kind.column.table.primary_key))
    beyond = select(key).where(kind.where, kind.column > bindparam("b_limit"))
    return kind, key, beyond.with_for_update(skip_locked=True)


_AHEAD = tuple(map(_ahead, KINDS))


def is_due(column: Column[Any]) -> ColumnElement[bool]:
    """Return the condition that a moment has come, or lies beyond its limit and is ignored, by ``moments``."""
    return or_(column <= bindparam("b_now"), column > bindparam("b_ahead"))


def moments(most: timedelta, now: datetime) -> dict[str, datetime]:
    """Return the values that ``is_due`` compares with. *most*: how far ahead a moment may lie."""
    return {"b_now": now, "b_ahead": now + most}


def waits(at: datetime | None, most: timedelta, now: datetime) -> bool:
    """Return whether to wait for a moment: it lies ahead, within *most*."""
    return at is not None and now < at <= now + most


def bring_back(tx: Connection, *, now: datetime) -> Counter[str]:
    """Reset the moments that lie beyond their limit. Return how many, by column."""
    found = Counter[str]()
    for kind, key, ahead in _AHEAD:
        if names := tx.scalars(ahead, {"b_limit": now + kind.most}).all():
            late = update(kind.column.table).where(key.in_(names))
            tx.execute(late.values({kind.column.name: now + kind.to}))
            found[kind.column.name] += len(names)
    return found
