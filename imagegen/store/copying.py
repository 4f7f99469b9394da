"""Copy the rows of any table, as they are, between SQLite and PostgreSQL, and prove that none differs.

Rows are copied as the databases hold them: whole numbers and text. So a column, a JSON field or a value that only
another version of this code knows is copied too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from sqlalchemy import Connection, Inspector, Integer, String, inspect, text
from sqlalchemy.exc import DBAPIError

from imagegen.errors import StoreUnusable
from imagegen.store.revision import OURS_ALONE, is_ours

Rows = Sequence[Sequence[Any]]

PROCESSES = ("workers", "starts")
BATCH_ROWS = 1000
# An input image is up to 3 MB: a batch of them takes 25 MB.
BATCH_ROWS_OF = {"inputs": 8, "reference_images": 8}


@dataclass(frozen=True)
class FoundTable:
    """A table as a database has it: the names of its columns, each with its type, INTEGER or TEXT, and of its key."""

    name: str
    columns: dict[str, str]
    key: tuple[str, ...]

    @property
    def batch_rows(self) -> int:
        """How many rows are in memory at once."""
        return BATCH_ROWS_OF.get(self.name, BATCH_ROWS)


@dataclass(frozen=True)
class Tally:
    """The number of rows of a table, and the sum of the rows' hashes. Tables with equal rows have equal tallies."""

    rows: int = 0
    checksum: int = 0

    def plus(self, rows: Rows) -> Tally:
        """Return the tally with *rows* added, in whatever order."""
        more = sum(int.from_bytes(blake2b(repr(tuple(row)).encode(), digest_size=16).digest()) for row in rows)
        return Tally(self.rows + len(rows), (self.checksum + more) % 2**128)


def tables_in(tx: Connection, revision: str) -> list[FoundTable]:
    """Return the tables of Wanvas in a database of *revision*: no row comes before the row that it points to.

    StoreUnavailable if one of them cannot be copied.
    """
    found = inspect(tx)
    names = [name for name, _ in found.get_sorted_table_and_fkc_names() if name is not None]
    return [_table(found, name) for name in names if name not in OURS_ALONE and is_ours(name, revision)]


def _table(found: Inspector, name: str) -> FoundTable:
    own = [column for column in found.get_columns(name) if not column.get("computed")]  # the database makes the others
    columns = {str(column["name"]): _type(name, column["name"], column["type"]) for column in own}
    return FoundTable(name, columns, tuple(found.get_pk_constraint(name)["constrained_columns"]))


def _type(table: str, column: str, kind: object) -> str:
    if isinstance(kind, Integer):
        return "INTEGER"
    if isinstance(kind, String):
        return "TEXT"
    raise StoreUnusable(f"its table {table} is not a table of Wanvas: the column {column} has the type {kind}")


def batches(tx: Connection, table: FoundTable, *, skip: int = 0) -> Iterator[Rows]:
    """Yield the rows of *table* in the order of its key, without the first *skip*. The order differs by database."""
    order = f" ORDER BY {_names(table.key)}" if table.key else ""
    offset = f" LIMIT {2**62} OFFSET {skip}" if skip else ""
    query = text(f"SELECT {_names(table.columns)} FROM {_names([table.name])}{order}{offset}")  # noqa: S608  # names of the schema
    with tx.execute(query, execution_options={"yield_per": table.batch_rows}) as result:
        yield from result.partitions(table.batch_rows)


def write(tx: Connection, table: FoundTable, rows: Rows) -> None:
    """Write *rows*, whose values come in the order of the table's columns."""
    if tx.dialect.name == "postgresql":
        raw: Any = tx.connection.driver_connection
        try:
            with raw.cursor().copy(f"COPY {_names([table.name])} ({_names(table.columns)}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        except tx.dialect.loaded_dbapi.Error as error:  # SQLAlchemy does not see this statement
            raise DBAPIError(f"COPY {table.name}", None, error) from None
    else:
        marks = ", ".join("?" * len(table.columns))
        into = f"INSERT INTO {_names([table.name])} ({_names(table.columns)}) VALUES ({marks})"  # noqa: S608  # names of the schema
        tx.exec_driver_sql(into, [tuple(row) for row in rows])


def tally(tx: Connection, table: FoundTable) -> Tally:
    """Read *table* and return its tally."""
    found = Tally()
    for rows in batches(tx, table):
        found = found.plus(rows)
    return found


def count(tx: Connection, table: FoundTable) -> int:
    """Return the number of rows of *table*."""
    return int(tx.exec_driver_sql(f"SELECT count(*) FROM {_names([table.name])}").scalar_one())  # noqa: S608  # names of the schema


def copy(source: Connection, target: Connection, table: FoundTable) -> Tally:
    """Copy every row of *table* and return what was read."""
    read = Tally()
    for rows in batches(source, table):
        write(target, table, rows)
        read = read.plus(rows)
    return read


def has_rows(tx: Connection, revision: str) -> bool:
    """Return whether the tables of Wanvas hold more than the marks of a process that was started and stopped."""
    tables = [table.name for table in tables_in(tx, revision) if table.name not in PROCESSES]
    return any(tx.scalar(text(f"SELECT 1 FROM {_names([name])} LIMIT 1")) for name in tables)  # noqa: S608  # names of the schema


def strange_names(tx: Connection, revision: str) -> list[str]:
    """Return the names of the tables that are not of Wanvas. They are never copied, moved or dropped."""
    return [name for name in inspect(tx).get_table_names() if not is_ours(name, revision)]


def drop_tables(tx: Connection, revision: str) -> None:
    """Drop the tables of Wanvas in a PostgreSQL database."""
    tx.exec_driver_sql(f"DROP TABLE {', '.join(_every_name(tx, revision))}")


def move_tables(tx: Connection, revision: str, schema: str) -> None:
    """Move the tables of Wanvas in a PostgreSQL database into a new *schema*."""
    tx.exec_driver_sql(f"CREATE SCHEMA {schema}")
    for table in _every_name(tx, revision):
        tx.exec_driver_sql(f"ALTER TABLE {table} SET SCHEMA {schema}")


def _every_name(tx: Connection, revision: str) -> list[str]:
    return [_names([name]) for name in inspect(tx).get_table_names() if is_ours(name, revision)]


def _names(names: Sequence[str] | dict[str, str]) -> str:
    """Return names as SQL: quoted, because "window" and "at" are words of SQL."""
    return ", ".join('"' + name.replace('"', '""') + '"' for name in names)
