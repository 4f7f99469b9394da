"""Delete what is older than its retention period, in transactions so small that others wait only briefly."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, delete, exists, func, select, tuple_, update

from imagegen.policy import quota
from imagegen.store import input_bytes, spending
from imagegen.store.records import read_address, without_links
from imagegen.store.tables import budget_alerts, counters, grants, ledger, purged_spending, settings_changes, turns
from imagegen.store.tables_jobs import HAS_BYTES, HAS_LINKS, WAITING, inputs, jobs
from imagegen.store.tables_results import stars

BILLED_YEARS = 3
_ORDER = (
    *quota.IMAGE_COUNTERS,
    quota.PAID,
    *quota.MONEY_COUNTERS,
    quota.ATTEMPTS,
)  # the order in which counters are locked, so that no two transactions wait for each other


def forget_tokens(tx: Connection, *, now: datetime, limit: int) -> int:
    """Delete at most *limit* interaction tokens that have expired. Return how many."""
    dead = select(jobs.c.id, jobs.c.address).where(jobs.c.forget_token_at <= now)
    rows = tx.execute(dead.order_by(jobs.c.forget_token_at).limit(limit).with_for_update(skip_locked=True)).all()
    for row in rows:
        address = read_address(row.id, row.address).without_token().to_json()
        tx.execute(update(jobs).where(jobs.c.id == row.id).values(address=address, forget_token_at=None))
    return len(rows)


def purge_inputs(tx: Connection, *, given_before: datetime, limit: int) -> int:
    """Delete the bytes of at most *limit* input images of ended jobs. Their notes stay. Return how many."""
    ended = and_(jobs.c.id == inputs.c.job_id, jobs.c.ended_at.is_not(None))
    given = and_(HAS_BYTES, inputs.c.received_at < given_before)
    over = select(inputs.c.job_id, inputs.c.position).where(given, exists().where(ended))
    rows = tx.execute(over.order_by(inputs.c.received_at).limit(limit).with_for_update(skip_locked=True)).all()
    for row in rows:
        input_bytes.drop_one(tx, row.job_id, row.position)
    return len(rows)


def forget_links(tx: Connection, *, told_before: datetime, limit: int) -> int:
    """Delete the links to the results of at most *limit* jobs that were notified before then. Return how many.

    Until then a result can be delivered again, if a late status card has overwritten it.
    """
    over = select(jobs.c.id, jobs.c.story_so_far).where(HAS_LINKS, jobs.c.notified_at < told_before)
    rows = tx.execute(over.order_by(jobs.c.notified_at).limit(limit).with_for_update(skip_locked=True)).all()
    for row in rows:
        nothing = {"links": "[]", "story_so_far": None if row.story_so_far is None else without_links(row.story_so_far)}
        tx.execute(update(jobs).where(jobs.c.id == row.id).values(nothing))
    return len(rows)


def purge_jobs(tx: Connection, *, told_before: datetime, limit: int) -> int:
    """Delete at most *limit* jobs that were notified before then, with their images and entries. Return how many.

    A job is kept as long as somebody has starred its result.

    The quota stays used: the counters store in *purged* how much of it has no entries any more. What the
    jobs cost stays in purged_spending.
    """
    is_starred = exists().where(stars.c.job_id == jobs.c.id)
    old = select(jobs.c.id).where(jobs.c.notified_at < told_before, ~is_starred)
    over = old.order_by(jobs.c.notified_at).limit(limit)
    ids = tx.scalars(over.with_for_update(skip_locked=True)).all()
    if ids:
        _move_to_purged(tx, ids)
        spending.keep(tx, ids)
        tx.execute(delete(ledger).where(ledger.c.job_id.in_(ids)))
        tx.execute(delete(jobs).where(jobs.c.id.in_(ids)))
    return len(ids)


def _move_to_purged(tx: Connection, ids: Sequence[int]) -> None:
    key = (ledger.c.name, ledger.c.subject, ledger.c.window)
    amounts = (func.sum(ledger.c[name]).label(name) for name in ("amount", "adjustment"))
    settled = select(*key, *amounts)
    rows = tx.execute(settled.where(ledger.c.job_id.in_(ids), ledger.c.entry == "settle").group_by(*key)).all()
    for row in sorted(rows, key=_in_order):
        one = and_(counters.c.name == row.name, counters.c.subject == row.subject, counters.c.window == row.window)
        more = {"purged": row.amount, "purged_adjustment": row.adjustment}
        tx.execute(update(counters).where(one).values({name: counters.c[name] + by for name, by in more.items()}))


def _in_order(row: Any) -> tuple[int, str, str]:
    known = _ORDER.index(row.name) if row.name in _ORDER else len(_ORDER)  # a newer version may count more
    return known, row.subject, row.window


def purge_windows(tx: Connection, *, over_by: datetime, limit: int) -> int:
    """Delete at most *limit* counters of earlier months than that of *over_by*, once no entry mentions them.

    A label sorts as its time does: days are YYYY-MM-DD, months YYYY-MM. *over_by* is a day ago or more, so that
    those windows are over in every time zone. What jobs of BILLED_YEARS ago cost is deleted too.
    """
    oldest = over_by.replace(year=over_by.year - BILLED_YEARS, day=1)
    still_counted = exists().where(counters.c.name == quota.BUDGET_MONTH, counters.c.window == purged_spending.c.window)
    tx.execute(delete(purged_spending).where(purged_spending.c.window < f"{oldest:%Y-%m}", ~still_counted))
    key = (counters.c.name, counters.c.subject, counters.c.window)
    entries = and_(*(column == ledger.c[column.name] for column in key))
    over = select(*key).where(counters.c.window < f"{over_by:%Y-%m}", counters.c.reserved == 0)
    gone = over.where(~exists().where(entries)).limit(limit)
    return tx.execute(delete(counters).where(tuple_(*key).in_(gone))).rowcount


def purge_turns(tx: Connection, *, limit: int) -> int:
    """Delete at most *limit* turns of people without a queued job. A person without a turn starts at the current turn.

    A turn is ahead of the current one only after jobs that are queued, or that were canceled in the queue.
    """
    row = (turns.c.user_id, turns.c.model, turns.c.turn)  # with its turn: a request accepted meanwhile has another
    waits = exists().where(WAITING, jobs.c.user_id == turns.c.user_id, jobs.c.model == turns.c.model)
    idle = select(*row).where(~waits).limit(limit)
    return tx.execute(delete(turns).where(tuple_(*row).in_(idle))).rowcount


def purge_decisions(tx: Connection, *, told_before: datetime, limit: int) -> int:
    """Delete at most *limit* of each: who changed what before then, and grants and warnings of months before that one.

    How many changes and grants there were; a month has a few hundred warnings at most.
    """
    month = f"{told_before:%Y-%m}"
    old = select(settings_changes.c.id).where(settings_changes.c.at < told_before).limit(limit)
    spent = select(grants.c.id).where(grants.c.window < month).limit(limit)
    purged = tx.execute(delete(settings_changes).where(settings_changes.c.id.in_(old))).rowcount
    tx.execute(delete(budget_alerts).where(budget_alerts.c.window < month))
    return purged + tx.execute(delete(grants).where(grants.c.id.in_(spent))).rowcount
