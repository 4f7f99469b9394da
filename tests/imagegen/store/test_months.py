"""The bot runs for months: no table grows for ever, and the invariants hold."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from imagegen.errors import Reason
from imagegen.model import Call, Failure, Job, Request
from imagegen.policy.review import Report, ReportReason
from imagegen.policy.server_settings import Consent, ServerSettings
from imagegen.policy.styles import Style
from imagegen.reports import Draft
from imagegen.store import (
    admission,
    budget_alerts,
    characters,
    departures,
    drafts,
    erasure,
    jobs,
    pauses,
    processes,
    queue,
    reviews,
    server_settings,
    shared_results,
    stars,
    starts,
    styles,
)
from imagegen.store.engine import Store, open_store
from imagegen.store.tables import SCHEMA
from imagegen.worker.retention import RetentionLoop, RetentionPolicy
from tests.imagegen.store.books import IMAGE, Books

HISTORY = timedelta(days=10)
WARM_UP, DAYS = 75, 45  # windows of a month are kept until the history of that month is over
PEOPLE = 1  # somebody new each day
DECIDED = ("operator_notice",)  # one row
LASTING = (
    "jobs",
    "ledger",
    "inputs",
    "counters",
    "settings_changes",
    "grants",
    "server_settings",
    "departures",
    "budget_alerts",
    "starts",
)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await open_store(f"sqlite:///{tmp_path}/months.db")
    yield opened
    await opened.close()


def rows(books: Books) -> dict[str, int]:
    def count(name: str) -> int:
        table = SCHEMA.tables[name]
        return books.run(lambda tx: tx.scalar(select(func.count()).select_from(table)) or 0)

    return {name: count(name) for name in SCHEMA.tables if name not in DECIDED}


def a_day(books: Books, day: int) -> None:
    """New people in a new server do everything of which anything is kept; the bot dies, starts again and is put out."""
    server_id, people = 1000 + day, range(day * PEOPLE + 10, (day + 1) * PEOPLE + 10)
    manager, now, month = 5, books.now, f"{books.now:%Y-%m}"
    start = books.run(starts.begin, "", now=now)
    books.run(starts.settle, start.id, now=now)
    books.run(processes.heartbeat, f"process {day}", now=now)
    books.run(server_settings.set_settings, server_id, ServerSettings(spoiler=True), user_id=manager, now=now)
    for user_id in people:
        decide(books, server_id, user_id, month)
        shown(books, user_id, f"g:{server_id}")
        books.run(jobs.cancel, books.submit(user_id, scope=f"g:{server_id}", call=Call.TASK).id, now=now)
        told(books, books.delivering())
        told(books, refused(books, user_id, f"g:{server_id}"))
    books.run(pauses.pause, Reason.KEY_REFUSED, now, now=now)
    books.run(pauses.lift, "wan2.6-t2i", "sync", None)
    books.run(budget_alerts.due, books.limits, now=now)
    books.run(departures.left, [server_id], now=now)
    books.adopt("one", now + timedelta(seconds=1))


def decide(books: Books, server_id: int, user_id: int, month: str) -> None:
    books.run(server_settings.grant, server_id, user_id, 5, month=month, user_id=5, now=books.now)
    books.run(server_settings.set_blocked, server_id, user_id, True, user_id=5, now=books.now)
    books.run(server_settings.set_blocked, server_id, user_id, False, user_id=5, now=books.now)
    books.run(server_settings.set_consent, user_id, Consent.NEVER)
    books.run(server_settings.set_consent, user_id, Consent.ALLOW)


def shown(books: Books, user_id: int, scope: str) -> None:
    """A request with an image, in two messages, which its requester wants forgotten in the end."""
    ask: Request = books.ask(user_id, images=1, scope=scope)
    job = books.run(admission.accept, ask, plan=books.plan(ask), limits=books.limits, now=books.now).job
    reading = books.run(queue.next_to_read, "one", now=books.now)
    assert isinstance(reading, Job)
    books.run(jobs.read, reading, [IMAGE], now=books.now)
    books.made(books.claimed())
    books.run(jobs.done, books.delivering(), 1, 10**6 + job.id, now=books.now)
    do_more_with(books, ask, job.id)
    if user_id % 2:
        books.run(erasure.forget, user_id, limit=100, now=books.now)


def do_more_with(books: Books, ask: Request, job_id: int) -> None:
    """A member shares and reports a result, stars it for a while, and begins what nobody finishes."""
    requester, now = replace(ask.requester, channel_id=7), books.now
    user_id, server_id = requester.user_id, requester.scope.server_id
    assert server_id is not None
    books.run(shared_results.begin, job_id, 1, requester, books.limits, now=now)
    reported = Report(job_id, user_id, server_id, ReportReason.OTHER, 7, 10**6 + job_id)
    books.run(reviews.report, reported, now=now)
    for _ in ("star", "no star"):
        books.run(stars.toggle, job_id, user_id, limit=10, now=now)
    books.run(drafts.keep, Draft(0, user_id, (ask.image_request,), (1,)), now=now)
    books.run(styles.save, server_id, Style("Ink"), [IMAGE], user_id=5, limits=books.limits, now=now)
    asked = {"person_id": user_id + 10**6, "most": 10, "limits": books.limits, "now": now}
    books.run(characters.add, user_id, "Momo", [IMAGE], **asked)


def refused(books: Books, user_id: int, scope: str) -> Job:
    books.submit(user_id, scope=scope)
    failure = Failure(Reason.MODERATION)
    failed = books.run(jobs.failed, books.claimed(), failure, may_have_been_paid=False, now=books.now)
    assert failed is not None
    return books.delivering()


def told(books: Books, job: Job) -> None:
    books.run(jobs.notified, job, now=books.now)


async def night(store: Store, books: Books) -> None:
    """What the housekeeper does, until there is nothing more to do."""
    housekeeper = RetentionLoop(store, RetentionPolicy(timedelta(days=1), HISTORY), lambda: books.now)
    while await housekeeper.step():
        pass


async def live(store: Store, books: Books, first: int, days: int) -> dict[str, int]:
    """The most rows that each table had at the end of one of the last thirty of these days."""
    most = dict.fromkeys(rows(books), 0)
    for day in range(first, first + days):
        a_day(books, day)
        books.later(days=1)
        await night(store, books)
        if day >= first + days - 30:
            most = {name: max(most[name], count) for name, count in rows(books).items()}
    return most


@pytest.mark.timeout(300)
@pytest.mark.long
async def test_after_months_no_table_has_more_rows_than_before(store: Store) -> None:
    books = Books(store._engine)
    books.limit(budget_microusd_per_day=60_000, budget_microusd_per_month=10**9)
    before = await live(store, books, 0, WARM_UP)

    after = await live(store, books, WARM_UP, DAYS)

    assert min(before[name] for name in LASTING) > 0
    del after["purged_spending"]  # bills are kept for three years
    # A month has up to three days more than another.
    assert {name: (before[name], count) for name, count in after.items() if count > before[name] * 1.15 + 1} == {}
    assert books.broken() == ()
