"""Move an SQLite database to PostgreSQL. A move that was killed continues where it was.

The source is locked and only read; a mark beside it keeps bots away until the move has ended, and afterwards. The
target has the table ``wanvas_move`` until every row is there, which keeps bots away too. Rows come in the order of
their key, so the number of rows that the target has says where to continue.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import URL, Connection, inspect, text
from sqlalchemy.exc import DBAPIError

from imagegen.errors import StoreUnavailable, StoreUnusable
from imagegen.store import copying, move_marker, revision, sqlite
from imagegen.store.audit import audit, check_schema
from imagegen.store.copying import FoundTable
from imagegen.store.engine import open_to_read, parsed_url, refuse_strangers
from imagegen.store.last_ids import give_out_none_again, last_ids
from imagegen.store.move_marker import MoveMark
from imagegen.store.postgresql import postgresql_engine
from imagegen.store.restore import refuse_running
from imagegen.store.runs import unavailable

Say = Callable[[str], None]


@dataclass(frozen=True)
class Moved:
    """What a move did: where to, the rows of each table, and what the audits of both databases say.

    *left_out* are the tables of another program in the source.
    """

    to: str
    rows: dict[str, int]
    left_out: list[str]
    broken_before: tuple[str, ...]
    broken: tuple[str, ...]


def move(source: Path, target_url: str, *, now: datetime, say: Say) -> Moved:
    """Move the database *source* to PostgreSQL, or continue to. *say* gets a line for each table.

    StoreUnavailable if a bot runs, the target is not empty or another program's, or a database fails.
    """
    target = _postgresql(target_url)
    sqlite.check_there(source)
    refuse_strangers(source)
    lock = sqlite.locked(source)
    try:
        with open_to_read(f"sqlite:///{source}") as reader, _alone_on(target) as writer:
            check_schema(reader)
            if revision.stored(reader) != revision.NEWEST:
                raise StoreUnusable(revision.NEWER)
            mark = _begin(source, target, writer, now)
            tables = copying.tables_in(reader, revision.NEWEST)
            for table in tables:
                say(f"{table.name}: {_copy(reader, writer, table):,} rows")
            return _end(source, mark, reader, writer, tables)
    except DBAPIError as error:
        raise unavailable(error) from None
    finally:
        lock.close()


def _postgresql(url: str) -> URL:
    with suppress(StoreUnusable):
        if (parsed := parsed_url(url)).get_backend_name() == "postgresql":
            return parsed
    raise StoreUnusable(
        "the target must be an address like postgresql://user:password@host/name, with %40 for an @ in the password"
    )


@contextmanager
def _alone_on(url: URL) -> Iterator[Connection]:
    """Yield a connection that holds the lock of the schema: a start waits, and so does another move.

    A former move that was killed may still commit its last rows: its session holds the lock until then.
    """
    engine = postgresql_engine(url)
    try:
        with engine.connect() as tx:
            tx.exec_driver_sql(f"SELECT pg_advisory_lock({revision.LOCK})")
            tx.commit()
            yield tx
    finally:
        engine.dispose()  # ends the session, and with it the lock


def _begin(source: Path, target: URL, writer: Connection, now: datetime) -> MoveMark:
    """Mark both databases, and make the tables in an empty one. Refuse any other."""
    mark = move_marker.read(source) or MoveMark(secrets.token_hex(8), move_marker.shown(target), now)
    with writer.begin():
        if (token := _token(writer)) is not None:
            if token != mark.token:
                raise StoreUnusable("the move of another database into it is not finished")
            return mark
        if mark.is_finished:
            raise StoreUnusable(f"{source} was moved to {mark.to} already ({mark.at:%Y-%m-%d %H:%M} UTC)")
        _clear(writer, now)
        mark = replace(mark, to=move_marker.shown(target))
        move_marker.write(source, mark)
        revision.make(writer)
        writer.exec_driver_sql(f"CREATE TABLE {revision.MOVE} (token TEXT)")
        writer.execute(text(f"INSERT INTO {revision.MOVE} VALUES (:token)"), {"token": mark.token})  # noqa: S608  # our own name
    return mark


def _token(writer: Connection) -> str | None:
    if not inspect(writer).has_table(revision.MOVE):
        return None
    token: str = writer.exec_driver_sql(f"SELECT token FROM {revision.MOVE}").scalar_one()  # noqa: S608  # our own name
    return token


def _clear(writer: Connection, now: datetime) -> None:
    try:
        if (found := revision.stored(writer)) is None:
            return
    except StoreUnavailable as error:
        raise StoreUnusable(f"the target cannot be used: {error.facts['cause']}") from None
    refuse_running(writer, now)
    if copying.has_rows(writer, found):
        raise StoreUnusable("the target holds requests or settings already; a move needs an empty database")
    copying.drop_tables(writer, found)


def _copy(reader: Connection, writer: Connection, table: FoundTable) -> int:
    """Copy the rows that the target does not have, each batch in a transaction. Return how many rows it has then."""
    with writer.begin():
        there = copying.count(writer, table)
    for rows in copying.batches(reader, table, skip=there):
        with writer.begin():
            copying.write(writer, table, rows)
        there += len(rows)
    return there


def _end(source: Path, mark: MoveMark, reader: Connection, writer: Connection, tables: list[FoundTable]) -> Moved:
    """Compare every row, audit both databases, and open the target for bots."""
    with writer.begin():
        for timeout in ("statement_timeout", "idle_in_transaction_session_timeout"):  # reading everything takes long
            writer.exec_driver_sql(f"SET LOCAL {timeout} = 0")
        rows = {table.name: _compared(reader, writer, table, source) for table in tables}
        give_out_none_again(writer, last_ids(reader))
        moved = Moved(mark.to, rows, copying.strange_names(reader, revision.NEWEST), audit(reader), audit(writer))
    move_marker.write(source, replace(mark, is_finished=True))
    with writer.begin():
        writer.exec_driver_sql(f"DROP TABLE {revision.MOVE}")
    return moved


def _compared(reader: Connection, writer: Connection, table: FoundTable, source: Path) -> int:
    found = copying.tally(reader, table)
    if copying.tally(writer, table) != found:
        raise StoreUnusable(
            f"the table {table.name} differs between both databases: something else wrote into one of them. Empty the "
            f"target, delete {move_marker.mark_of(source)}, and move again"
        )
    return found.rows
