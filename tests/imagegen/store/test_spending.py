"""What servers spent adds up to the ledger, to the smallest unit, whatever became of their jobs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from imagegen.errors import Reason
from imagegen.model import DIRECT, Failure, Job, Scope
from imagegen.reports import Bill, Billed, ServerDetail, SpendingPage
from imagegen.states import State
from imagegen.store import admission, jobs, queue, retention, server_spending, shares, spending
from imagegen.store.tables import counters
from tests.imagegen.store.books import PRICE, Books, made

HERE, THERE = Scope(7), Scope(8)


def shown(books: Books, user_id: int = 1, *, scope: Scope = HERE, count: int = 1) -> None:
    books.submit(user_id, scope=str(scope), count=count)
    books.made(books.claimed(), count)
    books.run(jobs.done, books.delivering(), count, 5, now=books.now)


def page(books: Books, number: int = 0) -> SpendingPage:
    return books.run(server_spending.page, books.limits, number, now=books.now)


def detail(books: Books, scope: Scope = HERE) -> ServerDetail:
    return books.run(server_spending.detail, scope, books.limits, now=books.now)


def bill(books: Books, month: str = "2026-11", scope: Scope | None = None) -> Bill:
    return books.run(spending.bill, month, scope)


def test_servers_are_listed_by_what_they_spent_with_their_members_and_shares(books: Books) -> None:
    books.limit(share_microusd_per_month=9 * PRICE)
    books.run(shares.set_share, 8, 5 * PRICE, user_id=9, now=books.now)
    shown(books, 1)
    shown(books, 2, scope=THERE, count=2)
    shown(books, 3, scope=THERE)
    shown(books, 3, scope=DIRECT)
    books.submit(4)

    found = page(books)

    assert [(one.scope, one.images, one.members) for one in found.servers] == [
        (THERE, 3, 2),
        (HERE, 1, 1),
        (DIRECT, 1, 1),
    ]
    spent = [(one.spending.used, one.spending.reserved, one.spending.limit) for one in found.servers]
    assert spent == [(3 * PRICE, 0, 5 * PRICE), (PRICE, PRICE, 9 * PRICE), (PRICE, 0, None)]
    assert (found.budget.used, found.budget.reserved, found.budget.limit) == (5 * PRICE, PRICE, 50_000_000)
    assert f"{found.last_day}" == "2026-11-30"


def test_the_forecast_of_a_server_and_of_the_bot_follows_their_days(books: Books) -> None:
    books.run(shares.set_share, 7, 5 * PRICE, user_id=9, now=books.now)
    shown(books)
    early = page(books)
    books.later(days=1)
    shown(books, 2)
    books.now = datetime(2026, 11, 25, tzinfo=UTC)

    found = page(books)

    assert (early.servers[0].spending.forecast, early.budget.forecast) == (None, None)
    # Two images in the two whole days since the 23rd, and six days are left.
    assert (found.servers[0].spending.forecast, found.budget.forecast) == (8 * PRICE, 8 * PRICE)
    assert (f"{found.servers[0].spending.used_up_on}", found.budget.used_up_on) == ("2026-11-28", None)


def test_more_than_ten_servers_are_in_pages_and_a_page_beyond_is_the_last(books: Books) -> None:
    for server_id in range(100, 112):
        books.run(shares.set_share, server_id, PRICE, user_id=9, now=books.now)

    first, second, beyond = page(books, 0), page(books, 1), page(books, 9999)

    assert [(len(one.servers), one.page, one.pages) for one in (first, second)] == [(10, 0, 2), (2, 1, 2)]
    assert beyond == second


def test_without_spending_there_is_one_empty_page_and_an_unknown_server_spent_nothing(books: Books) -> None:
    assert (page(books).servers, page(books).pages) == ((), 1)

    found = detail(books)

    assert (found.server.spending.used, found.server.images, found.models, found.days) == (0, 0, {}, {})


def test_a_server_in_detail_has_its_models_and_days(books: Books) -> None:
    books.limit(zone=ZoneInfo("Asia/Tokyo"))
    shown(books, count=2)
    books.now = datetime(2026, 11, 23, 15, tzinfo=UTC)
    shown(books, 2)
    shown(books, 3, scope=THERE)

    found = detail(books)

    assert found.models == {"wan2.6-t2i": Billed(3, 3, 3 * PRICE)}
    assert {f"{day}": amount for day, amount in found.days.items()} == {
        "2026-11-23": Billed(2, 2, 2 * PRICE),
        "2026-11-24": Billed(1, 1, PRICE),
    }


def test_a_page_stays_complete_when_jobs_of_this_month_are_deleted(books: Books) -> None:
    shown(books, count=2)
    books.later(days=2)
    books.run(retention.purge_jobs, told_before=books.now, limit=9)

    (server,) = page(books).servers

    assert (server.spending.used, server.images) == (2 * PRICE, 2)


def test_images_that_cost_nothing_are_on_the_bill_too(books: Books) -> None:
    ask = books.ask(count=2)
    plan = replace(books.plan(ask), price_microusd=0)
    books.run(admission.accept, ask, plan=plan, limits=books.limits, now=books.now)
    books.made(books.claimed(), 2)
    books.run(jobs.done, books.delivering(), 2, 5, now=books.now)

    assert [line.amount for line in bill(books).lines] == [Billed(2, 2, 0)]


@pytest.mark.parametrize("seed", range(6))
def test_a_bill_adds_up_to_the_ledger_whatever_became_of_the_jobs(books: Books, seed: int) -> None:
    rng = Random(seed)
    books.limit(member_images_per_day=100, person_images_per_day=100)
    books.now = datetime(2026, 11, 30, 20, tzinfo=UTC)
    for number in range(25):
        books.submit(number, scope=rng.choice(["g:7", "g:8", "dm", "install"]), count=rng.choice([1, 1, 2]))
        fate(books, rng)
        if rng.random() < 0.3:
            books.later(minutes=rng.choice([1, 30]))
        if rng.random() < 0.2:
            books.run(retention.purge_jobs, told_before=books.now, limit=2)

    months = books.run(lambda tx: tx.execute(MONTHS).all())

    assert {month for month, _, _ in months} >= {"2026-11"}
    for month, used, reserved in months:
        found = bill(books, month)
        assert (found.microusd, found.reserved) == (used, reserved)
        by_scope = [bill(books, month, scope) for scope in {line.scope for line in found.lines}]
        assert sum(one.microusd for one in by_scope) == used
    assert books.broken() == ()


MONTHS = select(counters.c.window, counters.c.used, counters.c.reserved).where(counters.c.name == "budget_month")


def fate(books: Books, rng: Random) -> None:
    """Let one job be generated, refused, lost, killed and sent again, or left open; then deliver what is there."""
    job = books.claim()
    if job is None:
        return
    kind = rng.choice(["generated", "generated", "refused", "unanswered", "killed", "open"])
    if kind == "killed":
        books.adopt("next", books.now + timedelta(hours=1))
    elif kind in ("refused", "unanswered"):
        paid = kind == "unanswered"
        books.run(jobs.failed, job, Failure(Reason.BUSY), may_have_been_paid=paid, now=books.now)
    elif kind == "generated":
        books.run(jobs.generated, job, made(job.request.count), now=books.now)
    while isinstance(result := books.run(queue.next_to_deliver, "one", now=books.now), Job):
        deliver(books, result, rng)


def deliver(books: Books, job: Job, rng: Random) -> None:
    if job.state is not State.GENERATED:
        books.run(jobs.notified, job, now=books.now)
    elif rng.random() < 0.7:
        books.run(jobs.done, job, rng.randint(1, job.request.count), 5, now=books.now)
    else:
        books.run(jobs.undelivered, job, Failure(Reason.UNDELIVERED), now=books.now)


def test_a_request_sent_twice_is_billed_twice_and_delivered_once(books: Books) -> None:
    books.submit()
    books.claimed()
    books.later(minutes=1)
    books.adopt("next")
    books.made(books.claimed())
    books.run(jobs.done, books.delivering(), 1, 5, now=books.now)

    assert [line.amount for line in bill(books).lines] == [Billed(2, 1, 2 * PRICE)]


def test_a_request_sent_again_in_the_next_month_is_billed_in_both_and_delivered_in_the_second(books: Books) -> None:
    books.now = datetime(2026, 11, 30, 23, 59, tzinfo=UTC)
    books.submit()
    books.claimed()
    books.later(minutes=2)
    books.adopt("next")
    books.made(books.claimed())
    books.run(jobs.done, books.delivering(), 1, 5, now=books.now)

    found = [[line.amount for line in bill(books, month).lines] for month in ("2026-11", "2026-12")]

    assert found == [[Billed(1, 0, PRICE)], [Billed(1, 1, PRICE)]]
