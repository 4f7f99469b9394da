"""The words of prompts are stored with a result, searched alike on both databases, and deleted with the prompt."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select, text, update

from imagegen.model import Job
from imagegen.reports import ResultFilter
from imagegen.store import admission, erasure, history, jobs, retention, search, stars
from imagegen.store.backup import write_backup
from imagegen.store.restore import restore
from imagegen.store.sqlite import sqlite_engine
from imagegen.store.tables_jobs import jobs as table
from imagegen.store.tables_results import shared_results
from imagegen.store.tables_search import FTS, prompt_words
from tests.imagegen.store.books import NOON, Books
from tests.imagegen.store.full_books import fill

ANA, BO = 1, 2


def result(books: Books, prompt: str, user_id: int = ANA, **more: Any) -> Job:
    ask = books.ask(user_id, **more)
    ask = replace(ask, image_request=replace(ask.image_request, prompt=prompt))
    books.run(admission.accept, ask, plan=books.plan(ask), limits=books.limits, now=books.now)
    books.made(books.claimed())
    done = books.run(jobs.done, books.delivering(), 1, 70, now=books.now)
    assert done is not None
    return done


def found(books: Books, viewer_id: int = ANA, **wanted: Any) -> list[str]:
    wanted_results = ResultFilter(**({"user_id": viewer_id} | wanted))
    read = books.run(history.results, wanted_results, viewer_id=viewer_id, before=None, limit=10)
    return [job.request.prompt for job in read]


def is_indexed(tx: Connection, word: str) -> bool:
    """Return whether the index itself knows a word, whatever the table of words holds."""
    if tx.dialect.name == "sqlite":
        query = text(f"SELECT count(*) FROM {FTS} WHERE {FTS} MATCH :word")  # noqa: S608  # our own name
    else:
        query = text(
            "SELECT count(*) FROM prompt_words WHERE to_tsvector('simple', words) @@ to_tsquery('simple', :word)"
        )
    return bool(tx.scalar(query, {"word": word}))


@pytest.mark.parametrize("find", ["CROWN fro", "皇冠", "戴皇冠的", "cafe", "red-haired", "🐸", "8k crown"])
def test_both_databases_find_the_same_words(books: Books, find: str) -> None:
    result(books, "A red-haired frog 🐸 with a crown in a Café, 8K 一只戴皇冠的青蛙")
    result(books, "an owl 冠 皇")

    assert len(found(books, find=find)) == 1


@pytest.mark.parametrize(
    "find", ['"', "*", "a* OR b", "NEAR(a b)", "-a", "a & !b", "a <-> b", "words:a", "'", "\\", ":*", "\0", "rog", "^a"]
)
def test_no_text_of_a_member_is_read_as_a_query(books: Books, find: str) -> None:
    result(books, "frog")

    assert found(books, find=find) == []


def test_filters_by_model_day_and_star_select_together(books: Books) -> None:
    first = result(books, "an old frog")
    books.later(days=2)
    second, other = result(books, "a new frog"), result(books, "his frog", BO)
    for user_id, job in ((BO, first), (ANA, other)):
        books.run(stars.toggle, job.id, user_id, limit=9, now=books.now)
    today = books.now.date()

    assert found(books, since=today, find="frog") == ["a new frog"]
    assert found(books, until=today - timedelta(days=1)) == ["an old frog"]
    assert found(books, since=date(2026, 11, 23), until=date(2026, 11, 23)) == ["an old frog"]
    assert found(books, model=second.model, is_starred=True) == ["an old frog"]
    assert found(books, model="another") == []
    assert found(books, user_id=None, starred_by=ANA, find="frog") == ["his frog"]


def test_a_private_result_is_found_by_its_requester_until_it_is_shared(books: Books) -> None:
    job = result(books, "a private frog")
    books.run(lambda tx: tx.execute(update(table).values(private=1)))
    books.run(stars.toggle, job.id, BO, limit=9, now=books.now)
    before = found(books, BO, user_id=None, starred_by=BO), found(books, BO, user_id=None, server_id=7, find="frog")

    share = {"job_id": job.id, "number": 1, "channel_id": 7, "message_id": 9, "at": books.now}
    books.run(lambda tx: tx.execute(insert(shared_results).values(share)))

    assert before == ([], [])
    assert found(books) == ["a private frog"]
    assert found(books, BO, user_id=None, server_id=7, find="frog") == ["a private frog"]


def test_words_are_deleted_with_the_prompt_and_with_the_job(books: Books) -> None:
    result(books, "forgetme")
    result(books, "purgeme", BO)

    books.run(erasure.forget, ANA, limit=10, now=books.now)
    with books.engine.connect() as tx:
        assert (is_indexed(tx, "wforgetme"), is_indexed(tx, "wpurgeme")) == (False, True)
    books.later(days=91)
    books.run(retention.purge_jobs, told_before=books.now - timedelta(days=90), limit=10)

    with books.engine.connect() as tx:
        assert not is_indexed(tx, "wpurgeme")
        assert tx.execute(select(prompt_words)).all() == []


def test_what_the_release_before_wrote_and_erased_is_completed_when_the_migration_runs_again(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "BATCH", 2)
    kept = [result(books, f"frog {number}") for number in range(5)]
    erased = result(books, "erased")
    books.run(stars.toggle, erased.id, BO, limit=9, now=books.now)

    def as_the_release_before(tx: Connection) -> None:
        tx.execute(prompt_words.delete().where(prompt_words.c.job_id != erased.id))
        tx.execute(update(table).where(table.c.id == erased.id).values(prompt_folded=None))

    books.run(as_the_release_before)
    books.run(search.complete)
    books.run(search.complete)

    assert found(books, find="frog") == [job.request.prompt for job in reversed(kept)]
    with books.engine.connect() as tx:
        assert not is_indexed(tx, "werased")
        assert stars.count(tx, erased.id) == 0


def test_a_restored_database_is_searched_as_the_one_before(url: str, tmp_path: Path) -> None:
    books = fill(url)
    write_backup(url, tmp_path / "taken", replace=False, now=NOON)
    books.engine.dispose()

    restore(f"sqlite:///{tmp_path}/new/wanvas.db", tmp_path / "taken", replace=False, now=NOON)

    engine = sqlite_engine(tmp_path / "new" / "wanvas.db")
    with engine.begin() as tx:
        (words,) = tx.scalars(select(prompt_words.c.words)).all()
        assert is_indexed(tx, words.split()[-1])
    engine.dispose()
