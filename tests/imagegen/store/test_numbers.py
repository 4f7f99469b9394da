"""What an operator watches of the database is counted over all processes."""

from __future__ import annotations

from imagegen.errors import Reason
from imagegen.store import jobs, numbers, operator_admin, pauses, processes
from tests.imagegen.store.books import PRICE, Books


def test_open_jobs_are_counted_by_state_with_the_oldest_of_each(books: Books) -> None:
    first_at = books.now
    books.submit(images=1)
    books.submit()
    books.made(books.claimed())
    books.later(minutes=1)
    books.submit(2)
    books.claimed()
    books.submit(3)

    found = books.run(numbers.numbers, books.limits, now=books.now)

    assert found.open_jobs == {"requested": 1, "queued": 1, "submitting": 1, "generated": 1}
    assert found.oldest_at == {
        "requested": first_at, "queued": books.now, "submitting": books.now, "generated": first_at
    }  # fmt: skip


def test_a_job_whose_member_was_served_is_no_longer_open(books: Books) -> None:
    books.submit()
    books.made(books.claimed())

    books.run(jobs.done, books.delivering(), 1, 5, now=books.now)

    assert books.run(numbers.numbers, books.limits, now=books.now).open_jobs == {}


def test_money_processes_and_pauses_are_read_in_the_same_moment(books: Books) -> None:
    books.submit()
    books.run(processes.heartbeat, "one", now=books.now)
    books.run(processes.heartbeat, "two", now=books.now)
    books.run(pauses.pause, Reason.KEY_REFUSED, books.now, now=books.now)
    books.run(operator_admin.set_paused, True, now=books.now)

    found = books.run(numbers.numbers, books.limits, now=books.now)

    assert [(budget.reserved, budget.used) for budget in found.spending] == [(PRICE, 0), (PRICE, 0)]
    assert found.processes == 2
    assert found.paused == {Reason.KEY_REFUSED: 1}
    assert found.is_paused


def test_a_process_that_is_dead_is_not_counted(books: Books) -> None:
    books.run(processes.heartbeat, "one", now=books.now)

    books.later(minutes=1)

    assert books.run(numbers.numbers, books.limits, now=books.now).processes == 0
