"""A stored address that cannot be read concerns its job alone: the job is answered by direct message."""

from __future__ import annotations

import json

from sqlalchemy import text

from imagegen.address import Address
from imagegen.store import jobs, retention
from tests.imagegen.store.books import Books

BROKEN = json.dumps({"channel_id": "no number", "token": "secret"})


def break_address(books: Books, job_id: int) -> None:
    with books.engine.begin() as tx:
        tx.execute(text("UPDATE jobs SET address = :address WHERE id = :id"), {"address": BROKEN, "id": job_id})


def stored_address(books: Books, job_id: int) -> str:
    with books.engine.begin() as tx:
        return str(tx.execute(text("SELECT address FROM jobs WHERE id = :id"), {"id": job_id}).scalar_one())


def test_an_unreadable_address_keeps_no_job_from_being_read(books: Books) -> None:
    broken, whole = books.submit(), books.submit()
    break_address(books, broken.id)

    found = [books.run(jobs.job, job.id) for job in (broken, whole)]

    assert [job.address for job in found if job is not None] == [Address(), whole.address]


def test_the_token_in_an_unreadable_address_is_forgotten_too(books: Books) -> None:
    broken = books.submit()
    break_address(books, broken.id)
    books.later(minutes=16)

    books.run(retention.forget_tokens, now=books.now, limit=10)

    assert stored_address(books, broken.id) == Address().to_json()
