"""What a start would find in a database. Read only."""

from __future__ import annotations

import os
from pathlib import Path

from sqlalchemy import Connection

from imagegen.errors import StoreUnavailable
from imagegen.reports import SendingPause
from imagegen.store import pauses, revision
from imagegen.store.engine import open_to_read, sqlite_path


def what_a_start_does(url: str) -> str:
    """Return what the next start does to the database at *url* before it serves; empty if it does nothing.

    StoreUnavailable if the start could not use the database.
    """
    path = sqlite_path(url)
    if path is not None and not path.exists():
        _check_writable(next(folder for folder in path.absolute().parents if folder.exists()))
        return f"the first start makes the database, {path}."
    if path is not None:
        _check_writable(path)
        _check_writable(path.absolute().parent)
    with open_to_read(url) as tx:
        return _upgrade(tx)


def what_is_paused(url: str) -> tuple[SendingPause, ...]:
    """Return the stored pauses of a database for which a start does nothing. StoreUnavailable if it cannot be read."""
    with open_to_read(url) as tx:
        return pauses.found(tx)


def _check_writable(path: Path) -> None:
    if not os.access(path, os.W_OK):
        raise StoreUnavailable(f"{path} cannot be written")


def _upgrade(tx: Connection) -> str:
    found = revision.stored(tx)
    if found == revision.NEWEST:
        return ""
    if found is None:
        return "the first start makes the database's tables."
    from imagegen.store import upgrading  # noqa: PLC0415  # loads Alembic, which only an older database needs

    upgrading.check_known(found, tx.engine)
    return f"the next start brings the database's schema from {found} to {revision.NEWEST}."
