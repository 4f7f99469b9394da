"""A draft is started once and as a whole, by its member alone, within minutes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from imagegen.errors import Reason, Refused
from imagegen.model import Request
from imagegen.policy.server_settings import DEFAULT_SETTINGS
from imagegen.reports import Draft, Submission
from imagegen.store import drafts, erasure, member_data, server_settings
from imagegen.store.audit import audit
from imagegen.store.tables_jobs import jobs
from imagegen.store.tables_members import drafts as rows
from tests.imagegen.store.books import Books

ANA, BO = 1, 2


def kept(books: Books, count: int = 3, images_each: int = 1) -> Draft:
    """Store a draft of Ana's with so many requests, and return it as it is found."""
    asked = tuple(
        replace(books.ask(count=images_each).image_request, prompt=f"door {number}") for number in range(count)
    )
    draft_id = books.run(drafts.keep, Draft(0, ANA, asked, (0,) * count, form="words:1"), now=books.now)
    found = books.run(drafts.find, draft_id, ANA, now=books.now)
    assert found is not None
    return found


def requests_of(books: Books, draft: Draft) -> list[Request]:
    by = books.ask(ANA)
    return [replace(by, key=f"d:{draft.id}:{n}", image_request=one) for n, one in enumerate(draft.requests, start=1)]


def start(books: Books, draft: Draft) -> Sequence[Submission] | None:
    asked = requests_of(books, draft)
    plans = [books.plan(one) for one in asked]
    return books.run(drafts.start, draft, asked, plans=plans, limits=books.limits, now=books.now)


def job_count(books: Books) -> int:
    return books.run(lambda tx: tx.scalar(select(func.count()).select_from(jobs))) or 0


def test_a_draft_is_read_back_as_it_was_kept(books: Books) -> None:
    draft = kept(books, 2)

    assert [request.prompt for request in draft.requests] == ["door 0", "door 1"]
    assert (draft.input_counts, draft.source_id, draft.form) == ((0, 0), None, "words:1")


def test_a_started_draft_becomes_all_its_jobs_and_a_second_start_returns_the_same(books: Books) -> None:
    draft = kept(books)

    first, again = start(books, draft), start(books, draft)

    assert first is not None
    assert again is not None
    assert [one.job.request.prompt for one in first] == ["door 0", "door 1", "door 2"]
    assert [one.job.id for one in again] == [one.job.id for one in first]
    assert [one.repeated for one in again] == [True] * 3
    assert books.run(drafts.find, draft.id, ANA, now=books.now) is None
    assert books.left()["member"] == 7
    assert books.run(audit) == ()


def test_without_quota_for_all_none_is_accepted_and_the_draft_stays(books: Books) -> None:
    books.submit(ANA, count=4)
    draft = kept(books, count=4, images_each=2)

    with pytest.raises(Refused) as refused:
        start(books, draft)

    assert refused.value.reason is Reason.MORE_THAN_LEFT
    assert (refused.value.facts["requested"], refused.value.facts["left"]) == (8, 6)
    assert job_count(books) == 1
    assert books.run(drafts.find, draft.id, ANA, now=books.now) == draft


def test_without_room_in_the_queue_for_all_none_is_accepted(books: Books) -> None:
    books.limit(queued_per_member=4)
    books.submit(ANA)
    books.submit(ANA)
    draft = kept(books)

    with pytest.raises(Refused) as refused:
        start(books, draft)

    assert (refused.value.reason, refused.value.facts) == (Reason.NO_ROOM_FOR_ALL, {"count": 3, "limit": 4})
    assert job_count(books) == 2


def test_a_blocked_word_in_one_request_refuses_all(books: Books) -> None:
    rules = replace(DEFAULT_SETTINGS, blocked_words=("door 2",))
    books.run(server_settings.set_settings, 7, rules, user_id=9, now=books.now)
    draft = kept(books)

    with pytest.raises(Refused) as refused:
        start(books, draft)

    assert (refused.value.reason, job_count(books)) == (Reason.PROMPT_BLOCKED, 0)


def test_a_canceled_draft_is_started_no_more(books: Books) -> None:
    draft = kept(books)

    canceled = [books.run(drafts.cancel, draft.id, user_id) for user_id in (BO, ANA, ANA)]

    assert canceled == [False, True, False]
    assert start(books, draft) is None
    assert job_count(books) == 0


def test_a_draft_is_found_by_its_member_alone_and_for_fifteen_minutes(books: Books) -> None:
    draft = kept(books)

    found = [books.run(drafts.find, *who, now=books.now) for who in ((draft.id, BO), (draft.id + 1, ANA))]
    books.now += timedelta(minutes=15)
    late = books.run(drafts.find, draft.id, ANA, now=books.now)
    purged = books.run(drafts.purge, now=books.now, limit=10)

    assert (found, late, purged) == ([None, None], None, 1)


def test_a_member_has_few_drafts_and_may_read_and_erase_them(books: Books) -> None:
    newest = [kept(books, 1) for _ in range(drafts.MOST + 2)][-drafts.MOST :]

    stored = books.run(lambda tx: tx.scalars(select(rows.c.id).order_by(rows.c.id)).all())
    read = books.run(member_data.person, ANA)["drafts"]
    books.run(erasure.forget, ANA, limit=10, now=books.now)

    assert stored == [draft.id for draft in newest]
    assert read[0]["prompts"] == ["door 0"]
    assert "url" not in str(read)
    assert books.run(drafts.find, newest[-1].id, ANA, now=books.now) is None


def test_a_draft_that_this_version_cannot_read_is_over(books: Books) -> None:
    draft = kept(books, 1)
    for text in ("{}", "[", '{"requests": [1], "input_counts": [], "source_id": null, "form": ""}'):
        books.run(lambda tx, text=text: tx.execute(rows.update().values(request=text)))

        assert books.run(drafts.find, draft.id, ANA, now=books.now) is None
        assert books.run(member_data.person, ANA)["drafts"][0]["prompts"] == []
