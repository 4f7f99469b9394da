"""Of several processes, one shows a job's status card and delivers the job, until that process is dead."""

from dataclasses import replace
from datetime import timedelta

from imagegen.model import Call, Job
from imagegen.states import State
from imagegen.store import admission, jobs, processes, queue
from tests.imagegen.store.books import Books


def submit_to(books: Books, home: str, call: Call = Call.SYNC) -> Job:
    ask = books.ask()
    plan = replace(books.plan(ask, call), display_owner=home)
    return books.run(admission.accept, ask, plan=plan, limits=books.limits, now=books.now).job


def alive(books: Books, *owners: str) -> None:
    for owner in owners:
        books.run(processes.heartbeat, owner, now=books.now)


def move_in(books: Books, owner: str) -> int:
    return books.run(processes.take_over_display, owner, dead_before=books.now - timedelta(seconds=30))


def delivered_by(books: Books, owner: str) -> int | None:
    job = books.run(queue.next_to_deliver, owner, now=books.now)
    return job.id if isinstance(job, Job) else None


def test_the_display_owner_delivers_a_job_that_another_process_generated(books: Books) -> None:
    job = submit_to(books, "home")
    books.made(books.claimed("painter"))

    assert delivered_by(books, "painter") is None
    assert delivered_by(books, "home") == job.id


def test_a_process_keeps_what_it_generated_only_as_the_display_owner(books: Books) -> None:
    for home in ("home", "painter"):
        submit_to(books, home)

    kept = [books.kept(books.claimed("painter")).owner for _ in range(2)]

    assert kept == [None, "painter"]
    assert delivered_by(books, "painter") is None
    assert delivered_by(books, "home") is not None


def test_a_story_is_generated_by_its_display_owner(books: Books) -> None:
    story = submit_to(books, "home", Call.STREAM)
    image = submit_to(books, "home")

    assert books.claimed("other").id == image.id
    assert books.claimed("home").id == story.id


def test_each_queue_entry_names_its_display_owner(books: Books) -> None:
    submit_to(books, "one")
    submit_to(books, "two")

    assert [waiting.display_owner for waiting in books.line()] == ["one", "two"]


def test_only_the_displays_of_a_dead_process_are_taken_over(books: Books) -> None:
    submit_to(books, "dead")
    alive(books, "dead")
    books.later(seconds=31)
    alive(books, "one", "two")
    submit_to(books, "two")

    assert (move_in(books, "one"), move_in(books, "two"), move_in(books, "one")) == (1, 0, 0)
    assert [waiting.display_owner for waiting in books.line()] == ["one", "two"]


def test_a_notified_job_keeps_its_display_owner(books: Books) -> None:
    submit_to(books, "dead")
    books.made(books.claimed("dead"))
    showing = books.delivering("dead")
    books.run(jobs.done, showing, 1, 5, now=books.now)

    assert move_in(books, "one") == 0


def test_the_jobs_of_a_process_that_has_stopped_are_adopted_at_once(books: Books) -> None:
    submit_to(books, "leaving")
    alive(books, "leaving", "one")
    assert move_in(books, "one") == 0

    books.run(processes.leave, "leaving")

    assert move_in(books, "one") == 1


def test_a_claim_that_its_process_does_not_know_is_released(books: Books) -> None:
    lost = submit_to(books, "one")
    held = submit_to(books, "one")
    books.claimed("one")
    books.claimed("one")

    freed = [books.run(processes.release_unheld, "one", [State.SUBMITTING], {held.id}) for _ in range(2)]

    assert freed == [1, 0]
    again = books.claimed("one")
    assert (again.id, again.attempts) == (lost.id, 0)
    assert books.broken() == ()


def test_a_job_of_another_process_is_not_released(books: Books) -> None:
    submit_to(books, "one")
    books.claimed("other")

    assert books.run(processes.release_unheld, "one", [State.SUBMITTING], set()) == 0
