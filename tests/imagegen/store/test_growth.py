"""Ended jobs slow nothing down: no statement of a job reads a whole table that grows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from imagegen.errors import Reason
from imagegen.model import Call, Job
from imagegen.states import State
from imagegen.store import (
    admission,
    budget_alerts,
    departures,
    erasure,
    input_bytes,
    jobs,
    numbers,
    pauses,
    processes,
    queue,
    quotas,
    retention,
    tables,
    time_bounds,
)
from imagegen.store.audit import INVARIANTS
from tests.imagegen.store.books import IMAGE, Books, open_books

GROWING = ("jobs", "ledger", "inputs", "counters", "settings_changes", "grants", "people", "story_messages")
GROWS = re.compile(rf"SCAN ({'|'.join(GROWING)})(?: USING (?:COVERING )?INDEX (\w+))?$")
OF_MODEL, OF_SCOPE = "ix_jobs_recent", "ix_jobs_in_scope"
RECENT = re.compile(rf"SEARCH jobs USING INDEX ({OF_MODEL}|{OF_SCOPE}) \(\w+=\?\)$")
OF_ALL = ("ix_jobs_notified_at", OF_MODEL, "uq_ledger_reserve", "uq_ledger_settle")  # partial, and as long as history


def reads_history(step: str) -> bool:
    """Return whether a step of a plan reads every stored row. Most partial indexes hold only the open jobs."""
    scan = GROWS.match(step)
    return bool(RECENT.match(step)) if scan is None else scan[2] not in SHORT


def _short() -> frozenset[str | None]:
    found = [index for table in tables.SCHEMA.tables.values() for index in table.indexes]
    assert {*OF_ALL, OF_SCOPE} <= {index.name for index in found}, "the schema has these indexes"
    assert set(GROWING) <= set(tables.SCHEMA.tables)
    partial = {str(index.name) for index in found if index.dialect_options["sqlite"]["where"] is not None}
    return frozenset(partial - set(OF_ALL))


SHORT = _short()


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


def test_no_transition_reads_ended_jobs(plans: tuple[Books, dict[str, list[str]]]) -> None:
    books, found = plans

    books.submit(images=1)
    reading = books.run(queue.next_to_read, "one", now=books.now)
    assert isinstance(reading, Job)
    books.run(jobs.read, reading, [IMAGE], now=books.now)
    ask = books.ask()
    books.run(admission.precheck, ask, plan=books.plan(ask), limits=books.limits, now=books.now)
    kept = books.kept(books.claimed())
    books.line()
    books.left()
    books.run(quotas.of_job, ask.requester, books.limits, 1, job_id=kept.id, now=books.now)
    books.run(jobs.deliver_again, kept, books.now)
    books.run(jobs.done, books.delivering(), 1, 5, now=books.now)
    books.run(jobs.job_by_message, 5)
    books.run(jobs.cancel, books.submit(call=Call.TASK).id, now=books.now)
    books.run(queue.to_poll, "one")
    books.run(processes.heartbeat, "one", now=books.now)
    books.adopt("two")
    books.run(queue.expire_unsent, now=books.now)
    books.run(erasure.forget, 1, limit=9, now=books.now)
    books.later(days=100)
    books.run(retention.forget_tokens, now=books.now, limit=9)
    books.run(retention.purge_inputs, given_before=books.now, limit=9)
    books.run(retention.purge_jobs, told_before=books.now, limit=9)
    books.run(retention.purge_windows, over_by=books.now - timedelta(days=1), limit=9)

    assert len(found) > 30
    assert {statement: plan for statement, plan in found.items() if any(map(reads_history, plan))} == {}


def test_no_loop_reads_ended_jobs(plans: tuple[Books, dict[str, list[str]]]) -> None:
    """Everything that a process does again and again, though nobody asks for anything."""
    books, found = plans
    books.submit(images=1)
    now, old = books.now, books.now - timedelta(days=90)

    books.run(retention.purge_inputs, given_before=old, limit=9)
    books.run(input_bytes.drop_over, per_person=0, in_all=0, limit=9)
    books.run(erasure.erase_forgotten, limit=9, now=now)
    books.run(retention.forget_tokens, now=now, limit=9)
    books.run(retention.forget_links, told_before=old, limit=9)
    books.run(retention.purge_jobs, told_before=old, limit=9)
    books.run(retention.purge_windows, over_by=old, limit=9)
    books.run(retention.purge_turns, limit=9)
    books.run(retention.purge_decisions, told_before=old, limit=9)
    books.run(departures.purge, left_before=old, limit=9)
    books.run(time_bounds.bring_back, now=now)
    books.run(queue.expire_unsent, now=now)
    books.run(pauses.pause, Reason.KEY_REFUSED, now, now=old)
    books.run(queue.expire_paused, now=now)
    books.run(processes.release_unheld, "one", (State.GENERATED,), frozenset({1}))
    books.run(processes.heartbeat, "one", now=now)
    books.run(processes.take_over_display, "two", dead_before=now)
    books.adopt("two")
    books.run(queue.to_poll, "one")
    books.run(queue.next_to_read, "one", now=now)
    books.run(queue.next_to_deliver, "one", now=now)
    books.run(budget_alerts.due, books.limits, now=now)
    books.run(numbers.numbers, books.limits, now=now)
    books.claim()
    books.submit()
    books.line()

    assert len(found) > 40
    assert {statement: plan for statement, plan in found.items() if any(map(reads_history, plan))} == {}


@pytest.mark.parametrize("sentence", INVARIANTS)
def test_an_audit_compares_no_job_with_all_entries_of_its_server(
    plans: tuple[Books, dict[str, list[str]]], sentence: str
) -> None:
    """A server's month is one counter: an index of counters finds all of its entries, once for each of its jobs."""
    books, _ = plans

    plan = books.run(lambda tx: tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {INVARIANTS[sentence]}").all())

    assert [step.detail for step in plan if "ix_ledger_counter" in step.detail and "LEFT-JOIN" in step.detail] == []
