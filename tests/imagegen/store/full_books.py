"""A database with rows in every table and jobs in every state, and what it holds row by row."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
from sqlalchemy import URL, Connection, Engine, Table, delete, make_url, select, text

from imagegen.errors import Reason
from imagegen.model import Call, Failure, Job, StoryImage, StoryText
from imagegen.policy.model_queue import ModelQueue
from imagegen.policy.server_settings import Consent, ServerSettings, Tier
from imagegen.reports import BlockKind
from imagegen.states import State
from imagegen.store import (
    departures,
    jobs,
    operator_admin,
    pauses,
    processes,
    queue,
    retention,
    server_settings,
    shares,
    starts,
    stories,
    tasks,
)
from imagegen.store.engine import sqlite_path, upgrade
from imagegen.store.postgresql import postgresql_engine
from imagegen.store.sqlite import sqlite_engine
from imagegen.store.tables import SCHEMA, budget_alerts, grants
from imagegen.store.tables_members import characters, drafts, member_settings, reference_images, styles
from imagegen.store.tables_results import reports, review_cards, shared_results, stars
from tests.imagegen.store.books import IMAGE, MODEL_QUEUE, Books

WORDS = "Grüße 灯塔 🌊 'quoted' \\backslash\ttab\nline %s :name"
DRAFT, EDIT = {"weight": 50}, {"weight": 250, "input_price_microusd": 4_000}
GONE_GRANT = 9  # the id of a grant that is no longer there


def opened(url: str) -> Engine:
    """Return an engine for a database that the test has alone, with the newest schema."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        engine = postgresql_engine(parsed)
    else:
        path = sqlite_file(url)
        path.parent.mkdir(parents=True, exist_ok=True)
        engine = sqlite_engine(path)
    upgrade(engine)
    return engine


def sqlite_file(url: str) -> Path:
    path = sqlite_path(url)
    assert path is not None
    return path


def fill(url: str) -> Books:
    """Make the empty database of *url* a full one, and return its books."""
    return replace(_put_copy(url), engine=opened(url))


def put_full(url: str) -> None:
    """Make the empty database of *url* a full one."""
    _put_copy(url)


def _put_copy(url: str) -> Books:
    """Copy the full database, which is filled once on each server for all tests, and return the books of that."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        full = parsed.set(database="full_books")
        books, name = _full_on_postgresql(full), parsed.database
        create = f"CREATE DATABASE {name} OWNER {parsed.username} TEMPLATE {full.database}"
        _as_superuser(parsed, f"DROP DATABASE {name}", create)
    else:
        books, content = _full()
        sqlite_file(url).parent.mkdir(parents=True, exist_ok=True)
        sqlite_file(url).write_bytes(content)
    return books


@cache
def _full() -> tuple[Books, bytes]:
    with TemporaryDirectory() as folder:
        books = _filled(f"sqlite:///{folder}/full.db")
        return books, (Path(folder) / "full.db").read_bytes()


@cache
def _full_on_postgresql(full: URL) -> Books:
    _as_superuser(full, f"CREATE DATABASE {full.database} OWNER {full.username}")
    return _filled(full.render_as_string())


def _as_superuser(parsed: URL, *statements: str) -> None:
    with psycopg.connect(f"host={parsed.query['host']} user=postgres", autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def _filled(url: str) -> Books:
    books = Books(opened(url), model_queues=[ModelQueue(MODEL_QUEUE.model, 100, 1e9)])
    books.limit(member_images_per_day=1000, person_images_per_day=1000)
    _end_some(books)
    _leave_some_open(books)
    _decide(books)
    _keep(books)
    assert {job.state for job in all_jobs(books)} == set(State)
    assert [name for name, found in rows(books.engine).items() if not found] == []  # a new table needs a row here
    books.engine.dispose()
    return books


def _end_some(books: Books) -> None:
    books.submit(9, cost=EDIT)
    books.run(jobs.failed, books.claimed("dead"), Failure(Reason.BUSY), may_have_been_paid=True, now=books.now)
    books.run(jobs.notified, books.delivering("dead"), now=books.now)
    books.later(seconds=1)
    assert books.run(retention.purge_jobs, told_before=books.now, limit=1) == 1
    books.submit(1, images=2, count=2, cost=EDIT)
    reading = books.run(queue.next_to_read, "dead", now=books.now)
    assert isinstance(reading, Job)
    books.run(jobs.read, reading, [IMAGE, IMAGE], now=books.now)
    books.made(books.claimed("dead"), 2)
    books.run(jobs.done, books.delivering("dead"), 2, 77, now=books.now)
    books.submit(2, cost=DRAFT)
    why = Failure(Reason.MODERATION, {"side": "input", "code": WORDS})
    books.run(jobs.failed, books.claimed("dead"), why, may_have_been_paid=True, now=books.now)
    books.run(jobs.cancel, books.submit(3, scope="dm").id, now=books.now)
    for _ in range(2):
        ended = books.delivering("dead")
        books.run(jobs.notified, ended, now=books.now)


def _leave_some_open(books: Books) -> None:
    books.submit(4, call=Call.STREAM, scope="install", count=3)
    story = books.claimed("dead")
    books.run(stories.store_parts, story, [StoryText(WORDS), StoryImage("https://x.aliyuncs.com/1.png")])
    books.run(stories.continue_in, story.id, 2, 2**62)
    books.submit(5, call=Call.TASK, cost=EDIT)
    task = books.run(jobs.submitted, books.claimed("dead"), "task-5", "request-5")
    assert task is not None
    books.run(tasks.running, task, now=books.now)
    books.submit(6)
    books.made(books.claimed("dead"))
    books.submit(7)
    books.submit(8, images=1, cost=EDIT)
    books.later(minutes=3, microseconds=1)


def _decide(books: Books) -> None:
    managed = ServerSettings(5, None, (Tier(8, 9),), (1, 2), blocked_words=("灯塔", "it's"), log_channel_id=2**60)
    books.run(server_settings.set_settings, 7, managed, user_id=1, now=books.now)
    books.run(server_settings.set_blocked, 7, 66, True, user_id=1, now=books.now)
    for _ in range(GONE_GRANT):
        books.run(server_settings.grant, 7, 4, 5, month="2026-11", user_id=1, now=books.now)
    books.run(lambda tx: tx.execute(delete(grants).where(grants.c.id == GONE_GRANT)))
    books.run(server_settings.set_consent, 5, Consent.NEVER)
    books.run(operator_admin.announce, WORDS, now=books.now)
    books.run(operator_admin.block, BlockKind.PERSON, 99, user_id=1, now=books.now)
    books.run(lambda tx: tx.execute(budget_alerts.insert().values(name="budget_day", window="2026-11-23", percent=50)))
    books.run(pauses.pause, Reason.ACCOUNT_OVERDUE, books.now, code="Arrearage", now=books.now)
    books.run(shares.set_share, 7, 5_000_000, user_id=1, now=books.now)
    books.run(departures.left, [7], now=books.now)
    books.run(starts.begin, "0,1", now=books.now)
    books.run(processes.heartbeat, "dead", now=books.now - timedelta(days=1))


def _keep(books: Books) -> None:
    """Write a row of each kind that members and managers keep."""
    image = {"position": 1, "data_uri": "x", "width_px": 1, "height_px": 1, "notes": "", "bytes": 1, "at": books.now}
    message = {"channel_id": 7, "message_id": 2**62, "at": books.now}
    kept: list[tuple[Table, dict[str, Any]]] = [
        (member_settings, {"user_id": 1, "settings": "{}", "at": books.now}),
        (styles, {"server_id": 7, "name": WORDS, "name_folded": WORDS, "style": "{}", "user_id": 1, "at": books.now}),
        (characters, {"user_id": 1, "name": "Momo", "name_folded": "momo", "consent": "unneeded", "at": books.now}),
        (reference_images, {**image, "style_id": 1}),
        (reference_images, {**image, "character_id": 1}),
        (drafts, {"user_id": 1, "request": "{}", "at": books.now}),
        (shared_results, {"job_id": 2, "number": 1, "channel_id": 7, "message_id": 2**62, "at": books.now}),
        (stars, {"job_id": 2, "user_id": 1, "at": books.now}),
        (reports, {**message, "job_id": 2, "user_id": 3, "reason": "nudity"}),
        (review_cards, {**message, "job_id": 2, "kind": "report", "server_id": 7, "due_at": books.now}),
    ]
    books.run(lambda tx: [tx.execute(table.insert().values(row)) for table, row in kept])


def all_jobs(books: Books) -> list[Job]:
    ids = books.run(lambda tx: tx.scalars(text("SELECT id FROM jobs ORDER BY id")).all())
    return [books.run(jobs.known_job, job_id) for job_id in ids]


def rows(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of every table, in one order whatever the database."""
    with engine.begin() as tx:
        return {table.name: _rows(tx, table) for table in SCHEMA.sorted_tables}


def _rows(tx: Connection, table: Any) -> list[tuple[Any, ...]]:
    return sorted((tuple(row) for row in tx.execute(select(table))), key=repr)
