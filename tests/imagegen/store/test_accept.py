"""A request is accepted whole or refused with a reason, and reserves its quota once."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from imagegen import part_editing
from imagegen.errors import Reason, Refused
from imagegen.model import Failure, Job
from imagegen.states import State
from imagegen.store import admission, input_bytes, jobs, pauses, queue
from imagegen.store.tables_jobs import jobs as table
from tests.imagegen.store.books import IMAGE, PRICE, Books


def refusal(books: Books, user_id: int = 1, **more: object) -> Refused:
    """What both the look and the accept say: they must agree."""
    ask = books.ask(user_id, **more)  # type: ignore[arg-type]  # a test's keyword arguments
    said = []
    for transaction in (admission.precheck, admission.accept):
        with pytest.raises(Refused) as refused:
            books.run(transaction, ask, plan=books.plan(ask), limits=books.limits, now=books.now)
        said.append(refused.value)
    assert str(said[0]) == str(said[1])
    return said[1]


def test_an_accepted_request_reserves_each_quota_that_applies(books: Books) -> None:
    job = books.submit(count=3)

    assert job.state is State.QUEUED
    assert books.left() == {"member": 7, "person": 12, "server": 97, "attempts": 99}
    assert books.spent() == 3 * PRICE
    assert books.broken() == ()


def test_a_direct_message_counts_for_the_person_alone(books: Books) -> None:
    books.submit(scope="dm")

    assert books.left(scope="dm") == {"person": 14, "attempts": 99}
    assert books.left()["member"] == 10


def test_the_same_key_again_is_the_same_job_and_reserves_nothing(books: Books) -> None:
    ask = books.ask()
    first = books.run(admission.accept, ask, plan=books.plan(ask), limits=books.limits, now=books.now)

    second = books.run(admission.accept, ask, plan=books.plan(ask), limits=books.limits, now=books.now)

    assert (second.job.id, second.repeated) == (first.job.id, True)
    assert books.left()["member"] == 9


def test_a_request_with_images_waits_for_their_download(books: Books) -> None:
    assert books.submit(images=2).state is State.REQUESTED
    assert books.claim() is None


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        ({"member_images_per_day": 2}, Reason.MEMBER_QUOTA_USED),
        ({"person_images_per_day": 2}, Reason.PERSON_QUOTA_USED),
        ({"server_images_per_month": 2}, Reason.SERVER_QUOTA_USED),
        ({"share_microusd_per_month": 2 * PRICE}, Reason.SERVER_SHARE_USED),
        ({"budget_microusd_per_day": 2 * PRICE}, Reason.DAY_BUDGET_USED),
        ({"budget_microusd_per_month": 2 * PRICE}, Reason.MONTH_BUDGET_USED),
        ({"attempts_per_day": 1}, Reason.ATTEMPTS_USED),
        ({"queued_per_member": 1}, Reason.TOO_MANY_QUEUED),
        ({"queued_max": 1}, Reason.QUEUE_FULL),
    ],
)
def test_each_used_up_quota_refuses_with_its_own_reason(books: Books, limits: dict[str, int], reason: Reason) -> None:
    books.submit(count=2)
    books.limit(**limits)

    assert refusal(books).reason is reason
    assert books.spent() == 2 * PRICE
    assert books.broken() == ()


def test_the_nearest_quota_refuses_first(books: Books) -> None:
    books.submit(count=2)
    books.limit(member_images_per_day=2, person_images_per_day=2, server_images_per_month=2)

    assert refusal(books).reason is Reason.MEMBER_QUOTA_USED


def test_more_than_is_left_is_refused_naming_what_is_left(books: Books) -> None:
    books.submit(count=4)
    books.submit(count=4)

    refused = refusal(books, count=3)

    assert refused.reason is Reason.MORE_THAN_LEFT
    assert (refused.facts["quota"], refused.facts["left"], refused.facts["requested"]) == ("member", 2, 3)


def test_a_first_request_over_the_limit_is_refused_too(books: Books) -> None:
    books.limit(member_images_per_day=1)

    assert refusal(books, count=2).reason is Reason.MORE_THAN_LEFT


def test_a_refused_request_leaves_no_job(books: Books) -> None:
    books.limit(budget_microusd_per_month=0)

    refusal(books)

    assert books.run(lambda tx: tx.scalar(select(func.count()).select_from(table))) == 0
    assert books.left() == {"member": 10, "person": 15, "server": 100, "attempts": 100}


def test_a_new_day_resets_the_days_quota_and_not_the_months(books: Books) -> None:
    books.submit(count=4)

    books.later(hours=12)

    assert books.left() == {"member": 10, "person": 15, "server": 96, "attempts": 100}


def test_a_lowered_limit_shows_nothing_left_rather_than_a_debt(books: Books) -> None:
    books.submit(count=4)
    books.limit(member_images_per_day=1)

    assert books.left()["member"] == 0
    assert refusal(books).reason is Reason.MEMBER_QUOTA_USED


def test_three_refused_prompts_in_ten_minutes_pause_that_person_alone(books: Books) -> None:
    for _ in range(3):
        books.submit()
        job = books.claimed()
        books.run(jobs.failed, job, Failure(Reason.MODERATION), may_have_been_paid=False, now=books.now)

    assert refusal(books).reason is Reason.MODERATION_PAUSE
    books.submit(user_id=2)
    books.later(minutes=10, seconds=1)
    books.submit()


def test_during_a_pause_new_requests_are_refused(books: Books) -> None:
    books.run(pauses.pause, Reason.KEY_REFUSED, books.now + timedelta(minutes=10), now=books.now)

    refused = refusal(books)

    assert (refused.reason, refused.facts["why"]) == (Reason.SENDING_PAUSED, "key_refused")


def test_a_repeated_request_uses_the_stored_input_images(books: Books) -> None:
    books.submit(images=1)
    reading = books.run(queue.next_to_read, "one", now=books.now)
    assert isinstance(reading, Job)
    books.run(jobs.read, reading, [IMAGE], now=books.now)
    ask = books.ask(2)
    plan = admission.SubmissionPlan("wan2.6-t2i", reading.call, PRICE, 1)

    receipt = books.run(
        admission.accept_again, ask, source_id=reading.id, plan=plan, limits=books.limits, now=books.now
    )

    assert books.run(input_bytes.stored, receipt.job.id) == (IMAGE,)
    assert receipt.job.input_notes == (("turned", "reduced"),)
    assert receipt.job.state is State.QUEUED


def test_nobody_else_repeats_a_private_request_with_its_input_images_or_sees_them(books: Books) -> None:
    ana, bo = 1, 2
    ask = books.ask(ana, images=1)
    ask = replace(ask, image_request=replace(ask.image_request, private=True))
    source = books.run(admission.accept, ask, plan=books.plan(ask), limits=books.limits, now=books.now).job
    reading = books.run(queue.next_to_read, "one", now=books.now)
    assert isinstance(reading, Job)
    books.run(jobs.read, reading, [IMAGE], now=books.now)
    plan = admission.SubmissionPlan("wan2.6-t2i", source.call, PRICE, 1)

    with pytest.raises(Refused) as refused:
        books.run(
            admission.accept_again, books.ask(bo), source_id=source.id, plan=plan, limits=books.limits, now=books.now
        )
    with pytest.raises(Refused) as unseen:
        books.run(part_editing.images_for, source, bo)
    own = books.run(
        admission.accept_again, books.ask(ana), source_id=source.id, plan=plan, limits=books.limits, now=books.now
    )

    assert (refused.value.reason, unseen.value.reason) == (Reason.INPUTS_PRIVATE, Reason.INPUTS_PRIVATE)
    assert books.run(input_bytes.stored, own.job.id) == books.run(part_editing.images_for, source, ana) == (IMAGE,)


def test_a_repeated_request_is_refused_after_its_input_images_were_deleted(books: Books) -> None:
    source = books.submit(images=1)
    ask = books.ask()
    plan = admission.SubmissionPlan("wan2.6-t2i", source.call, PRICE, 1)

    with pytest.raises(Refused) as refused:
        books.run(admission.accept_again, ask, source_id=source.id, plan=plan, limits=books.limits, now=books.now)

    assert refused.value.reason is Reason.INPUTS_GONE
