"""What is forgotten when its time is over. Each function is one small transaction, so that nobody waits behind it."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, select, update

from imagegen.store.tables import inputs, jobs

TOKEN_LIVES = timedelta(minutes=15)


def forget_tokens(tx: Connection, *, now: datetime) -> None:
    """Null the interaction tokens that are dead: 15 minutes after asking.

    https://discord.com/developers/docs/interactions/receiving-and-responding (2026-11-22)
    """
    recent = and_(jobs.c.asked_at <= now - TOKEN_LIVES, jobs.c.asked_at > now - TOKEN_LIVES - timedelta(days=2))
    old = select(jobs.c.id, jobs.c.address).where(recent, jobs.c.address.contains('"token": "'))
    for row in tx.execute(old).all():
        address = json.dumps({**json.loads(row.address), "token": None})
        tx.execute(update(jobs).where(jobs.c.id == row.id).values(address=address))


def purge_inputs(tx: Connection, *, asked_before: datetime, limit: int) -> int:
    """Forget the bytes of at most *limit* given pictures whose job has ended; their notes stay."""
    over = (
        select(inputs.c.job_id, inputs.c.position)
        .join(jobs, jobs.c.id == inputs.c.job_id)
        .where(inputs.c.data_uri.is_not(None), jobs.c.asked_at < asked_before, jobs.c.ended_at.is_not(None))
        .limit(limit)
    )
    rows = tx.execute(over).all()
    for row in rows:
        one = and_(inputs.c.job_id == row.job_id, inputs.c.position == row.position)
        tx.execute(update(inputs).where(one).values(data_uri=None))
    return len(rows)
