"""A clock that is set back does not stop the bot for that long."""

from __future__ import annotations

from datetime import timedelta
from math import inf

import pytest

from imagegen.errors import Reason
from imagegen.model import Failure, Job
from imagegen.policy.model_queue import ModelQueue
from imagegen.store import admission, jobs, processes, queue, time_bounds
from imagegen.store.time_bounds import NOW_AHEAD
from imagegen.wan.catalogue import MODELS
from tests.imagegen.store.books import IMAGE, MODEL_QUEUE, Books

HOUR = timedelta(hours=1)


def reading(books: Books) -> Job | None:
    job = books.run(queue.next_to_read, "one", now=books.now)
    return job if isinstance(job, Job) else None


def delivering(books: Books) -> Job | None:
    job = books.run(queue.next_to_deliver, "one", now=books.now)
    return job if isinstance(job, Job) else None


def test_after_an_hour_back_what_waits_is_read_sent_and_delivered(books: Books) -> None:
    books.model_queues = [ModelQueue(MODEL_QUEUE.model, in_flight=5, per_s=1)]
    books.submit(images=1)
    books.submit()
    books.made(books.claimed())
    books.submit()

    books.later(hours=-1)

    assert reading(books) is not None
    assert books.claim() is not None
    assert delivering(books) is not None


def test_a_throttle_is_over_after_an_hour_back(books: Books) -> None:
    books.submit()
    books.made(books.claimed())
    books.submit()
    books.run(queue.throttle, MODEL_QUEUE.model, books.now + timedelta(seconds=60))

    books.later(hours=-1)

    assert books.claim() is not None


def test_a_job_that_waits_for_its_time_does_not_wait_an_hour_more(books: Books) -> None:
    books.submit()
    books.run(jobs.again, books.claimed(), books.now + timedelta(minutes=5), enhance=None, now=books.now)
    assert books.claim() is None

    books.later(hours=-1)

    assert books.claim() is not None


def test_what_lies_within_its_limit_is_waited_for(books: Books) -> None:
    books.submit()
    books.made(books.claimed())
    books.submit()
    books.run(queue.throttle, MODEL_QUEUE.model, books.now + timedelta(seconds=60))

    found = books.run(time_bounds.bring_back, now=books.now)

    assert not found
    assert books.claim() is None


def test_what_lay_beyond_its_limit_is_told_by_its_name_and_only_once(books: Books) -> None:
    books.model_queues = [ModelQueue(MODEL_QUEUE.model, in_flight=5, per_s=1)]
    books.submit(images=1)
    books.submit()
    books.submit(send_before_at=books.now + timedelta(minutes=14))
    books.claimed()
    books.run(processes.heartbeat, "dead", now=books.now)
    books.later(hours=-1)

    found, again = (books.run(time_bounds.bring_back, now=books.now) for _ in range(2))

    # of the three jobs one is in flight; the others wait
    assert found == {"free_at": 1, "next_attempt_at": 2, "send_before_at": 1, "submitting_at": 1,
                     "seen_at": 1}  # fmt: skip
    assert not again


def test_a_dead_process_is_not_alive_for_an_hour_more(books: Books) -> None:
    books.submit()
    books.claimed("dead")
    books.run(processes.heartbeat, "dead", now=books.now)
    books.later(hours=-1)
    books.run(time_bounds.bring_back, now=books.now)

    books.later(seconds=31)

    assert books.adopt("one", books.now - timedelta(seconds=30)).sent_again == 1


def test_three_refusals_of_moderation_pause_nobody_for_an_hour_more(books: Books) -> None:
    for _ in range(admission.MODERATION_STRIKES):
        books.submit()
        books.run(jobs.failed, books.claimed(), Failure(Reason.MODERATION), may_have_been_paid=False, now=books.now)

    books.later(hours=-1)

    assert books.submit().id


@pytest.mark.parametrize("seconds", [0, NOW_AHEAD.total_seconds()])
def test_clocks_that_agree_to_a_minute_keep_the_strikes(books: Books, seconds: float) -> None:
    books.model_queues = [ModelQueue(MODEL_QUEUE.model, in_flight=5, per_s=inf)]
    later = books.now + timedelta(seconds=seconds)
    for _ in range(admission.MODERATION_STRIKES):
        books.submit()
        books.run(jobs.failed, books.claimed(), Failure(Reason.MODERATION), may_have_been_paid=False, now=later)

    with pytest.raises(Exception, match="moderation_pause"):
        books.submit()


def test_an_image_read_under_the_old_clock_is_sent_under_the_new_one(books: Books) -> None:
    books.submit(images=1)
    taken = reading(books)
    assert taken is not None
    books.run(jobs.read, taken, [IMAGE], now=books.now)

    books.later(hours=-1)

    assert books.claim() is not None


def test_no_rate_of_the_catalogue_spaces_requests_farther_than_is_believed() -> None:
    rates = [(model.name, per_s) for model in MODELS.values() for per_s in model.per_s.values()]

    slowest = max(ModelQueue(name, 1, per_s).spacing_s for name, per_s in rates)

    assert slowest < time_bounds.FREE_AHEAD.total_seconds()
