"""The database is opened or refused with a reason, and a transaction is written whole or not at all."""

import asyncio
import sys
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from imagegen.errors import Reason, Refused, StoreUnavailable
from imagegen.store import admission
from imagegen.store.engine import Store, open_store, open_to_read
from tests.imagegen.store.books import Books
from tests.postgres import Cluster


def write_row(tx: Connection, name: str) -> None:
    tx.execute(text("INSERT INTO workers (id, seen_at) VALUES (:name, 0)"), {"name": name})


def rows(tx: Connection) -> int:
    return int(tx.execute(text("SELECT count(*) FROM workers")).scalar_one())


async def test_what_was_written_is_there_after_a_restart(url: str) -> None:
    first = await open_store(url)
    await first.write(write_row, "one")
    await first.close()

    second = await open_store(url)
    assert await second.read(rows) == 1
    await second.close()


async def test_on_sqlite_a_second_process_is_refused_in_words(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/wanvas.db"
    first = await open_store(url)

    with pytest.raises(StoreUnavailable, match="another process"):
        await open_store(url)

    assert first.exclusive
    await first.close()
    await (await open_store(url)).close()


async def test_on_postgresql_several_processes_share_it_and_one_of_them_makes_it(postgresql: Cluster) -> None:
    url = postgresql.database()
    program = f"import asyncio; from imagegen.store.engine import open_store; asyncio.run(open_store({url!r}))"

    started = [await asyncio.create_subprocess_exec(sys.executable, "-c", program) for _ in range(3)]
    codes = [await process.wait() for process in started]

    assert codes == [0, 0, 0]
    first, second = await open_store(url), await open_store(url)
    await first.write(write_row, "one")
    assert await second.read(rows) == 1
    assert not first.exclusive
    await first.close()
    await second.close()


async def test_a_database_of_a_newer_version_is_refused_in_words(url: str) -> None:
    store = await open_store(url)
    await store.write(lambda tx: tx.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    await store.close()

    with pytest.raises(StoreUnavailable, match="newer version"):
        await open_store(url)


@pytest.mark.parametrize("wrong", ["nonsense", "mysql://x/y", "sqlite://", "postgresql+asyncpg://x/y"])
async def test_an_address_that_cannot_be_used_is_refused_in_words(wrong: str) -> None:
    with pytest.raises(StoreUnavailable, match="DATABASE_URL"):
        await open_store(wrong)


async def test_a_file_that_is_no_database_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_text("these are not the rows you are looking for" * 100)

    with pytest.raises(StoreUnavailable, match="not a database"):
        await open_store(f"sqlite:///{tmp_path}/x.db")


async def test_a_reader_beside_the_bot_sees_one_snapshot(url: str) -> None:
    store = await open_store(url)

    with open_to_read(url) as tx:
        before = rows(tx)
        await store.write(write_row, "later")

        assert rows(tx) == before
    with open_to_read(url) as tx:
        assert rows(tx) == before + 1
    await store.close()


async def test_a_broken_transaction_leaves_nothing(url: str) -> None:
    store = await open_store(url)

    def half(tx: Connection) -> None:
        write_row(tx, "half")
        raise Refused(Reason.QUEUE_FULL)

    with pytest.raises(Refused):
        await store.write(half)

    assert await store.read(rows) == 0
    await store.close()


async def test_a_cancelled_caller_does_not_split_a_transaction(url: str) -> None:
    store = await open_store(url)

    for turn in range(50):
        task = asyncio.create_task(store.write(write_row, f"canceled-{turn}"))
        await asyncio.sleep(turn % 3 * 0.0005)
        task.cancel()
        await asyncio.wait([task])
    await store.write(write_row, "after")

    assert (
        await store.read(lambda tx: tx.execute(text("SELECT count(*) FROM workers WHERE id = 'after'")).scalar()) == 1
    )
    await store.close()


async def test_ten_at_once_with_three_left_take_exactly_three(url: str) -> None:
    store = await open_store(url)
    asks = Books(engine=None)  # type: ignore[arg-type]  # only its asks are used
    asks.limit(member_images_per_day=3)

    async def submit(store: Store) -> bool:
        ask = asks.ask()
        try:
            await store.write(admission.accept, ask, plan=asks.plan(ask), limits=asks.limits, now=asks.now)
        except Refused as refused:
            assert refused.reason is Reason.MEMBER_QUOTA_USED
            return False
        return True

    taken = await asyncio.gather(*(submit(store) for _ in range(10)))

    assert sum(taken) == 3
    await store.close()


def test_the_audit_finds_a_counter_that_was_tampered_with(books: Books) -> None:
    books.submit()
    assert books.broken() == ()

    books.run(lambda tx: tx.execute(text("UPDATE counters SET used = used + 1 WHERE name = 'person'")))

    assert any("reserved + used" in sentence for sentence in books.broken())
