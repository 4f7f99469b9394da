"""Which revision of the schema this code needs, and which one a database has; the schema of a new database."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import NoReturn

from sqlalchemy import (
    Column,
    Connection,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    insert,
    inspect,
    select,
    update,
)

from imagegen.errors import StoreUnusable
from imagegen.store.columns import set_postgresql_conditions
from imagegen.store.older_release import OLDER, fits, forget_older, is_following, record_older, recorded_older
from imagegen.store.tables import SCHEMA
from imagegen.store.tables_search import FTS_TABLES

NEWEST = "0004"  # of the last file in migrations/versions
NEWER = "it was written by a newer version of Wanvas; start that one"
CORE = frozenset({"jobs", "ledger", "counters"})  # every revision has these tables, and hardly another program
BACKUP, MOVE = "wanvas_backup", "wanvas_move"  # tables of a backup, and of a database into which a move is not finished
OURS_ALONE = frozenset({"alembic_version", BACKUP, MOVE, OLDER}) | FTS_TABLES  # never copied
LOCK = 5770417  # any number that no other program uses in this database

_versions = Table(  # Alembic's own
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)


@dataclass(frozen=True)
class Found:
    """The revision of a database's schema, and the older revision of a release that ran on it since."""

    revision: str
    older: str | None

    @property
    def is_newest(self) -> bool:
        """Whether a start has nothing to do."""
        return self.revision == NEWEST and self.older is None

    @property
    def is_of_next_release(self) -> bool:
        """Whether the schema is of the release after this one."""
        return is_following(self.revision, NEWEST)


def look(tx: Connection) -> Found | None:
    """Return what schema the database has; None if the database is empty.

    StoreUnusable if the database is another program's, a backup, or has half of what a move brings.
    """
    _check_encoding(tx)
    names = inspect(tx).get_table_names()
    if not names:
        return None
    _check_ours(names)
    found: str | None = tx.execute(select(_versions.c.version_num)).scalar_one_or_none()
    return Found(found or _refuse_strangers(names), recorded_older(tx, names))


def stored(tx: Connection) -> str | None:
    """Return the revision of the schema that the database has; None if the database is empty. Raise as ``look``."""
    found = look(tx)
    return None if found is None else found.revision


def is_ours(table: str, found: str) -> bool:
    """Return whether *table* of a database of the revision *found* is of Wanvas. In a newer revision, any may be."""
    return table in SCHEMA.tables or table in OURS_ALONE or found > NEWEST


def _check_ours(names: Collection[str]) -> None:
    if BACKUP in names:
        raise StoreUnusable("it is a backup: `python bot.py restore FILE` makes a database of it")
    if MOVE in names:
        raise StoreUnusable("a move into it is not finished: run `python bot.py move` again")
    if not {*CORE, _versions.name} <= set(names):
        _refuse_strangers(names)


def _refuse_strangers(names: Collection[str]) -> NoReturn:
    listed = ", ".join(sorted(names)[:3])
    raise StoreUnusable(f"it holds tables of another program ({listed}); give Wanvas a database of its own")


def _check_encoding(tx: Connection) -> None:
    if tx.dialect.name != "postgresql":
        return  # SQLite stores Unicode only
    if (encoding := tx.exec_driver_sql("SHOW server_encoding").scalar_one()) != "UTF8":
        raise StoreUnusable(f"its encoding is {encoding}, which cannot hold every prompt: make one with UTF8")


def is_usable(tx: Connection) -> bool:
    """Return whether this release can use the database as it is. Make the tables in a database without any.

    StoreUnusable as ``look``, and for a schema of the next release that lacks something of this release's.
    Most starts only read. Of several processes that start at once, one makes the schema.
    """
    if (found := look(tx)) is not None and found.is_newest:
        return True
    wait_for_others(tx)
    if (found := look(tx)) is None:
        make(tx)
    elif found.is_of_next_release:
        if not fits(tx, SCHEMA):
            raise StoreUnusable(NEWER)
        record_older(tx, NEWEST, found.revision)
    elif found.older is not None:
        set_revision(tx, found.older)
        forget_older(tx)
        return False
    else:
        return found.is_newest
    return True


def set_revision(tx: Connection, revision: str) -> None:
    """Let the next start run the migrations after *revision*, which may have run before."""
    tx.execute(update(_versions).values(version_num=revision))


def wait_for_others(tx: Connection) -> None:
    """Let one process at a time change the schema. Moving rows takes time, so wait without a limit."""
    if tx.dialect.name == "postgresql":  # on SQLite, a lock file keeps all other processes away
        tx.exec_driver_sql("SET LOCAL statement_timeout = 0")
        tx.exec_driver_sql("SET LOCAL lock_timeout = 0")
        tx.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
        tx.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")


def make(tx: Connection) -> None:
    """Make all tables, as the migrations would: Alembic takes 90 ms more and stays in memory.

    https://alembic.sqlalchemy.org/en/latest/cookbook.html#building-an-up-to-date-database-from-scratch (2026-11-29)
    """
    if tx.dialect.name == "postgresql":
        set_postgresql_conditions(SCHEMA)
    SCHEMA.create_all(tx, checkfirst=False)
    _versions.create(tx, checkfirst=False)
    tx.execute(insert(_versions).values(version_num=NEWEST))
