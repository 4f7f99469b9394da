"""What servers spend: read from the ledger, and kept when jobs are purged. Each function is part of a transaction.

A month is a window of the ledger, in the operator's time zone. An image belongs to the month in which the budget was
reserved for it, even if it was delivered in the next one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, case, func, select

from imagegen.policy import quota
from imagegen.store.columns import inserted
from imagegen.store.tables import ledger, purged_spending
from imagegen.store.tables_jobs import jobs

_KEY = ("window", "scope", "model")
_AMOUNTS = ("billed", "delivered", "microusd")

_share, _paid = ledger.alias("share"), ledger.alias("paid")
_PAID_TOO = and_(
    _paid.c.job_id == _share.c.job_id,
    _paid.c.send == _share.c.send,
    _paid.c.name == quota.PAID,
    _paid.c.entry == "settle",
)
_LAST_SEND = _share.c.send == 1 + jobs.c.in_doubt  # the results of a request that was sent twice count once
_BILLED = (
    func.sum(_paid.c.amount).label("billed"),
    func.sum(case((_LAST_SEND, func.coalesce(jobs.c.delivered, 0)), else_=0)).label("delivered"),
    func.sum(_share.c.amount).label("microusd"),
)
# Images that cost nothing have a "release" in the share, and are in the bill too.
_IS_SETTLED = and_(_share.c.name == quota.SHARE, _share.c.entry.in_(["settle", "release"]))


def _settled(*columns: ColumnElement[Any]) -> Select[Any]:
    """Select *columns* of what Wan billed, or may have billed: of each send of each job."""
    sends = _share.join(jobs, jobs.c.id == _share.c.job_id).join(_paid, _PAID_TOO)
    return select(*columns).select_from(sends).where(_IS_SETTLED)


_BY_MODEL = _settled(_share.c.window, _share.c.subject.label("scope"), jobs.c.model, *_BILLED).group_by(
    _share.c.window, _share.c.subject, jobs.c.model
)


def keep(tx: Connection, job_ids: Sequence[int]) -> None:
    """Keep what these jobs cost, by month, server and model, before they are deleted."""
    rows = tx.execute(_BY_MODEL.where(_share.c.job_id.in_(job_ids))).all()
    for row in sorted(rows, key=lambda row: tuple(row[:3])):  # in one order: no two processes wait for each other
        new = inserted(tx, purged_spending).values(**_numbers(row))
        more = {name: purged_spending.c[name] + new.excluded[name] for name in _AMOUNTS}
        tx.execute(new.on_conflict_do_update(index_elements=_KEY, set_=more))


def _numbers(row: Row[Any]) -> dict[str, Any]:
    """Return a row of ``_BY_MODEL``. PostgreSQL's sums of whole numbers are decimals."""
    return {name: getattr(row, name) for name in _KEY} | {name: int(getattr(row, name)) for name in _AMOUNTS}
