"""Open the database, and run each transaction whole in a thread.

A transaction is a plain function of an open connection. It runs from begin to commit in one thread, so that a canceled
task cannot split it; the caller may only not learn that it committed. It may run more than once (runs.py), so it
changes nothing but the database.

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
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import URL, Connection, Engine, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from imagegen import metrics
from imagegen.errors import StoreInDoubt, StoreUnavailable, StoreUnusable
from imagegen.store import move_marker, postgresql, revision, sqlite
from imagegen.store.away import DatabaseAway
from imagegen.store.runs import Run, in_our_words, run_together

P = ParamSpec("P")
T = TypeVar("T")

TOGETHER = 16  # transactions with one commit: none waits long for the others
DEFAULT_URL = "sqlite:///data/wanvas.db"
UNREADABLE = (
    "DATABASE_URL cannot be read; it looks like sqlite:///data/wanvas.db or "
    "postgresql://user:…@host/name, with %40 for an @ in the password and %2F for a /"
)


class Store:
    """Threads that write and threads that read, each with its own connection.

    *exclusive*: no other process can use this database; on SQLite a lock file prevents it. *owner* is the name of this
    process in rows. No earlier process had it, which distinguishes the jobs of a dead process.
    """

    def __init__(self, engine: Engine, reader: Engine, *, threads: int, lock: IO[str] | None = None) -> None:
        self.exclusive = lock is not None
        self.owner = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._engine, self._reader_engine, self._lock = engine, reader, lock
        self.away = DatabaseAway()
        self._waiting: deque[Run[Any]] = deque()
        self._writer = ThreadPoolExecutor(threads, thread_name_prefix="store-write")
        self._reader = ThreadPoolExecutor(threads, thread_name_prefix="store-read")

    async def write(self, transaction: Callable[Concatenate[Connection, P], T], *args: P.args, **more: P.kwargs) -> T:
        """Run *transaction*, commit, and return its result. Its own exceptions roll back and are raised.

        StoreUnavailable if the database fails. StoreInDoubt, a subclass, if it fails during the commit: the changes may
        be written or not.
        """
        return await self._noted(self._started(Run(lambda tx: transaction(tx, *args, **more))))

    async def write_within(
        self, limit_s: float, transaction: Callable[Concatenate[Connection, P], T], *args: P.args, **more: P.kwargs
    ) -> T:
        """Do the same as ``write``, but wait at most *limit_s* seconds for a database that hangs.

        StoreUnavailable: nothing was or will be written. StoreInDoubt: the commit had begun, and may still succeed.
        """
        run = Run(lambda tx: transaction(tx, *args, **more))
        future = self._started(run)
        done, _ = await asyncio.wait([future], timeout=limit_s)
        if done:
            return await self._noted(future)
        future.cancel()
        self.away.failed(f"no answer within {limit_s} s")
        metrics.DATABASE_ERRORS.labels(kind="timeout").inc()
        if run.give_up():
            raise StoreUnavailable(f"no answer within {limit_s} s")
        raise StoreInDoubt(f"no answer to a commit within {limit_s} s")

    async def read(self, transaction: Callable[Concatenate[Connection, P], T], *args: P.args, **more: P.kwargs) -> T:
        """Run *transaction* on its own snapshot, beside the writers, and return its result."""
        run = Run(lambda tx: transaction(tx, *args, **more))
        loop = asyncio.get_running_loop()
        return await self._noted(loop.run_in_executor(self._reader, run.whole, self._reader_engine))

    async def _noted(self, running: asyncio.Future[T]) -> T:
        """Wait for a transaction, and note whether the database carried it out."""
        try:
            result = await running
        except StoreUnavailable as error:
            self.away.failed(str(error.facts["cause"]))
            raise
        self.away.answered()
        return result

    def _started(self, run: Run[T]) -> asyncio.Future[T]:
        """Run in a thread. With a single writer, what waits for the writer is committed together."""
        if not self.exclusive:
            return asyncio.get_running_loop().run_in_executor(self._writer, run.whole, self._engine)
        self._waiting.append(run)
        self._writer.submit(self._run_waiting)
        return asyncio.wrap_future(run.future)

    def _run_waiting(self) -> None:
        count = min(len(self._waiting), TOGETHER)
        if runs := [self._waiting.popleft() for _ in range(count)]:  # none: an earlier call ran them
            run_together(self._engine, runs)

    async def close(self) -> None:
        """Wait for running transactions, then close the database."""
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        self._writer.shutdown()
        self._reader.shutdown()
        self._engine.dispose()
        if self._lock is not None:
            self._lock.close()


def sqlite_path(url: str) -> Path | None:
    """Return the file of the database at *url* (empty: data/wanvas.db). None if the database is no file.

    A symbolic link is resolved: SQLite puts its log beside the real file, so the lock and all other files belong there.
    """
    return _file_of(parsed_url(url or DEFAULT_URL))


def _file_of(parsed: URL) -> Path | None:
    if parsed.get_backend_name() != "sqlite":
        return None
    path = Path(parsed.database or "")
    return path.resolve() if path.is_symlink() else path


def answers(tx: Connection) -> None:
    """Check that the database answers."""
    tx.execute(select(1))


async def open_store(url: str) -> Store:
    """Open the database at *url* (empty: data/wanvas.db) and bring its schema up to date.

    StoreUnavailable if it cannot be opened, is used by another process, or is newer than this code.
    """
    return await asyncio.to_thread(_open, url or DEFAULT_URL)


def _open(url: str) -> Store:
    parsed = parsed_url(url)
    path = _file_of(parsed)
    return _open_postgresql(parsed) if path is None else _open_sqlite(path)


def parsed_url(url: str) -> URL:
    """Return the parts of a database's address. StoreUnusable, which quotes none of them, if it cannot be read."""
    try:
        parsed = make_url(url)
        (parsed.host or "").encode("idna")  # as each connect does
    except (ArgumentError, ValueError):  # ValueError: the port is no number, or the host no name
        raise StoreUnusable(UNREADABLE) from None  # the error may quote the password
    kind = parsed.get_backend_name()
    if kind == "sqlite" and parsed.database not in (None, "", ":memory:"):
        sqlite.check_path(Path(str(parsed.database)))
    elif kind != "postgresql":
        raise StoreUnusable("DATABASE_URL must begin with sqlite:/// and a path, or with postgresql://")
    elif url.count("@") > 1:  # the rest of the password would be read, and shown, as the host
        raise StoreUnusable(UNREADABLE)
    return parsed


def _open_sqlite(path: Path) -> Store:
    refuse_strangers(path)
    move_marker.refuse_moved(path)
    lock = sqlite.locked(path)
    try:
        engine = sqlite.sqlite_engine(path)
        upgrade(engine)
        sqlite.make_shrinkable(engine, path)
    except BaseException:
        lock.close()
        raise
    return Store(engine, sqlite.reader_of(engine), threads=1, lock=lock)


def refuse_strangers(path: Path) -> None:
    """Raise StoreUnavailable for the file of another program, before its permissions or its journal are changed."""
    if path.is_file() and path.stat().st_size:
        with open_to_read(f"sqlite:///{path}") as tx:
            revision.stored(tx)


def _open_postgresql(url: URL) -> Store:
    engine = postgresql.postgresql_engine(url)
    try:
        upgrade(engine)
    except BaseException:
        engine.dispose()
        raise
    return Store(engine, postgresql.reader_of(engine), threads=postgresql.THREADS)


@contextmanager
def open_to_read(url: str, *, lasting: bool = False) -> Iterator[Connection]:
    """Yield a connection that reads one snapshot of the database at *url* (empty: data/wanvas.db) while the bot runs.

    *lasting*: for so long that a bot may start meanwhile. StoreUnavailable if it cannot be read.
    """
    engine = _engine_to_read(url or DEFAULT_URL, lasting)
    try:
        with engine.connect() as tx:
            if tx.dialect.name == "postgresql":
                for timeout in ("statement_timeout", "idle_in_transaction_session_timeout"):
                    tx.exec_driver_sql(f"SET LOCAL {timeout} = 0")  # reading everything may take long
            yield tx
    except DBAPIError as error:
        raise in_our_words(error) from None
    finally:
        engine.dispose()


def _engine_to_read(url: str, lasting: bool) -> Engine:
    parsed = parsed_url(url)
    if (path := _file_of(parsed)) is not None:
        return sqlite.engine_to_read(path, lasting)
    return postgresql.reader_of(postgresql.postgresql_engine(parsed))


def upgrade(engine: Engine) -> None:
    """Bring the schema up to date. StoreUnavailable if that fails, or if the schema is newer than this code."""
    try:
        with engine.begin() as tx:
            if revision.is_usable(tx):
                return
        from imagegen.store import upgrading  # noqa: PLC0415  # loads Alembic, which most starts do not need

        upgrading.run_migrations(engine)
    except DBAPIError as error:
        raise in_our_words(error) from None
