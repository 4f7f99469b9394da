"""The database is opened or refused in words, and a transaction is whole or not at all."""

import asyncio
import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, text

from imagegen.errors import Reason, Refused, StoreUnavailable
from imagegen.store import jobs
from imagegen.store.engine import Store, open_store
from imagegen.store.tables import metadata
from tests.imagegen.store.books import Books, open_books


def url(folder: Path) -> str:
    return f"sqlite:///{folder}/deep/wanvas.db"


def write_row(tx: Connection, name: str) -> None:
    tx.execute(text("INSERT INTO workers (id, seen_at) VALUES (:name, 0)"), {"name": name})


def rows(tx: Connection) -> int:
    return int(tx.execute(text("SELECT count(*) FROM workers")).scalar_one())


async def test_what_was_written_is_there_after_a_restart(tmp_path: Path) -> None:
    first = await open_store(url(tmp_path))
    await first.write(write_row, "one")
    await first.close()

    second = await open_store(url(tmp_path))
    assert await second.read(rows) == 1
    await second.close()


async def test_a_second_process_is_refused_in_words(tmp_path: Path) -> None:
    first = await open_store(url(tmp_path))

    with pytest.raises(StoreUnavailable, match="another process"):
        await open_store(url(tmp_path))

    await first.close()
    await (await open_store(url(tmp_path))).close()


async def test_a_database_of_a_newer_version_is_refused_in_words(tmp_path: Path) -> None:
    await (await open_store(url(tmp_path))).close()
    with sqlite3.connect(tmp_path / "deep/wanvas.db") as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    raw.close()

    with pytest.raises(StoreUnavailable, match="newer version"):
        await open_store(url(tmp_path))


@pytest.mark.parametrize("wrong", ["nonsense", "mysql://x/y", "sqlite://"])
async def test_an_address_that_cannot_be_used_is_refused_in_words(wrong: str) -> None:
    with pytest.raises(StoreUnavailable, match="DATABASE_URL"):
        await open_store(wrong)


async def test_a_file_that_is_no_database_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_text("these are not the rows you are looking for" * 100)

    with pytest.raises(StoreUnavailable, match="not a database"):
        await open_store(f"sqlite:///{tmp_path}/x.db")


async def test_a_broken_transaction_leaves_nothing(tmp_path: Path) -> None:
    store = await open_store(url(tmp_path))

    def half(tx: Connection) -> None:
        write_row(tx, "half")
        raise Refused(Reason.LINE_FULL)

    with pytest.raises(Refused):
        await store.write(half)

    assert await store.read(rows) == 0
    await store.close()


async def test_a_cancelled_caller_does_not_split_a_transaction(tmp_path: Path) -> None:
    store = await open_store(url(tmp_path))

    for turn in range(50):
        task = asyncio.create_task(store.write(write_row, f"cancelled-{turn}"))
        await asyncio.sleep(turn % 3 * 0.0005)
        task.cancel()
        await asyncio.wait([task])
    await store.write(write_row, "after")

    assert (
        await store.read(lambda tx: tx.execute(text("SELECT count(*) FROM workers WHERE id = 'after'")).scalar()) == 1
    )
    await store.close()


async def test_ten_at_once_with_three_left_take_exactly_three(tmp_path: Path) -> None:
    store = await open_store(url(tmp_path))
    asks = Books(engine=None)  # type: ignore[arg-type]  # only its asks are used
    asks.limit(member_pictures_per_day=3)

    async def submit(store: Store) -> bool:
        ask = asks.ask()
        try:
            await store.write(jobs.accept, ask, plan=asks.plan(ask), limits=asks.limits, now=asks.now)
        except Refused as refused:
            assert refused.reason is Reason.MEMBER_EMPTY
            return False
        return True

    taken = await asyncio.gather(*(submit(store) for _ in range(10)))

    assert sum(taken) == 3
    await store.close()


async def test_migrations_and_tables_tell_the_same_schema(tmp_path: Path) -> None:
    await (await open_store(url(tmp_path))).close()
    built = open_books(tmp_path)
    migrated = open_books(tmp_path / "deep")
    migrated.engine.dispose()

    def schema(path: Path) -> dict[str, str]:
        with sqlite3.connect(path) as raw:
            found = raw.execute("SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'alembic%' AND sql NOT NULL")
            pairs = {name: "".join(sql.replace('"', "").split()) for name, sql in found}
        raw.close()
        return pairs

    assert schema(tmp_path / "deep/wanvas.db").keys() == schema(tmp_path / "books.db").keys()
    for name, sql in schema(tmp_path / "books.db").items():
        assert sorted(sql) == sorted(schema(tmp_path / "deep/wanvas.db")[name]), name
    with built.engine.connect() as tx:
        assert compare_metadata(MigrationContext.configure(tx), metadata) == []
        assert inspect(tx).has_table("ledger")
    built.engine.dispose()


def test_the_audit_finds_a_counter_that_was_tampered_with(books: Books) -> None:
    books.submit()
    assert books.broken() == ()

    books.run(lambda tx: tx.execute(text("UPDATE counters SET used = used + 1 WHERE name = 'person'")))

    assert any("held + used" in sentence for sentence in books.broken())
