"""How the bot's starts ended, so that a crash loop does not use up Discord's daily identifies.

Each function is one transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from imagegen.store.tables import starts

# Discord counts identifies over a day, and resets the token of a bot that passes 1,000.
# https://discord.com/developers/docs/events/gateway#session-start-limit-object (2026-11-25)
REMEMBERED = timedelta(days=1)


@dataclass(frozen=True)
class Start:
    """This start, and how many starts directly before it died early."""

    id: int
    early_deaths: int


def begin(tx: Connection, shards: str, *, now: datetime) -> Start:
    """Record a start of the process that runs *shards*, and delete starts of more than a day ago."""
    tx.execute(delete(starts).where(starts.c.started_at < now - REMEMBERED))
    newest = select(starts.c.settled_at).where(starts.c.shards == shards).order_by(starts.c.id.desc())
    early_deaths = 0
    for settled_at in tx.scalars(newest):
        if settled_at is not None:
            break
        early_deaths += 1
    row = insert(starts).values(shards=shards, started_at=now).returning(starts.c.id)
    return Start(tx.execute(row).scalar_one(), early_deaths)


def settle(tx: Connection, start_id: int, *, now: datetime) -> None:
    """Record that this start did not die early: the process lived long enough, or was stopped on purpose."""
    tx.execute(update(starts).where(starts.c.id == start_id).values(settled_at=now))
