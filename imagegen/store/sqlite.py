"""SQLite: one file, used by one process."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import stat
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import structlog
from sqlalchemy import Connection, Engine, QueuePool, create_engine, event
from sqlalchemy.exc import DisconnectionError

from imagegen.errors import StoreUnavailable

log = structlog.get_logger(__name__)

# FULL: a power cut must not lose a job that was acknowledged, nor the id of a task that was paid.
# https://www.sqlite.org/pragma.html#pragma_synchronous (2026-11-22)
# The journal grows to the size of the largest transactions, and shrinks to journal_size_limit when it begins anew.
PRAGMAS = (
    "journal_mode=WAL",
    "journal_size_limit=4194304",
    "synchronous=FULL",
    "busy_timeout=10000",
    "foreign_keys=ON",
)
FOLDER_MODE, FILE_MODE = 0o700, 0o600  # prompts, images and tokens are nobody else's to read on that machine
MAX_REWRITTEN_BYTES = 256 * 1024 * 1024  # about 3 s at a start


def locked(path: Path) -> IO[str]:
    """The open lock file beside the database; it is free again when this process ends, however it ends.

    Make the folder, where there is none, and see to it that nobody else can read what the bot keeps.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
        _make_private(path)
        lock = os.fdopen(os.open(_lock_of(path), os.O_RDWR | os.O_CREAT, FILE_MODE), "w", encoding="utf-8")
    except OSError as error:
        raise StoreUnavailable(f"{path} cannot be written: {error.strerror}") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.close()
        raise StoreUnavailable(f"another process is using {path}; stop it, or give this one its own") from error
    return lock


def _lock_of(path: Path) -> Path:
    return path.with_name(path.name + ".lock")


def _files_of(path: Path) -> tuple[Path, ...]:
    """The database, and what SQLite and this module put beside it."""
    return path, _lock_of(path), *(path.with_name(path.name + end) for end in ("-wal", "-shm", "-journal"))


def _make_private(path: Path) -> None:
    """Tighten what stands there already: made by hand, or by an earlier version.

    A folder that holds anything else is not the bot's alone, and stays as it is. SQLite gives new files beside the
    database its permissions. https://www.sqlite.org/src/file/src/os_unix.c, findCreateFileMode (2026-11-25)
    """
    ours = _files_of(path)
    alone = {found.name for found in path.parent.iterdir()} <= {file.name for file in ours}
    modes = {**dict.fromkeys(ours, FILE_MODE), **({path.parent: FOLDER_MODE} if alone else {})}
    for found, mode in modes.items():
        with suppress(FileNotFoundError, PermissionError):  # somebody else's folder or file: arranged by hand
            if stat.S_IMODE(found.stat().st_mode) & ~mode:
                found.chmod(mode)


def sqlite_engine(path: Path) -> Engine:
    """An engine whose every transaction takes the write lock at its start, so that nothing read in it can be stale.

    The file is made here when there is none, and never later: one that was taken away is missed, not replaced by an
    empty one.
    """
    if not path.exists():
        path.touch(FILE_MODE)
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


def make_shrinkable(engine: Engine, path: Path) -> None:
    """Rewrite a new file, or one of an earlier version, once: from then on ``shrink`` gives back what is freed in it.

    A large one is left as it is, and so is one for which the disk has no room: it works, and only never gets smaller.
    Not at every connection: this pragma takes the write lock, and whoever only reads would wait for it.
    https://www.sqlite.org/pragma.html#pragma_auto_vacuum (2026-11-25)
    """
    raw = engine.raw_connection()
    try:
        dbapi: Any = raw.driver_connection
        if dbapi.execute("PRAGMA auto_vacuum").fetchone()[0]:
            return
        if (size := path.stat().st_size) > MAX_REWRITTEN_BYTES:
            log.warning(
                "database_never_shrinks", bytes=size, hint="stop the bot; sqlite3 FILE 'PRAGMA auto_vacuum=2; VACUUM'"
            )
            return
        dbapi.execute("PRAGMA auto_vacuum=INCREMENTAL")
        dbapi.execute("VACUUM")
    except sqlite3.OperationalError as error:
        log.warning("database_not_rewritten", why=str(error))
    finally:
        raw.close()


def shrink(tx: Connection, *, limit: int) -> int:
    """Give at most *limit* free pages back to the file system; how many were free, 0 where none can be given back.

    One page a statement: Python's sqlite3 steps a statement that returns no rows once, which is one page.
    """
    if tx.dialect.name != "sqlite" or not tx.exec_driver_sql("PRAGMA auto_vacuum").scalar_one():
        return 0  # PostgreSQL's autovacuum gives room to later rows by itself
    free = int(tx.exec_driver_sql("PRAGMA freelist_count").scalar_one())
    dbapi: Any = tx.connection.driver_connection
    for _ in range(min(free, limit)):
        dbapi.execute("PRAGMA incremental_vacuum(1)")
    return free


def engine_to_read(path: Path) -> Engine:
    """One connection with one snapshot, beside the process that writes. It makes no file and changes none."""

    def connect() -> sqlite3.Connection:
        # Without a write-ahead log nobody writes; to read such a file in any other way would make a log beside it.
        # https://www.sqlite.org/wal.html#read_only_databases (2026-11-25)
        alone = "" if path.with_name(path.name + "-wal").exists() else "&immutable=1"
        raw = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro{alone}", uri=True, isolation_level=None)
        raw.execute("BEGIN")
        return raw

    return create_engine("sqlite://", creator=connect, hide_parameters=True)


def _file(path: Path) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino
