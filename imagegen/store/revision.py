"""Which revision of the schema this code needs, and which one a database has; the schema of a new database."""

from __future__ import annotations

from collections.abc import Collection
from typing import NoReturn

from sqlalchemy import Column, Connection, MetaData, PrimaryKeyConstraint, String, Table, insert, inspect, select

from imagegen.errors import StoreUnusable
from imagegen.store.columns import set_postgresql_conditions
from imagegen.store.tables import SCHEMA

NEWEST = "0002"  # of the last file in migrations/versions
NEWER = "it was written by a newer version of Wanvas; start that one"
CORE = frozenset({"jobs", "ledger", "counters"})  # every revision has these tables, and hardly another program
BACKUP, MOVE = "wanvas_backup", "wanvas_move"  # tables of a backup, and of a database into which a move is not finished
OURS_ALONE = frozenset({"alembic_version", BACKUP, MOVE})  # not written by the running bot
LOCK = 5770417  # any number that no other program uses in this database

_versions = Table(  # Alembic's own
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)


def stored(tx: Connection) -> str | None:
    """Return the revision of the schema that the database has; None if the database is empty.

    StoreUnusable if the database is another program's, a backup, or has half of what a move brings.
    """
    _check_encoding(tx)
    names = inspect(tx).get_table_names()
    if not names:
        return None
    _check_ours(names)
    found: str | None = tx.execute(select(_versions.c.version_num)).scalar_one_or_none()
    return found or _refuse_strangers(names)


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


def is_newest(tx: Connection) -> bool:
    """Return whether the database has the newest schema. Make it in a database without tables.

    Most starts only read. Of several processes that start at once, one makes the schema.
    """
    if stored(tx) == NEWEST:
        return True
    wait_for_others(tx)
    if (found := stored(tx)) is None:
        make(tx)
    return found in (None, NEWEST)


def wait_for_others(tx: Connection) -> None:
    """Let one process at a time change the schema. Moving rows takes time, so wait without a limit."""
    if tx.dialect.name == "postgresql":  # on SQLite, a lock file keeps all other processes away
        tx.exec_driver_sql("SET LOCAL statement_timeout = 0")
        tx.exec_driver_sql("SET LOCAL lock_timeout = 0")
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
