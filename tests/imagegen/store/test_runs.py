"""On SQLite, transactions that wait for the writer share one commit; each is written whole or not at all."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import OperationalError

from imagegen.errors import InvariantBroken, Reason, Refused, StoreUnavailable, StoreUnusable
from imagegen.store.engine import Store, open_store
from imagegen.store.runs import unavailable


def write_row(tx: Connection, name: str) -> str:
    tx.execute(text("INSERT INTO workers (id, seen_at) VALUES (:name, 0)"), {"name": name})
    return name


def refused(tx: Connection, name: str) -> None:
    write_row(tx, name)
    raise Refused(Reason.QUEUE_FULL)


def refused_at_the_commit(tx: Connection) -> None:
    tx.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
    tx.execute(text("INSERT INTO story_messages (job_id, position, message_id) VALUES (99, 2, 5)"))


def names(tx: Connection) -> list[str]:
    return list(tx.scalars(text("SELECT id FROM workers ORDER BY id")))


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    found = await open_store(f"sqlite:///{tmp_path}/wanvas.db")
    yield found
    await found.close()


@pytest.fixture
def commits(store: Store) -> list[object]:
    found: list[object] = []
    event.listen(store._engine, "commit", found.append)
    return found


@contextmanager
def busy(store: Store) -> Iterator[asyncio.Task[Any]]:
    """Keep the writer busy, so that what is written in the block has to wait."""
    free = threading.Event()
    task = asyncio.create_task(store.write(lambda tx: free.wait(30)))
    yield task
    free.set()


async def together(store: Store, *transactions: Callable[[Connection], Any]) -> list[Any]:
    """Return what each of *transactions* returned or raised after they waited together."""
    with busy(store) as first:
        await asyncio.sleep(0.05)
        waiting = [asyncio.create_task(store.write(one)) for one in transactions]
        await asyncio.sleep(0.05)
    await first
    return await asyncio.gather(*waiting, return_exceptions=True)


async def test_what_waits_for_the_writer_shares_one_commit(store: Store, commits: list[object]) -> None:
    rows = [f"row-{number}" for number in range(9)]

    said = await together(store, *(lambda tx, row=row: write_row(tx, row) for row in rows))

    assert said == rows
    assert await store.read(names) == rows
    assert len(commits) == 2 + 1  # of the writer that was busy, of the nine, of the read


async def test_of_those_that_share_a_commit_one_that_raises_writes_nothing(store: Store) -> None:
    one, two, three = await together(
        store, lambda tx: write_row(tx, "one"), lambda tx: refused(tx, "two"), lambda tx: write_row(tx, "three")
    )

    assert (one, three) == ("one", "three")
    assert isinstance(two, Refused)
    assert await store.read(names) == ["one", "three"]


@pytest.mark.parametrize("defect", [lambda tx: write_row(tx, "one"), refused_at_the_commit])
async def test_of_those_that_share_a_commit_one_that_the_database_refuses_fails_alone(
    store: Store, defect: Callable[[Connection], Any]
) -> None:
    one, two, three = await together(store, lambda tx: write_row(tx, "one"), defect, lambda tx: write_row(tx, "three"))

    assert (one, three) == ("one", "three")
    assert isinstance(two, InvariantBroken)
    assert await store.read(names) == ["one", "three"]


async def test_of_those_that_share_a_commit_one_that_nobody_waits_for_writes_nothing(store: Store) -> None:
    with busy(store) as first:
        await asyncio.sleep(0.05)
        waiting = asyncio.create_task(store.write(write_row, "one"))
        with pytest.raises(StoreUnavailable, match="no answer"):
            await store.write_within(0.05, write_row, "two")
        canceled = asyncio.create_task(store.write(write_row, "three"))
        await asyncio.sleep(0)
        canceled.cancel()
        await asyncio.wait([canceled])
        last = asyncio.create_task(store.write(write_row, "four"))
        await asyncio.sleep(0.05)
    await asyncio.gather(first, waiting, last)

    assert await store.read(names) == ["four", "one"]


async def test_one_that_is_given_up_while_it_runs_beside_others_writes_nothing(store: Store) -> None:
    running, go_on = threading.Event(), threading.Event()

    def slow(tx: Connection) -> None:
        write_row(tx, "slow")
        running.set()
        go_on.wait(30)

    with busy(store) as first:
        await asyncio.sleep(0.05)
        given_up = asyncio.create_task(store.write_within(0.3, slow))
        other = asyncio.create_task(store.write(write_row, "other"))
        await asyncio.sleep(0.05)
    await asyncio.to_thread(running.wait, 30)
    with pytest.raises(StoreUnavailable, match="no answer"):
        await given_up
    go_on.set()
    await asyncio.gather(first, other)

    assert await store.read(names) == ["other"]


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ('FATAL: password authentication failed for user "wanvas"', StoreUnusable),
        ("fe_sendauth: no password supplied", StoreUnusable),
        ('FATAL: no pg_hba.conf entry for host "1.2.3.4", user "wanvas"', StoreUnusable),
        ('FATAL: role "wanvas" is not permitted to log in', StoreUnusable),
        ('FATAL: permission denied for database "wanvas"', StoreUnusable),
        ("FATAL: sorry, too many clients already", StoreUnavailable),
        ("FATAL: the database system is starting up", StoreUnavailable),
        ("connection timeout expired", StoreUnavailable),
    ],
)
def test_a_connection_that_no_restart_mends_is_told_from_one_that_it_may(said: str, kind: type) -> None:
    found = unavailable(OperationalError("", None, psycopg.OperationalError(f"connection failed: {said}")))

    assert type(found) is kind
    assert said in str(found.facts["cause"])
