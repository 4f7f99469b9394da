"""Column types, and the statements that differ between SQLite and PostgreSQL.

Moments are whole microseconds since 1970 UTC: they sort, index and compare alike on every database, and no database's
clock is asked for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import (
    BigInteger,
    Connection,
    Dialect,
    Index,
    Insert,
    Integer,
    MetaData,
    Table,
    TextClause,
    TypeDecorator,
)
from sqlalchemy import Text as PlainText
from sqlalchemy.dialects import sqlite

from imagegen.policy.validation import clean_text

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BigId = BigInteger().with_variant(Integer, "sqlite")  # SQLite generates ids for INTEGER keys only
# Buttons and receipts name ids: the id of a purged row must never name another. PostgreSQL sequences never go back.
# https://www.sqlite.org/autoinc.html (2026-11-25)
NEVER_REUSED = True


class Moment(TypeDecorator[datetime]):
    """An aware moment, stored as microseconds since 1970 UTC. ValueError for a moment without a time zone."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Return the microseconds to store."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        return (value - EPOCH) // timedelta(microseconds=1)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """Return the moment that was stored, in UTC."""
        return None if value is None else EPOCH + timedelta(microseconds=value)


Code = PlainText  # names, ids and dates that this code makes: nothing to clean


class Text(TypeDecorator[str]):
    """Text that every database stores alike: PostgreSQL refuses NUL, and both refuse half of a surrogate pair."""

    impl = PlainText
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Return *value* without the characters that a database refuses."""
        return None if value is None else clean_text(value)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def one_of(column: str, values: Iterable[str]) -> str:
    """Return the SQL condition that *column* has one of *values*."""
    return f"{column} IN ({', '.join(repr(str(value)) for value in values)})"


def partial_index(name: str, *columns: str, where: TextClause, unique: bool = False) -> Index:
    """Return an index of the rows for which *where* holds, on both databases: see ``set_postgresql_conditions``."""
    return Index(name, *columns, unique=unique, sqlite_where=where)


def set_postgresql_conditions(schema: MetaData) -> None:
    """Give each partial index its condition on PostgreSQL too.

    If each index named it, every process would load PostgreSQL's dialect, which takes 17 ms and 2 MB.
    """
    for table in schema.tables.values():
        for index in table.indexes:
            index.dialect_kwargs["postgresql_where"] = index.dialect_options["sqlite"]["where"]


def inserted(tx: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """Return an insert that may say what to do if the row exists already."""
    return insert_for(tx.dialect.name, table)


def insert_for(dialect: str, table: Table) -> sqlite.Insert | postgresql.Insert:
    """Return the dialect's own insert, which may say what to do if the row exists already."""
    if dialect == "sqlite":
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql  # noqa: PLC0415  # the engine loaded it; with SQLite nobody needs it

    return postgresql.insert(table)


def upsert(tx: Connection, table: Table, key: Mapping[str, object], values: Mapping[str, object]) -> Insert:
    """Return the statement that writes *values* under *key*, whether the row exists or not."""
    row = inserted(tx, table).values(**key, **values)
    return row.on_conflict_do_update(index_elements=list(key), set_=dict(values))
