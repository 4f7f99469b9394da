"""Read what an operator watches: the open jobs, the budgets, the processes and the pauses. Part of a transaction."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from sqlalchemy import Connection, and_, func, select, union_all

from imagegen.policy.quota import Limits
from imagegen.reports import StoreNumbers
from imagegen.store import pauses, processes, quotas
from imagegen.store.announcements import notice_of
from imagegen.store.tables_jobs import IN_FLIGHT, NOT_HELD, TO_DELIVER, WAITING, jobs

# Together, all jobs whose member waits for the bot: a held result waits for managers. Each part has an index of its
# own: a single condition would make SQLite read every job that was ever stored.
_OPEN = union_all(
    *(
        select(jobs.c.state, func.count().label("number"), func.min(jobs.c.requested_at).label("oldest_at"))
        .where(part)
        .group_by(jobs.c.state)
        for part in (WAITING, IN_FLIGHT, and_(TO_DELIVER, NOT_HELD))
    )
)


def numbers(tx: Connection, limits: Limits, *, now: datetime) -> StoreNumbers:
    """Return the numbers of the whole bot, however many processes it has."""
    rows = tx.execute(_OPEN).all()
    return StoreNumbers(
        open_jobs={row.state: row.number for row in rows},
        oldest_at={row.state: row.oldest_at for row in rows},
        spending=quotas.budgets(tx, limits, now=now),
        processes=processes.count_alive(tx, now=now),
        paused=Counter(pause.reason for pause in pauses.found(tx)),
        is_paused=notice_of(tx).paused,
        at=now,
    )
