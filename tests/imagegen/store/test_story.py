"""A story is stored as it comes, can be stopped, and is delivered as far as it was stored after a kill."""

from dataclasses import replace

import pytest

from imagegen.errors import Reason
from imagegen.model import Call, Failure, Job, Made, Request, StopReason, StoryImage, StoryPart, StoryText
from imagegen.states import State
from imagegen.store import admission, jobs, pauses, processes, stories
from tests.imagegen.store.books import PRICE, Books

LINK = "https://x.aliyuncs.com/1.png"
PARTS: tuple[StoryPart, ...] = (StoryText("Once upon a time"), StoryImage(LINK), StoryText("… the end."))


def asked(books: Books, count: int) -> Request:
    ask = books.ask(count=count)
    return replace(ask, image_request=replace(ask.image_request, story=True))


def submit(books: Books, count: int = 3, call: Call = Call.STREAM) -> Job:
    ask = asked(books, count)
    return books.run(admission.accept, ask, plan=books.plan(ask, call), limits=books.limits, now=books.now).job


def telling(books: Books, count: int = 3, owner: str = "one") -> Job:
    """A story that is being told, in the hands of its maker."""
    submit(books, count)
    return books.claimed(owner)


def keep(books: Books, job: Job, parts: tuple[StoryPart, ...] = PARTS) -> Job:
    kept = books.run(stories.store_parts, job, parts)
    assert kept is not None
    return kept


def made(books: Books, job: Job, image_count: int | None = 1, cut: StopReason | None = None) -> Job:
    told = Made((LINK,), image_count, "1280*1280", "r-1", PARTS, cut)
    after = books.run(jobs.generated, job, told, now=books.now)
    assert after is not None
    return after


def shown(books: Books, count: int) -> Job:
    done = books.run(jobs.done, books.delivering(), count, 77, now=books.now)
    assert done is not None
    return done


def dies(books: Books) -> processes.Adopted:
    books.later(seconds=1)
    return books.adopt("two")


def test_stored_story_parts_can_be_read_by_the_display(books: Books) -> None:
    job = telling(books)

    keep(books, job)

    (waiting,) = books.line()
    told = books.run(jobs.job, waiting.job_id)
    assert told is not None
    assert told.story_so_far == PARTS
    assert waiting.state is State.SUBMITTING
    assert books.broken() == ()


def test_a_story_reserves_its_most_images_and_settles_to_the_delivered(books: Books) -> None:
    job = telling(books, count=3)
    assert books.left()["member"] == 7

    made(books, keep(books, job))
    done = shown(books, 1)

    assert done.made is not None
    assert (done.made.parts, done.made.stop_reason, done.story_so_far) == (PARTS, None, PARTS)
    assert books.left()["member"] == 9
    assert books.spent() == PRICE
    assert books.broken() == ()


def test_a_story_without_an_image_uses_no_quota(books: Books) -> None:
    words = Made((), 0, "", "r-1", (StoryText("No images today."),))
    books.run(jobs.generated, telling(books), words, now=books.now)

    shown(books, 0)

    assert books.left()["member"] == 10
    assert books.spent() == 0
    assert books.broken() == ()


def test_a_story_that_was_cut_counts_what_was_shown_and_keeps_its_money(books: Books) -> None:
    made(books, telling(books), image_count=None, cut=StopReason.BROKEN)

    done = shown(books, 1)

    assert done.made is not None
    assert done.made.stop_reason is StopReason.BROKEN
    assert books.left()["member"] == 9
    assert books.spent() == 3 * PRICE
    assert books.broken() == ()


def test_a_killed_story_is_delivered_with_what_was_written_down(books: Books) -> None:
    keep(books, telling(books, owner="dead"))

    assert dies(books) == processes.Adopted(delivered_as_is=1)
    job = books.delivering("two")

    assert job.made == Made((LINK,), None, "", "", PARTS, StopReason.KILLED)
    assert books.spent() == 3 * PRICE
    assert books.run(jobs.done, job, 1, 77, now=books.now) is not None
    assert books.left()["member"] == 9
    assert books.broken() == ()


@pytest.mark.parametrize("count", [1, 3])
def test_a_killed_story_of_which_nothing_came_is_told_and_never_sent_again(books: Books, count: int) -> None:
    telling(books, count, owner="dead")

    assert dies(books) == processes.Adopted(given_up=1)

    assert books.delivering("two").failure == Failure(Reason.UNANSWERED)
    assert books.claim("two") is None
    assert books.left()["member"] == 10
    assert books.spent() == count * PRICE
    assert books.broken() == ()


def test_a_kill_proves_nothing_about_the_key(books: Books) -> None:
    keep(books, telling(books, owner="dead"))
    books.run(pauses.pause, Reason.KEY_REFUSED, books.now.replace(hour=23), now=books.now)

    dies(books)

    assert books.run(pauses.pause, Reason.KEY_REFUSED, books.now, now=books.now) is False


def test_a_former_owner_adds_nothing_to_a_story(books: Books) -> None:
    zombie = telling(books, owner="dead")
    dies(books)

    assert books.run(stories.store_parts, zombie, PARTS) is None
    assert books.run(jobs.canceled, zombie, may_have_been_paid=False, now=books.now) is None
    assert books.broken() == ()


def test_a_story_that_is_told_is_asked_to_stop_and_keeps_its_hold_until_it_has(books: Books) -> None:
    job = telling(books)
    assert not books.run(stories.cancel_requested, job.id)

    asked_to_stop = books.run(jobs.cancel, job.id, now=books.now)

    assert asked_to_stop is not None
    assert asked_to_stop.state is State.SUBMITTING
    assert books.run(stories.cancel_requested, job.id)
    assert books.left()["member"] == 7
    assert books.broken() == ()


def test_the_first_wish_to_stop_is_the_one_that_is_kept(books: Books) -> None:
    job = telling(books)
    books.run(jobs.cancel, job.id, now=books.now)
    first = books.now
    books.later(seconds=3)

    again = books.run(jobs.cancel, job.id, now=books.now)

    assert again is not None
    assert again.cancel_requested_at == first


@pytest.mark.parametrize(("may_have_been_paid", "spent"), [(False, 0), (True, 3 * PRICE)])
def test_a_story_stopped_before_anything_came_is_returned(books: Books, may_have_been_paid: bool, spent: int) -> None:
    job = telling(books)
    books.run(jobs.cancel, job.id, now=books.now)

    books.run(jobs.canceled, job, may_have_been_paid=may_have_been_paid, now=books.now)

    assert books.delivering().state is State.CANCELED
    assert books.left()["member"] == 10
    assert books.spent() == spent
    assert books.broken() == ()


def test_a_waiting_story_is_cancelled_like_anything_that_waits(books: Books) -> None:
    job = submit(books)

    cancelled = books.run(jobs.cancel, job.id, now=books.now)

    assert cancelled is not None
    assert cancelled.state is State.CANCELED
    assert books.left()["member"] == 10
    assert books.spent() == 0


def test_a_request_for_images_that_was_sent_cannot_be_stopped_either(books: Books) -> None:
    job = books.submit()
    books.claimed()

    assert books.run(jobs.cancel, job.id, now=books.now) is None


def test_each_message_of_a_story_leads_to_it_in_order(books: Books) -> None:
    job = submit(books)
    books.run(jobs.set_message, job.id, 70)

    for position, message_id in ((2, 71), (3, 73), (3, 72)):
        books.run(stories.continue_in, job.id, position, message_id)

    assert books.run(stories.messages_of, job.id) == (71, 72)
    for message_id in (70, 71, 72):
        found = books.run(jobs.job_by_message, message_id)
        assert found is not None
        assert found.id == job.id
    assert books.run(jobs.job_by_message, 73) is None


def test_a_story_is_guessed_at_by_no_image_and_slows_no_estimate(books: Books) -> None:
    job = telling(books)
    books.later(minutes=4)
    made(books, job)
    shown(books, 1)

    submit(books)
    books.submit()

    assert [waiting.eta_s for waiting in books.line()] == [None, None]
