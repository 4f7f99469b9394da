"""The file of a backup, the same for SQLite and PostgreSQL: an SQLite file with the rows of every table as they were.

The tables have columns and rows only. A restore makes keys, checks and indexes by the migrations. The table
``wanvas_backup`` holds one row of JSON: when the backup was taken, of which revision, and what the tables held.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, NullPool, create_engine, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from imagegen.errors import StoreUnusable
from imagegen.store.copying import FoundTable, Tally, tables_in, tally
from imagegen.store.revision import BACKUP
from imagegen.store.runs import unavailable
from imagegen.store.sqlite import with_begin

FORMAT = 1
DAMAGED = "{path} is not a backup of Wanvas, or it is damaged"
# auto_vacuum: a database that a restore makes in this way gives free pages back, as sqlite.make_shrinkable provides.
UNGUARDED = ("PRAGMA synchronous=OFF", "PRAGMA journal_mode=OFF", "PRAGMA auto_vacuum=INCREMENTAL")


@dataclass(frozen=True)
class Contents:
    """What a backup holds: the moment and the schema, the last ids, and a tally for each table.

    *older* is the revision of an older release that ran on the database last; None if none did.
    """

    taken_at: datetime
    revision: str
    older: str | None
    ids: Mapping[str, int]
    tallies: Mapping[str, Tally]

    @property
    def rows(self) -> int:
        """The rows of all tables together."""
        return sum(found.rows for found in self.tallies.values())


@contextmanager
def connected(path: Path, *, write: bool = False) -> Iterator[Connection]:
    """Yield a connection to an SQLite file that no other process uses, in a transaction of its own.

    *write*: nothing is locked, journaled or synced: the caller syncs the file when it is complete. StoreUnavailable if
    the file cannot be used.
    """
    address = f"{path.absolute().as_uri()}?" + ("mode=rw&nolock=1" if write else "mode=ro&immutable=1")

    def connect() -> sqlite3.Connection:
        raw = sqlite3.connect(address, uri=True, isolation_level=None)
        for statement in UNGUARDED if write else ():
            raw.execute(statement)
        return raw

    engine = create_engine("sqlite://", creator=connect, poolclass=NullPool, hide_parameters=True)
    try:
        with with_begin(engine).connect() as tx:
            yield tx
    except DBAPIError as error:
        raise unavailable(error) from None


def make_tables(tx: Connection, tables: list[FoundTable]) -> None:
    """Make the tables of an empty backup."""
    for table in tables:
        columns = ", ".join(f'"{name}" {kind}' for name, kind in table.columns.items())
        tx.exec_driver_sql(f'CREATE TABLE "{table.name}" ({columns})')
    tx.exec_driver_sql(f"CREATE TABLE {BACKUP} (contents TEXT)")


def write_contents(tx: Connection, contents: Contents) -> None:
    """Write what the backup holds. A backup without it is not complete."""
    tallies = {name: [found.rows, f"{found.checksum:032x}"] for name, found in contents.tallies.items()}
    facts: dict[str, Any] = {**vars(contents), "format": FORMAT, "tallies": tallies}
    said = json.dumps({**facts, "taken_at": contents.taken_at.isoformat(), "ids": dict(contents.ids)})
    tx.execute(text(f"INSERT INTO {BACKUP} VALUES (:said)"), {"said": said})  # noqa: S608  # our own name


@contextmanager
def opened(path: Path) -> Iterator[tuple[Connection, Contents]]:
    """Yield a connection that reads the backup *path*, and what it says that it holds.

    StoreUnavailable if it cannot be read, is not a backup, or was written in a format that this version does not know.
    """
    if not path.is_file():  # SQLite would wait for ever for a pipe
        raise StoreUnusable(f"{path} " + ("is not a file" if path.exists() else "does not exist"))
    if not os.access(path, os.R_OK):
        raise StoreUnusable(f"{path} cannot be read")
    with connected(path) as tx:
        yield tx, _contents(tx, path)


def _contents(tx: Connection, path: Path) -> Contents:
    try:
        said = tx.exec_driver_sql(f"SELECT contents FROM {BACKUP}").scalar_one()  # noqa: S608  # our own name
        return _read(json.loads(said), path)
    except (SQLAlchemyError, LookupError, TypeError, ValueError, AttributeError):
        raise StoreUnusable(DAMAGED.format(path=path)) from None


def _read(facts: dict[str, Any], path: Path) -> Contents:
    if facts["format"] > FORMAT:
        raise StoreUnusable(f"{path} was written by a newer version of Wanvas; restore it with that one")
    tallies = {name: Tally(rows, int(checksum, 16)) for name, (rows, checksum) in facts["tallies"].items()}
    return Contents(datetime.fromisoformat(facts["taken_at"]), facts["revision"], facts["older"], facts["ids"], tallies)


def tables_of(tx: Connection, contents: Contents) -> list[FoundTable]:
    """Return the tables of a backup, in the order in which they can be written."""
    found = {table.name: table for table in tables_in(tx, contents.revision)}
    return [found[name] for name in contents.tallies if name in found]


def verify(path: Path) -> Contents:
    """Read the whole backup, and return what it holds. StoreUnusable if it is damaged."""
    with opened(path) as (tx, contents):
        if not _is_whole(tx, contents):
            raise StoreUnusable(DAMAGED.format(path=path))
        return contents


def _is_whole(tx: Connection, contents: Contents) -> bool:
    try:
        found = {table.name: tally(tx, table) for table in tables_of(tx, contents)}
        faults = tx.exec_driver_sql("PRAGMA integrity_check(1)").scalars().all()
    except (SQLAlchemyError, StoreUnusable):  # a table or a column is not what it was
        return False
    return faults == ["ok"] and found == contents.tallies
