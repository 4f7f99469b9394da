"""SQLite: one file, used by one process."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import stat
from contextlib import closing, suppress
from pathlib import Path
from typing import IO, Any

import structlog
from sqlalchemy import Connection, Engine, QueuePool, create_engine, event
from sqlalchemy.exc import DisconnectionError

from imagegen.errors import StoreUnavailable, StoreUnusable
from imagegen.store.files import sync

log = structlog.get_logger(__name__)

# FULL: a power cut must not lose a job that was acknowledged, nor the id of a task that was paid.
# https://www.sqlite.org/pragma.html#pragma_synchronous (2026-11-22)
# The journal grows to the size of the largest transactions, and shrinks to journal_size_limit when it starts over.
PRAGMAS = (
    "journal_mode=WAL",
    "journal_size_limit=4194304",
    "synchronous=FULL",
    "busy_timeout=10000",
    "foreign_keys=ON",
)
FOLDER_MODE, FILE_MODE = 0o700, 0o600  # no other user of the machine may read prompts, images and tokens
MAX_REWRITTEN_BYTES = 256 * 1024 * 1024  # about 3 s at a start


def locked(path: Path) -> IO[str]:
    """Lock the database for this process and return the open lock file. The lock ends with the process, also in a kill.

    Make the folder if there is none, and let no other user read the files. StoreUnavailable if the database is locked
    by another process, or cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
        _make_private(path)
        lock = os.fdopen(os.open(lock_of(path), os.O_RDWR | os.O_CREAT, FILE_MODE), "w", encoding="utf-8")
    except OSError as error:
        raise StoreUnavailable(f"{path} cannot be written: {error.strerror}") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.close()
        raise StoreUnavailable(f"another process is using {path}; stop it, or give this one its own") from error
    return lock


def check_path(path: Path) -> None:
    """Raise StoreUnusable if no database can be at *path*."""
    try:
        kind = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise StoreUnusable(f"{path} cannot be used: {error.strerror}") from error
    if not stat.S_ISREG(kind):
        raise StoreUnusable(f"{path} is a folder or a device; DATABASE_URL must name a file in it")


def check_there(path: Path) -> None:
    """Raise StoreUnusable if there is no database at *path*."""
    if not path.exists():
        raise StoreUnusable(f"{path.absolute()} does not exist. Check DATABASE_URL, and that this is the bot's folder")


def lock_of(path: Path) -> Path:
    return path.with_name(path.name + ".lock")


def files_of(path: Path) -> tuple[Path, ...]:
    """Return the database file, and the files that SQLite and this module put beside it."""
    return path, lock_of(path), path.with_name(path.name + ".moved"), *_journals_of(path)


def _journals_of(path: Path) -> tuple[Path, ...]:
    return tuple(path.with_name(path.name + end) for end in ("-wal", "-shm", "-journal"))


def settle(path: Path) -> None:
    """Write what the journals of *path* hold into the file, and remove them, so that another file can take its name.

    The journals of a file that is gone are removed: SQLite would write them into the next file of this name.
    https://www.sqlite.org/howtocorrupt.html#unlinking_or_renaming_a_database_file_while_in_use (2026-11-29)
    StoreUnavailable if another program has the file open.
    """
    if path.exists():
        with closing(sqlite3.connect(path)) as raw:
            try:
                raw.execute("PRAGMA journal_mode=DELETE")  # refused while another connection uses the log
            except sqlite3.OperationalError as error:
                busy = error.sqlite_errorcode == sqlite3.SQLITE_BUSY
                raise StoreUnavailable(
                    f"another program has {path} open; close it" if busy else f"{path}: {error}"
                ) from error
    for journal in _journals_of(path):
        journal.unlink(missing_ok=True)
    sync(path.absolute().parent)


def _make_private(path: Path) -> None:
    """Tighten the permissions of existing files and of their folder.

    A folder that contains other files is not the bot's alone, and stays as it is. SQLite gives new files beside the
    database the same permissions. https://www.sqlite.org/src/file/src/os_unix.c, findCreateFileMode (2026-11-25)
    """
    ours = files_of(path)
    alone = {found.name for found in path.parent.iterdir()} <= {file.name for file in ours}
    modes = {**dict.fromkeys(ours, FILE_MODE), **({path.parent: FOLDER_MODE} if alone else {})}
    for found, mode in modes.items():
        with suppress(FileNotFoundError, PermissionError):  # another user's folder or file: set up by hand
            if stat.S_IMODE(found.stat().st_mode) & ~mode:
                found.chmod(mode)


def sqlite_engine(path: Path) -> Engine:
    """Return an engine whose transactions take the write lock when they begin, so that nothing they read can be stale.

    The file is made here if there is none, and never later: a file that was removed while the bot runs is an error, and
    is not replaced by an empty file.
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
        # sqlite3 must never begin a transaction itself: it would do so at the first write, after the first reads.
        # https://docs.sqlalchemy.org/en/21/dialects/sqlite.html (2026-11-22)
        dbapi.isolation_level = None
        for pragma in PRAGMAS:
            dbapi.execute(f"PRAGMA {pragma}")
        record.info["file"] = _file(path)

    @event.listens_for(engine, "checkout")
    def still_there(_dbapi: object, record: Any, _proxy: object) -> None:
        # A removed file that is still open takes every write, and is lost when the process ends.
        if record.info["file"] != _file(path):
            raise DisconnectionError("the database file was replaced")

    @event.listens_for(engine, "begin")
    def begin(tx: Connection) -> None:
        tx.exec_driver_sql(tx.get_execution_options().get("begin", "BEGIN IMMEDIATE"))

    return engine


def reader_of(engine: Engine) -> Engine:
    """Return the same engine for transactions that only read: they wait for no writer."""
    return engine.execution_options(begin="BEGIN DEFERRED")


def make_shrinkable(engine: Engine, path: Path) -> None:
    """Rewrite a new file once, so that ``shrink`` can give free pages back from then on.

    A large file, or a file for which the disk has no room, is left as it is: it works, but never gets smaller. This is
    not done at every connection, because the pragma takes the write lock and readers would wait.
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
    """Give at most *limit* free pages back to the file system. Return how many were free; 0 if none can be given back.

    One page a statement: Python's sqlite3 steps a statement without rows once, which frees one page.
    """
    if tx.dialect.name != "sqlite" or not tx.exec_driver_sql("PRAGMA auto_vacuum").scalar_one():
        return 0  # PostgreSQL's autovacuum reuses the room
    free = int(tx.exec_driver_sql("PRAGMA freelist_count").scalar_one())
    dbapi: Any = tx.connection.driver_connection
    for _ in range(min(free, limit)):
        dbapi.execute("PRAGMA incremental_vacuum(1)")
    return free


def engine_to_read(path: Path, lasting: bool) -> Engine:
    """Return an engine that reads one snapshot while another process writes. It makes and changes no file.

    *lasting*: it may make a write-ahead log, so that a process may begin to write. StoreUnusable if there is no file.
    """
    check_there(path)

    def connect() -> sqlite3.Connection:
        # Without a write-ahead log there is no writer. "immutable" keeps SQLite from making a log, and from noticing
        # a writer that comes later. https://www.sqlite.org/wal.html#read_only_databases (2026-11-25)
        mode = "ro" if path.with_name(path.name + "-wal").exists() else "ro&immutable=1"
        if lasting and os.access(path, os.W_OK) and os.access(path.absolute().parent, os.W_OK):
            mode = "rw"
        return sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True, isolation_level=None)

    return with_begin(create_engine("sqlite://", creator=connect, hide_parameters=True))


def with_begin(engine: Engine) -> Engine:
    """Let *engine* begin its transactions: sqlite3 does not, and each statement would read a snapshot of its own."""
    event.listen(engine, "begin", lambda tx: tx.exec_driver_sql("BEGIN"))
    return engine


def _file(path: Path) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino
