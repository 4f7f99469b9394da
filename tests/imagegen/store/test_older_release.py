"""A release can be rolled back to the one before it, and forward again, and nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect, text

from imagegen.errors import Reason, StoreUnavailable
from imagegen.model import Failure
from imagegen.store import copying, jobs, migrations, revision
from imagegen.store.audit import audit, audited
from imagegen.store.backup import write_backup
from imagegen.store.copying import Tally
from imagegen.store.engine import upgrade
from imagegen.store.inspection import what_a_start_does
from imagegen.store.last_ids import give_out_none_again
from imagegen.store.restore import restore
from imagegen.store.upgrading import run_migrations_in
from tests.imagegen.store.books import NOON, Books
from tests.imagegen.store.full_books import all_jobs, fill, put_full, rows
from tests.imagegen.store.test_migrations import an_engine, schema

NEWEST = revision.NEWEST
FORMER = f"{int(NEWEST) - 1:04}"
ROWS_ADDED_IN = {"0002": "name = 'share'"}  # of the ledger and of the counters


def filled_at(url: str, to: str, folder: Path) -> Engine:
    """Return a database that the release with the revision *to* has made and filled."""
    put_full(f"sqlite:///{folder}/full/full.db")
    engine, full = an_engine(url), an_engine(f"sqlite:///{folder}/full/full.db")
    with engine.connect() as tx, full.begin() as source:
        for later in (rows for added_in, rows in ROWS_ADDED_IN.items() if added_in > to):
            for table in ("ledger", "counters"):
                source.exec_driver_sql(f"DELETE FROM {table} WHERE {later}")  # noqa: S608  # terms of the tests
        run_migrations_in(tx, to)
        for found in copying.tables_in(tx, revision.NEWEST):
            copying.copy(source, tx, found)
        give_out_none_again(tx, {})
        tx.commit()
    full.dispose()
    return engine


REVISIONS = [script.revision for script in ScriptDirectory(str(Path(migrations.__file__).parent)).walk_revisions()][
    ::-1
]  # first to last


@contextmanager
def release_of(newest: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let this code be of the release that has the schema *newest*."""
    with monkeypatch.context() as older:
        older.setattr(revision, "NEWEST", newest)
        yield


@contextmanager
def rolled_back(books: Books, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the release before this one run on the database."""
    with release_of(FORMER, monkeypatch):
        upgrade(books.engine)
        yield


FAILURE = Failure(Reason.BUSY)


def test_an_upgrade_a_rollback_and_an_upgrade_lose_nothing(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = filled_at(url, FORMER, tmp_path)
    upgrade(engine)
    books = Books(engine)
    first = all_jobs(books)
    with engine.begin() as tx:
        assert audit(tx) == ()
        tx.execute(text("DELETE FROM sending_pauses"))

    with rolled_back(books, monkeypatch):
        new = books.submit(70)
        (open_job,) = [job for job in first if job.remote_id == "task-5"]
        assert books.run(jobs.failed, open_job, FAILURE, may_have_been_paid=True, now=books.now) is not None
        assert f"of the next version ({NEWEST})" in what_a_start_does(url)
        assert audited(url).jobs == len(first) + 1
    assert "an older version ran on the database" in what_a_start_does(url)
    upgrade(engine)

    with engine.begin() as tx:
        assert audit(tx) == ()
        assert not inspect(tx).has_table("wanvas_older")
        assert revision.stored(tx) == revision.NEWEST
    assert {job.id for job in all_jobs(books)} == {job.id for job in [*first, new]}
    engine.dispose()


def test_a_backup_of_the_older_release_is_completed_by_the_newer_one(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    books = fill(url)
    books.run(lambda tx: tx.execute(text("DELETE FROM sending_pauses")))
    with rolled_back(books, monkeypatch):
        books.submit(70)
    with release_of(FORMER, monkeypatch):
        write_backup(url, tmp_path / "taken", replace=False, now=NOON)

    done = restore(f"sqlite:///{tmp_path}/new/wanvas.db", tmp_path / "taken", replace=False, now=NOON)

    assert done.broken == ()
    assert done.contents.tallies["jobs"].rows == len(all_jobs(books))
    books.engine.dispose()


@pytest.mark.parametrize(
    "change",
    [
        f"UPDATE alembic_version SET version_num = '{int(NEWEST) + 1:04}'",  # noqa: S608  # two releases ahead
        "ALTER TABLE turns ADD COLUMN needed INTEGER NOT NULL DEFAULT 0; ALTER TABLE turns DROP COLUMN turn",
    ],
)
def test_a_schema_that_this_release_cannot_use_is_refused(
    url: str, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    books = fill(url)
    before = rows(books.engine)["jobs"]
    with books.engine.begin() as tx:
        for statement in change.split(";"):
            tx.exec_driver_sql(statement)

    with release_of(FORMER, monkeypatch), pytest.raises(StoreUnavailable, match="newer version of Wanvas"):
        upgrade(books.engine)

    with books.engine.begin() as tx:
        assert tx.execute(text("SELECT count(*) FROM jobs")).scalar_one() == len(before)
        assert not inspect(tx).has_table("wanvas_older")
    books.engine.dispose()


def tallies(tx: Connection) -> dict[str, Tally]:
    return {table.name: copying.tally(tx, table) for table in copying.tables_in(tx, revision.NEWEST)}


@pytest.mark.parametrize("to", REVISIONS[1:])
def test_each_migration_can_run_again_and_changes_nothing(url: str, tmp_path: Path, to: str) -> None:
    engine = filled_at(url, REVISIONS[0], tmp_path)
    with engine.connect() as tx:
        run_migrations_in(tx, to)
        before = schema(tx), tallies(tx)

        revision.set_revision(tx, REVISIONS[REVISIONS.index(to) - 1])
        run_migrations_in(tx, to)

        assert (schema(tx), tallies(tx)) == before
    engine.dispose()


@pytest.mark.parametrize(("before", "after"), list(pairwise(REVISIONS)))
def test_each_migration_takes_the_rows_that_the_release_before_it_writes(
    url: str, tmp_path: Path, before: str, after: str
) -> None:
    older = filled_at(f"sqlite:///{tmp_path}/older/wanvas.db", before, tmp_path)
    newer = an_engine(url)
    with older.begin() as written, newer.connect() as tx:
        run_migrations_in(tx, after)

        copied = [copying.copy(written, tx, table) for table in copying.tables_in(written, revision.NEWEST)]

        assert sum(found.rows for found in copied) > 50
        assert tx.dialect.name != "sqlite" or not tx.exec_driver_sql("PRAGMA foreign_key_check").all()
    older.dispose()
    newer.dispose()
