"""``bot.py backup`` and ``bot.py restore``: what they say, and what they refuse."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, inspect, make_url, text

from imagegen.errors import StoreUnavailable
from imagegen.service import utc_now
from imagegen.store.engine import open_store, sqlite_path
from imagegen.store.postgresql import postgresql_engine
from imagegen.store.processes import heartbeat
from tests.hosting.commands import bot
from tests.imagegen.store.full_books import fill, put_full, rows
from tests.postgres import Cluster


async def test_a_backup_beside_the_running_bot_is_whole_and_restored_elsewhere(url: str, tmp_path: Path) -> None:
    books = fill(url)
    held = rows(books.engine)
    jobs, all_rows, tables = len(held["jobs"]), sum(map(len, held.values())), len(held)
    books.engine.dispose()
    running = await open_store(url)

    taken = await bot(tmp_path, "backup", "b.backup", DATABASE_URL=url)
    restored = await bot(tmp_path, "restore", "b.backup", DATABASE_URL=f"sqlite:///{tmp_path}/new/wanvas.db")
    audited = await bot(tmp_path, "audit", DATABASE_URL=f"sqlite:///{tmp_path}/new/wanvas.db")

    assert taken[0] == 0
    assert f"Backed up {jobs} requests ({all_rows} rows of {tables} tables, 0." in taken[1]
    assert " MB) to b.backup, and read it again.\n" in taken[1]
    assert restored[0] == 0
    assert restored[1].startswith(
        f"Restored {jobs} requests ({all_rows} rows of {tables} tables).\nAll invariants hold.\n"
    )
    assert "- Requests that had not ended: 5. " in restored[1]
    assert audited[1].startswith("All invariants hold")
    await running.close()


def everything(url: str) -> object:
    """All that a command could change: the files of a folder, or the tables and what the strange ones hold."""
    if (file := sqlite_path(url)) is not None:
        return {path.name: (path.stat().st_mode, path.read_bytes()) for path in file.parent.iterdir()}
    with opened_as_it_is(url) as tx:
        tables = inspect(tx).get_table_names()
        return {name: tx.execute(text(f"SELECT * FROM {name}")).all() for name in tables}  # noqa: S608  # names of the schema


RECIPES = ("CREATE TABLE recipes (name TEXT)", "INSERT INTO recipes VALUES ('soup')")
ANOTHER_ALEMBIC = ("CREATE TABLE alembic_version (version_num TEXT)", "INSERT INTO alembic_version VALUES ('0001')")
COMMANDS = {
    "audit": "The database cannot be used: ",
    "backup new.backup": "No backup was written: ",
    "restore taken.backup": "Nothing was restored: ",
    "restore taken.backup --replace": "Nothing was restored: ",
}
MOVE = {"move --to postgresql://x/y": "The move stopped: "}


def commands_on(url: str) -> dict[str, str]:
    """Return the commands that use such a database, each with what its sentence begins with."""
    return COMMANDS if sqlite_path(url) is None else COMMANDS | MOVE


@contextmanager
def opened_as_it_is(url: str) -> Iterator[Connection]:
    file = sqlite_path(url)
    engine = postgresql_engine(make_url(url)) if file is None else create_engine(f"sqlite:///{file}")
    with engine.begin() as tx:
        yield tx
    engine.dispose()


async def a_backup(folder: Path) -> None:
    source = f"sqlite:///{folder}/source/wanvas.db"
    put_full(source)
    await bot(folder, "backup", "taken.backup", DATABASE_URL=source)


@pytest.mark.parametrize("strange", [RECIPES, (*RECIPES, *ANOTHER_ALEMBIC)], ids=["tables", "alembic"])
async def test_a_database_of_another_program_is_named_and_never_altered(
    url: str, tmp_path: Path, strange: tuple[str, ...]
) -> None:
    await a_backup(tmp_path)
    (tmp_path / "deep").mkdir()
    with opened_as_it_is(url) as tx:
        for statement in strange:
            tx.exec_driver_sql(statement)
    before = everything(url)

    said = {command: await bot(tmp_path, *command.split(), DATABASE_URL=url) for command in commands_on(url)}
    with pytest.raises(StoreUnavailable, match="tables of another program"):
        await open_store(url)

    names = ", ".join(sorted(["recipes", *(["alembic_version"] if strange != RECIPES else [])]))
    why = f"it holds tables of another program ({names}); give Wanvas a database of its own.\n"
    assert said == {command: (2, begins + why) for command, begins in commands_on(url).items()}
    assert everything(url) == before
    assert not (tmp_path / "new.backup").exists()


async def test_a_file_that_is_no_database_is_named_and_never_altered(tmp_path: Path) -> None:
    await a_backup(tmp_path)
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep/wanvas.db").write_text("these are not the rows you are looking for" * 100)
    url = f"sqlite:///{tmp_path}/deep/wanvas.db"
    before = everything(url)

    said = {command: await bot(tmp_path, *command.split(), DATABASE_URL=url) for command in commands_on(url)}

    why = "file is not a database; check its address.\n"
    assert said == {command: (2, begins + why) for command, begins in commands_on(url).items()}
    assert everything(url) == before


async def test_a_database_in_another_encoding_is_refused(tmp_path: Path, postgresql: Cluster) -> None:
    await a_backup(tmp_path)
    postgresql.sql("CREATE DATABASE latin OWNER wanvas ENCODING 'LATIN1' TEMPLATE template0 LOCALE 'C'")
    url = postgresql.url("latin")

    said = [await bot(tmp_path, *command.split(), DATABASE_URL=url) for command in COMMANDS]
    with pytest.raises(StoreUnavailable, match="LATIN1"):
        await open_store(url)

    assert all(code == 2 and "its encoding is LATIN1" in words for code, words in said)


async def test_a_restore_over_a_running_bot_is_refused(url: str, tmp_path: Path) -> None:
    await a_backup(tmp_path)
    running = await open_store(url)
    await running.write(heartbeat, running.owner, now=utc_now())

    said = {await bot(tmp_path, "restore", "taken.backup", *more, DATABASE_URL=url) for more in ((), ("--replace",))}

    assert said == {(1, f"Nothing was restored: {running_as(url)}.\n")}
    assert await running.read(lambda tx: tx.scalar(text("SELECT count(*) FROM workers"))) == 1
    await running.close()


def running_as(url: str) -> str:
    if (file := sqlite_path(url)) is not None:
        return f"another process is using {file}; stop it, or give this one its own"
    return "a bot runs on it; stop the bot, or wait 30 s if it was killed"


async def test_a_backup_names_the_tables_that_it_leaves_out(url: str, tmp_path: Path) -> None:
    fill(url).engine.dispose()
    with opened_as_it_is(url) as tx:
        tx.exec_driver_sql("CREATE TABLE recipes (grams REAL)")

    code, words = await bot(tmp_path, "backup", "new.backup", DATABASE_URL=url)

    assert (code, words.splitlines()[1:]) == (0, ["Left out the tables of another program: recipes."])
