"""Make a database of a backup: in a new or an empty database, or in place of one that is kept aside."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from imagegen.errors import StoreUnavailable, StoreUnusable
from imagegen.ownership import LEASE
from imagegen.store import backup_file, copying, move_marker, revision, sqlite, upgrading
from imagegen.store.audit import audit
from imagegen.store.backup_file import Contents
from imagegen.store.engine import open_to_read, refuse_strangers, sqlite_path
from imagegen.store.files import beside, put_in_place
from imagegen.store.last_ids import give_out_none_again
from imagegen.store.postgresql import postgresql_engine
from imagegen.store.runs import unavailable
from imagegen.store.tables import workers
from imagegen.store.tables_jobs import jobs

HOLDS_ROWS = "it holds requests or settings already; add --replace to put it aside"


@dataclass(frozen=True)
class Restored:
    """What a restore did. *aside* names where the former database is, *waiting* counts the jobs that have not ended."""

    contents: Contents
    aside: str
    waiting: int
    broken: tuple[str, ...]  # what the audit says of the restored database


def restore(url: str, path: Path, *, replace: bool, now: datetime) -> Restored:
    """Make the database at *url* of the backup *path*, and audit it. All of it or nothing, also after a kill.

    StoreUnavailable if the backup is damaged or newer, a bot runs, or there is another database and not *replace*.
    """
    contents = backup_file.verify(path)
    target = sqlite_path(url)
    if target is None:
        return _restore_postgresql(url, path, contents, replace, now)
    with sqlite_ready(target, replace):
        return _restore_sqlite(target, path, contents, now)


def _fill(tx: Connection, path: Path, contents: Contents) -> int:
    """Fill an empty database. Return how many jobs wait."""
    upgrading.check_known(contents.revision, tx.engine)
    upgrading.run_migrations_in(tx, contents.revision)
    columns = {table.name: table.columns for table in copying.tables_in(tx, contents.revision)}
    with backup_file.opened(path) as (source, _):
        for table in backup_file.tables_of(source, contents):
            if table.columns != columns.get(table.name):
                raise StoreUnusable(backup_file.DAMAGED.format(path=path))
            copying.copy(source, tx, table)
            if copying.tally(tx, table) != contents.tallies[table.name]:
                raise StoreUnavailable(f"the table {table.name} did not arrive as it was backed up")
    give_out_none_again(tx, contents.ids)
    if contents.older is not None:
        revision.set_revision(tx, contents.older)
    upgrading.run_migrations_in(tx)
    tx.execute(delete(workers))  # no process owns anything in this database: the next start takes all jobs over at once
    waiting = select(func.count()).select_from(jobs).where(jobs.c.ended_at.is_(None))
    return int(tx.execute(waiting).scalar_one())


@contextmanager
def sqlite_ready(target: Path, replace: bool) -> Iterator[None]:
    """Keep every bot away from the file *target*. StoreUnavailable if a bot runs on it, or it must not be replaced."""
    refuse_strangers(target)
    lock = sqlite.locked(target)
    try:
        if not replace and _has_rows(target):
            raise StoreUnusable(HOLDS_ROWS)
        yield
    finally:
        lock.close()


def _has_rows(path: Path) -> bool:
    if not path.exists() or not path.stat().st_size:
        return False
    with open_to_read(f"sqlite:///{path}") as tx:
        found = revision.stored(tx)
        return found is not None and bool(copying.has_rows(tx, found) or copying.strange_names(tx, found))


def _restore_sqlite(target: Path, path: Path, contents: Contents, now: datetime) -> Restored:
    try:
        with beside(target) as new:
            with backup_file.connected(new, write=True) as tx:
                waiting = _fill(tx, path, contents)
                tx.commit()
            _give_to_its_owner(new, target)
            sqlite.settle(target)
            aside = _keep_aside(target, now) if _has_rows(target) else ""
            put_in_place(new, target)
            move_marker.put_aside(target, _aside_name(now))
        with open_to_read(f"sqlite:///{target}", lasting=True) as tx:
            return Restored(contents, aside, waiting, audit(tx))
    except OSError as error:
        raise StoreUnavailable(f"{target} cannot be written: {error.strerror}") from error


def _give_to_its_owner(new: Path, target: Path) -> None:
    """Let the user of the former database use the new one, if an administrator runs the restore."""
    like = (target if target.exists() else target.parent).stat()
    with suppress(PermissionError):
        os.chown(new, like.st_uid, like.st_gid)


def _keep_aside(target: Path, now: datetime) -> str:
    """Give the former database a second name: at each moment, one of both databases has the first."""
    aside = target.with_name(f"{target.name}.{_aside_name(now)}")
    os.link(target, aside)
    return str(aside)


def _aside_name(now: datetime) -> str:
    return f"before_restore_{now:%Y%m%dt%H%M%S%fz}"


def _restore_postgresql(url: str, path: Path, contents: Contents, replace: bool, now: datetime) -> Restored:
    engine = postgresql_engine(make_url(url))
    try:
        with engine.begin() as tx:
            revision.wait_for_others(tx)
            tx.exec_driver_sql("SET LOCAL lock_timeout = '10s'")  # a session that reads the tables keeps them in place
            found = revision.stored(tx)
            aside = "" if found is None else _clear(tx, found, replace, now)
            return Restored(contents, aside, _fill(tx, path, contents), audit(tx))
    except DBAPIError as error:
        raise unavailable(error) from None
    finally:
        engine.dispose()


def _clear(tx: Connection, found: str, replace: bool, now: datetime) -> str:
    """Move our tables into a schema of their own and return its name; drop tables without rows."""
    refuse_running(tx, now)
    if not copying.has_rows(tx, found):
        copying.drop_tables(tx, found)
        return ""
    if not replace:
        raise StoreUnusable(HOLDS_ROWS)
    schema = _aside_name(now)
    copying.move_tables(tx, found, schema)
    return f"the schema {schema}"


def refuse_running(tx: Connection, now: datetime) -> None:
    """Raise StoreUnavailable if a bot runs on this database, or was killed a moment ago."""
    if tx.scalar(select(func.count()).select_from(workers).where(workers.c.seen_at > now - LEASE)):
        raise StoreUnavailable(
            f"a bot runs on it; stop the bot, or wait {LEASE.total_seconds():.0f} s if it was killed"
        )
