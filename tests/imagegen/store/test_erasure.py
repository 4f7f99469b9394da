"""What a person wants erased is erased everywhere, and then the wish itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select

from imagegen.errors import Reason
from imagegen.image_request import ImageLink
from imagegen.model import Failure, Job
from imagegen.policy.server_settings import Consent
from imagegen.states import State
from imagegen.store import admission, erasure, jobs, queue, server_settings
from imagegen.store.tables import people
from imagegen.store.tables_jobs import inputs
from tests.imagegen.store.books import IMAGE, Books

ANA, BO = 1, 2


def asked_with(books: Books, owner_id: int, user_id: int = BO) -> Job:
    """A request of *user_id*, which waits for an image that *owner_id* posted to be read."""
    ask = books.ask(user_id)
    links = (ImageLink("https://cdn.discordapp.com/0.png", "0.png"),) * 2
    links = (links[0], replace(links[1], owner_id=owner_id))
    ask = replace(ask, image_request=replace(ask.image_request, images=links))
    return books.run(admission.accept, ask, plan=books.plan(ask), limits=books.limits, now=books.now).job


def read_with(books: Books, owner_id: int, user_id: int = BO) -> Job:
    """The same, read."""
    asked_with(books, owner_id, user_id)
    reading = books.run(queue.next_to_read, "one", now=books.now)
    assert isinstance(reading, Job)
    queued = books.run(jobs.read, reading, [IMAGE, IMAGE], now=books.now)
    assert queued is not None
    return queued


def done(books: Books) -> Job:
    books.made(books.claimed())
    ended = books.run(jobs.done, books.delivering(), 1, 5, now=books.now)
    assert ended is not None
    return ended


def forget(books: Books, user_id: int = ANA) -> int:
    return books.run(erasure.forget, user_id, limit=100, now=books.now)


def erase(books: Books) -> int:
    return books.run(erasure.erase_forgotten, limit=100, now=books.now)


def wishes(books: Books) -> dict[int, datetime]:
    return {row.user_id: row.forget_before for row in books.run(lambda tx: tx.execute(select(people)).all())}


def known(books: Books, job_id: int) -> Job:
    job = books.run(jobs.job, job_id)
    assert job is not None
    return job


def owners(books: Books) -> list[int | None]:
    """Whose the images are whose bytes are still kept."""
    kept = select(inputs.c.owner_id).where(inputs.c.data_uri.is_not(None)).order_by(inputs.c.position)
    return books.run(lambda tx: list(tx.scalars(kept)))


def test_a_persons_image_is_erased_from_anothers_request(books: Books) -> None:
    read_with(books, ANA)
    job = done(books)

    assert forget(books) == 0

    assert owners(books) == [None]
    assert known(books, job.id).request.prompt == "a lighthouse"
    assert books.broken() == ()


def test_a_waiting_request_with_an_erased_image_fails_with_the_reason(books: Books) -> None:
    job = read_with(books, ANA)

    forget(books)

    failed = known(books, job.id)
    assert failed.failure == Failure(Reason.INPUT_ERASED, {"position": 2})
    assert books.left(BO)["member"] == 10
    assert books.spent() == 0
    assert owners(books) == []
    assert books.broken() == ()


def test_a_request_whose_erased_image_is_being_downloaded_fails_too(books: Books) -> None:
    asked_with(books, ANA)
    reading = books.run(queue.next_to_read, "one", now=books.now)
    assert isinstance(reading, Job)

    forget(books)

    assert known(books, reading.id).failure == Failure(Reason.INPUT_ERASED, {"position": 2})
    assert books.run(jobs.read, reading, [IMAGE, IMAGE], now=books.now) is None


def test_a_person_can_erase_an_avatar_that_they_posted(books: Books) -> None:
    ask = books.ask(BO)
    link = ImageLink("https://cdn.discordapp.com/0.png", "0.png", owner_id=9, posted_by=ANA)
    for owner in (None, "one"):  # one is not read yet, one is
        ask = replace(ask, key=f"i:avatar {owner}", image_request=replace(ask.image_request, images=(link,)))
        books.run(admission.accept, ask, plan=books.plan(ask), limits=books.limits, now=books.now)
        reading = books.run(queue.next_to_read, owner, now=books.now) if owner else None
        if isinstance(reading, Job):
            books.run(jobs.read, reading, [IMAGE], now=books.now)

    forget(books)

    assert [known(books, job_id).state for job_id in (1, 2)] == [State.FAILED, State.FAILED]
    assert owners(books) == []


def avatar_shown(books: Books) -> Job:
    """A request of somebody else's that has ended, made from a third person's avatar that ANA posted."""
    ask = books.ask(BO)
    link = ImageLink("https://cdn.discordapp.com/0.png", "0.png", owner_id=9, posted_by=ANA)
    ask = replace(ask, image_request=replace(ask.image_request, images=(link,)))
    books.run(admission.accept, ask, plan=books.plan(ask), limits=books.limits, now=books.now)
    reading = books.run(queue.next_to_read, "one", now=books.now)
    assert isinstance(reading, Job)
    books.run(jobs.read, reading, [IMAGE], now=books.now)
    return done(books)


def test_an_avatar_that_they_posted_is_erased_in_anothers_request_that_has_ended(books: Books) -> None:
    avatar_shown(books)
    assert owners(books) == [9]

    forget(books)

    assert owners(books) == []
    assert wishes(books) == {}
    assert books.broken() == ()


def test_a_person_can_erase_their_avatar_that_another_person_posted(books: Books) -> None:
    avatar_shown(books)

    forget(books, 9)

    assert owners(books) == []


def test_a_copy_of_what_they_posted_is_erased_with_it(books: Books) -> None:
    """Again copies the images of a request, for whoever pressed it."""
    source = avatar_shown(books)
    ask = books.ask(3)
    plan = replace(books.plan(ask), images=1)
    books.run(admission.accept_again, ask, source_id=source.id, plan=plan, limits=books.limits, now=books.now)
    copy = done(books)
    assert owners(books) == [9, 9]

    forget(books)

    assert owners(books) == []
    assert known(books, copy.id).request.prompt == "a lighthouse"


def test_an_id_that_only_begins_alike_is_another_person(books: Books) -> None:
    asked = asked_with(books, ANA * 10 + 5)

    forget(books)

    assert known(books, asked.id).state is State.REQUESTED


def test_a_job_in_flight_loses_an_erased_image_when_it_has_ended(books: Books) -> None:
    read_with(books, ANA)
    making = books.claimed()
    forget(books)
    assert owners(books) == [None, ANA]

    books.made(making)
    books.run(jobs.done, books.delivering(), 1, 5, now=books.now)

    assert ANA in wishes(books)
    assert erase(books) == 1
    assert owners(books) == [None]
    assert wishes(books) == {}


def test_a_job_with_an_erased_image_is_not_sent_again(books: Books) -> None:
    read_with(books, ANA)
    making = books.claimed()
    forget(books)
    books.run(jobs.again, making, books.now, enhance=None, now=books.now)

    erase(books)

    assert known(books, making.id).failure == Failure(Reason.INPUT_ERASED, {"position": 2})
    assert books.claim() is None


def test_an_image_posted_after_the_wish_stays(books: Books) -> None:
    forget(books)
    books.later(minutes=1)
    read_with(books, ANA)
    done(books)

    erase(books)

    assert owners(books) == [None, ANA]


def test_a_wish_that_is_done_is_deleted_with_its_person(books: Books) -> None:
    books.submit(ANA)
    done(books)

    assert forget(books) == 1

    assert wishes(books) == {}


def test_a_wish_waits_for_what_was_asked_before_it_and_not_for_what_came_after(books: Books) -> None:
    books.submit(ANA)
    making = books.claimed()
    forget(books)
    books.later(minutes=1)
    later = books.submit(ANA)
    assert wishes(books) == {ANA: books.now - timedelta(minutes=1)}

    books.made(making)
    books.run(jobs.done, books.delivering(), 1, 5, now=books.now)
    erase(books)

    assert wishes(books) == {}
    assert known(books, making.id).request.prompt == ""
    assert known(books, later.id).request.prompt == "a lighthouse"


def test_consent_outlives_the_wish_to_be_erased(books: Books) -> None:
    books.run(server_settings.set_consent, ANA, Consent.NEVER)

    forget(books)

    assert wishes(books) == {ANA: None}
    assert books.run(server_settings.consent_of, ANA) is Consent.NEVER


def test_a_decision_that_is_taken_back_leaves_no_row(books: Books) -> None:
    books.run(server_settings.set_consent, ANA, Consent.NEVER)
    books.run(server_settings.set_consent, ANA, Consent.ALLOW)
    books.run(server_settings.set_blocked, 7, ANA, True, user_id=BO, now=books.now)
    books.run(server_settings.set_blocked, 7, ANA, False, user_id=BO, now=books.now)

    assert wishes(books) == {}
    assert books.run(server_settings.blocked_members, 7) == ()


def test_a_thousand_stored_wishes_slow_nothing_down(books: Books) -> None:
    for user_id in range(100, 150):
        books.submit(user_id, scope="dm")
        done(books)
        forget(books, user_id)

    assert wishes(books) == {}
    assert erase(books) == 0
