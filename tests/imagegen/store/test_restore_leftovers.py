"""A restore is not changed by what a former database, or a program that has it open, left beside the file."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from imagegen.errors import StoreUnavailable
from imagegen.store.restore import restore
from imagegen.store.tables import SCHEMA, workers
from tests.imagegen.store.full_books import opened, put_full, rows

NOW = datetime(2026, 11, 30, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of the database that the restore makes."""
    made = tmp_path / "data"
    made.mkdir()
    return made


def killed(folder: Path, *statements: str, full: bool = False) -> None:
    """Leave the files of a bot that was killed after *statements*, on a full or a new database."""
    before = folder.with_name("before")
    before.mkdir()
    if full:
        put_full(f"sqlite:///{before}/wanvas.db")
    engine = opened(f"sqlite:///{before}/wanvas.db")
    with engine.begin() as tx:
        for statement in statements:
            tx.execute(text(statement))
    for file in before.iterdir():
        shutil.copy(file, folder)
    engine.dispose()


def without_rows(folder: Path) -> None:
    killed(folder, "INSERT INTO workers (id, seen_at) VALUES ('dead', 0)")


def removed(folder: Path) -> None:
    killed(folder, "DELETE FROM grants", full=True)
    (folder / "wanvas.db").unlink()


def emptied(folder: Path) -> None:
    killed(folder, *(f"DELETE FROM {table.name}" for table in reversed(SCHEMA.sorted_tables)), full=True)  # noqa: S608  # names of the schema


def unfinished(folder: Path) -> None:
    (folder / "wanvas.db-journal").write_bytes(b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" + bytes(504))


@pytest.mark.parametrize("leave", [without_rows, removed, emptied, unfinished])
def test_a_restored_database_is_not_changed_by_the_log_of_the_former_one(
    folder: Path, taken: Path, leave: Callable[[Path], None]
) -> None:
    leave(folder)

    done = restore(f"sqlite:///{folder}/wanvas.db", taken, replace=False, now=NOW)

    assert {path.name for path in folder.iterdir()} == {"wanvas.db", "wanvas.db.lock"}
    assert done.broken == ()
    assert held(folder / "wanvas.db") == full(folder) | {workers.name: []}


def full(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    put_full(f"sqlite:///{folder}/full/wanvas.db")
    return held(folder / "full/wanvas.db")


def held(path: Path) -> dict[str, list[tuple[object, ...]]]:
    engine = opened(f"sqlite:///{path}")
    found = rows(engine)
    engine.dispose()
    return found


def test_a_former_database_is_kept_with_what_its_log_holds(folder: Path, taken: Path) -> None:
    killed(folder, "DELETE FROM grants", full=True)

    done = restore(f"sqlite:///{folder}/wanvas.db", taken, replace=True, now=NOW)

    kept, restored = held(Path(done.aside)), held(folder / "wanvas.db")
    assert (kept["grants"], kept["jobs"]) == ([], restored["jobs"])
    assert restored["grants"] != []


def test_a_database_that_another_program_has_open_is_not_replaced(folder: Path, taken: Path) -> None:
    put_full(f"sqlite:///{folder}/wanvas.db")
    before = held(folder / "wanvas.db")

    with closing(sqlite3.connect(folder / "wanvas.db")) as idle:
        idle.execute("PRAGMA journal_mode=WAL")
        idle.execute("SELECT count(*) FROM jobs").fetchone()
        with pytest.raises(StoreUnavailable, match=r"another program has .*wanvas\.db open; close it"):
            restore(f"sqlite:///{folder}/wanvas.db", taken, replace=True, now=NOW)

    assert held(folder / "wanvas.db") == before
