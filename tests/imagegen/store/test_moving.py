"""A move to PostgreSQL carries every row, continues after a kill, and leaves the source as it was."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from imagegen.errors import StoreUnavailable
from imagegen.store import copying, move_marker
from imagegen.store.backup import write_backup
from imagegen.store.copying import FoundTable
from imagegen.store.engine import open_store
from imagegen.store.inspection import what_a_start_does
from imagegen.store.moving import Moved, move
from imagegen.store.restore import restore
from imagegen.store.tables import grants, settings_changes
from tests.imagegen.store.books import NOON, empty
from tests.imagegen.store.full_books import GONE_GRANT, fill, opened, put_full, rows
from tests.postgres import Cluster

NOW = datetime(2026, 11, 30, tzinfo=UTC)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Return the file of a full database."""
    path = tmp_path / "data" / "wanvas.db"
    put_full(f"sqlite:///{path}")
    return path


@pytest.fixture
def target(postgresql: Cluster) -> str:
    """Return the address of an empty PostgreSQL database."""
    return postgresql.database()


def run(source: Path, target: str) -> Moved:
    return move(source, target, now=NOW, say=lambda line: None)


def held(url: str) -> dict[str, list[tuple[object, ...]]]:
    engine = opened(url)
    found = rows(engine)
    engine.dispose()
    return found


def test_a_move_carries_every_row_and_leaves_the_source_as_it_was(source: Path, target: str) -> None:
    before, content, said = held(f"sqlite:///{source}"), source.read_bytes(), list[str]()

    moved = move(source, target, now=NOW, say=said.append)

    assert held(target) == before
    assert source.read_bytes() == content
    assert moved.rows == {name: len(found) for name, found in before.items()}
    assert (moved.broken_before, moved.broken) == ((), ())
    assert f"jobs: {len(before['jobs'])} rows" in said
    assert len(said) == len(before)


def test_a_moved_database_gives_no_id_out_again(source: Path, target: str) -> None:
    run(source, target)

    engine = opened(target)
    with engine.begin() as tx:
        new = grants.insert().values(server_id=1, user_id=1, window="2026-12", images=1, at=NOON).returning(grants.c.id)
        assert tx.execute(new).scalar_one() == GONE_GRANT + 1
    engine.dispose()


def test_no_bot_starts_on_a_moved_database_unless_its_mark_is_deleted(source: Path, target: str) -> None:
    run(source, target)
    sentence = r"it was moved to postgresql://localhost/test_\d+ \(2026-11-30 00:00 UTC\): set DATABASE_URL"

    for start in (start_on, what_a_start_does):
        with pytest.raises(StoreUnavailable, match=sentence):
            start(f"sqlite:///{source}")
    start_on(target)
    move_marker.mark_of(source).unlink()
    start_on(f"sqlite:///{source}")


def start_on(url: str) -> None:
    async def start() -> None:
        await (await open_store(url)).close()

    asyncio.run(start())


def test_the_mark_of_a_move_holds_no_password_and_is_its_owners_alone(source: Path, target: str) -> None:
    run(source, target.replace("wanvas@", "wanvas:hunter2@"))

    mark = move_marker.mark_of(source)
    assert "hunter2" not in mark.read_text()
    assert "wanvas@" not in mark.read_text()
    assert mark.stat().st_mode & 0o777 == 0o600


def test_a_second_move_is_refused(source: Path, target: str, postgresql: Cluster) -> None:
    run(source, target)

    for again in (target, postgresql.database()):
        with pytest.raises(StoreUnavailable, match="was moved to postgresql://localhost/test_"):
            run(source, again)


def test_a_move_beside_a_running_bot_is_refused(source: Path, target: str) -> None:
    async def beside() -> None:
        store = await open_store(f"sqlite:///{source}")
        with pytest.raises(StoreUnavailable, match="another process is using"):
            await asyncio.to_thread(run, source, target)
        await store.close()

    asyncio.run(beside())
    start_on(f"sqlite:///{source}")


def test_a_move_into_a_database_that_is_not_empty_is_refused_and_changes_neither(source: Path, target: str) -> None:
    other = fill(target)
    before = rows(other.engine)
    other.engine.dispose()

    with pytest.raises(StoreUnavailable, match="holds requests or settings already; a move needs an empty database"):
        run(source, target)

    assert held(target) == before
    start_on(f"sqlite:///{source}")


def test_a_move_into_the_database_of_another_program_is_refused(source: Path, target: str) -> None:
    engine = opened(target)
    with engine.begin() as tx:
        tx.execute(text("DROP TABLE counters CASCADE"))

    with pytest.raises(StoreUnavailable, match="tables of another program"):
        run(source, target)

    start_on(f"sqlite:///{source}")
    engine.dispose()


@pytest.mark.parametrize("url", ["sqlite:///other.db", "nonsense", "mysql://root:hunter2@x/y"])
def test_a_target_that_is_not_postgresql_is_refused_without_its_password(source: Path, url: str) -> None:
    with pytest.raises(StoreUnavailable, match="the target must be an address like") as refused:
        run(source, url)

    assert "hunter2" not in str(refused.value)


def test_a_target_that_a_bot_was_started_on_by_mistake_is_taken(source: Path, target: str) -> None:
    start_on(target)

    assert run(source, target).broken == ()


def test_a_half_moved_database_is_no_database_that_a_bot_starts_on(source: Path, target: str, tmp_path: Path) -> None:
    engine = opened(target)
    with engine.begin() as tx:
        tx.execute(text("CREATE TABLE wanvas_move (token TEXT)"))
        tx.execute(text("INSERT INTO wanvas_move VALUES ('another')"))

    with pytest.raises(StoreUnavailable, match="a move into it is not finished"):
        start_on(target)
    with pytest.raises(StoreUnavailable, match="the move of another database into it is not finished"):
        run(source, target)

    start_on(f"sqlite:///{source}")
    engine.dispose()


def test_a_backup_carries_a_moved_database_back(source: Path, target: str, tmp_path: Path) -> None:
    before = held(f"sqlite:///{source}")
    run(source, target)

    write_backup(target, tmp_path / "back", replace=False, now=NOW)
    done = restore(f"sqlite:///{source}", tmp_path / "back", replace=True, now=NOW)

    start_on(f"sqlite:///{source}")
    assert held(f"sqlite:///{source}")["ledger"] == before["ledger"]
    with pytest.raises(StoreUnavailable, match="it was moved to"):
        start_on(f"sqlite:///{done.aside}")


# Everything that the columns may hold: PostgreSQL refuses NUL and halves of surrogate pairs, and the store writes none.
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
NUMBERS = st.integers(-(2**63), 2**63 - 1)
ROWS = st.lists(st.tuples(NUMBERS, NUMBERS, TEXTS, TEXTS, TEXTS, NUMBERS), min_size=1, max_size=5)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(written=ROWS)
def test_any_row_arrives_as_it_was_and_back(
    emptied: Engine, emptied_file: Engine, written: list[tuple[object, ...]]
) -> None:
    table = FoundTable("settings_changes", dict.fromkeys(settings_changes.c.keys(), ""), ("id",))
    there_and_back = [(number, *row) for number, row in enumerate(written, start=1)]
    empty(emptied_file)
    empty(emptied)

    with emptied_file.begin() as sqlite, emptied.begin() as postgresql:
        copying.write(sqlite, table, there_and_back)
        moved = copying.copy(sqlite, postgresql, table)
        back = [tuple(row) for rows in copying.batches(postgresql, table) for row in rows]

        assert back == there_and_back
        assert moved == copying.tally(postgresql, table) == copying.tally(sqlite, table)
