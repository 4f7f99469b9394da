"""Opens the database and runs a transaction function whole in a thread.

A transaction is a plain function of an open connection. It is run from begin to commit in one thread, so that a
cancelled task cannot split it; its caller may only not learn that it committed.
"""

from __future__ import annotations

import asyncio
import fcntl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any, Concatenate, ParamSpec, TypeVar

from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError

from imagegen.errors import StoreUnavailable

P = ParamSpec("P")
T = TypeVar("T")

DEFAULT_URL = "sqlite:///data/wanvas.db"
# FULL: a power cut must not lose a job that was acknowledged, nor the id of a task that was paid.
# https://www.sqlite.org/pragma.html#pragma_synchronous (2026-11-22)
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000", "foreign_keys=ON")


class Store:
    """One writer thread and one reader thread, each with its own connection.

    *exclusive* says that no other process can be using this database: on SQLite a lock file keeps it so.
    """

    def __init__(self, engine: Engine, lock: IO[str]) -> None:
        self.exclusive = True
        self._engine, self._lock = engine, lock
        self._reader_engine = engine.execution_options(begin="BEGIN DEFERRED")
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="store-write")
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="store-read")

    async def write(self, transaction: Callable[Concatenate[Connection, P], T], *args: P.args, **more: P.kwargs) -> T:
        """Run *transaction* and commit. Its own exceptions roll back and pass; StoreUnavailable for the database's."""
        return await self._in(self._writer, lambda: _transact(self._engine, transaction, *args, **more))

    async def read(self, transaction: Callable[Concatenate[Connection, P], T], *args: P.args, **more: P.kwargs) -> T:
        """Run *transaction* on a snapshot of its own, beside the writer."""
        return await self._in(self._reader, lambda: _transact(self._reader_engine, transaction, *args, **more))

    @staticmethod
    async def _in(thread: ThreadPoolExecutor, run: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(thread, run)

    async def close(self) -> None:
        """Let what runs end, then let go of the database."""
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        self._writer.shutdown()
        self._reader.shutdown()
        self._engine.dispose()
        self._lock.close()


def _transact(
    engine: Engine, transaction: Callable[Concatenate[Connection, P], T], *args: P.args, **more: P.kwargs
) -> T:
    try:
        with engine.begin() as tx:
            return transaction(tx, *args, **more)
    except IntegrityError:
        raise  # a broken invariant is a defect of ours, not an absent database
    except DBAPIError as error:
        raise StoreUnavailable(str(error.orig)) from error


async def open_store(url: str) -> Store:
    """Open the database at *url* (empty: data/wanvas.db) and bring its schema up to date.

    StoreUnavailable, in words, when it cannot be opened, is used by another process, or is newer than this code.
    """
    return await asyncio.to_thread(_open, url or DEFAULT_URL)


def _open(url: str) -> Store:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StoreUnavailable("DATABASE_URL cannot be read; it looks like sqlite:///data/wanvas.db") from error
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        raise StoreUnavailable("this version keeps its database in a file: DATABASE_URL=sqlite:///path")
    path = Path(parsed.database)
    lock = _locked(path)
    try:
        engine = sqlite_engine(path)
        _upgrade(engine)
    except BaseException:
        lock.close()
        raise
    return Store(engine, lock)


def _locked(path: Path) -> IO[str]:
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
    """An engine whose every transaction takes the write lock at its start, so that nothing read in it can be stale."""
    engine = create_engine(f"sqlite:///{path}")

    @event.listens_for(engine, "connect")
    def set_up(dbapi: Any, _record: object) -> None:
        # sqlite3 must never begin by itself: it would do so only at the first write, after what was read.
        # https://docs.sqlalchemy.org/en/21/dialects/sqlite.html (2026-11-22)
        dbapi.isolation_level = None
        for pragma in PRAGMAS:
            dbapi.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(tx: Connection) -> None:
        tx.exec_driver_sql(tx.get_execution_options().get("begin", "BEGIN IMMEDIATE"))

    return engine


def alembic_config(engine: Engine) -> Config:
    config = Config()
    config.set_main_option("script_location", "imagegen:store/migrations")
    config.attributes["engine"] = engine
    return config


def _upgrade(engine: Engine) -> None:
    try:
        command.upgrade(alembic_config(engine), "head")
    except CommandError as error:
        raise StoreUnavailable("it was written by a newer version of Wanvas; start that one") from error
    except DBAPIError as error:
        raise StoreUnavailable(str(error.orig)) from error
