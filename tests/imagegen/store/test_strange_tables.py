"""Tables of another program beside ours are never copied, moved or dropped."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from imagegen.errors import StoreUnavailable
from imagegen.store.backup import write_backup
from imagegen.store.engine import sqlite_path
from imagegen.store.moving import move
from imagegen.store.restore import restore
from tests.imagegen.store.full_books import fill, opened, put_full
from tests.postgres import Cluster

NOW = datetime(2026, 11, 30, tzinfo=UTC)
RECIPES = (
    "CREATE TABLE recipes (id INTEGER PRIMARY KEY, grams REAL)",
    "INSERT INTO recipes (id, grams) VALUES (1, 0.5)",
)


def add_recipes(url: str) -> None:
    engine = opened(url)
    with engine.begin() as tx:
        for statement in RECIPES:
            tx.execute(text(statement))
    engine.dispose()


def recipes(url: str) -> list[tuple[int, float]]:
    engine = opened(url)
    with engine.begin() as tx:
        found = [(row.id, row.grams) for row in tx.execute(text("SELECT id, grams FROM recipes"))]
    engine.dispose()
    return found


def test_a_backup_leaves_them_out_says_so_and_can_be_restored(url: str, tmp_path: Path) -> None:
    fill(url).engine.dispose()
    add_recipes(url)

    made = write_backup(url, tmp_path / "one", replace=False, now=NOW)
    done = restore(f"sqlite:///{tmp_path}/new/wanvas.db", tmp_path / "one", replace=False, now=NOW)

    assert made.left_out == ["recipes"]
    assert "recipes" not in made.contents.tallies
    assert done.broken == ()


def test_a_move_leaves_them_out_and_says_so(tmp_path: Path, postgresql: Cluster) -> None:
    url = f"sqlite:///{tmp_path}/wanvas.db"
    put_full(url)
    add_recipes(url)

    moved = move(tmp_path / "wanvas.db", postgresql.database(), now=NOW, say=lambda line: None)

    assert (moved.left_out, "recipes" in moved.rows) == (["recipes"], False)


def test_a_restore_keeps_them_in_place_on_postgresql_and_in_the_former_file_on_sqlite(url: str, taken: Path) -> None:
    fill(url).engine.dispose()
    add_recipes(url)

    done = restore(url, taken, replace=True, now=NOW)

    assert recipes(url if sqlite_path(url) is None else f"sqlite:///{done.aside}") == [(1, 0.5)]


def test_a_restore_into_tables_without_rows_drops_only_ours(postgresql: Cluster, taken: Path) -> None:
    url = postgresql.database()
    add_recipes(url)

    done = restore(url, taken, replace=False, now=NOW)

    assert (done.aside, recipes(url)) == ("", [(1, 0.5)])


def test_a_file_that_holds_them_alone_is_replaced_only_on_request(tmp_path: Path, taken: Path) -> None:
    url = f"sqlite:///{tmp_path}/data/wanvas.db"
    (tmp_path / "data").mkdir()
    add_recipes(url)

    with pytest.raises(StoreUnavailable, match="add --replace"):
        restore(url, taken, replace=False, now=NOW)
    done = restore(url, taken, replace=True, now=NOW)

    assert recipes(f"sqlite:///{done.aside}") == [(1, 0.5)]
