"""The database file: no other user of the machine can read it, and it gets smaller again."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from imagegen.store import sqlite
from imagegen.store.engine import open_store
from imagegen.store.sqlite import make_shrinkable, shrink, sqlite_engine

MB = 1024 * 1024


@pytest.fixture(autouse=True)
def _generous_umask() -> Iterator[None]:
    """With which everything is everybody's to read, unless something is done about it."""
    before = os.umask(0o000)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, str]:
    found = [folder, *folder.iterdir()]
    return {path.name: oct(stat.S_IMODE(path.stat().st_mode)) for path in found}


async def opened_and_written(path: Path) -> dict[str, str]:
    store = await open_store(f"sqlite:///{path}")
    await store.write(lambda tx: tx.execute(text("INSERT INTO workers (id, seen_at) VALUES ('one', 0)")))
    found = modes(path.parent)
    await store.close()
    return found


PRIVATE = {"data": "0o700", **dict.fromkeys(("w.db", "w.db-wal", "w.db-shm", "w.db.lock"), "0o600")}


async def test_nobody_else_can_read_the_folder_or_any_file_in_it(tmp_path: Path) -> None:
    assert await opened_and_written(tmp_path / "data" / "w.db") == PRIVATE


async def test_a_folder_made_by_hand_and_files_of_an_earlier_version_are_made_private(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o777)
    sqlite3.connect(folder / "w.db").close()
    for name in ("w.db", "w.db-wal", "w.db-shm", "w.db.lock"):
        (folder / name).touch(0o666)

    assert await opened_and_written(folder / "w.db") == PRIVATE


async def test_a_folder_that_holds_other_things_stays_as_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o755)
    (folder / "notes.txt").touch(0o644)

    found = await opened_and_written(folder / "w.db")

    assert found == {**PRIVATE, "data": "0o755", "notes.txt": "0o644"}


def full_and_emptied(engine: Engine) -> None:
    """A file that once held 8 MB."""
    with engine.begin() as tx:
        tx.execute(text("CREATE TABLE given (bytes TEXT)"))
        tx.execute(text("INSERT INTO given VALUES (:bytes)"), [{"bytes": "x" * MB}] * 8)
    with engine.begin() as tx:
        tx.execute(text("DELETE FROM given"))


def shrunk(engine: Engine) -> int:
    """In how many steps nothing is left to give back."""
    for step in range(100):
        with engine.begin() as tx:
            if not shrink(tx, limit=256):
                return step
    raise AssertionError("it never ends")


def on_disk(path: Path) -> int:
    """Everything that the database takes, as it is after the next checkpoint."""
    with sqlite3.connect(path) as raw:
        raw.execute("PRAGMA wal_checkpoint(PASSIVE)")
    return path.stat().st_size


def test_what_is_freed_is_given_back_in_small_steps(tmp_path: Path) -> None:
    path = tmp_path / "w.db"
    engine = sqlite_engine(path)
    make_shrinkable(engine, path)
    full_and_emptied(engine)
    before = on_disk(path)

    steps = shrunk(engine)

    assert before > 8 * MB
    assert steps == -(-before // 4096 // 256)
    assert on_disk(path) < MB
    engine.dispose()


def test_the_journal_does_not_keep_the_size_of_its_largest_transaction(tmp_path: Path) -> None:
    path = tmp_path / "w.db"
    engine = sqlite_engine(path)
    full_and_emptied(engine)

    for _ in range(3):
        with engine.begin() as tx:
            tx.execute(text("INSERT INTO given VALUES ('small')"))

    assert path.with_name("w.db-wal").stat().st_size <= 4 * MB
    engine.dispose()


def of_an_earlier_version(path: Path) -> None:
    with sqlite3.connect(path) as raw:
        raw.execute("CREATE TABLE old (words TEXT)")
        raw.execute("INSERT INTO old VALUES ('kept')")
    raw.close()


def test_a_file_of_an_earlier_version_can_shrink_after_it_was_opened_once(tmp_path: Path) -> None:
    path = tmp_path / "w.db"
    of_an_earlier_version(path)
    engine = sqlite_engine(path)

    make_shrinkable(engine, path)
    full_and_emptied(engine)

    assert shrunk(engine) > 1
    assert on_disk(path) < MB
    with engine.begin() as tx:
        assert tx.scalar(text("SELECT words FROM old")) == "kept"
    engine.dispose()


def test_one_that_is_too_large_to_rewrite_at_a_start_goes_on_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "w.db"
    of_an_earlier_version(path)
    monkeypatch.setattr(sqlite, "MAX_REWRITTEN_BYTES", 4096)
    engine = sqlite_engine(path)

    make_shrinkable(engine, path)
    full_and_emptied(engine)

    assert shrunk(engine) == 0
    assert on_disk(path) > 8 * MB
    engine.dispose()
