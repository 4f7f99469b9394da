"""A backup, a restore and a move that are killed at any step leave nothing half."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from imagegen.errors import StoreUnavailable
from imagegen.store import backup_file, move_marker
from imagegen.store.engine import open_store, open_to_read, sqlite_path
from imagegen.store.revision import stored
from tests.hosting.commands import bot, killed, stopped
from tests.imagegen.store.full_books import fill, opened, put_full, rows
from tests.postgres import Cluster


def held(url: str) -> dict[str, list[tuple[object, ...]]]:
    engine = opened(url)
    found = rows(engine)
    engine.dispose()
    return found


async def test_a_move_that_is_killed_again_and_again_continues_and_loses_nothing(
    tmp_path: Path, postgresql: Cluster
) -> None:
    url, target, steps = f"sqlite:///{tmp_path}/wanvas.db", postgresql.database(), 1
    put_full(url)
    before, was_half_moved = held(url), False

    while await killed(tmp_path, steps, "move", DATABASE_URL=url, MOVE_TO=target):
        mark = move_marker.read(tmp_path / "wanvas.db")
        if mark is not None and not mark.is_finished:
            was_half_moved = True
            with pytest.raises(StoreUnavailable, match=r"is not finished: run `python bot\.py move` again"):
                await open_store(url)
        steps += 17

    assert was_half_moved
    assert held(target) == before


async def test_a_restore_that_is_killed_at_any_step_has_restored_everything_or_nothing(
    url: str, tmp_path: Path
) -> None:
    source, steps = f"sqlite:///{tmp_path}/source/wanvas.db", 1
    put_full(source)
    restored = held(source) | {"workers": []}
    await bot(tmp_path, "backup", "taken", DATABASE_URL=source)

    while await killed(tmp_path, steps, "restore", "taken", DATABASE_URL=url):
        steps += 61
        if not is_empty(url):  # killed while it audits: it has restored everything
            break

    assert steps > 200
    assert held(url) == restored


def is_empty(url: str) -> bool:
    if (file := sqlite_path(url)) is not None:
        return not file.exists()
    with open_to_read(url) as tx:
        return stored(tx) is None


async def test_a_restore_over_a_database_that_is_killed_at_any_step_loses_neither(url: str, tmp_path: Path) -> None:
    source, steps = f"sqlite:///{tmp_path}/source/wanvas.db", 1
    put_full(source)
    restored = held(source) | {"workers": []}
    await bot(tmp_path, "backup", "taken", DATABASE_URL=source)
    books = fill(url)
    books.submit(77)
    before = rows(books.engine)
    books.engine.dispose()

    while await killed(tmp_path, steps, "restore", "taken", "--replace", DATABASE_URL=url):
        assert held(url) in (before, restored)
        steps += 97

    assert held(url) == restored


async def test_a_backup_that_is_killed_at_any_step_is_whole_or_not_there(url: str, tmp_path: Path) -> None:
    fill(url).engine.dispose()
    steps = 1

    while await killed(tmp_path, steps, "backup", "taken", DATABASE_URL=url):
        assert not (tmp_path / "taken").exists() or backup_file.verify(tmp_path / "taken")
        steps += 43

    assert steps > 100
    assert backup_file.verify(tmp_path / "taken").rows == sum(map(len, held(url).values()))
    assert unfinished(tmp_path) == []


def unfinished(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*.unfinished")]


@pytest.mark.parametrize("command", ["backup new", "restore taken"])
async def test_a_command_that_is_stopped_cleans_up(url: str, tmp_path: Path, command: str) -> None:
    put_full(f"sqlite:///{tmp_path}/source/wanvas.db")
    await bot(tmp_path, "backup", "taken", DATABASE_URL=f"sqlite:///{tmp_path}/source/wanvas.db")
    if command == "backup new":
        await bot(tmp_path, "restore", "taken", DATABASE_URL=url)

    ended = await stopped(tmp_path, 60, signal.SIGTERM, *command.split(), DATABASE_URL=url)

    assert ended == (1, "\nAborted!\n")
    assert unfinished(tmp_path) == []
    assert not (tmp_path / "new").exists()
