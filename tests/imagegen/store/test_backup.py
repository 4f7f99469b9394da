"""A backup beside the running bot is whole or not there, and a restore makes the same database of either kind."""

from __future__ import annotations

import asyncio
import resource
import sqlite3
import stat
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from imagegen.errors import StoreUnavailable, StoreUnusable
from imagegen.store.backup import write_backup
from imagegen.store.backup_file import opened as opened_backup
from imagegen.store.engine import open_store, open_to_read, sqlite_path
from imagegen.store.restore import restore
from imagegen.store.revision import stored
from imagegen.store.tables import grants, workers
from tests.conftest import DATABASES
from tests.imagegen.store.books import NOON
from tests.imagegen.store.full_books import GONE_GRANT, fill, opened, put_full, rows
from tests.imagegen.store.revisions import LAST, NEXT, with_a_second_revision

NOW = datetime(2026, 11, 30, tzinfo=UTC)


@pytest.fixture(params=DATABASES)
def other_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the address of a second, empty database, of each kind."""
    if request.param == "postgresql":
        empty: str = request.getfixturevalue("postgresql").database()
        return empty
    return f"sqlite:///{tmp_path}/other/wanvas.db"


def without_processes(found: dict[str, list[tuple[object, ...]]]) -> dict[str, list[tuple[object, ...]]]:
    return found | {workers.name: []}


def test_a_restored_database_has_every_row_of_the_one_that_was_backed_up(url: str, other_url: str, file: Path) -> None:
    books = fill(url)
    before = rows(books.engine)

    made = write_backup(url, file, replace=False, now=NOW)
    done = restore(other_url, file, replace=False, now=NOW)

    restored = opened(other_url)
    assert rows(restored) == without_processes(before)
    assert rows(books.engine) == before
    assert (made.contents.rows, done.contents.rows) == (sum(map(len, before.values())),) * 2
    assert (done.broken, done.aside, done.waiting) == ((), "", 5)
    restored.dispose()
    books.engine.dispose()


def test_a_restored_database_gives_no_id_out_again(url: str, other_url: str, file: Path) -> None:
    fill(url).engine.dispose()
    write_backup(url, file, replace=False, now=NOW)
    restore(other_url, file, replace=False, now=NOW)

    restored = opened(other_url)
    with restored.begin() as tx:
        new = grants.insert().values(server_id=1, user_id=1, window="2026-12", images=1, at=NOON).returning(grants.c.id)
        assert tx.execute(new).scalar_one() == GONE_GRANT + 1
        tx.execute(text("INSERT INTO starts (shards, started_at) VALUES ('', 1)"))
    restored.dispose()


def test_a_backup_is_its_owners_alone_and_leaves_nothing_beside_it(url: str, tmp_path: Path) -> None:
    fill(url).engine.dispose()
    folder = tmp_path / "backups"
    folder.mkdir()

    write_backup(url, folder / "one", replace=False, now=NOW)

    assert [path.name for path in folder.iterdir()] == ["one"]
    assert stat.S_IMODE((folder / "one").stat().st_mode) == 0o600


def test_a_second_backup_replaces_the_first_only_on_request(url: str, taken: Path) -> None:
    source, first = url, taken.read_bytes()
    fill(source).engine.dispose()

    with pytest.raises(StoreUnavailable, match=r"wanvas\.backup exists already; choose another name, or add --force"):
        write_backup(source, taken, replace=False, now=NOON)
    assert taken.read_bytes() == first

    write_backup(source, taken, replace=True, now=NOON)
    with opened_backup(taken) as (_, contents):
        assert contents.taken_at == NOON


def test_a_backup_never_replaces_another_file_nor_the_database(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/data/wanvas.db"
    put_full(url)
    (tmp_path / "notes.txt").write_text("mine")

    with pytest.raises(StoreUnavailable, match=r"notes\.txt is not a backup of Wanvas"):
        write_backup(url, tmp_path / "notes.txt", replace=True, now=NOW)
    for name in ("wanvas.db", "wanvas.db-wal", "wanvas.db.lock"):
        with pytest.raises(StoreUnavailable, match="is the database itself"):
            write_backup(url, tmp_path / "data" / name, replace=True, now=NOW)

    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_a_backup_for_which_there_is_no_room_leaves_no_file(tmp_path: Path) -> None:
    url, folder = f"sqlite:///{tmp_path}/data/wanvas.db", tmp_path / "backups"
    put_full(url)
    folder.mkdir()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    with pytest.raises(StoreUnavailable, match="disk"):
        write_backup(url, folder / "one", replace=False, now=NOW)
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert list(folder.iterdir()) == []


def test_a_restore_for_which_there_is_no_room_keeps_the_former_database(tmp_path: Path, taken: Path) -> None:
    url, folder = f"sqlite:///{tmp_path}/data/wanvas.db", tmp_path / "data"
    put_full(url)
    before = (folder / "wanvas.db").read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    with pytest.raises(StoreUnavailable, match="disk"):
        restore(url, taken, replace=True, now=NOW)
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert (folder / "wanvas.db").read_bytes() == before
    assert {path.name for path in folder.iterdir()} == {"wanvas.db", "wanvas.db.lock"}


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/data/wanvas.db"
    put_full(url)

    with pytest.raises(StoreUnavailable, match=r"none/one cannot be written: No such file or directory"):
        write_backup(url, tmp_path / "none" / "one", replace=False, now=NOW)


def test_a_database_that_is_not_there_is_not_backed_up(url: str, tmp_path: Path) -> None:
    with pytest.raises(StoreUnusable, match=r"/wanvas\.db does not exist\. Check DATABASE_URL|it holds nothing yet"):
        write_backup(url, tmp_path / "one", replace=False, now=NOW)

    assert list(tmp_path.iterdir()) == []


def test_a_restore_over_requests_needs_a_word_and_keeps_the_former_database(url: str, taken: Path) -> None:
    former = fill(url)
    former.submit(77)
    before = rows(former.engine)
    former.engine.dispose()

    with pytest.raises(StoreUnavailable, match="add --replace to put it aside"):
        restore(url, taken, replace=False, now=NOW)
    done = restore(url, taken, replace=True, now=NOW)

    assert aside(url, done.aside) == sorted(row[0] for row in before["jobs"])
    restored = opened(url)
    assert len(rows(restored)["jobs"]) == len(before["jobs"]) - 1
    restored.dispose()


def aside(url: str, name: str) -> list[int]:
    """Return the ids of the jobs of the database that was put aside."""
    file = sqlite_path(url)
    table = "jobs" if file else f"{name.removeprefix('the schema ')}.jobs"
    engine = opened(f"sqlite:///{name}" if file else url)
    with engine.begin() as tx:
        found = list(tx.scalars(text(f"SELECT id FROM {table} ORDER BY id")))  # noqa: S608  # names of the schema
    engine.dispose()
    return found


def test_a_database_without_rows_is_filled(url: str, taken: Path) -> None:
    opened(url).dispose()

    assert restore(url, taken, replace=False, now=NOW).aside == ""


def test_a_backup_of_an_older_version_is_migrated(
    url: str, taken: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with_a_second_revision(monkeypatch, tmp_path_factory.mktemp("revisions"))

    done = restore(url, taken, replace=False, now=NOW)

    engine = opened(url)
    with engine.begin() as tx:
        assert set(tx.scalars(text("SELECT mood FROM jobs"))) == {"calm"}
        assert stored(tx) == NEXT
    assert (done.contents.revision, done.broken) == (LAST, ())
    engine.dispose()


def test_a_backup_is_no_database_that_a_bot_starts_on(tmp_path: Path, taken: Path) -> None:
    before = taken.read_bytes()

    with pytest.raises(StoreUnavailable, match=r"it is a backup: `python bot\.py restore FILE` makes a database of it"):
        opened_by_a_bot(f"sqlite:///{taken}")

    assert taken.read_bytes() == before


def opened_by_a_bot(url: str) -> None:
    asyncio.run(open_store(url))


def test_a_bot_that_starts_during_a_backup_changes_nothing_that_the_backup_reads(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/wanvas.db"
    put_full(url)

    with open_to_read(url, lasting=True) as tx:
        before = tx.execute(text("SELECT count(*) FROM grants")).scalar_one()
        starting = opened(url)
        with starting.begin() as writer:
            writer.execute(text("DELETE FROM grants"))
        with closing(sqlite3.connect(tmp_path / "wanvas.db", timeout=0)) as raw:
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")

        assert len(tx.execute(text("SELECT * FROM grants")).all()) == before
    starting.dispose()


def test_a_restore_behind_a_symbolic_link_keeps_the_link(tmp_path: Path, taken: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "disk").mkdir()
    put_full(f"sqlite:///{tmp_path}/disk/real.db")
    (tmp_path / "data/wanvas.db").symlink_to(tmp_path / "disk/real.db")

    done = restore(f"sqlite:///{tmp_path}/data/wanvas.db", taken, replace=True, now=NOW)

    assert (tmp_path / "data/wanvas.db").is_symlink()
    assert Path(done.aside).parent == tmp_path / "disk"
