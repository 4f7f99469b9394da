"""What the operator of the whole bot decides and watches. Each function is one transaction."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, func, insert, select

from imagegen.model import Notice, State, Status, Warned
from imagegen.quota import Limits
from imagegen.store import ledger
from imagegen.store.notice import notice_of
from imagegen.store.tables import LIVE, TO_DELIVER, WAITS, jobs, notice, sending, upsert, warnings, workers

WARN_AT = (50, 80, 100)  # percent of a money ceiling
ALIVE = timedelta(seconds=30)
RECENTLY = timedelta(hours=24)


def set_paused(tx: Connection, paused: bool, *, now: datetime) -> Notice:
    """Take nothing new and send nothing, or go on. What was sent is finished and shown all the same."""
    return _write(tx, Notice(paused, notice_of(tx).announcement), now)


def announce(tx: Connection, words: str, *, now: datetime) -> Notice:
    """Have members read *words* beside their allowances; empty takes them away."""
    return _write(tx, Notice(notice_of(tx).paused, words), now)


def _write(tx: Connection, after: Notice, now: datetime) -> Notice:
    values = {"paused": int(after.paused), "announcement": after.announcement, "at": now}
    tx.execute(upsert(tx, notice, {"id": 1}, values))
    return after


def status(tx: Connection, limits: Limits, *, now: datetime) -> Status:
    """How the bot stands: its line, what is in flight, what failed in a day, what was spent, who works."""

    def count(*where: object) -> int:
        found = tx.scalar(select(func.count()).select_from(jobs).where(*where))  # type: ignore[arg-type]  # clauses
        return found or 0

    failures = (
        select(jobs.c.failure_reason, func.count())
        .where(jobs.c.state == State.FAILED, jobs.c.ended_at > now - RECENTLY)
        .group_by(jobs.c.failure_reason)
        .order_by(func.count().desc())
    )
    return Status(
        waiting=count(WAITS),
        in_flight=count(LIVE),
        to_show=count(TO_DELIVER),
        failures={str(reason): number for reason, number in tx.execute(failures)},
        spending=ledger.spending(tx, limits, now=now),
        processes=tx.scalar(select(func.count()).select_from(workers).where(workers.c.seen_at > now - ALIVE)) or 0,
        paused=tx.scalar(select(sending.c.reason)),
        notice=notice_of(tx),
    )


def due_warnings(tx: Connection, limits: Limits, *, now: datetime) -> tuple[Warned, ...]:
    """The money ceilings of which 50, 80 or 100 % are reached for the first time in their window; told once.

    What is held counts too: it is spent unless something fails. Several steps at once are one warning, the highest.
    """
    due = []
    for remaining, window in zip(ledger.spending(tx, limits, now=now), ledger.money_windows(limits, now), strict=True):
        gone = remaining.used + remaining.held
        reached = [step for step in WARN_AT if remaining.limit and gone * 100 >= remaining.limit * step]
        told = tx.scalars(
            select(warnings.c.percent).where(warnings.c.name == remaining.name, warnings.c.window == window)
        )
        if new := sorted(set(reached) - set(told)):
            rows = [{"name": remaining.name, "window": window, "percent": step} for step in new]
            tx.execute(insert(warnings), rows)
            due.append(Warned(remaining, new[-1]))
    return tuple(due)
