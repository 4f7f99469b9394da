"""The store takes every transition of the table, and refuses each other one before it writes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest

from imagegen.errors import InvariantBroken, Reason
from imagegen.model import Call, Failure, Job, StoryText
from imagegen.states import TRANSITIONS, State
from imagegen.store import jobs, queue, stories, tasks
from tests.imagegen.store.books import IMAGE, Books

FAILURE = Failure(Reason.MODERATION, {"side": "input"})
Taken = Job | None


def asked(books: Books) -> Job:
    return books.submit(images=1)


def reading(books: Books) -> Job:
    asked(books)
    job = books.run(queue.next_to_read, "one", now=books.now)
    assert isinstance(job, Job)
    return job


def submitting(books: Books) -> Job:
    books.submit(call=Call.TASK)
    return books.claimed()


def streaming(books: Books) -> Job:
    books.submit(call=Call.STREAM)
    return books.claimed()


def submitted(books: Books) -> Job:
    job = books.run(jobs.submitted, submitting(books), "task-1", "request-1")
    assert job is not None
    return job


def delivering(books: Books) -> Job:
    books.made(submitting(books))
    return books.delivering()


def failed(books: Books) -> Job:
    job = fail(books, submitting(books))
    assert job is not None
    return job


def canceled(books: Books) -> Job:
    job = cancel(books, books.submit())
    assert job is not None
    return job


def fail(books: Books, job: Job) -> Taken:
    return books.run(jobs.failed, job, FAILURE, may_have_been_paid=False, now=books.now)


def cancel(books: Books, job: Job) -> Taken:
    return books.run(jobs.cancel, job.id, now=books.now)


def end_as_canceled(books: Books, job: Job) -> Taken:
    return books.run(jobs.canceled, job, may_have_been_paid=False, now=books.now)


def send_again(books: Books, job: Job) -> Taken:
    return books.run(jobs.again, job, books.now, enhance=None, now=books.now)


def notify(books: Books, job: Job) -> Taken:
    return books.run(jobs.notified, books.delivering(), now=books.now)


# One way to take each transition: how a job comes to the first state, and what leads it to the second.
TAKEN: dict[tuple[State, State], tuple[Callable[[Books], Job], Callable[[Books, Job], Taken]]] = {
    (State.REQUESTED, State.REQUESTED): (asked, lambda b, _: reading(b)),
    (State.REQUESTED, State.QUEUED): (reading, lambda b, job: b.run(jobs.read, job, [IMAGE], now=b.now)),
    (State.REQUESTED, State.FAILED): (reading, fail),
    (State.REQUESTED, State.CANCELED): (asked, cancel),
    (State.QUEUED, State.SUBMITTING): (Books.submit, lambda b, _: b.claim()),
    (State.QUEUED, State.FAILED): (Books.submit, fail),
    (State.QUEUED, State.CANCELED): (Books.submit, cancel),
    (State.SUBMITTING, State.SUBMITTING): (
        streaming, lambda b, job: b.run(stories.store_parts, job, [StoryText("Once")]),
    ),
    (State.SUBMITTING, State.SUBMITTED): (
        submitting, lambda b, job: b.run(jobs.submitted, job, "task-1", "request-1"),
    ),
    (State.SUBMITTING, State.QUEUED): (submitting, send_again),
    (State.SUBMITTING, State.GENERATED): (submitting, Books.made),
    (State.SUBMITTING, State.FAILED): (submitting, fail),
    (State.SUBMITTING, State.CANCELED): (streaming, end_as_canceled),
    (State.SUBMITTED, State.SUBMITTED): (submitted, lambda b, job: b.run(tasks.running, job, now=b.now)),
    (State.SUBMITTED, State.QUEUED): (submitted, send_again),
    (State.SUBMITTED, State.GENERATED): (submitted, Books.made),
    (State.SUBMITTED, State.FAILED): (submitted, fail),
    (State.SUBMITTED, State.CANCELED): (submitted, end_as_canceled),
    (State.GENERATED, State.GENERATED): (
        delivering, lambda b, job: b.run(jobs.deliver_again, job, b.now + timedelta(seconds=9)),
    ),
    (State.GENERATED, State.DONE): (delivering, lambda b, job: b.run(jobs.done, job, 1, 77, now=b.now)),
    (State.GENERATED, State.FAILED): (delivering, lambda b, job: b.run(jobs.undelivered, job, FAILURE, now=b.now)),
    (State.FAILED, State.FAILED): (failed, notify),
    (State.CANCELED, State.CANCELED): (canceled, notify),
}  # fmt: skip
FORBIDDEN = [(before, after) for before, after in product(State, State) if after not in TRANSITIONS[before]]


def test_the_table_holds_no_transition_that_the_code_never_takes() -> None:
    assert {(before, after) for before in State for after in TRANSITIONS[before]} == TAKEN.keys()


@pytest.mark.parametrize(("before", "after"), TAKEN)
def test_the_store_takes_each_transition_of_the_table(books: Books, before: State, after: State) -> None:
    begin, take = TAKEN[before, after]
    job = begin(books)
    assert job.state is before

    taken = take(books, job)

    assert taken is not None
    assert taken.state is after
    assert books.broken() == ()


@pytest.mark.parametrize(("before", "after"), FORBIDDEN)
def test_a_transition_outside_the_table_is_refused_before_it_writes(books: Books, before: State, after: State) -> None:
    job = books.submit()

    with pytest.raises(InvariantBroken, match=f"{before} to {after}"):
        books.run(jobs.transition, replace(job, state=before), after)

    assert books.run(jobs.job, job.id) == job
