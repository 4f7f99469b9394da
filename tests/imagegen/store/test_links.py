"""A database behind a symbolic link, as on another disk, is the same database by either name."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from imagegen.errors import StoreUnavailable
from imagegen.store import move_marker
from imagegen.store.audit import audited
from imagegen.store.backup import write_backup
from imagegen.store.engine import open_store, sqlite_path
from imagegen.store.move_marker import MoveMark
from tests.imagegen.store.full_books import put_full

NOW = datetime(2026, 11, 30, tzinfo=UTC)


@pytest.fixture
def real(tmp_path: Path) -> str:
    """Return the address of a full database."""
    put_full(f"sqlite:///{tmp_path}/disk/wanvas.db")
    return f"sqlite:///{tmp_path}/disk/wanvas.db"


@pytest.fixture
def link(tmp_path: Path, real: str) -> str:
    """Return the address of a link to that database."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data/wanvas.db").symlink_to(Path("../disk/wanvas.db"))
    return f"sqlite:///{tmp_path}/data/wanvas.db"


async def test_a_backup_and_an_audit_through_a_link_read_what_the_running_bot_wrote_last(
    tmp_path: Path, link: str
) -> None:
    running = await open_store(link)
    await running.write(lambda tx: tx.execute(text("DELETE FROM grants")))
    await running.write(lambda tx: tx.execute(text("UPDATE counters SET used = used + 1")))

    taken = write_backup(link, tmp_path / "taken", replace=False, now=NOW)
    found = audited(link)

    assert taken.contents.tallies["grants"].rows == 0
    assert found.broken[0].startswith("not so: reserved + used is the ledger of its window")
    await running.close()


async def test_a_link_and_its_file_have_one_lock(tmp_path: Path, link: str, real: str) -> None:
    running = await open_store(link)

    with pytest.raises(StoreUnavailable, match="another process is using"):
        await open_store(real)

    assert [path.name for path in (tmp_path / "data").iterdir()] == ["wanvas.db"]
    await running.close()


async def test_a_database_that_was_moved_starts_through_no_link(link: str, real: str) -> None:
    file = sqlite_path(real)
    assert file is not None
    move_marker.write(file, MoveMark("word", "postgresql://host/wanvas", NOW, is_finished=True))

    with pytest.raises(StoreUnavailable, match="it was moved to"):
        await open_store(link)
