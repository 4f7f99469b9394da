"""A stored reference image is copied into the requests that use it, and goes with its style or character."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import insert, select

from imagegen.errors import Reason, Refused
from imagegen.image_request import ImageLink, InputImage
from imagegen.model import Job, Request
from imagegen.states import State
from imagegen.store import admission, input_bytes, jobs, queue, reference_removal, references
from imagegen.store.references import Keeper
from imagegen.store.tables_jobs import HAS_BYTES, inputs
from imagegen.store.tables_members import characters, styles
from tests.imagegen.store.books import IMAGE, Books

FACE = InputImage("data:image/png;base64,FACE", 300, 400)


def character(
    books: Books, user_id: int = 1, name: str = "Momo", images: int = 1, person_id: int | None = None
) -> Keeper:
    consent = "unneeded" if person_id is None else "given"
    row = {"user_id": user_id, "name": name, "name_folded": name, "consent": consent, "at": books.now}
    row["person_id"] = person_id
    keeper = Keeper(character_id=books.run(lambda tx: tx.execute(insert(characters), row).inserted_primary_key[0]))
    books.run(references.put, keeper, [FACE] * images, limits=books.limits, now=books.now)
    return keeper


def style(books: Books, server_id: int = 7, name: str = "ink") -> Keeper:
    row = {
        "server_id": server_id, "name": name, "name_folded": name, "style": "{}", "user_id": 1, "at": books.now
    }  # fmt: skip
    keeper = Keeper(style_id=books.run(lambda tx: tx.execute(insert(styles), row).inserted_primary_key[0]))
    books.run(references.put, keeper, [FACE], limits=books.limits, now=books.now)
    return keeper


def ask(books: Books, keeper: Keeper, user_id: int = 1) -> Request:
    """A request with one image of Discord's, and those of *keeper*."""
    asked = books.ask(user_id, images=1)
    stored = [ImageLink("", "Momo", reference_id=each) for each in books.run(references.ids_of, keeper)]
    images = (*asked.image_request.images, *stored)
    return replace(asked, image_request=replace(asked.image_request, images=images))


def requested(books: Books, keeper: Keeper) -> Job:
    asked = ask(books, keeper)
    return books.run(admission.accept, asked, plan=books.plan(asked), limits=books.limits, now=books.now).job


def reading(books: Books, keeper: Keeper) -> Job:
    requested(books, keeper)
    job = books.run(queue.next_to_read, "one", now=books.now)
    assert isinstance(job, Job)
    return job


def read(books: Books, job: Job) -> Job:
    after = books.run(jobs.read, job, [IMAGE, *[FACE] * (job.input_count - 1)], now=books.now)
    assert after is not None
    return after


def done(books: Books, keeper: Keeper) -> Job:
    read(books, reading(books, keeper))
    books.made(books.claimed())
    ended = books.run(jobs.done, books.delivering(), 1, 5, now=books.now)
    assert ended is not None
    return ended


def again(books: Books, source: Job, user_id: int = 1) -> Job:
    asked = books.ask(user_id)
    plan = replace(books.plan(asked), images=source.input_count)
    more = {"source_id": source.id, "plan": plan, "limits": books.limits, "now": books.now}
    return books.run(admission.accept_again, asked, **more).job


def remove(books: Books, keeper: Keeper) -> int:
    return books.run(reference_removal.remove, keeper, "Momo", now=books.now)


def now(books: Books, job: Job) -> Job:
    return books.run(jobs.known_job, job.id)


def copies(books: Books) -> list[tuple[int, str]]:
    """The jobs whose images are kept, with the bytes."""
    kept = select(inputs.c.job_id, inputs.c.data_uri).where(HAS_BYTES).order_by(inputs.c.job_id, inputs.c.position)
    return [(row.job_id, row.data_uri) for row in books.run(lambda tx: tx.execute(kept).all())]


def test_a_request_finds_its_reference_images_in_the_order_in_which_they_were_stored(books: Books) -> None:
    keeper = character(books, images=2)
    character(books, name="Taro")

    job = reading(books, keeper)
    found = books.run(references.images_of, job.request.images)

    assert found == dict.fromkeys(books.run(references.ids_of, keeper), FACE)
    assert (job.input_count, len(found)) == (3, 2)


def test_a_copy_knows_its_reference_image_also_in_a_repeated_request(books: Books) -> None:
    keeper = character(books)
    source = done(books, keeper)

    repeated = again(books, source)

    for job in (source, repeated):
        sources = books.run(input_bytes.sources_of, job.id)
        assert [each.reference_id for each in sources] == [None, *books.run(references.ids_of, keeper)]


@pytest.mark.parametrize("make", [character, style])
def test_a_removed_reference_image_leaves_no_copy_and_no_waiting_request(
    books: Books, make: Callable[..., Keeper]
) -> None:
    keeper, other = make(books), make(books, name="other")
    ended, queued, bystander = done(books, keeper), read(books, reading(books, keeper)), requested(books, other)
    unread = requested(books, keeper)

    assert remove(books, keeper) == 2

    for job in (queued, unread):
        failed = now(books, job)
        assert failed.failure is not None
        assert (failed.state, failed.failure.reason) == (State.FAILED, Reason.REFERENCE_GONE)
        assert failed.failure.facts == {"name": "Momo"}
    assert now(books, bystander).state is State.REQUESTED
    assert copies(books) == [(ended.id, IMAGE.data_uri)]
    assert books.run(references.ids_of, other) != ()
    assert books.left()["member"] == 10 - 2  # one is delivered, one still waits
    assert books.broken() == ()


def test_an_image_removed_while_its_request_is_read_is_not_copied(books: Books) -> None:
    keeper = character(books)
    job = reading(books, keeper)

    remove(books, keeper)
    late = books.run(jobs.read, job, [IMAGE, FACE], now=books.now)

    assert late is None
    assert now(books, job).state is State.FAILED
    assert copies(books) == []


def test_a_request_that_is_accepted_after_the_removal_fails_when_it_is_read(books: Books) -> None:
    keeper = character(books)
    asked = ask(books, keeper)
    remove(books, keeper)

    books.run(admission.accept, asked, plan=books.plan(asked), limits=books.limits, now=books.now)
    job = books.run(queue.next_to_read, "one", now=books.now)
    assert isinstance(job, Job)
    failed = read(books, job)

    assert failed.failure is not None
    assert (failed.failure.reason, failed.failure.facts) == (Reason.REFERENCE_GONE, {"name": "Momo"})
    assert books.left()["member"] == 10


def test_a_request_whose_reference_image_was_removed_cannot_be_repeated(books: Books) -> None:
    keeper = character(books)
    source = done(books, keeper)
    remove(books, keeper)

    with pytest.raises(Refused) as refused:
        again(books, source)

    assert refused.value.reason is Reason.INPUTS_GONE


def test_a_character_that_shows_a_person_is_not_used_again_by_somebody_else(books: Books) -> None:
    pet, person = done(books, character(books)), done(books, character(books, name="Bo", person_id=5))

    with pytest.raises(Refused) as refused:
        again(books, person, user_id=2)

    assert (refused.value.reason, refused.value.facts) == (Reason.CHARACTER_OF_OTHERS, {"name": "Bo"})
    assert [again(books, person, user_id).requester.user_id for user_id in (1, 5)] == [1, 5]
    assert again(books, pet, user_id=2).requester.user_id == 2


@pytest.mark.parametrize("limit", ["input_bytes_per_person", "input_bytes"])
def test_reference_images_take_no_more_room_than_the_operator_gives(books: Books, limit: str) -> None:
    keeper = character(books)
    books.limit(**{limit: 3 * len(FACE.data_uri)})

    books.run(references.put, keeper, [FACE] * 2, limits=books.limits, now=books.now)
    with pytest.raises(Refused) as refused:
        books.run(references.put, keeper, [FACE], limits=books.limits, now=books.now)

    assert refused.value.reason is Reason.REFERENCES_FULL


def test_one_members_reference_images_take_no_room_of_anothers(books: Books) -> None:
    character(books, user_id=1)
    style(books)
    books.limit(input_bytes_per_person=len(FACE.data_uri))

    character(books, user_id=2)

    with pytest.raises(Refused):
        character(books, user_id=1, name="Taro")
