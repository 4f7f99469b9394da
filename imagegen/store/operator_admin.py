"""What the operator decides, and the status of the whole bot. Each function is one transaction."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, select

from imagegen.model import Scope
from imagegen.policy.quota import Limits
from imagegen.reports import BlockKind, BotStatus, OperatorNotice, QuotaStatus
from imagegen.states import State
from imagegen.store import blocks, pauses, processes, quotas, shares
from imagegen.store import jobs as lives
from imagegen.store.announcements import notice_of
from imagegen.store.columns import inserted
from imagegen.store.tables import blocks as blocks_table
from imagegen.store.tables import operator_notice
from imagegen.store.tables_jobs import IN_FLIGHT, NOT_HELD, TO_DELIVER, WAITING, jobs

RECENTLY = timedelta(hours=24)
BLOCKS_SHOWN = 10


def set_paused(tx: Connection, paused: bool, *, now: datetime) -> OperatorNotice:
    """Pause the bot, or let it run again. Jobs in flight are finished and delivered even during a pause."""
    return _write(tx, {"paused": int(paused)}, now)


def announce(tx: Connection, words: str, *, now: datetime) -> OperatorNotice:
    """Show members *words* beside their quota. Empty *words* remove the announcement."""
    return _write(tx, {"announcement": words}, now)


def _write(tx: Connection, changed: dict[str, object], now: datetime) -> OperatorNotice:
    """Write only what is changed: another operator may change the rest at the same moment."""
    row = inserted(tx, operator_notice).values(**{"id": 1, "paused": 0, "announcement": "", "at": now, **changed})
    tx.execute(row.on_conflict_do_update(index_elements=["id"], set_={**changed, "at": now}))
    return notice_of(tx)


def block(tx: Connection, kind: BlockKind, its_id: int, *, user_id: int, now: datetime) -> int | None:
    """Block a server or a person, and cancel their waiting jobs. Return how many jobs.

    Return None, and write nothing, if they were blocked already.
    """
    row = inserted(tx, blocks_table).values(kind=kind.value, target_id=its_id, at=now, by=user_id)
    new = tx.execute(row.on_conflict_do_nothing().returning(blocks_table.c.target_id)).one_or_none()
    if new is None:
        return None
    theirs = jobs.c.user_id == its_id if kind is BlockKind.PERSON else jobs.c.scope == str(Scope(its_id))
    waiting = tx.scalars(select(jobs.c.id).where(WAITING, theirs).order_by(jobs.c.id)).all()
    return sum(lives.cancel(tx, job_id, now=now) is not None for job_id in waiting)


def unblock(tx: Connection, kind: BlockKind, its_id: int) -> bool:
    """Unblock a server or a person. Return whether they were blocked."""
    there = delete(blocks_table).where(blocks_table.c.kind == kind.value, blocks_table.c.target_id == its_id)
    return tx.execute(there).rowcount > 0


def set_share(
    tx: Connection, server_id: int, microusd: int | None, limits: Limits, *, user_id: int, now: datetime
) -> QuotaStatus | None:
    """Give a server a share of *microusd* a month; None removes its own. Return the share that applies now, or None."""
    shares.set_share(tx, server_id, microusd, user_id=user_id, now=now)
    return quotas.share(tx, server_id, limits, now=now)


def status(tx: Connection, limits: Limits, *, now: datetime) -> BotStatus:
    """Return the status of the bot: its queue, failures of a day, budgets, processes, pauses and blocks."""

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
        to_deliver=count(TO_DELIVER, NOT_HELD),
        failures={str(reason): number for reason, number in tx.execute(failures)},
        spending=quotas.budgets(tx, limits, now=now),
        processes=processes.count_alive(tx, now=now),
        paused=pauses.found(tx),
        notice=notice_of(tx),
        blocked=blocks.count(tx),
        blocks=blocks.newest(tx, limit=BLOCKS_SHOWN),
    )
