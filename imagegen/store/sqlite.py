"""SQLite: one file, used by one process."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event
from sqlalchemy.exc import DisconnectionError

from imagegen.errors import StoreUnavailable

# FULL: a power cut must not lose a job that was acknowledged, nor the id of a task that was paid.
# https://www.sqlite.org/pragma.html#pragma_synchronous (2026-11-22)
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000", "foreign_keys=ON")


def locked(path: Path) -> IO[str]:
    """The open lock file beside the database; it is free again when this process ends, however it ends."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = path.with_name(path.name + ".lock").open("w", encoding="utf-8")
    except OSError as error:
        raise StoreUnavailable(f"{path} cannot be written: {error.strerror}") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.close()
        raise StoreUnavailable(f"another process is using {path}; stop it, or give this one its own") from error
    return lock


def sqlite_engine(path: Path) -> Engine:
    """An engine whose every transaction takes the write lock at its start, so that nothing read in it can be stale.

    The file is made here when there is none, and never later: one that was taken away is missed, not replaced by an
    empty one.
    """
    if not path.exists():
        path.touch()
    address = f"{path.absolute().as_uri()}?mode=rw"
    engine = create_engine(
        "sqlite://",
        creator=lambda: sqlite3.connect(address, uri=True, check_same_thread=False),
        poolclass=QueuePool,
        hide_parameters=True,  # prompts and tokens are among them
    )

    @event.listens_for(engine, "connect")
    def set_up(dbapi: Any, record: Any) -> None:
        # sqlite3 must never begin by itself: it would do so only at the first write, after what was read.
        # https://docs.sqlalchemy.org/en/21/dialects/sqlite.html (2026-11-22)
        dbapi.isolation_level = None
        for pragma in PRAGMAS:
            dbapi.execute(f"PRAGMA {pragma}")
        record.info["file"] = _file(path)

    @event.listens_for(engine, "checkout")
    def still_there(_dbapi: object, record: Any, _proxy: object) -> None:
        # An open file that was removed takes every write, and forgets it at the end of the process.
        if record.info["file"] != _file(path):
            raise DisconnectionError("the file is another one")

    @event.listens_for(engine, "begin")
    def begin(tx: Connection) -> None:
        tx.exec_driver_sql(tx.get_execution_options().get("begin", "BEGIN IMMEDIATE"))

    return engine


def reader_of(engine: Engine) -> Engine:
    """The same connections, for transactions that only read: they wait for no writer."""
    return engine.execution_options(begin="BEGIN DEFERRED")


def engine_to_read(path: Path) -> Engine:
    """One connection with one snapshot, beside the process that writes. It makes no file and changes none."""

    def connect() -> sqlite3.Connection:
        raw = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
        raw.execute("BEGIN")
        return raw

    return create_engine("sqlite://", creator=connect, hide_parameters=True)


def _file(path: Path) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino
