"""A report is stored once, its card is worked on by one caller at a time, and the first decision counts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from imagegen.model import Job
from imagegen.policy.review import CardKind, Decision, Report, ReportReason, ReviewCard
from imagegen.store import erasure, jobs, member_data, retention, reviews, server_settings, stories
from imagegen.store.tables_results import reports, review_cards, shared_results
from tests.imagegen.store.books import Books

MANAGER, REPORTER, OTHER = 90, 2, 3


def done(books: Books, user_id: int = 1) -> Job:
    books.submit(user_id)
    books.made(books.claimed())
    job = books.run(jobs.done, books.delivering(), 1, 70, now=books.now)
    assert job is not None
    return job


def report(
    books: Books, job: Job, user_id: int = REPORTER, reason: ReportReason = ReportReason.HATE, message_id: int = 70
) -> Any:
    return books.run(reviews.report, Report(job.id, user_id, 7, reason, 5, message_id), now=books.now)


def claimed(books: Books) -> ReviewCard:
    card = books.run(reviews.claim_next, now=books.now)
    assert card is not None
    return card


def decide(books: Books, job: Job, decision: Decision, user_id: int = MANAGER) -> tuple[ReviewCard, bool]:
    found = books.run(reviews.decide, job.id, CardKind.REPORT, decision, user_id=user_id, now=books.now)
    assert found is not None
    return found


def test_a_member_reports_a_job_once_and_reports_of_several_members_are_one_card(books: Books) -> None:
    job = done(books)

    first, again, other = report(books, job), report(books, job), report(books, job, OTHER, ReportReason.OTHER)

    assert first.reasons == (ReportReason.HATE,)
    assert again is None
    assert sorted(other.reasons) == [ReportReason.HATE, ReportReason.OTHER]
    assert other.reported == (5, 70)


def test_a_card_is_claimed_by_one_caller_until_that_one_has_ended_or_died(books: Books) -> None:
    report(books, done(books))

    first = claimed(books)
    meanwhile = books.run(reviews.claim_next, now=books.now)
    books.later(seconds=reviews.CLAIM.total_seconds())
    after_death = claimed(books)
    books.run(reviews.placed, first, 8, 80)  # by the first caller, which was only asleep
    books.run(reviews.finished, after_death, again_at=None, now=books.now)

    assert meanwhile is None
    assert after_death.job_id == first.job_id
    assert [row.message_id for row in books.run(lambda tx: tx.execute(review_cards.select()).all())] == [None]
    assert books.run(reviews.claim_next, now=books.now) is None


def test_what_comes_while_a_card_is_drawn_makes_it_due_again(books: Books) -> None:
    job = done(books)
    report(books, job)
    held = claimed(books)

    report(books, job, OTHER)
    books.run(reviews.finished, held, again_at=None, now=books.now)

    assert len(claimed(books).reasons) == 2


def test_a_card_that_finds_no_channel_is_tried_again_later(books: Books) -> None:
    report(books, done(books))
    held = claimed(books)
    books.run(reviews.finished, held, again_at=books.now + timedelta(minutes=1), now=books.now)

    too_early = books.run(reviews.claim_next, now=books.now)
    books.later(minutes=1)

    assert too_early is None
    assert claimed(books).job_id == held.job_id


def test_the_first_of_two_decisions_counts_and_a_block_comes_with_it(books: Books) -> None:
    job = done(books)
    report(books, job)

    blocked, dismissed = decide(books, job, Decision.BLOCKED), decide(books, job, Decision.DISMISSED, user_id=91)

    assert (blocked[1], dismissed[1]) == (True, False)
    assert (dismissed[0].decision, dismissed[0].decided_by) == (Decision.BLOCKED, MANAGER)
    assert books.run(server_settings.blocked_members, 7) == (1,)
    (change,) = books.run(server_settings.changes_of, 7, limit=5)
    assert (change.what, change.user_id) == ("blocked 1", MANAGER)


def test_a_late_block_after_a_dismissal_blocks_nobody(books: Books) -> None:
    job = done(books)
    report(books, job)
    decide(books, job, Decision.DISMISSED)

    decide(books, job, Decision.BLOCKED)

    assert books.run(server_settings.blocked_members, 7) == ()


def test_a_dismissed_card_is_open_again_only_if_another_message_of_the_result_is_reported(books: Books) -> None:
    job = done(books)
    report(books, job)
    decide(books, job, Decision.DISMISSED)

    same = report(books, job, OTHER)
    books.later(minutes=1)
    other = report(books, job, reason=ReportReason.PERSON, message_id=72)
    again = report(books, job, reason=ReportReason.PERSON, message_id=72)
    removed, is_first = decide(books, job, Decision.REMOVED)

    assert same.decision is Decision.DISMISSED
    assert (other.decision, other.decided_by, other.reported) == (None, None, (5, 72))
    assert sorted(other.reasons) == [ReportReason.HATE, ReportReason.PERSON]
    assert again is None
    assert (removed.decision, is_first) == (Decision.REMOVED, True)


def test_a_report_opens_a_removed_result_again_only_after_its_messages_are_deleted(books: Books) -> None:
    job = done(books)
    report(books, job)
    decide(books, job, Decision.REMOVED)

    before = report(books, job, message_id=71)
    books.run(reviews.finished, claimed(books), again_at=None, now=books.now)
    after = report(books, job, message_id=72)

    assert (before.decision, after.decision) == (Decision.REMOVED, None)


def test_every_message_of_a_result_is_known_also_those_that_were_shared(books: Books) -> None:
    ask = books.ask()
    job = done(books)
    books.run(stories.continue_in, job.id, 2, 71)
    shared = {"job_id": job.id, "number": 1, "channel_id": 6, "message_id": 72, "at": books.now}
    books.run(lambda tx: tx.execute(shared_results.insert().values(shared)))

    found = books.run(reviews.messages_of, job)

    channel_id = ask.address.channel_id
    own = () if channel_id is None else ((channel_id, 70), (channel_id, 71))
    assert set(found) == {*own, (6, 72)}


def test_a_person_reads_reports_by_and_about_them_without_who_else_reported(books: Books) -> None:
    job = done(books)
    report(books, job)
    decide(books, job, Decision.DISMISSED)

    requester = books.run(member_data.person, 1)
    reporter, manager = books.run(member_data.person, REPORTER), books.run(member_data.person, MANAGER)

    assert [row["reason"] for row in requester["reports_about"]] == ["hate"]
    assert "user_id" not in requester["reports_about"][0]
    assert [row["decision"] for row in requester["reviews_about"]] == ["dismissed"]
    assert "decided_by" not in requester["reviews_about"][0]
    assert [row["job_id"] for row in reporter["reports_made"]] == [job.id]
    assert [row["decision"] for row in manager["reviews_made"]] == ["dismissed"]


def test_who_reported_is_erased_at_their_wish_and_all_of_it_with_the_job(books: Books) -> None:
    job = done(books)
    report(books, job)
    report(books, job, OTHER)

    books.run(erasure.forget, REPORTER, limit=10, now=books.now)
    left = books.run(lambda tx: tx.scalars(reports.select().with_only_columns(reports.c.user_id)).all())
    books.run(retention.purge_jobs, told_before=books.now + timedelta(days=1), limit=10)
    rows = books.run(lambda tx: [*tx.execute(reports.select()), *tx.execute(review_cards.select())])

    assert left == [OTHER]
    assert rows == []
