"""Servers that the bot is no longer in. Each function is one transaction."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, delete, select, union

from imagegen.store.columns import inserted
from imagegen.store.tables import departures, grants, members, saved_settings, settings_changes

DECIDED = (saved_settings, members, grants, settings_changes)  # what managers decided; each row has its server_id


def left(tx: Connection, server_ids: Collection[int], *, now: datetime) -> None:
    """The bot is not in these servers; since when is known already of those that were left before."""
    if server_ids:
        rows = [{"server_id": server_id, "left_at": now} for server_id in server_ids]
        tx.execute(inserted(tx, departures).on_conflict_do_nothing(), rows)


def came_back(tx: Connection, server_ids: Collection[int]) -> None:
    """The bot is in these servers: what was decided there holds on."""
    tx.execute(delete(departures).where(departures.c.server_id.in_(server_ids)))


def known(tx: Connection) -> tuple[int, ...]:
    """Every server of which anything is kept that its managers decided."""
    return tuple(tx.scalars(union(*(select(table.c.server_id) for table in DECIDED))))


def waiting(tx: Connection) -> tuple[int, ...]:
    """Every server that was left, and not yet forgotten."""
    return tuple(tx.scalars(select(departures.c.server_id)))


def purge(tx: Connection, *, left_before: datetime, limit: int) -> int:
    """Forget what was decided in at most *limit* servers that were left before then; how many there were."""
    over = select(departures.c.server_id).where(departures.c.left_at < left_before).limit(limit)
    gone = tx.scalars(over.with_for_update(skip_locked=True)).all()
    for table in (*DECIDED, departures) if gone else ():
        tx.execute(delete(table).where(table.c.server_id.in_(gone)))
    return len(gone)
