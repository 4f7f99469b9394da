"""The operator can audit quota and budget while the bot runs."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryFile

import pytest
from sqlalchemy import Connection, Engine, event, text

from imagegen.errors import Reason
from imagegen.model import Failure, Job
from imagegen.policy.model_queue import ModelQueue
from imagegen.store import admission, jobs, queue
from imagegen.store.audit import ACCOUNTING, INVARIANTS, audited
from imagegen.store.engine import Store, open_store
from tests.imagegen.store.books import IMAGE, Books, made
from tests.imagegen.store.full_books import put_full
from tests.warm_bot import forked

ASKS = Books(engine=None)  # type: ignore[arg-type]  # only its asks are used


@pytest.fixture
async def running(url: str) -> AsyncIterator[Store]:
    """The store of a bot that runs, with a job in most states."""
    store = await open_store(url)
    for number in range(5):
        ask = ASKS.ask(number, count=1 + number % 2, images=number % 2)
        await store.write(admission.accept, ask, plan=ASKS.plan(ask), limits=ASKS.limits, now=ASKS.now)
    for number in range(4):
        reading = await store.write(queue.next_to_read, "one", now=ASKS.now)
        if isinstance(reading, Job):
            await store.write(jobs.read, reading, [IMAGE], now=ASKS.now)
        job = await store.write(
            queue.claim, "one", limits=[ModelQueue(ASKS.model_queues[0].model, 9, 1e9)], now=ASKS.now
        )
        assert isinstance(job, Job)
        if number == 1:
            await store.write(jobs.failed, job, Failure(Reason.BUSY), may_have_been_paid=False, now=ASKS.now)
        elif number < 3:
            await store.write(jobs.generated, job, made(), now=ASKS.now)
        ASKS.later(seconds=1)
    delivering = await store.write(queue.next_to_deliver, "one", now=ASKS.now)
    assert isinstance(delivering, Job)
    await store.write(jobs.done, delivering, 1, 5, now=ASKS.now)
    yield store
    await store.close()


async def audit(url: str, folder: Path) -> tuple[int | None, str]:
    """Run ``bot.py audit`` in *folder*, and return its exit code and output."""
    with TemporaryFile() as said:
        process = await forked(["bot", ["audit"], str(folder), {"DATABASE_URL": url}], said.fileno())
        code = await process.wait()
        said.seek(0)
        return code, said.read().decode()


async def test_an_audit_beside_the_running_bot_finds_nothing_broken(running: Store, url: str, tmp_path: Path) -> None:
    assert await audit(url, tmp_path) == (0, "All invariants hold (5 jobs, 63 entries).\n")


async def test_an_audit_names_a_broken_invariant_and_its_rows(running: Store, url: str, tmp_path: Path) -> None:
    await running.write(lambda tx: tx.execute(text("UPDATE counters SET used = used + 1 WHERE name = 'person'")))

    code, said = await audit(url, tmp_path)

    assert code == 1
    assert "not so: reserved + used is the ledger of its window (person 0 2026-11-23" in said


async def test_an_audit_makes_no_database(tmp_path: Path) -> None:
    code, said = await audit(f"sqlite:///{tmp_path}/none.db", tmp_path)

    why = f"{tmp_path}/none.db does not exist. Check DATABASE_URL, and that this is the bot's folder"
    assert (code, said) == (2, f"The database cannot be used: {why}.\n")
    assert os.listdir(tmp_path) == []


async def test_an_audit_refuses_the_schema_of_another_version(running: Store, url: str, tmp_path: Path) -> None:
    await running.write(lambda tx: tx.execute(text("UPDATE alembic_version SET version_num = '0000'")))

    code, said = await audit(url, tmp_path)

    assert code == 2
    assert "its schema is 0000 and this code's is" in said


# Each is a way in which the ledger could be wrong, with the sentence that the audit prints.
BROKEN = {
    "UPDATE counters SET reserved = reserved + 1 WHERE name = 'server'": "reserved + used is the ledger of its window",
    "DELETE FROM counters WHERE name = 'budget_day'": "every entry of the ledger has its counter",
    "DELETE FROM ledger WHERE name = 'attempts' AND entry = 'reserve'": "every job reserves its person's quota",
    "UPDATE ledger SET amount = 9 WHERE name = 'person' AND entry = 'reserve'": "reserved is what was requested",
    "UPDATE ledger SET amount = 9 WHERE name = 'member' AND entry = 'reserve'": "together reserve what was requested",
    "UPDATE ledger SET \"window\" = '2026-12-24' WHERE entry = 'settle'": "was reserved, in the same window",
    "UPDATE ledger SET amount = 2 WHERE name = 'attempts'": "an attempt is used at once",
    "DELETE FROM ledger WHERE name = 'server' AND entry = 'settle'": "settled exactly when its job has ended",
    "UPDATE ledger SET amount = 2 WHERE name = 'person' AND entry = 'settle'": "what is settled was delivered",
    "UPDATE ledger SET amount = 2 WHERE name = 'member' AND entry = 'settle'": "together are what was delivered",
    "DELETE FROM ledger WHERE name = 'budget_day' AND entry = 'settle'": "is settled exactly when its cost is known",
    "UPDATE ledger SET amount = 7 WHERE name = 'budget_day' AND entry = 'settle'": "budget is what Wan bills",
    "UPDATE ledger SET subject = 'g:8' WHERE name = 'share'": "is one of the share of the job's server too",
    "UPDATE counters SET used_adjustment = -999999 WHERE name = 'person'": "no counter is below zero",
    "UPDATE ledger SET adjustment = 5 WHERE name = 'paid' AND entry = 'reserve'": "adjusted by the weight of its",
    "UPDATE ledger SET adjustment = 5 WHERE name = 'share' AND entry = 'settle'": "input images are paid once",
    "UPDATE counters SET purged = 1, used = used + 1 WHERE name = 'budget_month'": "stays on the bills of their month",
    "UPDATE ledger SET amount = 7 WHERE name = 'paid' AND entry = 'settle'": "paid images are what Wan bills",
    "UPDATE counters SET used_adjustment = 7 WHERE name = 'server'": "used is the ledger of its window",
    "UPDATE counters SET reserved_adjustment = 1 WHERE name = 'share'": "used is the ledger of its window",
    "UPDATE ledger SET adjustment = 1 WHERE name = 'member' AND entry = 'reserve'": "together reserve what was",
    "UPDATE ledger SET adjustment = 1 WHERE name = 'server' AND entry = 'settle'": "what is settled was delivered",
    "UPDATE ledger SET adjustment = 1 WHERE name = 'member' AND entry = 'settle'": "together are what was delivered",
    "UPDATE ledger SET adjustment = 1 WHERE name = 'paid' AND entry = 'settle'": "paid images are what Wan bills",
    "UPDATE jobs SET state = 'failed', failure_reason = 'busy', delivered = NULL, used_undelivered = 1"
    " WHERE state = 'done'": ("undelivered result uses quota exactly when the channel was closed"),
}


async def test_each_accounting_invariant_can_be_found_broken(running: Store) -> None:
    def found(tx: Connection, tampering: str) -> list[str]:
        with tx.begin_nested() as savepoint:
            tx.execute(text(tampering))
            rules = [rule for rule in INVARIANTS if tx.execute(text(INVARIANTS[rule])).first()]
            savepoint.rollback()
        return rules

    for tampering, sentence in BROKEN.items():
        assert any(sentence in rule for rule in await running.write(found, tampering)), sentence

    assert all(any(sentence in rule for sentence in BROKEN.values()) for rule in ACCOUNTING)


def test_an_audit_during_which_a_bot_starts_and_writes_reads_one_snapshot(tmp_path: Path) -> None:
    path = tmp_path / "wanvas.db"
    put_full(f"sqlite:///{path}")
    writes: list[int] = []

    def write(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        if "ledger" in statement and not writes:
            with closing(sqlite3.connect(path, isolation_level=None)) as raw:
                writes.append(raw.execute("DELETE FROM counters").rowcount)
                raw.execute("PRAGMA wal_checkpoint")

    event.listen(Engine, "before_cursor_execute", write)
    found = audited(f"sqlite:///{path}")
    event.remove(Engine, "before_cursor_execute", write)

    assert (found.broken, writes[0] > 0) == ((), True)
    assert audited(f"sqlite:///{path}").broken != ()
