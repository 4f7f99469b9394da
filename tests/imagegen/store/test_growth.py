"""What is over costs those who come later nothing: no statement of a job's life reads a table that grows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from imagegen.model import Call
from imagegen.store import erasure, jobs, line, retention
from tests.imagegen.store.books import PICTURE, Books, open_books

GROWS = re.compile(r"SCAN (jobs|ledger|inputs|counters)$|SEARCH jobs USING INDEX ix_jobs_(recent|in) \(\w+=\?\)$")


@pytest.fixture
def plans(tmp_path: Any) -> Iterator[tuple[Books, dict[str, list[str]]]]:
    """Books on SQLite, and how each statement was answered: what is found by an index there is on PostgreSQL too."""
    books, found = open_books(tmp_path), dict[str, list[str]]()

    @event.listens_for(books.engine, "before_cursor_execute")
    def explain(tx: Any, _cursor: Any, statement: str, values: Any, _context: Any, many: bool) -> None:
        if statement.split(maxsplit=1)[0] in ("SELECT", "UPDATE", "DELETE"):
            raw = tx.connection.driver_connection
            steps = raw.execute(f"EXPLAIN QUERY PLAN {statement}", values[0] if many else values).fetchall()
            found[statement] = [step[3] for step in steps]

    yield books, found
    books.engine.dispose()


def test_no_step_of_a_jobs_life_reads_what_is_over(plans: tuple[Books, dict[str, list[str]]]) -> None:
    books, found = plans

    books.submit(pictures=1)
    reading = books.run(line.next_to_read, "one", now=books.now)
    assert reading is not None
    books.run(jobs.read, reading, [PICTURE], now=books.now)
    books.made(books.claimed())
    books.line()
    books.run(line.next_wake, now=books.now)
    books.run(jobs.done, books.delivering(), 1, 5, now=books.now)
    books.run(jobs.job_by_message, 5)
    books.run(jobs.cancel, books.submit(call=Call.TASK).id, now=books.now)
    books.run(line.to_poll, "one")
    books.run(line.heartbeat, "one", now=books.now)
    books.adopt("two")
    books.run(line.expire_unsent, now=books.now)
    books.run(erasure.forget, 1, limit=9, now=books.now)
    books.later(days=100)
    books.run(retention.forget_tokens, now=books.now, limit=9)
    books.run(retention.purge_inputs, given_before=books.now, limit=9)
    books.run(retention.purge_jobs, told_before=books.now, limit=9)
    books.run(retention.purge_windows, over_by=books.now - timedelta(days=1), limit=9)

    read = {statement: plan for statement, plan in found.items() if any(GROWS.match(step) for step in plan)}
    assert len(found) > 30
    assert read == {}
