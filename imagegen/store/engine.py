"""Open the database, and run each transaction whole in a thread.

A transaction is a plain function of an open connection. It runs from begin to commit in one thread, so that a canceled
task cannot split it; the caller may only not learn that it committed.

Transactions lock rows in one order, so that no two wait for each other: the model_queues of a model (a claim locks
sending_pauses before them), one job, its turn, the model_queues of every model, its counters in the order in which they
were reserved, sending_pauses. What every request locks comes late, so that the others wait for it only briefly. A
transaction that looks for a job (to claim, adopt, expire or erase) skips locked jobs. Only ``forget`` locks the
counters of two jobs: PostgreSQL may abort it as a deadlock, and it runs whole again, as any transaction would. No other
process can lock a job that is just being inserted.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from random import SystemRandom
from typing import IO, Concatenate, Generic, ParamSpec, TypeVar

from sqlalchemy import URL, Connection, Engine, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError

from imagegen.errors import InvariantBroken, StoreInDoubt, StoreUnavailable
from imagegen.store import postgresql, revision, sqlite

P = ParamSpec("P")
T = TypeVar("T")

DEFAULT_URL = "sqlite:///data/wanvas.db"
TRIES = 5  # a transaction that another one aborted runs whole again; three seldom meet twice
AGAIN_S = 0.05  # the longest wait, times the tries: rivals must not retry together
# Serialization failure, deadlock, and a key that another transaction has just written.
# https://www.postgresql.org/docs/15/errcodes-appendix.html (2026-11-24)
RETRYABLE = ("40001", "40P01", "23505")
RNG = SystemRandom()


class Store:
    """Threads that write and threads that read, each with its own connection.

    *exclusive*: no other process can use this database; on SQLite a lock file prevents it. *owner* is the name of this
    process in rows. No earlier process had it, which distinguishes the jobs of a dead process.
    """

    def __init__(self, engine: Engine, reader: Engine, *, threads: int, lock: IO[str] | None = None) -> None:
        self.exclusive = lock is not None
        self.owner = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._engine, self._reader_engine, self._lock = engine, reader, lock
        self._writer = ThreadPoolExecutor(threads, thread_name_prefix="store-write")
        self._reader = ThreadPoolExecutor(threads, thread_name_prefix="store-read")

    async def write(self, transaction: Callable[Concatenate[Connection, P], T], *args: P.args, **more: P.kwargs) -> T:
        """Run *transaction*, commit, and return its result. Its own exceptions roll back and are raised.

        StoreUnavailable if the database fails. StoreInDoubt, a subclass, if it fails during the commit: the changes may
        be written or not.
        """
        run = _Run(lambda tx: transaction(tx, *args, **more))
        return await asyncio.get_running_loop().run_in_executor(self._writer, run.whole, self._engine)

    async def write_within(
        self, limit_s: float, transaction: Callable[Concatenate[Connection, P], T], *args: P.args, **more: P.kwargs
    ) -> T:
        """Do the same as ``write``, but wait at most *limit_s* seconds for a database that hangs.

        StoreUnavailable: nothing was or will be written. StoreInDoubt: the commit had begun, and may still succeed.
        """
        run = _Run(lambda tx: transaction(tx, *args, **more))
        future = asyncio.get_running_loop().run_in_executor(self._writer, run.whole, self._engine)
        done, _ = await asyncio.wait([future], timeout=limit_s)
        if done:
            return future.result()
        future.cancel()
        if run.give_up():
            raise StoreUnavailable(f"no answer within {limit_s} s")
        raise StoreInDoubt(f"no answer to a commit within {limit_s} s")

    async def read(self, transaction: Callable[Concatenate[Connection, P], T], *args: P.args, **more: P.kwargs) -> T:
        """Run *transaction* on its own snapshot, beside the writers, and return its result."""
        run = _Run(lambda tx: transaction(tx, *args, **more))
        return await asyncio.get_running_loop().run_in_executor(self._reader, run.whole, self._reader_engine)

    async def close(self) -> None:
        """Wait for running transactions, then close the database."""
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        self._writer.shutdown()
        self._reader.shutdown()
        self._engine.dispose()
        if self._lock is not None:
            self._lock.close()


class _GivenUp(Exception):
    """The caller no longer waits: roll back."""


class _Run(Generic[T]):
    """One transaction in a thread. The caller may give it up until the commit begins."""

    def __init__(self, transaction: Callable[[Connection], T]) -> None:
        self._transaction = transaction
        self._lock = threading.Lock()
        self._given_up = self._committing = False

    def give_up(self) -> bool:
        """Give the transaction up. Return whether it is certain that nothing is committed."""
        with self._lock:
            self._given_up = not self._committing
            return self._given_up

    def whole(self, engine: Engine) -> T:
        """Run from begin to commit, again if another transaction aborted it or its connection was dead."""
        for tries in range(1, TRIES + 1):
            try:
                return self._once(engine)
            except _GivenUp:
                break
            except DBAPIError as error:
                if tries == TRIES or not self._may_run_again(error):
                    # Start the next transaction on a new connection: an old one to a file that was opened read-only,
                    # or to a server that has become a standby, would stay read-only.
                    engine.dispose()
                    raise _in_our_words(
                        error, committing=self._committing
                    ) from None  # the driver's message may quote a row
            time.sleep(RNG.uniform(0, AGAIN_S * tries))
        raise StoreUnavailable("the caller no longer waited")

    def _once(self, engine: Engine) -> T:
        self._committing = False
        with engine.begin() as tx:
            result = self._transaction(tx)
            with self._lock:
                if self._given_up:
                    raise _GivenUp
                self._committing = True
            return result

    def _may_run_again(self, error: DBAPIError) -> bool:
        """Return whether it is certain that nothing was committed, and likely that a retry succeeds."""
        lost = error.connection_invalidated and not self._committing
        return lost or getattr(error.orig, "sqlstate", None) in RETRYABLE


def _in_our_words(error: DBAPIError, *, committing: bool = False) -> InvariantBroken | StoreUnavailable:
    diagnosis = getattr(error.orig, "diag", None)
    words = " ".join(str(getattr(diagnosis, "message_primary", None) or error.orig).split())
    if isinstance(error, IntegrityError):
        return InvariantBroken(words)
    return StoreInDoubt(words) if committing and error.connection_invalidated else StoreUnavailable(words)


def sqlite_path(url: str) -> Path | None:
    """Return the file of the database at *url* (empty: data/wanvas.db). None if the database is no file."""
    parsed = _parsed(url or DEFAULT_URL)
    return Path(parsed.database or "") if parsed.get_backend_name() == "sqlite" else None


def answers(tx: Connection) -> None:
    """Check that the database answers."""
    tx.execute(select(1))


async def open_store(url: str) -> Store:
    """Open the database at *url* (empty: data/wanvas.db) and bring its schema up to date.

    StoreUnavailable if it cannot be opened, is used by another process, or is newer than this code.
    """
    return await asyncio.to_thread(_open, url or DEFAULT_URL)


def _open(url: str) -> Store:
    parsed = _parsed(url)
    if parsed.get_backend_name() == "sqlite":
        return _open_sqlite(Path(parsed.database or ""))
    return _open_postgresql(parsed)


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StoreUnavailable("DATABASE_URL cannot be read; it looks like sqlite:///data/wanvas.db") from error
    kind = parsed.get_backend_name()
    if kind == "postgresql" or (kind == "sqlite" and parsed.database):
        return parsed
    raise StoreUnavailable("DATABASE_URL must begin with sqlite:/// and a path, or with postgresql://")


def _open_sqlite(path: Path) -> Store:
    lock = sqlite.locked(path)
    try:
        engine = sqlite.sqlite_engine(path)
        upgrade(engine)
        sqlite.make_shrinkable(engine, path)
    except BaseException:
        lock.close()
        raise
    return Store(engine, sqlite.reader_of(engine), threads=1, lock=lock)


def _open_postgresql(url: URL) -> Store:
    engine = postgresql.postgresql_engine(url)
    try:
        upgrade(engine)
    except BaseException:
        engine.dispose()
        raise
    return Store(engine, postgresql.reader_of(engine), threads=postgresql.THREADS)


@contextmanager
def open_to_read(url: str) -> Iterator[Connection]:
    """Yield a connection that reads one snapshot of the database at *url* (empty: data/wanvas.db) while the bot runs.

    StoreUnavailable if it cannot be read.
    """
    engine = _engine_to_read(url or DEFAULT_URL)
    try:
        with engine.connect() as tx:
            if tx.dialect.name == "postgresql":
                tx.exec_driver_sql("SET LOCAL statement_timeout = 0")  # reading everything may take long
            yield tx
    except DBAPIError as error:
        raise _in_our_words(error) from None
    finally:
        engine.dispose()


def _engine_to_read(url: str) -> Engine:
    parsed = _parsed(url)
    if parsed.get_backend_name() == "sqlite":
        return sqlite.engine_to_read(Path(parsed.database or ""))
    return postgresql.reader_of(postgresql.postgresql_engine(parsed))


def upgrade(engine: Engine) -> None:
    """Bring the schema up to date. StoreUnavailable if that fails, or if the schema is newer than this code."""
    try:
        with engine.begin() as tx:
            if revision.is_newest(tx):
                return
        from imagegen.store import upgrading  # noqa: PLC0415  # loads Alembic, which most starts do not need

        upgrading.run_migrations(engine)
    except DBAPIError as error:
        raise _in_our_words(error) from None
