"""A task at Wan can be canceled until it begins, by the process that finds the wish in its row."""

from datetime import timedelta

from imagegen.errors import Reason
from imagegen.model import Call, Failure, Job
from imagegen.states import State
from imagegen.store import jobs, queue, tasks
from tests.imagegen.store.books import PRICE, Books


def at_wan(books: Books, owner: str = "one", count: int = 2) -> Job:
    """A job whose task waits at Wan."""
    books.submit(call=Call.TASK, count=count)
    job = books.run(jobs.submitted, books.claimed(owner), "task-1", "request-1")
    assert job is not None
    return job


def wished(books: Books, owner: str = "one") -> Job:
    """The same, after its requester pressed Cancel."""
    job = at_wan(books, owner)
    assert books.run(jobs.cancel, job.id, now=books.now) is not None
    return job


def test_a_task_that_is_to_be_canceled_waits_for_wan_and_keeps_its_hold(books: Books) -> None:
    job = at_wan(books)
    before = books.run(tasks.wants_cancel, job.id)

    after = books.run(jobs.cancel, job.id, now=books.now)

    assert after is not None
    assert (before, after.state, after.cancel_requested_at) == (False, State.SUBMITTED, books.now)
    assert books.run(tasks.wants_cancel, job.id)
    assert (books.left()["member"], books.spent()) == (8, 2 * PRICE)
    assert books.broken() == ()


def test_a_task_that_wan_canceled_returns_everything(books: Books) -> None:
    job = wished(books)

    books.run(jobs.canceled, job, may_have_been_paid=False, now=books.now)

    assert books.delivering().state is State.CANCELED
    assert (books.left()["member"], books.spent()) == (10, 0)
    assert books.broken() == ()


def test_a_task_that_has_begun_can_no_longer_be_canceled(books: Books) -> None:
    job = at_wan(books)

    books.run(tasks.running, job, now=books.now)

    assert books.run(jobs.cancel, job.id, now=books.now) is None
    assert not books.run(tasks.wants_cancel, job.id)
    assert books.broken() == ()


def test_a_wish_that_came_too_late_is_asked_of_wan_no_more(books: Books) -> None:
    job = wished(books)

    books.run(tasks.running, job, now=books.now)

    assert not books.run(tasks.wants_cancel, job.id)
    books.made(job, 2)
    assert books.broken() == ()


def test_the_next_process_finds_the_wish(books: Books) -> None:
    job = wished(books, "killed")
    books.later(seconds=1)

    adopted = books.adopt("next")

    assert adopted.resumed == 1
    assert books.run(tasks.wants_cancel, job.id)
    (mine,) = books.run(queue.to_poll, "next")
    assert books.run(jobs.canceled, job, may_have_been_paid=False, now=books.now) is None
    assert books.run(jobs.canceled, mine, may_have_been_paid=False, now=books.now) is not None


def test_what_is_to_be_canceled_is_not_sent_again(books: Books) -> None:
    job = wished(books)

    after = books.run(jobs.again, job, books.now, enhance=None, now=books.now)

    assert after is not None
    assert after.state is State.CANCELED
    assert (books.claim(), books.left()["member"], books.spent()) == (None, 10, 0)
    assert books.broken() == ()


def test_what_is_to_be_canceled_does_not_wait_for_a_pause(books: Books) -> None:
    job = wished(books)

    after = books.run(queue.wait_behind, job, "request-2", now=books.now)

    assert after is not None
    assert after.state is State.CANCELED
    assert books.broken() == ()


def test_a_second_task_can_be_canceled_though_the_first_had_begun(books: Books) -> None:
    job = at_wan(books)
    began = books.run(tasks.running, job, now=books.now)
    assert began is not None
    books.run(jobs.again, began, books.now, enhance=None, now=books.now)
    books.run(jobs.submitted, books.claimed(), "task-2", "request-2")

    after = books.run(jobs.cancel, job.id, now=books.now)

    assert after is not None
    assert after.waits_at_wan
    assert books.broken() == ()


def test_a_failure_is_told_though_it_was_to_be_canceled(books: Books) -> None:
    job = wished(books)

    books.run(jobs.failed, job, Failure(Reason.MODERATION), may_have_been_paid=False, now=books.now)

    assert books.delivering().state is State.FAILED
    assert books.broken() == ()


def test_the_line_tells_what_a_card_must_say_of_a_task(books: Books) -> None:
    job = at_wan(books)
    seen = [(one.may_be_stopped, one.cancel_requested) for one in books.line()]

    books.run(jobs.cancel, job.id, now=books.now)
    seen += [(one.may_be_stopped, one.cancel_requested) for one in books.line()]
    books.run(tasks.running, job, now=books.now + timedelta(seconds=3))
    seen += [(one.may_be_stopped, one.cancel_requested) for one in books.line()]

    assert seen == [(True, False), (True, True), (False, True)]
