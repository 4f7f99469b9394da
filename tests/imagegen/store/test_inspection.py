"""An inspection says what the next start does to a database, and changes nothing."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Engine, make_url, text

from imagegen.errors import StoreUnavailable
from imagegen.store.engine import open_store
from imagegen.store.inspection import what_a_start_does
from imagegen.store.postgresql import postgresql_engine
from imagegen.store.sqlite import sqlite_engine
from imagegen.store.upgrading import alembic_config
from tests.imagegen.store.revisions import LAST, NEXT, with_a_second_revision


def engine_of(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        return postgresql_engine(parsed)
    path = Path(parsed.database or "")
    path.parent.mkdir(parents=True, exist_ok=True)
    return sqlite_engine(path)


def kept(url: str) -> object:
    """All that a look could have changed: the files of SQLite, the tables and the revision of PostgreSQL."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        files = Path(parsed.database or "").parent.glob("*")
        return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
    engine = engine_of(url)
    with engine.begin() as tx:
        tables = tx.execute(text("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"))
        found = sorted(tables.scalars())
    engine.dispose()
    return found


def test_a_database_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "wanvas.db"

    assert "the first start makes the database" in what_a_start_does(f"sqlite:///{path}")
    assert not path.parent.exists()


async def test_a_database_of_this_version_needs_nothing(url: str) -> None:
    await (await open_store(url)).close()
    before = kept(url)

    assert what_a_start_does(url) == ""
    assert kept(url) == before


def test_an_older_database_is_not_changed(
    url: str, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    engine = engine_of(url)
    command.upgrade(alembic_config(engine), "head")
    engine.dispose()
    before = kept(url)

    with_a_second_revision(monkeypatch, tmp_path_factory.mktemp("revisions"))

    assert f"from {LAST} to {NEXT}" in what_a_start_does(url)
    assert kept(url) == before


def test_a_newer_database_cannot_be_used(url: str) -> None:
    engine = engine_of(url)
    command.upgrade(alembic_config(engine), "head")
    with engine.begin() as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()

    with pytest.raises(StoreUnavailable, match="newer version"):
        what_a_start_does(url)


def test_one_with_tables_of_something_else_cannot_be_used(url: str) -> None:
    engine = engine_of(url)
    with engine.begin() as tx:
        tx.execute(text("CREATE TABLE recipes (id INTEGER)"))
    engine.dispose()

    with pytest.raises(StoreUnavailable, match="recipes"):
        what_a_start_does(url)


def test_an_empty_database_gets_its_tables_at_the_first_start(url: str) -> None:
    engine_of(url).dispose()

    assert "makes the database's tables" in what_a_start_does(url)


def test_a_file_that_is_no_database_cannot_be_used(tmp_path: Path) -> None:
    path = tmp_path / "wanvas.db"
    path.write_bytes(b"no database" * 100)

    with pytest.raises(StoreUnavailable):
        what_a_start_does(f"sqlite:///{path}")


async def test_an_inspection_needs_no_lock_of_a_running_bot(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/wanvas.db"
    store = await open_store(url)

    assert what_a_start_does(url) == ""
    await store.close()
