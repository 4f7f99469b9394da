"""What servers spend: read from the ledger, and kept when jobs are purged. Each function is part of a transaction.

A month is a window of the ledger, in the operator's time zone. An image belongs to the month in which the budget was
reserved for it, even if it was delivered in the next one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, case, func, select, text

from imagegen.model import Scope
from imagegen.policy import quota
from imagegen.reports import Bill, Billed, BillLine
from imagegen.store.columns import inserted
from imagegen.store.tables import counters, ledger, purged_spending
from imagegen.store.tables_jobs import jobs

_KEY = ("window", "scope", "model")
_AMOUNTS = ("billed", "delivered", "microusd", "adjustment")

share, paid = ledger.alias("share"), ledger.alias("paid")
# Literal text, as in the condition of uq_ledger_settle: SQLite uses a partial index only for a query that repeats it.
_PAID_TOO = and_(
    paid.c.job_id == share.c.job_id,
    paid.c.send == share.c.send,
    paid.c.name == quota.PAID,
    text("paid.entry IN ('settle', 'release')"),
    paid.c.amount > 0,
)
_LAST_SEND = share.c.send == 1 + jobs.c.in_doubt  # the results of a request that was sent twice count once
BILLED = (
    func.sum(paid.c.amount).label("billed"),
    func.sum(case((_LAST_SEND, func.coalesce(jobs.c.delivered, 0)), else_=0)).label("delivered"),
    func.sum(share.c.amount + share.c.adjustment).label("microusd"),
)
_STORED = (*BILLED[:2], func.sum(share.c.amount).label("microusd"), func.sum(share.c.adjustment).label("adjustment"))
# Images that cost nothing have a "release" in the share, and are in the bill too.
_IS_SETTLED = and_(share.c.name == quota.SHARE, share.c.entry != "reserve")


def settled(*columns: ColumnElement[Any]) -> Select[Any]:
    """Select *columns* of what Wan billed, or may have billed: of each send of each job."""
    sends = share.join(jobs, jobs.c.id == share.c.job_id).join(paid, _PAID_TOO)
    return select(*columns).select_from(sends).where(_IS_SETTLED)


_BY_MODEL = settled(share.c.window, share.c.subject.label("scope"), jobs.c.model, *_STORED).group_by(
    share.c.window, share.c.subject, jobs.c.model
)


def keep(tx: Connection, job_ids: Sequence[int]) -> None:
    """Keep what these jobs cost, by month, server and model, before they are deleted."""
    rows = tx.execute(_BY_MODEL.where(share.c.job_id.in_(job_ids))).all()
    for row in sorted(rows, key=lambda row: tuple(row[:3])):  # in one order: no two processes wait for each other
        new = inserted(tx, purged_spending).values(**_numbers(row))
        more = {name: purged_spending.c[name] + new.excluded[name] for name in _AMOUNTS}
        tx.execute(new.on_conflict_do_update(index_elements=_KEY, set_=more))


def _numbers(row: Row[Any]) -> dict[str, Any]:
    """Return a row of ``_BY_MODEL``. PostgreSQL's sums of whole numbers are decimals."""
    return {name: getattr(row, name) for name in _KEY} | {name: int(getattr(row, name)) for name in _AMOUNTS}


def bill(tx: Connection, month: str, scope: Scope | None) -> Bill:
    """Return what was spent in *month* (YYYY-MM), in one *scope* or in all."""
    lines: dict[tuple[str, str], Billed] = {}
    for row in (*_kept(tx, month, scope), *_of_ledger(tx, month, scope)):
        lines[row["scope"], row["model"]] = _sum(lines.get((row["scope"], row["model"]), Billed(0, 0, 0)), row)
    by_amount = sorted(lines.items(), key=lambda line: (-line[1].microusd, line[0]))
    found = tuple(BillLine(Scope.parse(key) if key else None, model, amount) for (key, model), amount in by_amount)
    return Bill(month, found, _reserved(tx, month, scope))


def _sum(before: Billed, row: dict[str, Any]) -> Billed:
    microusd = before.microusd + row["microusd"] + row["adjustment"]
    return Billed(before.billed + row["billed"], before.delivered + row["delivered"], microusd)


def _of_ledger(tx: Connection, month: str, scope: Scope | None) -> list[dict[str, Any]]:
    here = [] if scope is None else [share.c.subject == str(scope)]
    return [_numbers(row) for row in tx.execute(_BY_MODEL.where(share.c.window == month, *here))]


def _kept(tx: Connection, month: str, scope: Scope | None) -> list[dict[str, Any]]:
    here = [] if scope is None else [purged_spending.c.scope == str(scope)]
    return [
        dict(row)
        for row in tx.execute(select(purged_spending).where(purged_spending.c.window == month, *here)).mappings()
    ]


def _reserved(tx: Connection, month: str, scope: Scope | None) -> int:
    here = [] if scope is None else [counters.c.subject == str(scope)]
    reserved = select(func.sum(counters.c.reserved + counters.c.reserved_adjustment)).where(
        counters.c.name == quota.SHARE, counters.c.window == month, *here
    )
    return int(tx.scalar(reserved) or 0)
