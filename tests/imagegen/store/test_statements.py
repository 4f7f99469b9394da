"""An image takes few statements, and each is compiled once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine.interfaces import CacheStats

from imagegen.model import Call, Requester, Scope
from imagegen.policy.model_queue import ModelQueue
from imagegen.store import admission, jobs, operator_admin, queue
from imagegen.store.engine import open_store
from imagegen.store.rehearsal import rehearse
from imagegen.store.tables import SCHEMA
from tests.imagegen.store.books import IMAGE, MODEL_QUEUE, Books, made

# Without BEGIN. PostgreSQL takes a lock and counts the queue again.
MOST = {"precheck": 3, "accept": 8, "claim": 4, "generated": 5, "delivery_facts": 3, "done": 5, "nothing": 2, "line": 6}


@contextmanager
def watched(books: Books) -> Iterator[list[CacheStats]]:
    """Yield a list of what is found in the cache for each statement of the block."""
    found: list[CacheStats] = []

    def note(_tx: Any, _cursor: Any, _statement: str, _values: Any, context: Any, _many: bool) -> None:
        if context.compiled is not None:
            found.append(context.cache_hit)

    event.listen(books.engine, "before_cursor_execute", note)
    yield found
    event.remove(books.engine, "before_cursor_execute", note)


@pytest.fixture
def seen(books: Books) -> Iterator[list[CacheStats]]:
    with watched(books) as found:
        yield found


def one_image(books: Books, seen: list[CacheStats], images: int = 0) -> dict[str, int]:
    """Take one request from the precheck to the delivered result. Return the number of statements of each step."""
    counts = {}

    def counted(name: str, transaction: Callable[..., Any], *args: Any, **more: Any) -> Any:
        before = len(seen)
        result = books.run(transaction, *args, now=books.now, **more)
        counts[name] = len(seen) - before
        return result

    ask, requester = books.ask(images=images), Requester(1, Scope.parse("g:7"))
    plan = books.plan(ask, Call.SYNC)
    counted("precheck", admission.precheck, ask, plan=plan, limits=books.limits)
    counted("accept", admission.accept, ask, plan=plan, limits=books.limits)
    if images:
        reading = counted("reading", queue.next_to_read, "one")
        counted("read", jobs.read, reading, [IMAGE])
    claimed = counted("claim", queue.claim, "one", limits=books.model_queues)
    kept = counted("generated", jobs.generated, claimed, made(), keep=True)
    counted("delivery_facts", admission.delivery_facts, kept, requester, books.limits)
    counted("done", jobs.done, kept, 1, 5)
    counted("nothing", queue.claim, "one", limits=books.model_queues)
    return counts


def test_an_image_takes_few_statements(books: Books, seen: list[CacheStats]) -> None:
    one_image(books, seen)

    counts = one_image(books, seen)

    assert {name: count for name, count in counts.items() if count > MOST[name]} == {}


@pytest.mark.parametrize("images", [0, 1])
def test_no_statement_of_an_image_is_compiled_twice(books: Books, seen: list[CacheStats], images: int) -> None:
    one_image(books, seen, images)
    seen.clear()

    one_image(books, seen, images)

    assert len(seen) > 20
    assert set(seen) == {CacheStats.CACHE_HIT}


def test_a_look_at_the_queue_takes_statements_only_for_models_with_jobs(books: Books, seen: list[CacheStats]) -> None:
    books.submit()

    counts = []
    for further in (1, 16):
        books.model_queues = [MODEL_QUEUE, *(ModelQueue(f"other {n}", 5, 5.0) for n in range(further))]
        seen.clear()
        assert len(books.line()) == 1
        counts.append(len(seen))

    assert counts[1] == counts[0] <= MOST["line"]


async def test_after_a_rehearsal_the_first_image_compiles_no_statement(url: str) -> None:
    store = await open_store(url)
    books = Books(store._engine)

    await rehearse(store, books.model_queues, books.limits, now=books.now)

    with watched(books) as seen:
        one_image(books, seen)
    await store.close()
    assert set(seen) == {CacheStats.CACHE_HIT}


async def test_a_rehearsal_leaves_nothing_behind_and_passes_a_paused_bot(url: str) -> None:
    store = await open_store(url)
    books = Books(store._engine)

    await rehearse(store, books.model_queues, books.limits, now=books.now)
    await store.write(operator_admin.set_paused, True, now=books.now)
    await rehearse(store, books.model_queues, books.limits, now=books.now)

    tables = [table for table in SCHEMA.sorted_tables if table.name != "operator_notice"]
    rows = await store.read(lambda tx: {table.name: tx.execute(table.select()).all() for table in tables})
    await store.close()
    assert {name: found for name, found in rows.items() if found} == {}
