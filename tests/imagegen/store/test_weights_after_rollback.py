"""Weighted requests that the former release settled count as if this release had run all the time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, update

from imagegen.errors import Reason
from imagegen.model import Failure, Job
from imagegen.policy.model_queue import ModelQueue
from imagegen.store import jobs, retention, server_settings, spending
from imagegen.store.engine import upgrade
from imagegen.store.migrations import versions
from imagegen.store.tables import SCHEMA, counters, ledger
from tests.imagegen.store.books import MODEL_QUEUE, Books
from tests.imagegen.store.test_migrations import an_engine
from tests.imagegen.store.test_older_release import rolled_back

PRO, DRAFT = {"weight": 250, "input_price_microusd": 4_000}, {"weight": 50}
KEYS = {
    "ledger": ("id",),
    "counters": ("name", "subject", "window"),
    "purged_spending": ("window", "scope", "model"),
}
Adjustments = dict[str, dict[tuple[Any, ...], dict[str, int]]]  # by table and key


def adjustments(tx: Connection) -> Adjustments:
    """Return what that release does not know of the accounts."""
    found: Adjustments = {}
    for name, key in KEYS.items():
        rows = tx.execute(SCHEMA.tables[name].select()).mappings()
        found[name] = {
            tuple(row[part] for part in key): {name: row[name] for name in row if name.endswith("adjustment")}
            for row in rows
        }
    return found


def as_the_former_release_wrote(tx: Connection, before: Adjustments) -> None:
    """Leave each adjustment as it was, and those of new rows at their default."""
    for name, found in adjustments(tx).items():
        table = SCHEMA.tables[name]
        for key, now in found.items():
            is_row = [table.c[part] == value for part, value in zip(KEYS[name], key, strict=True)]
            tx.execute(update(table).where(*is_row).values(before[name].get(key, dict.fromkeys(now, 0))))
    new = ledger.c.id > max(key[0] for key in before["ledger"])
    tx.execute(update(ledger).where(new, ledger.c.entry == "settle", ledger.c.amount == 0).values(entry="release"))


@contextmanager
def rolled_back_to_0002(books: Books, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the release that knows no weights run on the database."""
    with rolled_back(books, monkeypatch):
        before = books.run(adjustments)
        yield
        books.run(as_the_former_release_wrote, before)
        books.run(lambda tx: tx.exec_driver_sql("UPDATE wanvas_older SET revision = '0002'"))


BUSY, UNANSWERED = Failure(Reason.BUSY), Failure(Reason.UNANSWERED)


def new_books(url: str) -> Books:
    engine = an_engine(url)
    upgrade(engine)
    books = Books(engine, model_queues=[ModelQueue(MODEL_QUEUE.model, 100, 1e9)])
    books.limit(member_images_per_day=4, person_images_per_day=20)
    return books


def submit(books: Books, user_id: int, **more: Any) -> Job:
    """Let a member with a grant request images of a model that weighs 2½, or less as *more* says."""
    books.run(server_settings.grant, 7, user_id, 5, month="2026-11", user_id=9, now=books.now)
    return books.submit(user_id, **{"cost": PRO} | more)


def new_claim(books: Books, user_id: int) -> Job:
    books.submit(user_id)
    return books.claimed()


def done(books: Books, job: Job, delivered: int) -> Job:
    after = books.run(jobs.done, job, delivered, 5, now=books.now)
    assert after is not None
    return after


def purge(books: Books) -> None:
    books.later(seconds=1)
    assert books.run(retention.purge_jobs, told_before=books.now, limit=1) == 1


def some_lives(books: Books, former: AbstractContextManager[None]) -> None:
    """Let requests begin under this release, end under the *former* one, and others begin after that."""
    submit(books, 1, count=3)
    done(books, books.made(books.claimed(), 3), 2)  # purged by the former release
    submit(books, 2, count=3)
    claimed = books.claimed()
    submit(books, 3, count=3)
    whole = books.made(books.claimed(), 3)
    submit(books, 4, count=3)
    part = books.made(books.claimed(), 2)
    submit(books, 5, count=2, cost=DRAFT)
    light = books.made(books.claimed(), 2)
    submit(books, 6, cost=PRO)
    books.claimed("dead")
    submit(books, 7, count=2)
    lost = books.claimed()
    submit(books, 9, count=3)
    sent = books.claimed()
    submit(books, 10, cost=PRO | {"price_microusd": 0})
    free = books.claimed()
    waiting = submit(books, 8, count=2)
    books.later(minutes=1)

    with former:
        books.run(jobs.failed, claimed, BUSY, may_have_been_paid=False, now=books.now)
        done(books, whole, 3)
        done(books, part, 1)
        done(books, light, 1)
        books.run(jobs.failed, lost, UNANSWERED, may_have_been_paid=True, now=books.now)
        done(books, books.made(sent, 2), 2)
        done(books, books.made(free, 1), 1)
        books.adopt("next", books.now)
        books.run(jobs.cancel, waiting.id, now=books.now)
        books.submit(20, count=2)
        purge(books)

    upgrade(books.engine)
    done(books, books.made(books.claimed(), 1), 1)
    submit(books, 30, count=1)
    purge(books)


def accounts(books: Books) -> dict[str, Any]:
    tables = {table.name: table.select().order_by(*table.primary_key) for table in (counters, ledger)}
    found: dict[str, Any] = {
        name: books.run(lambda tx, every=every: [tuple(row) for row in tx.execute(every)])
        for name, every in tables.items()
    }
    bill = books.run(spending.bill, "2026-11", None)
    return found | {"bill": (bill.microusd, bill.reserved), "left": [books.left(user) for user in range(1, 11)]}


def test_after_a_rollback_and_an_upgrade_every_account_is_as_without_them(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    books, steady = new_books(url), new_books(f"sqlite:///{tmp_path}/steady/wanvas.db")

    some_lives(steady, nullcontext())
    some_lives(books, rolled_back_to_0002(books, monkeypatch))

    assert accounts(books) == accounts(steady)
    assert (books.broken(), steady.broken()) == ((), ())
    for one in (books, steady):
        one.engine.dispose()


def test_an_upgrade_writes_no_row_for_requests_of_the_usual_weight(tmp_path: Path) -> None:
    books, weights = new_books(f"sqlite:///{tmp_path}/wanvas.db"), import_module(f"{versions.__name__}.0003_weights")
    done(books, books.made(new_claim(books, 1), 1), 1)
    purge(books)
    done(books, books.made(new_claim(books, 2), 1), 1)
    books.submit(3)

    with books.engine.begin() as tx:
        before = tx.exec_driver_sql("SELECT total_changes()").scalar()
        for statement in (weights.USED, weights.ENTRIES, weights.RESERVED, weights.PURGED, weights.BILLS):
            tx.exec_driver_sql(statement)
        after = tx.exec_driver_sql("SELECT total_changes()").scalar()

    assert after == before
