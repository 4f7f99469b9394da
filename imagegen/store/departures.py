"""Servers that the bot has left. Each function is one transaction."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, delete, select, union

from imagegen.store.columns import inserted
from imagegen.store.tables import departures, grants, members, saved_settings, settings_changes
from imagegen.store.tables_members import styles

DECIDED = (saved_settings, members, grants, settings_changes, styles)  # decided by managers; each row has a server_id


def left(tx: Connection, server_ids: Collection[int], *, now: datetime) -> None:
    """Record that the bot has left these servers. A server that it had left before keeps its older moment."""
    if server_ids:
        rows = [{"server_id": server_id, "left_at": now} for server_id in server_ids]
        tx.execute(inserted(tx, departures).on_conflict_do_nothing(), rows)


def came_back(tx: Connection, server_ids: Collection[int]) -> None:
    """Record that the bot is in these servers: their settings stay."""
    tx.execute(delete(departures).where(departures.c.server_id.in_(server_ids)))


def known_servers(tx: Connection) -> tuple[int, ...]:
    """Return every server whose managers have decided anything that is stored."""
    return tuple(tx.scalars(union(*(select(table.c.server_id) for table in DECIDED))))


def departed_servers(tx: Connection) -> tuple[int, ...]:
    """Return every server that the bot has left and whose settings are not deleted yet."""
    return tuple(tx.scalars(select(departures.c.server_id)))


def purge(tx: Connection, *, left_before: datetime, limit: int) -> int:
    """Delete the settings of at most *limit* servers that the bot left before then. Return how many servers."""
    over = select(departures.c.server_id).where(departures.c.left_at < left_before).limit(limit)
    gone = tx.scalars(over.with_for_update(skip_locked=True)).all()
    for table in (*DECIDED, departures) if gone else ():
        tx.execute(delete(table).where(table.c.server_id.in_(gone)))
    return len(gone)
