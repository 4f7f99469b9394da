"""Every paid image is counted, and no kill, loss or failed delivery passes the budget."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from sqlalchemy import select

from imagegen.errors import Reason, Refused
from imagegen.model import Failure, Job, Requester, Scope
from imagegen.states import State
from imagegen.store import admission, history, jobs, queue
from imagegen.store.tables import counters
from tests.imagegen.store.books import PRICE, Books, made


def killed(books: Books) -> None:
    """Everybody is dead, and another process takes over."""
    books.later(minutes=1)
    books.adopt("next")


def used(books: Books, name: str) -> int:
    """Held and used of that counter, in all its windows."""
    amounts = select(counters.c.reserved + counters.c.used).where(counters.c.name == name)
    return sum(books.run(lambda tx: tx.scalars(amounts).all()))


def undelivered(books: Books, reason: Reason, used: int = 0) -> Job:
    job = books.delivering()
    after = books.run(jobs.undelivered, job, Failure(reason), used=used, now=books.now)
    assert after is not None
    books.run(jobs.notified, books.delivering(), now=books.now)
    return after


def refused(books: Books, **more: Any) -> Refused:
    ask = books.ask(**more)
    with pytest.raises(Refused) as caught:
        books.run(admission.accept, ask, plan=books.plan(ask), limits=books.limits, now=books.now)
    return caught.value


# -- sent again after a kill


def test_a_request_sent_again_after_a_kill_reserves_budget_twice(books: Books) -> None:
    books.submit()
    books.claimed()

    killed(books)

    assert books.spent() == 2 * PRICE
    assert used(books, "paid") == 2
    assert books.broken() == ()


def test_where_the_ceiling_leaves_no_room_for_a_resend_it_fails_and_is_told(books: Books) -> None:
    books.limit(budget_microusd_per_day=PRICE)
    job = books.submit()
    books.claimed()

    killed(books)

    assert books.claim() is None, "it would have been paid twice, past the ceiling"
    told = books.delivering()
    assert told.id == job.id
    assert told.failure is not None
    assert told.failure.reason == Reason.DAY_BUDGET_USED
    assert books.spent() == PRICE, "it may have been paid once"
    assert books.left()["member"] == 10, "the member has it back"
    assert books.broken() == ()


def test_where_a_persons_paid_images_leave_no_room_for_a_resend_it_fails(books: Books) -> None:
    books.limit(person_images_per_day=1)
    books.submit()
    books.made(books.claimed())
    undelivered(books, Reason.UNDELIVERED)
    books.submit()
    books.claimed()

    killed(books)

    assert books.claim() is None
    assert used(books, "paid") == 2
    assert books.broken() == ()


def test_a_canceled_resend_releases_only_its_own_reservation(books: Books) -> None:
    job = books.submit()
    books.claimed()
    killed(books)

    books.run(jobs.cancel, job.id, now=books.now)

    assert (books.spent(), used(books, "paid")) == (PRICE, 1)
    assert books.broken() == ()


def test_a_resend_of_the_next_day_counts_where_each_send_was_held(books: Books) -> None:
    books.submit()
    books.claimed()
    books.later(days=1)

    killed(books)
    books.made(books.claimed())

    day = select(counters.c.window, counters.c.used).where(counters.c.name == "budget_day").order_by(counters.c.window)
    assert books.run(lambda tx: tx.execute(day).all()) == [("2026-11-23", PRICE), ("2026-11-24", PRICE)]
    assert books.broken() == ()


@pytest.mark.parametrize("seed", range(4))
def test_no_number_of_kills_passes_the_budget(books: Books, seed: int) -> None:
    """Whoever asks, is killed and asks again spends the ceiling and no more, as Wan bills every send."""
    rng, ceiling, sends = Random(seed), 5 * PRICE, 0
    books.limit(budget_microusd_per_day=ceiling, person_images_per_day=100, member_images_per_day=100)
    for _ in range(24):
        ask = books.ask(count=rng.choice([1, 1, 1, 2]))
        try:
            books.run(admission.accept, ask, plan=books.plan(ask), limits=books.limits, now=books.now)
        except Refused as refusal:
            assert refusal.reason is Reason.DAY_BUDGET_USED
        while (job := books.claim()) is not None:
            sends += job.request.count
            if rng.random() < 0.6:
                books.adopt("next", books.now.replace(hour=23))
            else:
                books.run(jobs.generated, job, made(job.request.count), now=books.now)

    assert 0 < sends * PRICE <= ceiling
    assert books.broken() == ()


# -- billed beyond what was asked for


def test_more_images_than_asked_for_are_cut_and_all_that_is_billed_is_counted(books: Books) -> None:
    books.submit(count=1)

    job = books.made(books.claimed(), count=3)

    assert job.made is not None
    assert len(job.made.links) == 1
    assert books.spent() == 3 * PRICE
    assert books.run(jobs.done, books.delivering(), 1, 5, now=books.now) is not None
    assert books.broken() == ()


def test_the_ceiling_is_passed_by_what_is_billed_beyond_and_then_closed(books: Books) -> None:
    books.limit(budget_microusd_per_day=PRICE)
    books.submit()

    books.made(books.claimed(), count=4)

    assert books.spent() == 4 * PRICE
    assert refused(books).reason is Reason.DAY_BUDGET_USED


def day(books: Books) -> str:
    return f"{books.now:%Y-%m-%d}"


def sent(books: Books, job: Job, rng: Random) -> tuple[int, int]:
    """How many images Wan bills for one send, and how many of them are beyond what was asked for."""
    asked = job.request.count
    if rng.random() < 0.4:  # killed before the answer came
        killed(books)
        return asked, 0
    if rng.random() < 0.2:
        books.run(jobs.failed, job, Failure(Reason.MODERATION), may_have_been_paid=False, now=books.now)
        return 0, 0
    beyond = rng.choice([0, 0, 0, 1, 3])
    books.run(jobs.generated, job, made(asked + beyond), now=books.now)
    return asked + beyond, beyond


@pytest.mark.parametrize("seed", range(6))
def test_only_what_is_billed_beyond_passes_the_ceiling_and_the_books_know_of_each_image(
    books: Books, seed: int
) -> None:
    """The bound that docs/operating.md states, tried by kills, refusals, more than was asked for, and midnights."""
    rng, ceiling = Random(seed), 6 * PRICE
    books.limit(budget_microusd_per_day=ceiling, person_images_per_day=100, member_images_per_day=100)
    billed, beyond, held_on = Counter[str](), Counter[str](), dict[int, str]()
    for _ in range(60):
        books.later(hours=rng.choice([0, 0, 0, 5]))
        with suppress(Refused):
            held_on[books.submit(count=rng.choice([1, 1, 2])).id] = day(books)
        while (job := books.claim()) is not None:
            images, more = sent(books, job, rng)
            billed[held_on[job.id]] += images
            beyond[held_on[job.id]] += more
            held_on[job.id] = day(books)  # where it is sent again

    rows = select(counters.c.window, counters.c.reserved + counters.c.used).where(counters.c.name == "budget_day")
    counted = dict(books.run(lambda tx: [tuple(row) for row in tx.execute(rows)]))
    assert {name: images * PRICE for name, images in billed.items() if images} == {
        k: v for k, v in counted.items() if v
    }
    assert max(billed[name] - beyond[name] for name in billed) * PRICE <= ceiling
    assert sum(beyond.values()) > 0
    assert books.broken() == ()


# -- made, and not to be delivered


def test_a_result_whose_place_was_closed_uses_the_quota(books: Books) -> None:
    books.submit(count=3)
    books.made(books.claimed(), count=2)

    job = undelivered(books, Reason.CHANNEL_CLOSED, used=2)

    assert job.state is State.FAILED
    left = books.left()
    assert (left["member"], left["person"], left["server"]) == (8, 13, 98)
    (account,) = books.run(history.receipts, 1, before=None, limit=5)
    assert (account.reserved, account.used) == (300, 200)
    assert books.broken() == ()


def test_a_result_that_discord_did_not_take_returns_the_quota(books: Books) -> None:
    books.submit()
    books.made(books.claimed())

    undelivered(books, Reason.UNDELIVERED)

    assert books.left()["member"] == 10
    assert books.broken() == ()


def test_no_more_is_counted_of_an_undelivered_result_than_was_asked_for(books: Books) -> None:
    books.submit()
    books.made(books.claimed())

    undelivered(books, Reason.CHANNEL_CLOSED, used=9)

    assert books.left()["member"] == 9
    assert books.broken() == ()


@pytest.mark.parametrize("reason", [Reason.CHANNEL_CLOSED, Reason.UNDELIVERED, Reason.RESULT_FILE_TOO_LARGE])
def test_nobody_spends_the_money_by_making_results_undeliverable(books: Books, reason: Reason) -> None:
    """Four images a day: at most eight are paid, whatever becomes of them, and each refusal says why."""
    books.limit(person_images_per_day=4)
    reasons = []
    for _ in range(24):
        ask = books.ask()
        try:
            books.run(admission.accept, ask, plan=books.plan(ask), limits=books.limits, now=books.now)
        except Refused as refusal:
            reasons.append(refusal.reason)
            continue
        books.made(books.claimed())
        undelivered(books, reason, used=int(reason is Reason.CHANNEL_CLOSED))

    paid = books.spent() // PRICE
    assert paid == (4 if reason is Reason.CHANNEL_CLOSED else 8)
    assert set(reasons) == {Reason.PERSON_QUOTA_USED if reason is Reason.CHANNEL_CLOSED else Reason.PAID_IMAGES_USED}
    assert books.broken() == ()


def test_quota_shows_paid_images_only_where_less_is_left_of_them(books: Books) -> None:
    books.limit(person_images_per_day=2)
    assert "paid" not in books.left()

    for _ in range(3):
        books.submit()
        books.made(books.claimed())
        undelivered(books, Reason.UNDELIVERED)

    assert (books.left()["paid"], books.left()["person"]) == (1, 2)
    ask = books.ask()
    books.run(admission.accept, ask, plan=books.plan(ask), limits=books.limits, now=books.now)
    assert books.left()["paid"] == 0, "the quota that is shown is what can be had"


def test_a_request_that_wan_refused_uses_no_budget(books: Books) -> None:
    books.submit()

    books.run(jobs.failed, books.claimed(), Failure(Reason.MODERATION), may_have_been_paid=False, now=books.now)

    assert (books.spent(), used(books, "paid")) == (0, 0)


# -- defects of ours in delivering and telling


def stumble(books: Books) -> Job | None:
    return books.run(jobs.stumbled, books.delivering(), now=books.now)


def test_a_delivery_that_fails_by_a_defect_is_tried_a_few_times_each_later_and_then_told(books: Books) -> None:
    books.submit()
    books.made(books.claimed())

    waits_s = []
    while (job := stumble(books)) is not None and job.state is State.GENERATED:
        idle = books.run(queue.next_to_deliver, "one", now=books.now)
        assert isinstance(idle, queue.Idle)
        due = idle.until
        assert due is not None
        waits_s.append((due - books.now).total_seconds())
        books.now = due

    assert waits_s == [15, 30, 60, 120]
    assert job is not None
    assert (job.state, job.failure) == (State.FAILED, Failure(Reason.INTERNAL, {"job_id": job.id}))
    assert books.left()["member"] == 10
    assert books.broken() == ()


def test_an_end_whose_notification_keeps_failing_counts_as_notified(books: Books) -> None:
    job = books.submit()
    books.run(jobs.cancel, job.id, now=books.now)

    for _ in range(jobs.MAX_DEFECTS):
        after = stumble(books)
        books.later(minutes=10)

    assert after is not None
    assert after.notified_at is not None
    assert not isinstance(books.run(queue.next_to_deliver, "one", now=books.now), Job)
    assert books.broken() == ()


def test_after_a_delivery_was_given_up_its_end_has_all_its_tries(books: Books) -> None:
    books.submit()
    books.made(books.claimed())
    for _ in range(jobs.MAX_DEFECTS):
        stumble(books)
        books.later(minutes=10)

    told = books.delivering()

    assert (told.state, told.defects) == (State.FAILED, 0)


def test_what_another_process_took_meanwhile_is_not_touched_by_a_defect(books: Books) -> None:
    books.submit()
    books.made(books.claimed())
    mine = books.delivering()
    killed(books)

    assert books.run(jobs.stumbled, replace(mine, defects=4), now=books.now) is None


def test_of_everybody_only_the_one_who_lost_images_is_refused(books: Books) -> None:
    books.limit(person_images_per_day=1)
    for _ in range(2):
        books.submit(1)
        books.made(books.claimed())
        undelivered(books, Reason.UNDELIVERED)

    assert refused(books, user_id=1).reason is Reason.PAID_IMAGES_USED
    assert books.submit(2).requester == Requester(2, Scope(7))
