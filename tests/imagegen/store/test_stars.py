"""Stars keep a result beyond its retention period, and are deleted with what they are about or who gave them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from imagegen.errors import Reason, Refused
from imagegen.model import Job
from imagegen.store import erasure, jobs, member_data, retention, stars
from imagegen.store.tables_jobs import jobs as table
from imagegen.store.tables_results import stars as rows
from tests.imagegen.store.books import Books
from tests.timing import cost_s

ANA, BO = 1, 2


def result(books: Books, user_id: int = ANA) -> Job:
    books.submit(user_id)
    books.made(books.claimed())
    done = books.run(jobs.done, books.delivering(), 1, 70, now=books.now)
    assert done is not None
    return done


def star(books: Books, job: Job, user_id: int = BO, limit: int = 10) -> int:
    return books.run(stars.toggle, job.id, user_id, limit=limit, now=books.now)


def purge(books: Books) -> int:
    return books.run(retention.purge_jobs, told_before=books.now - timedelta(days=90), limit=100)


def test_a_second_press_takes_the_star_back_and_other_peoples_stay(books: Books) -> None:
    job = result(books)

    counts = [star(books, job, ANA), star(books, job, BO), star(books, job, ANA)]

    assert counts == [1, 2, 1]
    assert books.run(stars.count_by, BO) == 1


def test_a_starred_result_is_kept_until_its_last_star_goes(books: Books) -> None:
    starred, other = result(books), result(books)
    for user_id in (ANA, BO):
        star(books, starred, user_id)
    books.later(days=91)

    purged = purge(books)
    star(books, starred, BO)
    while_starred = purge(books)
    star(books, starred, ANA)

    assert (purged, while_starred, purge(books)) == (1, 0, 1)
    assert books.run(jobs.job, other.id) is None
    assert books.broken() == ()


def test_one_person_has_so_many_stars_at_most(books: Books) -> None:
    first, second = result(books), result(books)
    star(books, first, limit=1)

    with pytest.raises(Refused) as refused:
        star(books, second, limit=1)

    assert refused.value.reason is Reason.STARS_USED
    assert star(books, first, limit=1) == 0
    assert star(books, second, limit=1) == 1


def test_only_a_result_that_is_still_stored_takes_a_star(books: Books) -> None:
    erased, waiting = result(books), books.submit(BO)
    books.run(erasure.forget, ANA, limit=10, now=books.now)

    for job_id in (waiting.id, erased.id, 2**62):
        with pytest.raises(Refused) as refused:
            books.run(stars.toggle, job_id, BO, limit=10, now=books.now)
        assert refused.value.reason is Reason.RESULT_NOT_VISIBLE


def test_an_erased_result_loses_its_stars_and_is_purged_as_usual(books: Books) -> None:
    job = result(books)
    star(books, job)

    books.run(erasure.forget, ANA, limit=10, now=books.now)
    books.later(days=91)

    assert books.run(stars.count, job.id) == 0
    assert purge(books) == 1


def test_who_wants_to_be_forgotten_takes_their_stars_back(books: Books) -> None:
    job = result(books)
    star(books, job, BO)
    star(books, job, ANA)

    books.run(erasure.forget, BO, limit=10, now=books.now)

    assert books.run(stars.count, job.id) == 1


def test_a_person_reads_what_they_starred_and_nobody_elses_stars(books: Books) -> None:
    job = result(books)
    star(books, job, BO)
    star(books, job, ANA)

    told = books.run(member_data.person, BO)["starred"]

    assert told == [{"job_id": job.id, "at": books.now}]


def test_ten_thousand_kept_results_do_not_slow_the_retention(books: Books) -> None:
    job = result(books)
    with books.engine.begin() as tx:
        row = dict(tx.execute(select(table).where(table.c.id == job.id)).mappings().one())
        del row["id"]
        tx.execute(insert(table), [{**row, "key": f"i:more{n}"} for n in range(10_000)])
        ids = tx.scalars(select(table.c.id)).all()
        tx.execute(insert(rows), [{"job_id": job_id, "user_id": BO, "at": books.now} for job_id in ids])
    books.later(days=91)

    assert purge(books) == 0
    assert cost_s(lambda: purge(books)) < 0.25  # 10 ms on a quiet machine
