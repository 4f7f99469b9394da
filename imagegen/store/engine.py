"""Opens the database and runs a transaction function whole in a thread.

A transaction is a plain function of an open connection. It is run from begin to commit in one thread, so that a
canceled task cannot split it; its caller may only not learn that it committed.

Rows are locked in one order, so that no two transactions wait for each other: lanes (a claim locks sending before
them), one job, its turn, its counters as they were taken, sending. Whoever looks for a job (to claim, adopt, expire or
forget something of it) steps over locked ones and never waits for one; no transaction touches the counters of two jobs
but ``forget``, which PostgreSQL may break up once in a lifetime and is run whole again, as any would be. A job that is
only now inserted is locked by nobody else.
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

from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy import URL, Connection, Engine, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError

from imagegen.errors import InvariantBroken, StoreInDoubt, StoreUnavailable
from imagegen.store import postgresql, sqlite

P = ParamSpec("P")
T = TypeVar("T")

DEFAULT_URL = "sqlite:///data/wanvas.db"
TRIES = 5  # a transaction that met another one is run whole again; three seldom meet twice
AGAIN_S = 0.05  # at most, times the tries: rivals must not come back together
# Serialization failure, deadlock, and a key that another transaction has just written.
# https://www.postgresql.org/docs/15/errcodes-appendix.html (2026-11-24)
MET_ANOTHER = ("40001", "40P01", "23505")
NEWER = "it was written by a newer version of Wanvas; start that one"
RNG = SystemRandom()


class Store:
    """Threads that write and threads that read, each with its own connection.

    *exclusive* says that no other process can be using this database: on SQLite a lock file keeps it so. *owner* is the
    name of this process in rows; none had it before, so that what a dead one owned is told apart.
    """

    def __init__(self, engine: Engine, reader: Engine, *, threads: int, lock: IO[str] | None = None) -> None:
        self.exclusive = lock is not None
        self.owner = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._engine, self._reader_engine, self._lock = engine, reader, lock
        self._writer = ThreadPoolExecutor(threads, thread_name_prefix="store-write")
        self._reader = ThreadPoolExecutor(threads, thread_name_prefix="store-read")

    async def write(self, transaction: Callable[Concatenate[Connection, P], T], *args: P.args, **more: P.kwargs) -> T:
        """Run *transaction* and commit. Its own exceptions roll back and pass; StoreUnavailable for the database's.

        StoreInDoubt, which is one, when the database went away during the commit: what was written may be there.
        """
        run = _Run(lambda tx: transaction(tx, *args, **more))
        return await asyncio.get_running_loop().run_in_executor(self._writer, run.whole, self._engine)

    async def write_within(
        self, limit_s: float, transaction: Callable[Concatenate[Connection, P], T], *args: P.args, **more: P.kwargs
    ) -> T:
        """Like ``write``, for whoever cannot wait longer than *limit_s* for a database that hangs.

        StoreUnavailable: nothing was written, and nothing will be. StoreInDoubt: it was being committed, and may yet.
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
        """Run *transaction* on a snapshot of its own, beside the writers."""
        run = _Run(lambda tx: transaction(tx, *args, **more))
        return await asyncio.get_running_loop().run_in_executor(self._reader, run.whole, self._reader_engine)

    async def close(self) -> None:
        """Let what runs end, then let go of the database."""
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        self._writer.shutdown()
        self._reader.shutdown()
        self._engine.dispose()
        if self._lock is not None:
            self._lock.close()


class _GivenUp(Exception):
    """Nobody waits any more: roll back."""


class _Run(Generic[T]):
    """One transaction, in a thread; whoever waits for it may give it up until it is being committed."""

    def __init__(self, transaction: Callable[[Connection], T]) -> None:
        self._transaction = transaction
        self._lock = threading.Lock()
        self._given_up = self._committing = False

    def give_up(self) -> bool:
        """Whether it is certain that nothing is committed."""
        with self._lock:
            self._given_up = not self._committing
            return self._given_up

    def whole(self, engine: Engine) -> T:
        """From begin to commit, and anew when it met another transaction or a connection that had died."""
        for tries in range(1, TRIES + 1):
            try:
                return self._once(engine)
            except _GivenUp:
                break
            except DBAPIError as error:
                if tries == TRIES or not self._may_run_again(error):
                    # The next one starts with a new connection: a file opened to read only, or to a server that has
                    # become a standby, would stay so.
                    engine.dispose()
                    raise _in_our_words(
                        error, committing=self._committing
                    ) from None  # the driver's own words may quote a row
            time.sleep(RNG.uniform(0, AGAIN_S * tries))
        raise StoreUnavailable("nobody waited for it any more")

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
        """Whether it is certain that nothing was committed, and likely that it will be now."""
        lost = error.connection_invalidated and not self._committing
        return lost or getattr(error.orig, "sqlstate", None) in MET_ANOTHER


def _in_our_words(error: DBAPIError, *, committing: bool = False) -> InvariantBroken | StoreUnavailable:
    diagnosis = getattr(error.orig, "diag", None)
    words = " ".join(str(getattr(diagnosis, "message_primary", None) or error.orig).split())
    if isinstance(error, IntegrityError):
        return InvariantBroken(words)
    return StoreInDoubt(words) if committing and error.connection_invalidated else StoreUnavailable(words)


def sqlite_path(url: str) -> Path | None:
    """Return the file of the database at *url* (empty: data/wanvas.db); None where it is no file."""
    parsed = _parsed(url or DEFAULT_URL)
    return Path(parsed.database or "") if parsed.get_backend_name() == "sqlite" else None


def answers(tx: Connection) -> None:
    """Ask the database for nothing but an answer."""
    tx.execute(select(1))


async def open_store(url: str) -> Store:
    """Open the database at *url* (empty: data/wanvas.db) and bring its schema up to date.

    StoreUnavailable, in words, when it cannot be opened, is used by another process, or is newer than this code.
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
    """One snapshot of the database at *url* (empty: data/wanvas.db), beside whoever uses it; nothing can be written.

    StoreUnavailable, in words, when it cannot be read.
    """
    engine = _engine_to_read(url or DEFAULT_URL)
    try:
        with engine.connect() as tx:
            if tx.dialect.name == "postgresql":
                tx.exec_driver_sql("SET LOCAL statement_timeout = 0")  # whoever reads everything may take long
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


def alembic_config(engine: Engine) -> Config:
    config = Config()
    config.set_main_option("script_location", "imagegen:store/migrations")
    config.attributes["engine"] = engine
    return config


def upgrade(engine: Engine) -> None:
    """Bring the schema up to date. StoreUnavailable, in words, when it cannot be, or is newer than this code."""
    try:
        command.upgrade(alembic_config(engine), "head")
    except CommandError as error:
        raise StoreUnavailable(NEWER) from error
    except DBAPIError as error:
        raise _in_our_words(error) from None
