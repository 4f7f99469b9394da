"""What a start would find in a database. Read only."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, func, select

from imagegen.errors import StoreUnavailable
from imagegen.reports import SendingPause
from imagegen.store import move_marker, pauses, revision
from imagegen.store.engine import open_to_read, sqlite_path
from imagegen.store.tables import workers


def what_a_start_does(url: str) -> str:
    """Return what the next start does to the database at *url* before it serves; empty if it does nothing.

    StoreUnavailable if the start could not use the database.
    """
    path = sqlite_path(url)
    if path is not None:
        move_marker.refuse_moved(path)
    if path is not None and not path.exists():
        _check_writable(_folder_for(path))
        return f"the first start makes the database, {path}."
    if path is not None:
        _check_writable(path)
        _check_writable(path.absolute().parent)
    with open_to_read(url) as tx:
        return _upgrade(tx)


@dataclass(frozen=True)
class Found:
    """What stands in a database for which a start does nothing.

    *alive_at* is the last sign of life of any process on it. *database_ahead_s* compares the database's own clock with
    this machine's; None where both are one.
    """

    pauses: tuple[SendingPause, ...]
    alive_at: datetime | None
    database_ahead_s: float | None


def look(url: str) -> Found:
    """Read a database for which a start does nothing, beside a running bot. StoreUnavailable if it cannot be read."""
    with open_to_read(url) as tx:
        alive_at: datetime | None = tx.scalar(select(func.max(workers.c.seen_at)))
        return Found(pauses.found(tx), alive_at, _ahead_s(tx))


def _ahead_s(tx: Connection) -> float | None:
    if tx.dialect.name != "postgresql":
        return None
    now: datetime = tx.execute(select(func.clock_timestamp())).scalar_one()
    return (now - datetime.now(UTC)).total_seconds()


def _folder_for(path: Path) -> Path:
    """Return the folder in which a start makes the database, or its folders."""
    folder = next(folder for folder in path.absolute().parents if folder.exists())
    if not folder.is_dir():
        raise StoreUnavailable(f"{path} cannot be written: {folder} is no folder")
    return folder


def _check_writable(path: Path) -> None:
    if not os.access(path, os.W_OK):
        raise StoreUnavailable(f"{path} cannot be written")


def _upgrade(tx: Connection) -> str:
    found, newest = revision.look(tx), revision.NEWEST
    if found is None:
        return "the first start makes the database's tables."
    if found.is_newest:
        return ""
    if found.is_of_next_release:
        return f"the database is of the next version ({found.revision}). This version can use it and changes no schema."
    if found.older is not None:
        return "an older version ran on the database. The next start completes what that version wrote."
    from imagegen.store import upgrading  # noqa: PLC0415  # loads Alembic, which only an older database needs

    upgrading.check_known(found.revision, tx.engine)
    return f"the next start brings the database's schema from {found.revision} to {newest}."
