"""Which revision of the schema this code needs, and which one a database has; the schema of a new database."""

from __future__ import annotations

from sqlalchemy import Column, Connection, MetaData, PrimaryKeyConstraint, String, Table, insert, inspect, select

from imagegen.store.columns import set_postgresql_conditions
from imagegen.store.tables import SCHEMA

NEWEST = "0001"  # of the last file in migrations/versions
NEWER = "it was written by a newer version of Wanvas; start that one"
_LOCK = 5770417  # any number that no other program uses in this database

_versions = Table(  # Alembic's own
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)


def stored(tx: Connection) -> str | None:
    """Return the revision of the schema that the database has; None if it has none."""
    if not inspect(tx).has_table(_versions.name):
        return None
    revision: str | None = tx.execute(select(_versions.c.version_num)).scalar_one_or_none()
    return revision


def is_newest(tx: Connection) -> bool:
    """Return whether the database has the newest schema. Make it in a database without tables.

    Most starts only read. Of several processes that start at once, one makes the schema.
    """
    if stored(tx) == NEWEST:
        return True
    wait_for_others(tx)
    if not inspect(tx).get_table_names():
        _make(tx)
    return stored(tx) == NEWEST


def wait_for_others(tx: Connection) -> None:
    """Let one process at a time change the schema. Moving rows takes time, so wait without a limit."""
    if tx.dialect.name == "postgresql":  # on SQLite, a lock file keeps all other processes away
        tx.exec_driver_sql("SET LOCAL statement_timeout = 0")
        tx.exec_driver_sql("SET LOCAL lock_timeout = 0")
        tx.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")


def _make(tx: Connection) -> None:
    """Make all tables, as the migrations would: Alembic takes 90 ms more and stays in memory.

    https://alembic.sqlalchemy.org/en/latest/cookbook.html#building-an-up-to-date-database-from-scratch (2026-11-29)
    """
    if tx.dialect.name == "postgresql":
        set_postgresql_conditions(SCHEMA)
    SCHEMA.create_all(tx, checkfirst=False)
    _versions.create(tx, checkfirst=False)
    tx.execute(insert(_versions).values(version_num=NEWEST))
