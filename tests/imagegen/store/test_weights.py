"""An image uses the weight of its model: nested quotas of mixed weights stay exact to a hundredth of an image."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from imagegen.errors import Reason, Refused
from imagegen.model import Failure, Job, Requester, Scope
from imagegen.policy.model_queue import ModelQueue
from imagegen.policy.quota import units_of
from imagegen.states import State
from imagegen.store import admission, history, jobs, queue, retention, server_settings, server_spending, spending
from imagegen.store.tables import counters
from tests.imagegen.store.books import MODEL_QUEUE, PRICE, Books
from tests.imagegen.store.test_machine import in_memory

DRAFT, PRO = {"weight": 50}, {"weight": 250}
INPUTS = {"input_price_microusd": 7_000}


def refusal(books: Books, **more: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        books.submit(**more)
    return caught.value


def amounts(books: Books) -> dict[str, tuple[int, int]]:
    """Return by counter what is reserved and used, in units."""
    rows = books.run(lambda tx: tx.execute(counters.select()).all())
    return {
        row.name: (
            units_of(row.name, row.reserved, row.reserved_adjustment),
            units_of(row.name, row.used, row.used_adjustment),
        )
        for row in rows
    }


def deliver(books: Books, made: int, delivered: int) -> Job:
    books.made(books.claimed(), made)
    done = books.run(jobs.done, books.delivering(), delivered, 5, now=books.now)
    assert done is not None
    return done


def grant(books: Books, images: int) -> None:
    books.run(server_settings.grant, 7, 1, images, month="2026-11", user_id=9, now=books.now)


def test_each_image_quota_counts_the_weight_and_attempts_count_one(books: Books) -> None:
    books.submit(count=2, cost=DRAFT)
    books.submit(count=1, cost=PRO)

    found = amounts(books)
    assert [found[name] for name in ("member", "person", "server", "paid")] == [(350, 0)] * 4
    assert found["attempts"] == (0, 2)
    assert found["budget_day"] == (3 * PRICE, 0)
    assert books.broken() == ()


def test_a_delivery_uses_the_weight_of_what_was_delivered_and_releases_the_rest(books: Books) -> None:
    books.submit(count=3, cost=PRO)

    deliver(books, made=3, delivered=1)

    assert {name: amounts(books)[name] for name in ("member", "server", "paid")} == {
        "member": (0, 250),
        "server": (0, 250),
        "paid": (0, 750),
    }
    assert books.left()["member"] == 7.5
    (receipt,) = books.run(history.receipts, 1, before=None, limit=5)
    assert (receipt.reserved, receipt.used) == (750, 250)
    assert books.broken() == ()


def test_an_image_is_split_over_the_days_rest_and_a_grant(books: Books) -> None:
    books.limit(member_images_per_day=2)
    grant(books, 3)
    books.submit(cost=DRAFT)

    books.submit(cost=PRO)  # 1½ images are left of the day

    assert (amounts(books)["member"], amounts(books)["grant"]) == ((200, 0), (100, 0))
    for _ in range(2):
        deliver(books, 1, 1)
    assert (amounts(books)["member"], amounts(books)["grant"]) == ((0, 200), (0, 100))
    assert books.broken() == ()


@pytest.mark.parametrize(
    ("used", "cost", "count", "reason", "facts"),
    [
        (8, PRO, 1, Reason.LESS_THAN_ONE_LEFT, {"needed_units": 250, "remaining_units": 200, "left": 0}),
        (7, PRO, 2, Reason.MORE_UNITS_THAN_LEFT, {"needed_units": 500, "remaining_units": 300, "left": 1}),
        (9, DRAFT, 3, Reason.MORE_UNITS_THAN_LEFT, {"needed_units": 150, "remaining_units": 100, "left": 2}),
        (10, DRAFT, 1, Reason.MEMBER_QUOTA_USED, {"used_units": 1000, "limit_units": 1000}),
        (8, {}, 3, Reason.MORE_THAN_LEFT, {"requested": 3, "left": 2}),
    ],
)
def test_a_refusal_says_what_the_request_needs_and_how_many_images_would_fit(
    books: Books, used: int, cost: dict[str, int], count: int, reason: Reason, facts: dict[str, int]
) -> None:
    books.submit(count=used)

    refused = refusal(books, count=count, cost=cost)

    assert refused.reason is reason
    assert {name: refused.facts[name] for name in facts} == facts


def test_half_an_image_left_is_told_to_a_request_for_a_whole_one(books: Books) -> None:
    books.submit(count=9)
    books.submit(cost=DRAFT)

    refused = refusal(books)

    assert refused.reason is Reason.LESS_THAN_ONE_LEFT
    assert (refused.facts["needed_units"], refused.facts["remaining_units"]) == (100, 50)
    assert books.submit(cost=DRAFT).weight == 50
    assert books.left()["member"] == 0


@pytest.mark.parametrize(("weight", "images"), [(100, 6), (50, 12), (300, 2)])
def test_a_refusal_because_of_paid_images_counts_images_whatever_they_weigh(
    books: Books, weight: int, images: int
) -> None:
    books.limit(person_images_per_day=3)
    for _ in range(images):
        books.submit(cost={"weight": weight})
        books.run(jobs.failed, books.claimed(), Failure(Reason.UNANSWERED), may_have_been_paid=True, now=books.now)

    refused = refusal(books, cost={"weight": weight})

    assert (refused.reason, refused.facts["limit"]) == (Reason.PAID_IMAGES_USED, images)


class Bought:
    """What is open and what was delivered, counted beside the store."""

    def __init__(self) -> None:
        self.open: dict[int, int] = {}
        self.used, self.paid = 0, 0

    @property
    def units(self) -> int:
        return sum(self.open.values()) + self.used

    @property
    def paid_units(self) -> int:
        return sum(self.open.values()) + self.paid


STEPS = st.lists(
    st.tuples(
        st.sampled_from([100, 50, 250, 1, 33, 999]),
        st.integers(1, 4),
        st.sampled_from(["deliver", "fail", "wait"]),
        st.integers(0, 4),
    ),
    min_size=1,
    max_size=12,
)
HIGH = ModelQueue(MODEL_QUEUE.model, 100, 1e9)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(STEPS, st.integers(1, 8), st.integers(0, 5), st.integers(1, 12), st.integers(1, 12))
def test_mixed_weights_pass_no_nested_limit_and_are_returned_exactly(
    steps: list[tuple[int, int, str, int]], day: int, granted: int, person: int, server: int
) -> None:
    books, bought = Books(in_memory(), model_queues=[HIGH]), Bought()
    books.limit(member_images_per_day=day, person_images_per_day=person, server_images_per_month=server)
    if granted:
        grant(books, granted)
    most = min(day + granted, person, server) * 100
    for weight, count, then, shown in steps:
        units = weight * count
        fits = bought.units + units <= most and bought.paid_units + units <= 2 * person * 100
        try:
            job = books.submit(count=count, cost={"weight": weight})
        except Refused:
            assert not fits
            continue
        assert fits
        bought.open[job.id] = units
        _end(books, bought, job, then, min(shown, count))
        check_amounts(books, bought)
    assert books.broken() == ()


def _end(books: Books, bought: Bought, job: Job, then: str, shown: int) -> None:
    """Let *job* end as *then* says; "wait" leaves it open."""
    claimed = books.claimed()
    if then == "wait":
        return
    if then == "fail":
        books.run(jobs.failed, claimed, Failure(Reason.BUSY), may_have_been_paid=False, now=books.now)
    else:
        made = books.made(claimed, job.request.count)
        books.run(jobs.done, made, shown, 5, now=books.now)
        bought.used += shown * job.weight
        bought.paid += bought.open[job.id]
    del bought.open[job.id]


def check_amounts(books: Books, bought: Bought) -> None:
    found = amounts(books)
    for name in ("person", "server"):
        assert found[name] == (sum(bought.open.values()), bought.used)
    assert found["paid"] == (sum(bought.open.values()), bought.paid)
    parts = [found.get(name, (0, 0)) for name in ("member", "grant")]
    assert [sum(part) for part in zip(*parts, strict=True)] == [sum(bought.open.values()), bought.used]
    assert all(amount >= 0 for pair in found.values() for amount in pair)


# -- input images that cost something


def test_input_images_are_reserved_and_paid_once_beside_the_images(books: Books) -> None:
    books.submit(count=3, cost=INPUTS)
    assert books.spent() == 3 * PRICE + 7_000

    books.made(books.claimed(), 2)

    assert books.spent() == 2 * PRICE + 7_000
    assert books.broken() == ()


def test_input_images_cost_nothing_where_nothing_may_have_been_billed(books: Books) -> None:
    books.submit(count=2, cost=INPUTS)

    books.run(jobs.failed, books.claimed(), Failure(Reason.BUSY), may_have_been_paid=False, now=books.now)

    assert books.spent() == 0
    assert books.broken() == ()


def test_an_answer_that_bills_no_image_bills_no_input_image(books: Books) -> None:
    books.submit(count=2, cost=INPUTS)

    books.made(books.claimed(), 0)

    assert books.spent() == 0
    assert books.broken() == ()


def test_an_unknown_bill_keeps_all_that_was_reserved(books: Books) -> None:
    books.submit(count=2, cost=INPUTS)

    books.run(jobs.failed, books.claimed(), Failure(Reason.UNANSWERED), may_have_been_paid=True, now=books.now)

    assert books.spent() == 2 * PRICE + 7_000
    assert books.broken() == ()


def test_a_request_that_is_sent_again_pays_its_input_images_twice(books: Books) -> None:
    books.submit(cost=INPUTS | DRAFT)
    books.claimed("dead")
    books.later(minutes=1)
    books.adopt("next")
    books.made(books.claimed("next"))

    assert books.spent() == 2 * (PRICE + 7_000)
    assert amounts(books)["paid"] == (0, 100)
    assert books.broken() == ()


def test_a_budget_that_pays_for_the_images_alone_refuses_the_request(books: Books) -> None:
    books.limit(budget_microusd_per_day=PRICE + 6_999)

    assert refusal(books, cost=INPUTS).reason is Reason.DAY_BUDGET_USED
    books.limit(budget_microusd_per_day=PRICE + 7_000)
    assert books.submit(cost=INPUTS).input_price_microusd == 7_000


def test_a_share_says_how_many_images_it_pays_for_after_their_input_images(books: Books) -> None:
    books.limit(share_microusd_per_month=2 * PRICE + 7_000)

    refused = refusal(books, count=3, cost=INPUTS)

    assert (refused.reason, refused.facts["requested"], refused.facts["left"]) == (Reason.MORE_THAN_LEFT, 3, 2)
    assert books.submit(count=2, cost=INPUTS).id


def test_bills_and_the_operators_pages_have_the_exact_amounts_before_and_after_a_purge(books: Books) -> None:
    books.submit(count=2, cost=INPUTS | PRO)
    deliver(books, 2, 2)
    month = "2026-11"
    before = books.run(spending.bill, month, None)
    page = books.run(server_spending.page, books.limits, 0, now=books.now)
    books.later(days=3)

    purged = books.run(retention.purge_jobs, told_before=books.now, limit=9)

    (line,) = before.lines
    assert (line.amount.billed, line.amount.delivered, line.amount.microusd) == (2, 2, 2 * PRICE + 7_000)
    assert (page.servers[0].spending.used, page.budget.used) == (line.amount.microusd, line.amount.microusd)
    assert (purged, books.run(spending.bill, month, None)) == (1, before)
    assert books.left()["server"] == 95
    assert books.broken() == ()


def test_what_a_job_costs_stays_with_it_when_the_models_weight_changes(books: Books) -> None:
    job = books.submit(cost=PRO | INPUTS)

    found = books.run(jobs.known_job, job.id)

    assert (found.weight, found.input_price_microusd, found.state) == (250, 7_000, State.QUEUED)
    requester = Requester(1, Scope(7))
    _, quotas = books.run(admission.delivery_facts, found, requester, books.limits, now=books.now)
    assert quotas.reserved == {"member": 250, "person": 250, "server": 250}
    assert isinstance(books.run(queue.claim, "one", limits=books.model_queues or [MODEL_QUEUE], now=books.now), Job)
