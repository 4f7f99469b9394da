"""A held result waits for the managers for a day at most, and ends in exactly one way, with the quota and the money."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from imagegen.errors import Reason, Refused
from imagegen.model import Failure, Job, Review
from imagegen.policy.review import HOLD_FOR, CardKind, Decision, ReviewCard
from imagegen.policy.server_settings import ServerSettings
from imagegen.states import State
from imagegen.store import (
    erasure,
    jobs,
    member_data,
    numbers,
    queue,
    reviews,
    server_settings,
    tables_jobs,
    time_bounds,
)
from imagegen.store.engine import upgrade
from imagegen.store.queue import Idle
from tests.imagegen.store.books import Books, made
from tests.imagegen.store.test_migrations import an_engine
from tests.imagegen.store.test_older_release import rolled_back

MANAGER = 90


def rules(books: Books, **settings: Any) -> None:
    def change(before: ServerSettings) -> ServerSettings:
        return replace(before, **settings)

    books.run(server_settings.change_settings, 7, change, user_id=MANAGER, now=books.now)


def generated(books: Books) -> Job:
    """Return a generated job that is claimed for delivery, in a server whose newcomers are held."""
    rules(books, hold_newcomers_days=7, log_channel_id=8)
    books.submit()
    books.made(books.claimed())
    return books.delivering()


def held(books: Books) -> Job:
    job = books.run(reviews.hold, generated(books), 8, 80, now=books.now)
    assert job is not None
    return job


def known(books: Books, job: Job) -> Job:
    found = books.run(jobs.job, job.id)
    assert found is not None
    return found


def show(books: Books, job: Job) -> tuple[ReviewCard, bool]:
    found = books.run(reviews.show, job.id, user_id=MANAGER, now=books.now)
    assert found is not None
    return found


def withhold(books: Books, job: Job, why: str = "") -> tuple[ReviewCard, bool]:
    found = books.run(reviews.withhold, job.id, user_id=MANAGER + 1, why=why, now=books.now)
    assert found is not None
    return found


def to_deliver(books: Books) -> Job | Idle:
    return books.run(queue.next_to_deliver, "one", now=books.now)


def test_a_request_is_refused_where_managers_look_first_but_have_no_channel_for_that(books: Books) -> None:
    rules(books, hold_newcomers_days=7)

    with pytest.raises(Refused) as refused:
        books.submit()

    assert refused.value.reason is Reason.NO_REVIEW_CHANNEL


def test_a_held_result_is_delivered_by_nobody_until_the_managers_have_had_their_time(books: Books) -> None:
    job = generated(books)
    assert job.review is Review.REQUIRED
    after = books.run(reviews.hold, job, 8, 80, now=books.now)

    at_once = to_deliver(books)
    books.later(seconds=HOLD_FOR.total_seconds() - 1)
    brought_back = books.run(time_bounds.bring_back, now=books.now)
    just_before = to_deliver(books)
    watched = books.run(numbers.numbers, books.limits, now=books.now)
    books.later(seconds=2)
    over = to_deliver(books)

    assert after is not None
    assert (after.state, after.review, after.owner) == (State.GENERATED, Review.HELD, None)
    assert isinstance(at_once, Idle)
    assert isinstance(just_before, Idle)
    assert sum(brought_back.values()) == 0
    assert watched.open_jobs == {}
    assert isinstance(over, Job)
    assert books.broken() == ()


def test_a_shown_result_is_delivered_at_once_and_uses_its_quota(books: Books) -> None:
    job, before = held(books), books.left()

    card, is_first = show(books, job)
    claimed = books.delivering()
    done = books.run(jobs.done, claimed, 1, 70, now=books.now)

    assert is_first
    assert (card.decision, card.decided_by) == (Decision.SHOWN, MANAGER)
    assert claimed.review is Review.SHOWN
    assert done is not None
    assert books.left() == before
    assert books.broken() == ()


def test_a_withheld_result_returns_the_quota_and_keeps_the_money(books: Books) -> None:
    rules(books, hold_newcomers_days=7, log_channel_id=8)
    full = books.left()
    job, spent = held(books), books.spent()

    card, is_first = withhold(books, job, "no logos, please")
    claimed = books.delivering()

    assert is_first
    assert (card.decision, card.why) == (Decision.WITHHELD, "no logos, please")
    assert (claimed.state, claimed.review) == (State.FAILED, Review.WITHHELD)
    assert claimed.failure is not None
    assert claimed.failure.facts == {"said": "no logos, please"}
    assert {name: left for name, left in books.left().items() if name != "attempts"} == {
        name: left for name, left in full.items() if name != "attempts"
    }
    assert books.spent() == spent > 0
    assert books.broken() == ()


def test_of_two_decisions_one_counts_in_either_order(books: Books) -> None:
    shown_first, withheld_first = held(books), held(books)

    answers = (show(books, shown_first), withhold(books, shown_first))
    others = (withhold(books, withheld_first), show(books, withheld_first))

    assert [is_first for _, is_first in (*answers, *others)] == [True, False, True, False]
    assert known(books, shown_first).review is Review.SHOWN
    assert known(books, withheld_first).state is State.FAILED
    assert others[1][0].decision is Decision.WITHHELD


def test_what_nobody_decided_is_withheld_and_a_late_press_changes_nothing(books: Books) -> None:
    job = held(books)
    books.later(seconds=HOLD_FOR.total_seconds())
    claimed = books.delivering()

    _, during = show(books, job)
    ended = books.run(reviews.expire, claimed, now=books.now)
    card, after = show(books, job)

    assert (during, after) == (False, False)
    assert ended is not None
    assert (ended.state, ended.failure and ended.failure.reason) == (State.FAILED, Reason.REVIEW_EXPIRED)
    assert (card.decision, card.decided_by) == (Decision.EXPIRED, None)
    assert books.broken() == ()


def stored_request(books: Books) -> dict[str, Any]:
    row = books.run(lambda tx: tx.execute(select(tables_jobs.jobs.c.request)).scalar_one())
    request: dict[str, Any] = json.loads(row)
    return request


def test_the_release_before_reviews_can_read_no_request_whose_results_managers_have_not_shown(books: Books) -> None:
    rules(books, hold_newcomers_days=7, log_channel_id=8)
    books.submit()
    waiting = stored_request(books)
    books.made(books.claimed())
    job = books.run(reviews.hold, books.delivering(), 8, 80, now=books.now)
    assert job is not None
    while_held = stored_request(books)
    (told,) = books.run(member_data.requests_of, 1, after=0, limit=9)
    show(books, job)

    shown = stored_request(books)

    needed_by_that_release = {"prompt", "images", "aspect_ratio", "quality"}
    assert not needed_by_that_release & waiting.keys()
    assert not needed_by_that_release & while_held.keys()
    assert needed_by_that_release <= shown.keys()
    assert needed_by_that_release <= told["request"].keys()
    assert known(books, job).request == replace(job.request, is_held=False)


def test_a_result_that_the_release_before_reviews_failed_counts_as_withheld_after_the_next_upgrade(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = an_engine(url)
    upgrade(engine)
    books = Books(engine)
    job = held(books)
    with rolled_back(books, monkeypatch):
        books.run(jobs.undelivered, job, Failure(Reason.INTERNAL), now=books.now)

    upgrade(engine)
    _, is_first = show(books, job)

    card = books.run(reviews.claim_next, now=books.now)
    assert card is not None
    assert (card.decision, is_first) == (Decision.EXPIRED, False)
    assert known(books, job).review is Review.WITHHELD
    assert books.broken() == ()
    engine.dispose()


def test_nobody_reads_links_to_a_held_result_in_their_data_before_managers_show_it(books: Books) -> None:
    job = held(books)

    (before,) = books.run(member_data.requests_of, 1, after=0, limit=9)
    show(books, job)
    (after,) = books.run(member_data.requests_of, 1, after=0, limit=9)

    assert before["links"] is None
    assert after["links"] == list(made().links)


def test_the_release_before_reviews_can_read_a_request_that_ended(books: Books) -> None:
    job = held(books)

    withhold(books, job)

    assert stored_request(books)["prompt"] == job.request.prompt


def test_a_held_result_is_withheld_and_its_card_redrawn_when_its_requester_erases_their_data(books: Books) -> None:
    job = held(books)

    books.run(erasure.forget, 1, limit=9, now=books.now)
    _, is_first = show(books, job)
    books.run(jobs.notified, books.delivering(), now=books.now)
    first = books.run(reviews.claim_next, now=books.now)
    assert first is not None
    books.run(reviews.finished, first, again_at=None, now=books.now)
    books.run(erasure.erase_forgotten, limit=9, now=books.now)
    second = books.run(reviews.claim_next, now=books.now)

    ended = known(books, job)
    assert not is_first
    assert (ended.failure and ended.failure.reason, ended.request.prompt) == (Reason.ERASED_UNSEEN, "")
    assert second is not None
    assert books.left()["member"] == books.limits.member_images_per_day
    assert books.broken() == ()


def test_a_process_that_lost_the_job_holds_and_expires_nothing(books: Books) -> None:
    job = generated(books)
    books.adopt("two", dead_before=books.now + timedelta(minutes=1))

    late = books.run(reviews.hold, job, 8, 80, now=books.now)

    assert late is None
    assert books.run(reviews.card, job.id, CardKind.HOLD) is None
    assert books.run(reviews.expire, job, now=books.now) is None
    assert known(books, job).review is Review.REQUIRED
