"""Results are found by their prompt, receipts come from the ledger, and erasing leaves the ledger as it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from imagegen.errors import Reason
from imagegen.model import Failure, Job
from imagegen.policy.usage import Spent
from imagegen.reports import ResultFilter
from imagegen.states import State
from imagegen.store import admission, erasure, history, jobs, queue
from tests.imagegen.store.books import IMAGE, Books


def shown(books: Books, prompt: str = "a lighthouse", user_id: int = 1, message_id: int = 70, **more: Any) -> Job:
    ask = books.ask(user_id, **more)
    ask = replace(ask, image_request=replace(ask.image_request, prompt=prompt))
    books.run(admission.accept, ask, plan=books.plan(ask), limits=books.limits, now=books.now)
    job = books.claimed()
    books.made(job, job.request.count)
    done = books.run(jobs.done, books.delivering(), job.request.count, message_id, now=books.now)
    assert done is not None
    return done


def known(books: Books, job_id: int) -> Job:
    job = books.run(jobs.job, job_id)
    assert job is not None
    return job


def found(books: Books, find: str = "", user_id: int = 1, before: int | None = None, limit: int = 10) -> list[str]:
    return selected(books, user_id, before, limit, user_id=user_id, find=find)


def selected(books: Books, viewer_id: int = 1, before: int | None = None, limit: int = 10, **wanted: Any) -> list[str]:
    """Return the prompts of the results that a filter selects."""
    results = books.run(history.results, ResultFilter(**wanted), viewer_id=viewer_id, before=before, limit=limit)
    return [job.request.prompt for job in results]


def test_results_come_newest_first_and_page_by_page(books: Books) -> None:
    made = [shown(books, f"image {n}") for n in range(5)]

    assert found(books, limit=2) == ["image 4", "image 3"]
    assert found(books, before=made[3].id, limit=2) == ["image 2", "image 1"]


def test_each_word_must_be_in_the_prompt_whatever_its_case(books: Books) -> None:
    shown(books, "A Frog with a crown")
    shown(books, "a frog in the rain")
    shown(books, "一只戴皇冠的青蛙")

    assert found(books, "CROWN frog") == ["A Frog with a crown"]
    assert found(books, "皇冠") == ["一只戴皇冠的青蛙"]


@pytest.mark.parametrize("find", ["%", "_", "\\", "' OR 1=1 --", "square"])
def test_a_search_text_is_never_a_pattern(books: Books, find: str) -> None:
    shown(books)

    assert found(books, find) == []


def test_a_person_finds_only_what_is_theirs_and_a_server_only_its_own(books: Books) -> None:
    shown(books, "mine")
    shown(books, "hers", user_id=2)
    shown(books, "direct", scope="dm")

    assert found(books) == ["direct", "mine"]
    assert selected(books, server_id=7) == ["hers", "mine"]
    assert selected(books, server_id=7, find="hers mine") == []
    assert selected(books, server_id=7, find="mine") == ["mine"]


def test_the_origins_of_a_result_go_back_to_the_first_job(books: Books) -> None:
    first = shown(books)
    second_ask = books.ask()
    request = replace(second_ask.image_request, parent_id=first.id)
    second_ask = replace(second_ask, image_request=request)
    second = books.run(
        admission.accept, second_ask, plan=books.plan(second_ask), limits=books.limits, now=books.now
    ).job

    assert [job.id for job in books.run(history.origins, second.id, limit=9)] == [first.id, second.id]


def test_a_receipt_says_what_the_ledger_says(books: Books) -> None:
    shown(books, count=2)
    books.submit(count=3)
    failure = Failure(Reason.MODERATION, {})
    books.run(jobs.failed, books.claimed(), failure, may_have_been_paid=False, now=books.now)
    books.submit(count=1)

    accounts = books.run(history.receipts, 1, before=None, limit=10)

    assert [(account.reserved, account.used) for account in accounts] == [(100, None), (300, 0), (200, 200)]


def test_erasing_deletes_prompts_and_images_and_keeps_the_ledger(books: Books) -> None:
    job = shown(books, "a secret")
    other = shown(books, "not theirs", user_id=2)
    reading = books.submit(images=1)
    taken = books.run(queue.next_to_read, "one", now=books.now)
    assert isinstance(taken, Job)
    books.run(jobs.read, taken, [IMAGE], now=books.now)
    before = books.left()

    assert books.run(erasure.forget, 1, limit=10, now=books.now) == 1

    kept = known(books, job.id)
    assert (kept.request.prompt, kept.request.seed, kept.delivered) == ("", 5, 1)
    assert known(books, reading.id).state is State.CANCELED
    assert found(books, "secret") == []
    assert known(books, other.id).request.prompt == "not theirs"
    assert books.left()["member"] == before["member"] + 1
    assert books.broken() == ()


@pytest.mark.parametrize("erased", [0, 10])
def test_a_job_that_is_to_be_erased_is_not_found(books: Books, erased: int) -> None:
    first = shown(books, "forgotten soon")
    second = shown(books, "another's edit", user_id=2, message_id=71)
    books.run(erasure.forget, 1, limit=erased, now=books.now)
    books.later(hours=1)
    later = shown(books, "asked afterwards", message_id=72)
    ask = replace(books.ask(2), image_request=replace(second.request, parent_id=first.id))
    third = books.run(admission.accept, ask, plan=books.plan(ask), limits=books.limits, now=books.now).job

    origins = books.run(history.origins, third.id, limit=9)

    assert found(books) == ["asked afterwards"]
    assert selected(books, server_id=7) == [later.request.prompt, second.request.prompt]
    assert [job.request.prompt for job in origins] == ["", "another's edit"]


def test_a_job_in_flight_is_erased_when_it_has_ended(books: Books) -> None:
    books.submit()
    job = books.claimed()
    books.run(erasure.forget, 1, limit=10, now=books.now)

    books.made(job)
    books.run(jobs.done, books.delivering(), 1, 70, now=books.now)

    assert books.run(erasure.erase_forgotten, limit=10, now=books.now) == 1
    assert known(books, job.id).request.prompt == ""
    assert books.run(erasure.erase_forgotten, limit=10, now=books.now) == 0


def test_usage_tells_who_had_how_much_and_when(books: Books) -> None:
    shown(books, count=2)
    books.later(hours=1)
    shown(books, user_id=2)

    since = books.now.replace(hour=0)

    found = books.run(history.usage, 7, since=since)
    assert [(one.user_id, one.images, one.units) for one in found] == [(1, 2, 200), (2, 1, 100)]


def test_usage_counts_what_each_delivery_weighed(books: Books) -> None:
    for user_id, weight in ((1, 50), (2, 250)):
        books.submit(user_id, count=3, cost={"weight": weight})
        books.made(books.claimed(), 3)
        books.run(jobs.done, books.delivering(), 2, 70, now=books.now)

    found = books.run(history.usage, 7, since=books.now.replace(hour=0))

    assert [(one.user_id, one.images, one.units) for one in found] == [(1, 2, 100), (2, 2, 500)]


def test_what_requests_cost_is_told_by_person_day_and_model_delivered_or_not(books: Books) -> None:
    shown(books, count=2)
    books.submit(2, count=1)
    books.made(books.claimed(), 1)
    books.submit(3, scope="g:8")
    books.made(books.claimed(), 1)
    today, job = books.now.date(), known(books, 1)

    found = books.run(history.spent, 7, since=today)

    assert sorted(found, key=lambda one: one.user_id) == [
        Spent(1, today, job.model, 2 * job.price_microusd),
        Spent(2, today, job.model, job.price_microusd),
    ]
    assert books.run(history.spent, 7, since=today + timedelta(days=1)) == ()


def test_a_language_is_that_of_the_last_interaction(books: Books) -> None:
    assert books.run(history.locale_of, 1) is None
    ask = books.ask(key="i:1")
    ask = replace(ask, requester=replace(ask.requester, locale="zh-CN"))
    books.run(admission.accept, ask, plan=books.plan(ask), limits=books.limits, now=books.now)
    books.submit(key="m:2")

    assert books.run(history.locale_of, 1) == "zh-CN"
