"""Run transactions whole: each by itself, or several that wait for one disk together."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from random import SystemRandom
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, IntegrityError

from imagegen import metrics
from imagegen.errors import InvariantBroken, StoreInDoubt, StoreUnavailable, StoreUnusable

T = TypeVar("T")

TRIES = 5  # a transaction that another one aborted runs whole again; three seldom meet twice
AGAIN_S = 0.05  # the longest wait, times the tries: rivals must not retry together
# Serialization failure, deadlock, and a key that another transaction has just written.
# https://www.postgresql.org/docs/15/errcodes-appendix.html (2026-11-24)
RETRYABLE = ("40001", "40P01", "23505")
# What no restart mends. libpq reports no SQLSTATE for a connection that the server or the library itself refuses.
# https://www.postgresql.org/docs/15/errcodes-appendix.html (2026-11-29), classes 28 and 3D
REFUSED = re.compile(
    r"authentication failed|no password supplied|pg_hba\.conf|(role|database) \".*\" does not exist"
    r"|not permitted to log in|permission denied for database|unrecognized configuration parameter"
    r"|invalid (port|connection option|\S+ value)|file is not a database"
)
RNG = SystemRandom()
NOBODY_WAITS = "the caller no longer waited"


class _GivenUp(Exception):
    """The caller no longer waits: roll back."""


class Run(Generic[T]):
    """One transaction in a thread. The caller may give it up until the commit begins."""

    def __init__(self, transaction: Callable[[Connection], T]) -> None:
        self.future: Future[T] = Future()
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
                    found = in_our_words(error, committing=self._committing)
                    metrics.DATABASE_ERRORS.labels(kind=_kind(found)).inc()
                    raise found from None  # the driver's message may quote a row
            metrics.DATABASE_RETRIES.inc()
            time.sleep(RNG.uniform(0, AGAIN_S * tries))
        raise StoreUnavailable(NOBODY_WAITS)

    def _once(self, engine: Engine) -> T:
        self._committing = False
        with engine.begin() as tx:
            return self._until_commit(tx)

    def _until_commit(self, tx: Connection) -> T:
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

    def finish(self, engine: Engine) -> None:
        """Run by itself, for the one who waits for the future."""
        try:
            result = self.whole(engine)
        except BaseException as error:
            self.future.set_exception(error)
        else:
            self.future.set_result(result)

    def within(self, tx: Connection) -> Callable[[], None]:
        """Run in a savepoint of *tx*. Return what tells the one who waits, to be called after the commit of *tx*.

        An exception of the transaction rolls back to the savepoint. DBAPIError is raised: after it, SQLite may have
        rolled *tx* back.
        """
        tx.exec_driver_sql("SAVEPOINT run")
        try:
            result = self._until_commit(tx)
        except DBAPIError:
            raise
        except Exception as error:
            tx.exec_driver_sql("ROLLBACK TO run")
            tx.exec_driver_sql("RELEASE run")
            shown = StoreUnavailable(NOBODY_WAITS) if isinstance(error, _GivenUp) else error
            return partial(self.future.set_exception, shown)
        tx.exec_driver_sql("RELEASE run")
        return partial(self.future.set_result, result)


def run_together(engine: Engine, runs: Sequence[Run[Any]]) -> None:
    """Run several transactions with one commit: the disk is waited for once.

    If the database refuses one of them, or the commit, nothing is written yet, and each runs by itself.
    """
    waited_for = [run for run in runs if run.future.set_running_or_notify_cancel()]
    for tell in _written(engine, waited_for) or [partial(run.finish, engine) for run in waited_for]:
        tell()


def _written(engine: Engine, runs: Sequence[Run[Any]]) -> list[Callable[[], None]]:
    """Run several transactions with one commit. Return what tells the ones who wait; nothing if none is written."""
    if len(runs) < 2:
        return []
    try:
        with engine.begin() as tx:
            return [run.within(tx) for run in runs]
    except Exception:
        return []


def _kind(error: InvariantBroken | StoreUnavailable) -> str:
    """Return the label of the metric of database errors."""
    if isinstance(error, InvariantBroken):
        return "invariant"
    return "in_doubt" if isinstance(error, StoreInDoubt) else "unavailable"


def words_of(error: DBAPIError) -> str:
    """Return what the database says, in one line and without the row."""
    diagnosis = getattr(error.orig, "diag", None)
    return " ".join(str(getattr(diagnosis, "message_primary", None) or error.orig).split())


def unavailable(error: DBAPIError) -> StoreUnavailable:
    """Return the error of a database that failed: StoreUnusable if its address, or a right, must be changed first."""
    said = words_of(error)
    refused = getattr(error.orig, "sqlstate", None) is None and REFUSED.search(said)
    return StoreUnusable(f"{said}; check its address") if refused else StoreUnavailable(said)


def in_our_words(error: DBAPIError, *, committing: bool = False) -> InvariantBroken | StoreUnavailable:
    if isinstance(error, IntegrityError):
        return InvariantBroken(words_of(error))
    in_doubt = committing and error.connection_invalidated
    return StoreInDoubt(words_of(error)) if in_doubt else unavailable(error)
