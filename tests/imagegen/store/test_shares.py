"""A server's share of the budget is never passed, and holds exactly what its images cost."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from random import Random
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from imagegen.errors import Reason, Refused
from imagegen.model import Failure, Scope
from imagegen.policy import quota
from imagegen.store import admission, jobs, shares
from imagegen.store.tables import counters
from tests.imagegen.store.books import PRICE, Books, made
from tests.imagegen.store.test_accept import refusal

HERE, ELSEWHERE = 7, 8  # servers


def give(books: Books, microusd: int | None, server_id: int = HERE) -> int | None:
    return books.run(shares.set_share, server_id, microusd, user_id=99, now=books.now)


def share(books: Books, server_id: int = HERE, window: str = "2026-11") -> tuple[int, int]:
    """Return what is reserved and used of a server's share."""
    return _counter(books, quota.SHARE, str(Scope(server_id)), window)


def _counter(books: Books, name: str, subject: str, window: str) -> tuple[int, int]:
    one = (counters.c.name == name, counters.c.subject == subject, counters.c.window == window)
    row = books.run(lambda tx: tx.execute(select(counters.c.reserved, counters.c.used).where(*one)).one_or_none())
    return (0, 0) if row is None else (row.reserved, row.used)


def test_a_share_is_reserved_on_accept_and_settled_to_what_wan_bills(books: Books) -> None:
    give(books, 10 * PRICE)

    books.submit(count=3)
    reserved = share(books)
    books.run(jobs.generated, books.claimed(), made(2), now=books.now)

    assert reserved == (3 * PRICE, 0)
    assert share(books) == (0, 2 * PRICE)
    assert books.broken() == ()


def test_a_share_is_released_when_nothing_was_paid(books: Books) -> None:
    give(books, 2 * PRICE)
    books.submit(count=2)

    books.run(jobs.failed, books.claimed(), Failure(Reason.BUSY), may_have_been_paid=False, now=books.now)

    assert share(books) == (0, 0)
    assert books.submit(count=2).id == 2
    assert books.broken() == ()


def test_a_servers_own_share_stands_before_the_default_until_it_is_removed(books: Books) -> None:
    books.limit(share_microusd_per_month=PRICE)
    books.submit()
    assert refusal(books).reason is Reason.SERVER_SHARE_USED

    assert give(books, 2 * PRICE) is None
    books.submit()
    assert give(books, None) == 2 * PRICE

    assert refusal(books).reason is Reason.SERVER_SHARE_USED
    assert books.broken() == ()


def test_a_share_lowered_below_what_is_used_refuses_and_is_never_below_zero(books: Books) -> None:
    books.submit(count=3)
    give(books, PRICE)

    assert refusal(books).reason is Reason.SERVER_SHARE_USED
    books.made(books.claimed(), count=3)

    assert share(books) == (0, 3 * PRICE)
    assert books.broken() == ()


def test_who_requests_more_images_than_the_share_pays_reads_how_many_it_pays(books: Books) -> None:
    give(books, 3 * PRICE - 1)

    refused = refusal(books, count=4)

    assert refused.reason is Reason.MORE_THAN_LEFT
    assert (refused.facts["quota"], refused.facts["requested"], refused.facts["left"]) == ("share", 4, 2)


def test_a_rest_that_pays_no_image_is_a_share_used_up(books: Books) -> None:
    give(books, PRICE - 1)

    assert refusal(books).reason is Reason.SERVER_SHARE_USED


@pytest.mark.parametrize("price", [0, PRICE])
def test_a_share_of_zero_stops_the_server_and_no_other(books: Books, price: int) -> None:
    give(books, 0)
    ask, other = books.ask(), books.ask(scope=str(Scope(ELSEWHERE)))
    plan = admission.SubmissionPlan("wan2.6-t2i", books.plan(ask).call, price, 0)

    with pytest.raises(Refused) as refused:
        books.run(admission.accept, ask, plan=plan, limits=books.limits, now=books.now)
    books.run(admission.accept, other, plan=plan, limits=books.limits, now=books.now)

    assert refused.value.reason is Reason.SERVER_NOT_ALLOWED
    assert books.broken() == ()


@pytest.mark.parametrize("scope", ["dm", "install"])
def test_outside_a_server_no_share_limits_and_the_spending_is_counted(books: Books, scope: str) -> None:
    books.limit(share_microusd_per_month=0)

    books.submit(count=2, scope=scope)

    assert _counter(books, quota.SHARE, scope, "2026-11") == (2 * PRICE, 0)
    assert books.broken() == ()


def test_a_share_begins_again_with_the_month_of_the_operators_time_zone(books: Books) -> None:
    books.limit(zone=ZoneInfo("Asia/Tokyo"), share_microusd_per_month=PRICE)
    books.now = datetime(2026, 11, 30, 14, 59, tzinfo=UTC)
    books.submit()
    refused = refusal(books)

    books.later(minutes=1)
    books.submit()

    assert refused.facts["resets_at"] == round(books.now.timestamp())
    assert (share(books), share(books, window="2026-12")) == ((PRICE, 0), (PRICE, 0))
    books.made(books.claimed())
    assert (share(books), share(books, window="2026-12")) == ((0, PRICE), (PRICE, 0))
    assert books.broken() == ()


def test_where_the_share_leaves_no_room_for_a_resend_it_fails_and_is_notified(books: Books) -> None:
    give(books, PRICE)
    books.submit()
    books.claimed()

    books.later(minutes=1)
    books.adopt("next")

    assert books.claim() is None, "it would have been paid twice, past the share"
    notified = books.delivering()
    assert notified.failure is not None
    assert notified.failure.reason == Reason.SERVER_SHARE_USED
    assert (share(books), books.spent()) == ((0, PRICE), PRICE)
    assert books.left()["member"] == 10
    assert books.broken() == ()


@pytest.mark.parametrize("seed", range(4))
def test_no_number_of_kills_passes_a_share(books: Books, seed: int) -> None:
    rng, limit, sends = Random(seed), 7 * PRICE, 0
    give(books, limit)
    books.limit(person_images_per_day=100, member_images_per_day=100)
    for _ in range(30):
        with suppress(Refused):
            books.submit(count=rng.choice([1, 1, 1, 2]))
        while (job := books.claim()) is not None:
            sends += job.request.count
            if rng.random() < 0.6:
                books.adopt("next", books.now.replace(hour=23))
            else:
                books.run(jobs.generated, job, made(job.request.count), now=books.now)

    assert sends * PRICE <= limit
    assert sum(share(books)) <= limit
    assert books.broken() == ()
