"""What only another version of the code knows is kept where it stands, and stops no other row."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from imagegen.errors import Reason
from imagegen.model import Call, Failure, Job, StopReason, StoryImage, StoryText
from imagegen.policy.server_settings import Consent, ServerSettings, Tier
from imagegen.reports import BlockKind
from imagegen.store import (
    blocks,
    erasure,
    history,
    jobs,
    member_data,
    operator_admin,
    queue,
    retention,
    server_settings,
    stories,
)
from imagegen.store.processes import Adopted
from imagegen.store.tables import ledger
from tests.imagegen.store.books import IMAGE, MODEL_QUEUE, Books, made
from tests.imagegen.store.full_books import opened

NEW: dict[str, Any] = {"style": "oil", "steps": [1, {"deep": None}]}
SERVER, MANAGER = 7, 1


def stored(books: Books, column: str, table: str = "jobs") -> Any:
    """Return the JSON in a column of the only row of a table."""
    return json.loads(books.run(lambda tx: tx.execute(text(f"SELECT {column} FROM {table}")).scalar_one()))  # noqa: S608  # terms of the tests


def change(books: Books, table: str, where: str = "1 = 1", **values: Any) -> None:
    assignments = ", ".join(f"{name} = :{name}" for name in values)
    books.run(lambda tx: tx.execute(text(f"UPDATE {table} SET {assignments} WHERE {where}"), values))  # noqa: S608  # terms of the tests


def test_unknown_fields_of_a_request_are_kept_through_the_whole_life_of_a_job(books: Books) -> None:
    books.submit(images=1)
    written = stored(books, "request") | NEW
    written["images"][0] |= NEW
    change(books, "jobs", request=json.dumps(written))

    reading = books.run(queue.next_to_read, "one", now=books.now)
    assert isinstance(reading, Job)
    books.run(jobs.read, reading, [IMAGE], now=books.now)
    books.run(jobs.again, books.claimed(), books.now, enhance=False, now=books.now)
    books.later(seconds=1)
    books.made(books.claimed())
    books.run(jobs.undelivered, books.delivering(), Failure(Reason.UNDELIVERED), now=books.now)

    assert stored(books, "request") == written | {"images": [], "enhance": False}
    assert books.broken() == ()


def test_unknown_fields_of_an_address_are_kept_and_shown_to_nobody(books: Books) -> None:
    job = books.submit()
    change(books, "jobs", address=json.dumps(stored(books, "address") | NEW))

    books.run(jobs.set_message, job.id, 88)
    books.later(minutes=20)
    assert books.run(retention.forget_tokens, now=books.now, limit=9) == 1
    (told,) = books.run(member_data.requests_of, 1, after=0, limit=9)

    assert stored(books, "address") == NEW | {"channel_id": 5, "message_id": 88}
    assert told["address"] == {"channel_id": 5, "message_id": 88}


def test_unknown_settings_are_kept_when_a_manager_changes_another(books: Books) -> None:
    first = ServerSettings(tiers=(Tier(8, 9),))
    books.run(server_settings.set_settings, SERVER, first, user_id=MANAGER, now=books.now)
    written = stored(books, "settings", "server_settings") | NEW
    written["tiers"][0] |= NEW
    change(books, "server_settings", settings=json.dumps(written))

    now_paused = replace(first, paused=True)
    (made,) = books.run(server_settings.set_settings, SERVER, now_paused, user_id=MANAGER, now=books.now)

    assert made.what == "paused"
    assert stored(books, "settings", "server_settings") == written | {"paused": True}
    assert books.run(server_settings.settings_of, SERVER) == now_paused


def test_unreadable_settings_are_replaced_by_what_a_manager_decides(books: Books) -> None:
    books.run(server_settings.set_settings, SERVER, ServerSettings(5), user_id=MANAGER, now=books.now)
    change(books, "server_settings", settings="[]")

    books.run(
        server_settings.change_settings,
        SERVER, lambda before: replace(before, paused=False), user_id=MANAGER, now=books.now,
    )  # fmt: skip

    assert books.run(server_settings.settings_of, SERVER) == ServerSettings()


def test_unknown_fields_and_kinds_of_story_parts_stop_no_story(books: Books) -> None:
    books.submit(call=Call.STREAM, count=2)
    books.run(stories.store_parts, books.claimed(), [StoryText("Once"), StoryImage("https://x.aliyuncs.com/1.png")])
    parts = [part | NEW for part in stored(books, "story_so_far")]
    change(books, "jobs", story_so_far=json.dumps([*parts, {"sound": "https://x.aliyuncs.com/1.ogg"}]))

    (job,) = [books.run(jobs.known_job, 1)]
    books.run(jobs.generated, job, replace(made(), parts=job.story_so_far), now=books.now)
    change(books, "jobs", story_so_far=json.dumps(parts))
    books.run(jobs.done, books.delivering(), 1, 77, now=books.now)
    books.later(days=9)
    books.run(retention.forget_links, told_before=books.now, limit=9)

    assert job.story_so_far == (StoryText("Once"), StoryImage("https://x.aliyuncs.com/1.png"))
    assert stored(books, "story_so_far") == [parts[0], parts[1] | {"link": ""}]


@pytest.fixture
def lax(url: str) -> Iterator[Books]:
    """Return books whose database takes any value, as that of a newer version would."""
    books = Books(opened(url))
    with books.engine.begin() as tx:
        if tx.dialect.name == "postgresql":
            for table, name in (("jobs", "state"), ("jobs", "stop_reason"), ("people", "consent"), ("blocks", "kind")):
                tx.exec_driver_sql(f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_{name}")
    yield books
    books.engine.dispose()


def unchecked(books: Books, table: str, where: str, **values: Any) -> None:
    if books.engine.dialect.name == "sqlite":
        raw = books.engine.raw_connection()
        raw.execute("PRAGMA ignore_check_constraints=ON")
        raw.close()
    change(books, table, where, **values)


UNREADABLE = {
    "call": {"call": "batch"},
    "quality": {"request": '{"prompt": "x", "images": [], "aspect_ratio": null, "quality": "ultra"}'},
    "ratio": {"request": '{"prompt": "x", "images": [], "aspect_ratio": "21:9", "quality": "normal"}'},
    "no JSON": {"request": "{"},
    "no object": {"request": "[]"},
    "no fields": {"request": "{}"},
    "images": {"request": '{"prompt": "x", "images": [1], "aspect_ratio": null, "quality": "normal"}'},
    "boxes": {"request": '{"prompt": "x", "images": [], "aspect_ratio": null, "quality": "normal", "boxes": [[7]]}'},
}


@pytest.mark.parametrize("unreadable", UNREADABLE)
def test_a_request_that_cannot_be_read_is_claimed_to_fail_and_kept_as_it_is(books: Books, unreadable: str) -> None:
    job = books.submit(1)
    change(books, "jobs", **UNREADABLE[unreadable])
    before = books.run(lambda tx: tx.execute(text("SELECT request FROM jobs")).scalar_one())

    known = books.run(jobs.known_job, job.id)
    failed = books.run(
        jobs.failed, known, Failure(Reason.INTERNAL, {"job_id": job.id}), may_have_been_paid=False, now=books.now
    )

    (told,) = books.run(member_data.requests_of, 1, after=0, limit=9)
    assert told["request"] is not None
    assert known.request.unread == before
    assert failed is not None
    assert books.run(lambda tx: tx.execute(text("SELECT request FROM jobs")).scalar_one()) == before
    assert books.left()["member"] == books.limits.member_images_per_day
    assert books.broken() == ()


def test_a_request_that_cannot_be_read_is_erased_whole(books: Books) -> None:
    job = books.submit(1)
    change(books, "jobs", request='{"prompt": "secret", "images": "new"}')
    known = books.run(jobs.known_job, job.id)
    books.run(jobs.failed, known, Failure(Reason.INTERNAL), may_have_been_paid=False, now=books.now)
    books.run(jobs.notified, books.delivering(), now=books.now)

    books.run(erasure.forget, 1, limit=9, now=books.now)

    assert stored(books, "request")["prompt"] == ""


def test_a_job_in_an_unknown_state_stops_no_other(lax: Books) -> None:
    unknown = lax.submit(1)
    lax.model_queues = [replace(MODEL_QUEUE, in_flight=9)]
    other = lax.submit(1)
    unchecked(lax, "jobs", f"id = {unknown.id}", state="paused_at_wan", owner="dead", epoch=1, message_id=5)

    assert lax.claimed("one").id == other.id
    assert lax.adopt("two") == Adopted(sent_again=1)
    assert [receipt.job.id for receipt in lax.run(history.receipts, 1, before=None, limit=9)] == [other.id]
    assert lax.run(jobs.job_by_message, 5) is None
    assert lax.run(jobs.job, unknown.id) is None
    lax.run(erasure.forget, 1, limit=9, now=lax.now)


def test_unknown_reasons_consents_and_kinds_of_blocks_are_read_to_be_safe(lax: Books) -> None:
    lax.submit(1, call=Call.STREAM, count=2)
    story = lax.claimed()
    parts = (StoryText("Once"), StoryImage("https://x.aliyuncs.com/1.png"))
    lax.run(jobs.generated, story, replace(made(), parts=parts, stop_reason=StopReason.REFUSED), now=lax.now)
    lax.run(server_settings.set_consent, 5, Consent.NEVER)
    lax.run(operator_admin.block, BlockKind.PERSON, 99, user_id=1, now=lax.now)
    lax.run(operator_admin.block, BlockKind.PERSON, 98, user_id=1, now=lax.now)
    unchecked(lax, "jobs", "1 = 1", stop_reason="sponsored", scope="thread:5")
    unchecked(lax, "people", "1 = 1", consent="ask")
    unchecked(lax, "blocks", "target_id = 99", kind="channel")

    delivering = lax.delivering()
    assert delivering.made is not None
    assert delivering.made.stop_reason is StopReason.BROKEN
    assert lax.run(server_settings.consent_of, 5) is Consent.NEVER
    assert [block.target_id for block in lax.run(blocks.newest, limit=9)] == [98]


def test_a_counter_that_only_a_newer_version_has_stops_no_purge(books: Books) -> None:
    job = books.submit()
    entry = {"job_id": job.id, "name": "stars", "subject": "1", "window": "2026", "amount": 3, "at": books.now}
    both = [entry | {"entry": "reserve"}, entry | {"entry": "settle"}]
    books.run(lambda tx: tx.execute(ledger.insert(), both))
    books.run(
        lambda tx: tx.execute(
            text("INSERT INTO counters (name, subject, \"window\", reserved, used) VALUES ('stars', '1', '2026', 0, 3)")
        )
    )
    books.run(jobs.cancel, job.id, now=books.now)
    books.run(jobs.notified, books.delivering(), now=books.now)
    books.later(days=1)

    assert books.run(retention.purge_jobs, told_before=books.now, limit=9) == 1
    assert books.broken() == ()
