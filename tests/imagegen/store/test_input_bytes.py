"""Input images are stored as long as a button can use them, within the limits of room."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from imagegen.errors import Reason, Refused
from imagegen.image_request import InputImage
from imagegen.model import Failure, Job
from imagegen.states import State
from imagegen.store import admission, input_bytes, jobs, queue, retention
from imagegen.store.input_bytes import MOST_BYTES
from imagegen.store.tables_jobs import HAS_BYTES, inputs
from tests.imagegen.store.books import Books

KB = 1024


def image(kb: int = 3) -> InputImage:
    return InputImage("x" * kb * KB, 640, 480)


def read(books: Books, user_id: int = 1, *, images: int = 1, kb: int = 3) -> Job:
    """A request whose input images are read: it waits for its turn."""
    books.submit(user_id, images=images)
    reading = books.run(queue.next_to_read, "one", now=books.now)
    assert isinstance(reading, Job)
    queued = books.run(jobs.read, reading, [image(kb)] * images, now=books.now)
    assert queued is not None
    return queued


def failed(books: Books, reason: Reason, **more: int) -> Job:
    read(books, **more)
    failure = Failure(reason)
    ended = books.run(jobs.failed, books.claimed(), failure, may_have_been_paid=False, now=books.now)
    assert ended is not None
    return ended


def done(books: Books, user_id: int = 1, **more: int) -> Job:
    read(books, user_id, **more)
    books.made(books.claimed())
    ended = books.run(jobs.done, books.delivering(), 1, 5, now=books.now)
    assert ended is not None
    return ended


def kept(books: Books) -> list[int]:
    """The jobs that keep bytes, once for each image."""
    return books.run(lambda tx: list(tx.scalars(select(inputs.c.job_id).where(HAS_BYTES).order_by(inputs.c.job_id))))


def room(books: Books, per_person: int = 10**9, in_all: int = 10**9, limit: int = 100) -> int:
    return books.run(input_bytes.drop_over, per_person=per_person, in_all=in_all, limit=limit)


def test_twenty_cancelled_requests_leave_no_bytes(books: Books) -> None:
    for _ in range(20):
        books.run(jobs.cancel, read(books, images=4).id, now=books.now)

    assert kept(books) == []
    assert books.run(lambda tx: tx.scalar(select(func.count()).select_from(inputs))) == 80  # their notes stay
    assert books.broken() == ()


@pytest.mark.parametrize("reason", [Reason.INTERNAL, Reason.WAN_REJECTED_IMAGE, Reason.UNDELIVERED])
def test_a_failure_after_which_nothing_is_repeated_leaves_no_bytes(books: Books, reason: Reason) -> None:
    failed(books, reason)

    assert kept(books) == []


@pytest.mark.parametrize("reason", [Reason.MODERATION, Reason.UNANSWERED, Reason.TOO_LATE])
def test_what_a_button_repeats_is_kept_for_it(books: Books, reason: Reason) -> None:
    job = failed(books, reason)

    assert kept(books) == [job.id]


def test_a_job_that_is_queued_again_keeps_its_input_images(books: Books) -> None:
    read(books)
    books.run(jobs.again, books.claimed(), books.now, enhance=None, now=books.now)

    assert len(books.run(input_bytes.stored, books.claimed().id)) == 1


def test_the_links_to_images_that_were_never_read_go_with_their_request(books: Books) -> None:
    job = books.submit(images=2)

    cancelled = books.run(jobs.cancel, job.id, now=books.now)

    assert cancelled is not None
    assert (cancelled.request.images, cancelled.input_count) == ((), 2)


def test_where_one_person_has_too_much_their_oldest_ended_request_goes_first(books: Books) -> None:
    first, second = done(books, kb=4), done(books, kb=4)
    others, live = done(books, user_id=2, kb=4), read(books, kb=4)

    dropped = room(books, per_person=8 * KB)

    assert dropped == 1
    assert kept(books) == [second.id, others.id, live.id]
    assert first.id not in kept(books)


def test_where_all_have_too_much_the_oldest_ended_request_goes_first_and_a_live_one_never(books: Books) -> None:
    live = read(books, kb=4)
    older = books.claimed()
    _, newest = done(books, user_id=2, kb=4), done(books, user_id=3, kb=4)

    assert room(books, in_all=8 * KB) == 1
    assert kept(books) == [live.id, newest.id]
    assert room(books, in_all=0) == 1
    assert kept(books) == [older.id]


def test_room_is_made_in_small_steps(books: Books) -> None:
    for _ in range(5):
        done(books)

    assert [room(books, per_person=0, limit=2) for _ in range(4)] == [2, 2, 1, 0]


def refusal(books: Books, user_id: int, images: int) -> Reason | None:
    """The reason with which one more request is refused, at once and in its transaction alike."""
    ask, found = books.ask(user_id, images=images), []
    for transaction in (admission.precheck, admission.accept):
        try:
            books.run(transaction, ask, plan=books.plan(ask), limits=books.limits, now=books.now)
        except Refused as refused:
            found.append(refused.reason)
    assert len(found) in (0, 2)
    return found[0] if found else None


def test_a_person_whose_waiting_images_take_all_their_room_is_told_so_and_nobody_else(books: Books) -> None:
    books.limit(input_bytes_per_person=3 * MOST_BYTES)
    read(books, kb=MOST_BYTES // KB)
    read(books, kb=MOST_BYTES // KB)

    assert refusal(books, 1, 2) is Reason.PERSON_INPUTS_FULL
    assert refusal(books, 2, 2) is None
    assert refusal(books, 1, 0) is None  # words alone take no room


def test_images_that_are_not_read_yet_count_as_the_most_that_they_can_be(books: Books) -> None:
    books.limit(input_bytes_per_person=3 * MOST_BYTES)
    books.submit(images=2)

    assert refusal(books, 1, 2) is Reason.PERSON_INPUTS_FULL


def test_where_everybodys_waiting_images_take_all_the_room_a_request_with_images_is_refused(books: Books) -> None:
    books.limit(input_bytes=3 * MOST_BYTES)
    books.submit(1, images=2)

    assert refusal(books, 2, 2) is Reason.INPUTS_FULL
    assert refusal(books, 2, 0) is None


def test_images_of_ended_jobs_make_room(books: Books) -> None:
    books.limit(input_bytes_per_person=2 * MOST_BYTES, input_bytes=2 * MOST_BYTES)
    done(books, images=2, kb=MOST_BYTES // KB)

    assert refusal(books, 1, 2) is None


def again(books: Books, source: Job, user_id: int = 1) -> Job:
    ask = books.ask(user_id)
    plan = replace(books.plan(ask), images=source.input_count)
    accepted = books.run(
        admission.accept_again, ask, source_id=source.id, plan=plan, limits=books.limits, now=books.now
    )
    return accepted.job


def test_again_keeps_the_bytes_no_longer_than_the_first_request_would(books: Books) -> None:
    source = done(books)
    books.later(hours=23)
    copy = again(books, source)
    books.made(books.claimed())
    books.run(jobs.done, books.delivering(), 1, 6, now=books.now)
    books.later(hours=2)

    purged = books.run(retention.purge_inputs, given_before=books.now - timedelta(hours=24), limit=10)

    assert purged == 2
    assert books.run(input_bytes.stored, copy.id) == ()


def test_bytes_that_are_over_their_time_are_kept_until_their_request_has_ended(books: Books) -> None:
    live = again(books, done(books))
    books.later(hours=30)

    books.run(retention.purge_inputs, given_before=books.now - timedelta(hours=24), limit=10)

    assert kept(books) == [live.id]
    assert books.run(jobs.job, live.id).state is State.QUEUED  # type: ignore[union-attr]  # the job exists
