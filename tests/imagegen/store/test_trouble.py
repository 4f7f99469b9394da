"""A failing database is reported, writes nothing by halves, and is used again as soon as it works."""

# ruff: noqa: ASYNC240  # these tests take files away; nothing else runs beside them

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import tempfile
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, event, text

from imagegen.errors import StoreInDoubt, StoreUnavailable
from imagegen.store.engine import Store, open_store
from imagegen.store.sqlite import locked
from tests.postgres import Cluster

NOBODY = 65534


def write_row(tx: Connection, name: str) -> None:
    tx.execute(text("INSERT INTO workers (id, seen_at) VALUES (:name, 0)"), {"name": name})


def names(tx: Connection) -> list[str]:
    return list(tx.scalars(text("SELECT id FROM workers ORDER BY seen_at, id")))


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    found = await open_store(url)
    yield found
    await found.close()


@pytest.fixture
async def file(tmp_path: Path) -> Path:
    return tmp_path / "wanvas.db"


@pytest.fixture
async def on_file(file: Path) -> AsyncIterator[Store]:
    found = await open_store(f"sqlite:///{file}")
    yield found
    await found.close()


@pytest.fixture
async def on_server(postgresql: Cluster) -> AsyncIterator[Store]:
    found = await open_store(postgresql.database())
    yield found
    await found.close()


def database_of(store: Store) -> str:
    return str(store._engine.url.database)


# -- whoever cannot wait -----------------------------------------------------------------------------------------------


async def test_a_transaction_that_is_given_up_is_rolled_back(store: Store) -> None:
    gate = threading.Event()

    def slow(tx: Connection) -> None:
        write_row(tx, "given up")
        gate.wait(10)

    with pytest.raises(StoreUnavailable) as told:
        await store.write_within(0.1, slow)
    gate.set()
    await store.write(write_row, "after")

    assert not isinstance(told.value, StoreInDoubt)
    assert await store.read(names) == ["after"]


async def test_a_transaction_that_waits_for_its_turn_and_is_given_up_never_begins(on_file: Store) -> None:
    gate = threading.Event()
    stuck = asyncio.create_task(on_file.write(lambda _: gate.wait(10)))
    await asyncio.sleep(0)  # it is before the other

    with pytest.raises(StoreUnavailable):
        await on_file.write_within(0.1, write_row, "given up")
    gate.set()
    await stuck

    assert await on_file.read(names) == []


async def test_a_commit_that_hangs_is_in_doubt_and_may_be_there_later(store: Store) -> None:
    gate = threading.Event()
    event.listen(store._engine, "commit", lambda _: gate.wait(10))

    with pytest.raises(StoreInDoubt):
        await store.write_within(2, write_row, "late")
    gate.set()
    await store.write(write_row, "next")

    async with asyncio.timeout(10):  # on PostgreSQL, each commit has a connection of its own
        while "late" not in await store.read(names):  # noqa: ASYNC110  # another connection's commit sets no event
            await asyncio.sleep(0.01)
    assert sorted(await store.read(names)) == ["late", "next"]


async def test_a_transaction_that_ends_in_time_returns_its_result(store: Store) -> None:
    await store.write_within(10, write_row, "one")

    assert await store.read(names) == ["one"]


# -- SQLite ------------------------------------------------------------------------------------------------------------


@contextmanager
def without_rights() -> Iterator[None]:
    """Root may write everywhere: it becomes somebody for a while."""
    if os.geteuid():
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that anybody can pass through, as pytest's own are not."""
    folder = Path(tempfile.mkdtemp(prefix="wanvas-"))
    folder.chmod(0o777)
    yield folder
    folder.chmod(0o777)
    shutil.rmtree(folder)


async def test_a_folder_that_cannot_be_written_is_said(open_folder: Path) -> None:
    open_folder.chmod(0o555)

    with without_rights(), pytest.raises(StoreUnavailable, match=r"wanvas\.db cannot be written: Permission denied"):
        locked(open_folder / "wanvas.db")


async def test_a_read_only_file_is_said_and_used_when_it_is_no_more(open_folder: Path) -> None:
    file = open_folder / "wanvas.db"
    store = await open_store(f"sqlite:///{file}")
    store._engine.dispose()
    open_folder.chmod(0o777)  # opening it had made it private
    for there in open_folder.iterdir():
        there.chmod(0o444)

    with without_rights(), pytest.raises(StoreUnavailable, match="readonly database"):
        await store.write(write_row, "lost")
    for there in open_folder.iterdir():
        there.chmod(0o666)
    with without_rights():
        await store.write(write_row, "kept")
        assert await store.read(names) == ["kept"]
    await store.close()


async def test_a_full_disk_is_said_and_used_when_there_is_room(on_file: Store) -> None:
    full = True

    @event.listens_for(on_file._engine, "connect")
    def little_room(dbapi: Any, _record: object) -> None:
        if full:
            dbapi.execute("PRAGMA max_page_count = 1")  # the size it has

    on_file._engine.dispose()
    with pytest.raises(StoreUnavailable, match="full"):
        await on_file.write(write_row, "x" * 1_000_000)
    full = False

    await on_file.write(write_row, "room")

    assert await on_file.read(names) == ["room"]


async def test_a_file_locked_by_somebody_else_is_said_in_time(on_file: Store, file: Path) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as somebody:
        somebody.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreUnavailable):
            await on_file.write_within(0.3, write_row, "given up")
        assert await on_file.read(names) == []  # whoever reads is not kept waiting
        somebody.execute("ROLLBACK")

    await on_file.write(write_row, "after")

    assert await on_file.read(names) == ["after"]


async def test_a_file_that_was_taken_away_is_missed_and_nothing_is_lost(on_file: Store, file: Path) -> None:
    await on_file.write(write_row, "before")
    aside = file.rename(file.with_name("aside.db"))

    for _ in range(2):
        with pytest.raises(StoreUnavailable, match="unable to open"):
            await on_file.write(write_row, "nowhere")
        with pytest.raises(StoreUnavailable, match="unable to open"):
            await on_file.read(names)
    assert not file.exists()
    aside.rename(file)

    await on_file.write(write_row, "behind")
    assert await on_file.read(names) == ["before", "behind"]


# -- PostgreSQL --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["stop", "kill"])
async def test_a_server_that_was_away_is_used_at_once(on_server: Store, postgresql: Cluster, end: str) -> None:
    await asyncio.gather(*(on_server.write(write_row, f"{number}") for number in range(8)))
    await asyncio.to_thread(getattr(postgresql, end))

    with pytest.raises(StoreUnavailable):
        await on_server.write(write_row, "nowhere")
    with pytest.raises(StoreUnavailable):
        await on_server.read(names)
    await asyncio.to_thread(postgresql.start)

    await on_server.write(write_row, "back")
    assert len(await on_server.read(names)) == 9


async def test_a_restart_between_two_transactions_is_not_even_noticed(on_server: Store, postgresql: Cluster) -> None:
    await asyncio.gather(*(on_server.write(write_row, f"{number}") for number in range(8)))
    await asyncio.to_thread(postgresql.stop)
    await asyncio.to_thread(postgresql.start)

    await asyncio.gather(*(on_server.write(write_row, f"again {number}") for number in range(8)))

    assert len(await on_server.read(names)) == 16


async def test_a_connection_that_dies_before_the_commit_is_no_loss(on_server: Store, postgresql: Cluster) -> None:
    tries = 0

    def cut_once(tx: Connection) -> None:
        nonlocal tries
        tries += 1
        write_row(tx, "once")
        if tries == 1:
            postgresql.sql(f"SELECT pg_terminate_backend({tx.scalar(text('SELECT pg_backend_pid()'))})")
        write_row(tx, "twice")

    await on_server.write(cut_once)

    assert (tries, await on_server.read(names)) == (2, ["once", "twice"])


async def test_a_connection_that_dies_in_the_commit_leaves_it_in_doubt(on_server: Store, postgresql: Cluster) -> None:
    pids: list[int] = []

    def write(tx: Connection) -> None:
        write_row(tx, "who knows")
        pids.append(tx.scalar(text("SELECT pg_backend_pid()")))

    event.listen(on_server._engine, "commit", lambda _: postgresql.sql(f"SELECT pg_terminate_backend({pids[-1]})"))
    with pytest.raises(StoreInDoubt):
        await on_server.write(write)

    assert len(pids) == 1  # what may be there is not written again


async def test_a_server_that_only_reads_is_said_and_used_when_it_writes(on_server: Store, postgresql: Cluster) -> None:
    name = database_of(on_server)
    postgresql.sql(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    on_server._engine.dispose()

    with pytest.raises(StoreUnavailable, match="read-only transaction"):
        await on_server.write(write_row, "lost")
    postgresql.sql(f"ALTER DATABASE {name} RESET default_transaction_read_only")

    await on_server.write(write_row, "kept")
    assert await on_server.read(names) == ["kept"]


async def test_a_server_without_a_free_connection_is_said(on_server: Store, postgresql: Cluster) -> None:
    name = database_of(on_server)
    postgresql.sql(f"ALTER DATABASE {name} CONNECTION LIMIT 0")
    on_server._engine.dispose()

    with pytest.raises(StoreUnavailable, match="too many connections"):
        await on_server.write(write_row, "lost")
    postgresql.sql(f"ALTER DATABASE {name} CONNECTION LIMIT -1")

    await on_server.write(write_row, "kept")


async def test_a_server_that_hangs_is_given_up_in_time_and_nothing_is_written(
    on_server: Store, postgresql: Cluster
) -> None:
    await on_server.write(write_row, "before")
    postgresql.freeze()

    told = await asyncio.gather(
        *(on_server.write_within(0.3, write_row, f"given up {number}") for number in range(6)), return_exceptions=True
    )
    postgresql.thaw()
    await on_server.write(write_row, "later")

    assert [type(error) for error in told] == [StoreUnavailable] * 6
    assert await on_server.read(names) == ["before", "later"]


async def test_a_table_that_somebody_holds_is_waited_for_no_longer_than_five_seconds(
    on_server: Store, postgresql: Cluster
) -> None:
    with psycopg.connect(postgresql.url(database_of(on_server))) as somebody:
        somebody.execute("LOCK TABLE workers IN ACCESS EXCLUSIVE MODE")

        with pytest.raises(StoreUnavailable, match="lock timeout"):
            await on_server.write(write_row, "waits")


async def test_what_only_reads_cannot_write(on_server: Store) -> None:
    with pytest.raises(StoreUnavailable, match="read-only transaction"):
        await on_server.read(write_row, "lost")


async def test_without_the_driver_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "psycopg", None)

    with pytest.raises(StoreUnavailable, match=r"pip install -r requirements-postgres\.txt"):
        await open_store("postgresql://x@/y")


async def test_an_unreachable_server_is_said_in_one_line_without_its_password() -> None:
    with pytest.raises(StoreUnavailable) as told:
        await open_store("postgresql://me:s3cret@127.0.0.1:1/wanvas")

    assert "refused" in str(told.value)
    assert "s3cret" not in str(told.value)
    assert "\n" not in str(told.value)
