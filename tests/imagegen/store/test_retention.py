"""Old rows are deleted in time and in small steps, and the invariants hold before, between and after."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from imagegen.address import Address
from imagegen.errors import Reason
from imagegen.model import Call, Failure, Job, StoryImage, StoryText
from imagegen.store import input_bytes, jobs, queue, retention, server_settings, stories, tables, tables_jobs
from imagegen.store.tables import SCHEMA
from tests.imagegen.store.books import IMAGE, PRICE, Books, made


def over(books: Books, user_id: int = 1) -> Job:
    """A job that is over, its image shown."""
    books.submit(user_id)
    books.made(books.claimed())
    done = books.run(jobs.done, books.delivering(), 1, 5, now=books.now)
    assert done is not None
    return done


def purge(books: Books, days: int = 90, limit: int = 100) -> int:
    return books.run(retention.purge_jobs, told_before=books.now - timedelta(days=days), limit=limit)


def windows(books: Books, days: int = 90) -> int:
    return books.run(retention.purge_windows, over_by=books.now - timedelta(days=days), limit=100)


def rows(books: Books) -> dict[str, int]:
    counted = (tables_jobs.jobs, tables.ledger, tables.counters, tables_jobs.inputs, tables.turns)
    return {
        table.name: books.run(lambda tx, t=table: tx.scalar(select(func.count()).select_from(t))) for table in counted
    }


def test_an_old_job_is_deleted_with_everything_that_belongs_to_it(books: Books) -> None:
    over(books)
    books.later(days=100)
    kept = over(books)

    assert (purge(books), windows(books)) == (1, 8)

    assert rows(books) == {"jobs": 1, "ledger": 16, "counters": 8, "inputs": 0, "turns": 1}
    assert books.run(jobs.job, kept.id) is not None
    assert books.broken() == ()


def test_the_invariants_hold_between_two_steps(books: Books) -> None:
    for number in range(5):
        over(books, number)
    books.later(days=91)

    steps = []
    while purge(books, limit=2):
        steps.append((rows(books)["jobs"], books.broken()))

    assert steps == [(3, ()), (1, ()), (0, ())]


def test_what_was_used_this_month_stays_used_when_its_jobs_are_gone(books: Books) -> None:
    books.submit(count=3)
    books.made(books.claimed(), count=3)
    books.run(jobs.done, books.delivering(), 3, 5, now=books.now)
    books.later(days=2)

    assert (purge(books, days=1), windows(books, days=1)) == (1, 0)

    assert books.left()["server"] == 97
    month = books.run(
        lambda tx: tx.scalar(select(tables.counters.c.used).where(tables.counters.c.name == "budget_month"))
    )
    assert month == 3 * PRICE
    assert books.broken() == ()


def test_what_purged_jobs_cost_is_kept_by_month_server_and_model_for_three_years(books: Books) -> None:
    for scope, count in (("g:7", 1), ("g:7", 2), ("dm", 1)):
        books.submit(scope=scope, count=count)
        books.made(books.claimed(), count)
        books.run(jobs.done, books.delivering(), 1, 5, now=books.now)
    books.later(days=91)

    while purge(books, limit=1):
        pass

    kept = select(tables.purged_spending).order_by(tables.purged_spending.c.scope)
    assert books.run(lambda tx: [tuple(row) for row in tx.execute(kept)]) == [
        ("2026-11", "dm", "wan2.6-t2i", 1, 1, PRICE, 0),
        ("2026-11", "g:7", "wan2.6-t2i", 3, 2, 3 * PRICE, 0),
    ]
    books.later(days=3 * 365)
    assert windows(books) > 0
    assert len(books.run(lambda tx: tx.execute(kept).all())) == 2
    books.later(days=31)
    windows(books)
    assert books.run(lambda tx: tx.execute(kept).all()) == []


def test_a_job_that_is_not_notified_is_never_deleted(books: Books) -> None:
    books.submit()
    cancelled = books.submit(2)
    books.run(jobs.cancel, cancelled.id, now=books.now)
    books.later(days=400)

    assert purge(books) == 0
    assert rows(books)["jobs"] == 2


def test_a_window_with_entries_is_kept(books: Books) -> None:
    over(books)
    books.later(days=400)

    assert windows(books) == 0
    assert books.broken() == ()


def test_a_turn_of_somebody_who_canceled_is_forgotten_though_the_line_never_comes_there(books: Books) -> None:
    for user_id in (1, 2):
        books.run(jobs.cancel, books.submit(user_id).id, now=books.now)
    books.submit(2)

    assert books.run(retention.purge_turns, limit=10) == 1

    assert rows(books)["turns"] == 1
    assert books.broken() == ()


def test_a_turn_that_the_line_has_passed_is_forgotten_and_changes_no_order(books: Books) -> None:
    over(books, 1)
    over(books, 2)
    books.submit(1)

    assert books.run(retention.purge_turns, limit=10) == 1

    assert books.submit(2).id == max(waiting.job_id for waiting in books.line())
    assert books.claimed().requester.user_id == 1
    assert books.claimed().requester.user_id == 2
    assert books.broken() == ()


def test_old_changes_and_grants_are_forgotten_and_this_months_kept(books: Books) -> None:
    books.run(server_settings.grant, 7, 1, 5, month="2026-08", user_id=9, now=books.now)
    books.later(days=91)
    books.run(server_settings.grant, 7, 1, 5, month="2027-02", user_id=9, now=books.now)

    forgotten = books.run(retention.purge_decisions, told_before=books.now - timedelta(days=90), limit=10)

    assert forgotten == 2
    assert len(books.run(server_settings.changes_of, 7, limit=10)) == 1


def links_forgotten(books: Books, hours: int = 1) -> int:
    return books.run(retention.forget_links, told_before=books.now - timedelta(hours=hours), limit=10)


def test_the_links_of_a_result_are_forgotten_an_hour_after_it_was_shown_and_not_before(books: Books) -> None:
    job = over(books)
    assert links_forgotten(books) == 0
    books.later(hours=2)

    assert links_forgotten(books) == 1

    kept = books.run(jobs.job, job.id)
    assert kept is not None
    assert kept.made is not None
    assert (kept.made.links, kept.delivered, kept.message_id) == ((), 1, 5)
    assert links_forgotten(books) == 0
    assert books.broken() == ()


def test_an_undelivered_result_keeps_its_links(books: Books) -> None:
    books.submit()
    books.made(books.claimed())
    books.later(hours=20)

    assert links_forgotten(books) == 0


def test_of_a_story_the_text_stays_and_the_links_are_deleted(books: Books) -> None:
    story = (StoryText("Once"), StoryImage("https://x.aliyuncs.com/0.png?signed"))
    books.submit()
    books.run(jobs.generated, books.claimed(), replace(made(), parts=story), now=books.now)
    job = books.run(jobs.done, books.delivering(), 1, 5, now=books.now)
    assert job is not None
    books.later(hours=2)

    links_forgotten(books)

    kept = books.run(jobs.job, job.id)
    assert kept is not None
    assert kept.story_so_far == (StoryText("Once"), StoryImage(""))


def test_a_story_that_failed_keeps_no_link_of_what_had_come(books: Books) -> None:
    books.submit(call=Call.STREAM)
    told = books.run(stories.store_parts, books.claimed(), [StoryImage("https://x.aliyuncs.com/0.png")])
    assert told is not None

    failed = books.run(jobs.failed, told, Failure(Reason.INTERNAL), may_have_been_paid=True, now=books.now)

    assert failed is not None
    assert failed.story_so_far == (StoryImage(""),)


def test_a_token_is_forgotten_after_fifteen_minutes_and_the_rest_kept(books: Books) -> None:
    job = books.submit()
    books.run(jobs.set_message, job.id, 99)
    books.later(minutes=16)

    books.run(retention.forget_tokens, now=books.now, limit=10)

    kept = books.run(jobs.job_by_message, 99)
    assert kept is not None
    assert kept.address == Address(channel_id=5, message_id=99)


def test_input_images_are_deleted_after_the_retention_period(books: Books) -> None:
    books.submit(images=1)
    reading = books.run(queue.next_to_read, "one", now=books.now)
    assert isinstance(reading, Job)
    books.run(jobs.read, reading, [IMAGE], now=books.now)
    failure = Failure(Reason.UNANSWERED)  # after which it may be repeated
    books.run(jobs.failed, books.claimed(), failure, may_have_been_paid=True, now=books.now)
    later = books.now + timedelta(hours=25)

    assert books.run(retention.purge_inputs, given_before=later, limit=10) == 1
    assert books.run(input_bytes.stored, reading.id) == ()


@pytest.mark.parametrize("table", ["jobs", "ledger", "grants", "settings_changes"])
def test_no_id_is_given_out_again_after_the_newest_row_was_purged(books: Books, table: str) -> None:
    """An old button would name somebody else's job."""
    over(books)
    books.run(server_settings.grant, 7, 1, 2, month="2026-11", user_id=99, now=books.now)
    newest = max(ids(books, table))
    books.later(days=100)
    purge(books)
    books.run(retention.purge_decisions, told_before=books.now - timedelta(days=40), limit=9)
    assert ids(books, table) == []

    over(books)
    books.run(server_settings.grant, 7, 1, 2, month="2027-03", user_id=99, now=books.now)

    assert min(ids(books, table)) > newest
    assert books.broken() == ()


def ids(books: Books, table: str) -> list[int]:
    return books.run(lambda tx: list(tx.scalars(select(SCHEMA.tables[table].c.id))))
