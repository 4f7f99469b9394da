"""The migrations build the schema that the tables describe, and keep what an older database holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, Table, delete, insert, inspect, make_url, select, text
from sqlalchemy.exc import IntegrityError

from imagegen.errors import StoreUnavailable
from imagegen.store import jobs as jobs_of
from imagegen.store import retention, revision
from imagegen.store.engine import upgrade
from imagegen.store.postgresql import postgresql_engine
from imagegen.store.sqlite import sqlite_engine
from imagegen.store.tables import SCHEMA, counters, grants, ledger, purged_spending, settings_changes
from imagegen.store.tables_jobs import inputs, jobs
from imagegen.store.tables_search import FTS_TABLES, TSV
from imagegen.store.upgrading import alembic_config, run_migrations
from tests.imagegen.store.books import NOON, PRICE, Books
from tests.imagegen.store.revisions import LAST, NEXT, with_a_second_revision

# What a catalogue says of a schema: constraints with their conditions, indexes with theirs, columns with their types.
CATALOGUES = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'alembic%' AND sql IS NOT NULL",
    "postgresql": """
        SELECT conrelid::regclass || ' ' || conname, pg_get_constraintdef(oid) FROM pg_constraint
          WHERE connamespace = 'public'::regnamespace AND conrelid <> 'alembic_version'::regclass
        UNION ALL
        SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'alembic_version'
        UNION ALL
        SELECT table_name || '.' || column_name,
          concat_ws(' ', data_type, is_nullable, is_identity, column_default)
          FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'alembic_version'""",
}


def an_engine(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        return postgresql_engine(parsed)
    path = Path(parsed.database or "")
    path.parent.mkdir(exist_ok=True)
    return sqlite_engine(path)


def schema(tx: Connection) -> dict[str, list[str]]:
    """Name -> what it is. SQLite keeps the words of its making: their order and quotes are nobody's promise."""
    found = tx.execute(text(CATALOGUES[tx.dialect.name])).all()
    if tx.dialect.name == "postgresql":
        return {name: [definition] for name, definition in found}
    return {name: sorted("".join(part.replace('"', "").split()) for part in _parts(sql)) for name, sql in found}


def _parts(sql: str) -> list[str]:
    """Columns and constraints, each whole: split at the commas outside the inner brackets."""
    parts, depth, part = [], 0, ""
    for sign in sql[sql.index("(") + 1 : sql.rindex(")")] if sql.startswith("CREATE TABLE") else sql:
        depth += (sign == "(") - (sign == ")")
        if sign == "," and depth == 0:
            parts.append(part)
            part = ""
        else:
            part += sign
    return [*parts, part]


AN_INPUT = {"position": 1, "data_uri": "x", "width_px": 1, "height_px": 1, "notes": ""}
A_JOB = {
    "state": "queued", "scope": "dm", "user_id": 1, "locale": "", "model": "wan2.6-image", "call": "sync", "count": 1,
    "input_count": 1, "price_microusd": 30_000, "request": "{}", "address": "{}", "turn": 1, "attempts": 0,
    "in_doubt": 0, "defects": 3, "epoch": 0, "next_attempt_at": NOON, "requested_at": NOON,
}  # fmt: skip


def a_job_with_an_input(engine: Engine) -> int:
    """Write both and return the id of the job."""
    with engine.begin() as tx:
        new = insert(jobs).values(**A_JOB, key="i:1").returning(jobs.c.id)
        job_id: int = tx.execute(new).scalar_one()
        tx.execute(insert(inputs).values(**AN_INPUT, job_id=job_id))
    return job_id


def columns(tx: Connection, table: str) -> tuple[list[str], object]:
    """The columns of a table, each with its type, and its primary key."""
    found = inspect(tx)
    written = [f"{column['name']} {column['type']} {column['nullable']}" for column in found.get_columns(table)]
    return written, found.get_pk_constraint(table)


def test_the_newest_revision_is_the_last_migration(tmp_path: Path) -> None:
    scripts = ScriptDirectory.from_config(alembic_config(sqlite_engine(tmp_path / "none.db")))

    assert scripts.get_current_head() == revision.NEWEST


def described(name: str | None, _kind: str, _parents: object) -> bool:
    """Return whether the tables describe what has this *name*: what a search needs beside them is made by DDL."""
    return name not in (*FTS_TABLES, TSV, f"ix_prompt_words_{TSV}")


def test_the_migrations_build_what_the_tables_describe(url: str) -> None:
    engine = an_engine(url)

    run_migrations(engine)

    with engine.connect() as tx:
        known = MigrationContext.configure(tx, opts={"include_name": described})
        assert compare_metadata(known, SCHEMA) == []
    engine.dispose()


def test_a_new_database_gets_what_the_migrations_build(url: str) -> None:
    engine = an_engine(url)
    run_migrations(engine)
    with engine.begin() as tx:
        migrated, versions = schema(tx), columns(tx, "alembic_version")
        SCHEMA.drop_all(tx)
        tx.execute(text("DROP TABLE alembic_version"))

    upgrade(engine)

    with engine.connect() as tx:
        assert schema(tx) == migrated
        assert columns(tx, "alembic_version") == versions
        assert MigrationContext.configure(tx).get_current_revision() == revision.NEWEST
    engine.dispose()


def test_a_database_of_the_first_schema_is_upgraded_and_keeps_its_rows(
    url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    engine = an_engine(url)
    upgrade(engine)
    job_id = a_job_with_an_input(engine)

    with_a_second_revision(monkeypatch, tmp_path)
    upgrade(engine)

    with engine.begin() as tx:
        assert MigrationContext.configure(tx).get_current_revision() == NEXT
        assert tx.execute(text("SELECT id, mood, defects FROM jobs")).all() == [(job_id, "calm", 3)]
        assert tx.scalars(select(inputs.c.data_uri)).all() == ["x"]
        with pytest.raises(IntegrityError), tx.begin_nested():
            tx.execute(text("UPDATE jobs SET mood = 'angry'"))
    engine.dispose()


ADDED_IN_0003 = {
    "jobs": ("weight", "input_price_microusd"),
    "ledger": ("adjustment",),
    "purged_spending": ("adjustment",),
    "counters": ("reserved_adjustment", "used_adjustment", "purged_adjustment"),
}
TO_0002 = "; ".join(
    f"ALTER TABLE {table} DROP COLUMN {name}" for table, names in ADDED_IN_0003.items() for name in names
)
TO_THE_FIRST_SCHEMA = f"""
    {TO_0002};
    DELETE FROM ledger WHERE name = 'share'; DELETE FROM counters WHERE name = 'share';
    DROP TABLE server_shares; DROP TABLE purged_spending; ALTER TABLE budget_alerts DROP COLUMN limit_microusd;
    UPDATE alembic_version SET version_num = '0001'"""  # noqa: S608  # our own names


def test_the_upgrade_to_shares_counts_what_each_server_has_spent_and_reserved(url: str) -> None:
    engine = an_engine(url)
    upgrade(engine)
    books = Books(engine)
    for scope in ("g:7", "g:8", "dm", "g:7"):
        books.submit(scope=scope)
    books.made(books.claimed())
    gone = books.run(jobs_of.done, books.delivering(), 1, 5, now=books.now)
    books.claimed("dead")
    books.later(minutes=1)
    books.adopt("next")  # it is sent again, and reserved twice
    books.run(retention.purge_jobs, told_before=books.now, limit=1)
    counted, entries = _share_rows(books)
    with engine.begin() as tx:
        for statement in TO_THE_FIRST_SCHEMA.split(";"):
            tx.exec_driver_sql(statement)

    upgrade(engine)

    assert gone is not None
    assert _share_rows(books)[1] == entries
    assert _share_rows(books)[0] == [(*key, used - purged, 0) for *key, used, purged in counted]
    unknown = books.run(lambda tx: [tuple(row) for row in tx.execute(select(purged_spending))])
    assert unknown == [("2026-11", "", "", 0, 0, PRICE, 0)]
    assert books.broken() == ()
    engine.dispose()


def _share_rows(books: Books) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    of_counters = [counters.c[name] for name in ("subject", "window", "reserved", "used", "purged")]
    of_ledger = [ledger.c[name] for name in ("job_id", "subject", "window", "send", "entry", "amount", "at")]
    is_share = [table.c.name == "share" for table in (counters, ledger)]
    with books.engine.connect() as tx:
        first = tx.execute(
            select(*of_counters).where(is_share[0], counters.c.reserved + counters.c.used > counters.c.purged)
        ).all()
        second = tx.execute(select(*of_ledger).where(is_share[1]).order_by(*of_ledger)).all()
    return sorted(map(tuple, first)), list(map(tuple, second))


def test_a_database_of_an_unknown_revision_is_refused(url: str) -> None:
    engine, unknown = an_engine(url), f"{int(revision.NEWEST) + 2:04}"
    upgrade(engine)
    with engine.begin() as tx:
        revision.set_revision(tx, unknown)

    with pytest.raises(StoreUnavailable, match="newer version of Wanvas"):
        upgrade(engine)

    with engine.connect() as tx:
        assert MigrationContext.configure(tx).get_current_revision() == unknown
    engine.dispose()


def test_an_upgraded_database_gives_no_id_out_again(url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    engine = an_engine(url)
    upgrade(engine)
    job_id = a_job_with_an_input(engine)
    with engine.begin() as tx:
        tx.execute(delete(jobs))

    with_a_second_revision(monkeypatch, tmp_path)
    upgrade(engine)

    assert a_job_with_an_input(engine) == job_id + 1
    engine.dispose()


@pytest.mark.parametrize("table", [jobs, ledger, grants, settings_changes], ids=lambda table: table.name)
def test_each_table_whose_ids_people_see_never_reuses_one(tmp_path: Path, table: Table) -> None:
    engine = sqlite_engine(tmp_path / "ids.db")
    upgrade(engine)

    with engine.connect() as tx:
        found = tx.execute(text("SELECT sql FROM sqlite_master WHERE name = :name"), {"name": table.name})
        assert "AUTOINCREMENT" in found.scalar_one()
    engine.dispose()


def test_after_a_migration_each_connection_holds_to_the_foreign_keys(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    engine = sqlite_engine(tmp_path / "keys.db")
    upgrade(engine)
    a_job_with_an_input(engine)
    with_a_second_revision(monkeypatch, tmp_path)

    for _ in range(2):  # a start that has something to migrate, and one that has not
        upgrade(engine)

        with engine.connect() as tx:
            assert tx.exec_driver_sql("PRAGMA foreign_keys").scalar_one() == 1
            with pytest.raises(IntegrityError):
                tx.execute(insert(inputs).values(**AN_INPUT, job_id=99))
    engine.dispose()


def test_a_migration_that_leaves_rows_without_their_job_is_rolled_back(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    engine = sqlite_engine(tmp_path / "orphans.db")
    upgrade(engine)
    a_job_with_an_input(engine)
    with_a_second_revision(monkeypatch, tmp_path, "op.execute('DELETE FROM jobs')")

    with pytest.raises(RuntimeError, match="point nowhere"):
        upgrade(engine)

    with engine.connect() as tx:
        assert MigrationContext.configure(tx).get_current_revision() == LAST
        assert tx.scalars(select(inputs.c.data_uri)).all() == ["x"]
    engine.dispose()
