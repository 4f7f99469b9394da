"""What the operator of the whole bot decides and watches. Each function is one transaction."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, insert, select

from imagegen.model import Scope
from imagegen.ownership import LEASE
from imagegen.policy.quota import Limits
from imagegen.reports import BlockKind, BotStatus, BudgetAlert, OperatorNotice
from imagegen.states import State
from imagegen.store import blocks, ledger, pauses
from imagegen.store import jobs as lives
from imagegen.store.announcements import notice_of
from imagegen.store.columns import inserted
from imagegen.store.tables import blocks as blocks_table
from imagegen.store.tables import budget_alerts, operator_notice, workers
from imagegen.store.tables_jobs import IN_FLIGHT, TO_DELIVER, WAITING, jobs

WARN_AT = (50, 80, 100)  # percent of a money ceiling
RECENTLY = timedelta(hours=24)
BLOCKS_SHOWN = 10


def set_paused(tx: Connection, paused: bool, *, now: datetime) -> OperatorNotice:
    """Take nothing new and send nothing, or go on. What was sent is finished and shown all the same."""
    return _write(tx, {"paused": int(paused)}, now)


def announce(tx: Connection, words: str, *, now: datetime) -> OperatorNotice:
    """Have members read *words* beside their allowances; empty takes them away."""
    return _write(tx, {"announcement": words}, now)


def _write(tx: Connection, changed: dict[str, object], now: datetime) -> OperatorNotice:
    """Write what is changed and nothing else: another operator may change the rest at the same moment."""
    row = inserted(tx, operator_notice).values(**{"id": 1, "paused": 0, "announcement": "", "at": now, **changed})
    tx.execute(row.on_conflict_do_update(index_elements=["id"], set_={**changed, "at": now}))
    return notice_of(tx)


def block(tx: Connection, kind: BlockKind, its_id: int, *, user_id: int, now: datetime) -> int | None:
    """Refuse a server or a person from now on, and cancel what waits of them; how many requests those were.

    None when it was so already: then nothing is written.
    """
    row = inserted(tx, blocks_table).values(kind=kind.value, target_id=its_id, at=now, by=user_id)
    new = tx.execute(row.on_conflict_do_nothing().returning(blocks_table.c.target_id)).one_or_none()
    if new is None:
        return None
    theirs = jobs.c.user_id == its_id if kind is BlockKind.PERSON else jobs.c.scope == str(Scope(its_id))
    waiting = tx.scalars(select(jobs.c.id).where(WAITING, theirs).order_by(jobs.c.id)).all()
    return sum(lives.cancel(tx, job_id, now=now) is not None for job_id in waiting)


def unblock(tx: Connection, kind: BlockKind, its_id: int) -> bool:
    """Let a server or a person use the bot again; whether they were blocked."""
    there = delete(blocks_table).where(blocks_table.c.kind == kind.value, blocks_table.c.target_id == its_id)
    return tx.execute(there).rowcount > 0


def status(tx: Connection, limits: Limits, *, now: datetime) -> BotStatus:
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
    return BotStatus(
        queued=count(WAITING),
        in_flight=count(IN_FLIGHT),
        to_deliver=count(TO_DELIVER),
        failures={str(reason): number for reason, number in tx.execute(failures)},
        spending=ledger.budgets(tx, limits, now=now),
        processes=tx.scalar(select(func.count()).select_from(workers).where(workers.c.seen_at > now - LEASE)) or 0,
        paused=pauses.found(tx),
        notice=notice_of(tx),
        blocked=blocks.count(tx),
        blocks=blocks.newest(tx, limit=BLOCKS_SHOWN),
    )


def due_budget_alerts(tx: Connection, limits: Limits, *, now: datetime) -> tuple[BudgetAlert, ...]:
    """The money ceilings of which 50, 80 or 100 % are reached for the first time in their window; told once.

    What is held counts too: it is spent unless something fails. Several steps at once are one warning, the highest.
    """
    due = []
    for remaining, window in zip(ledger.budgets(tx, limits, now=now), ledger.budget_windows(limits, now), strict=True):
        gone = remaining.used + remaining.reserved
        reached = [step for step in WARN_AT if remaining.limit and gone * 100 >= remaining.limit * step]
        told = tx.scalars(
            select(budget_alerts.c.percent).where(
                budget_alerts.c.name == remaining.name, budget_alerts.c.window == window
            )
        )
        if new := sorted(set(reached) - set(told)):
            rows = [{"name": remaining.name, "window": window, "percent": step} for step in new]
            tx.execute(insert(budget_alerts), rows)
            due.append(BudgetAlert(remaining, new[-1]))
    return tuple(due)
