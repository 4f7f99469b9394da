"""Every database that was ever made becomes the one that the tables describe, with what it holds."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, insert, make_url, select, text

from imagegen.store.engine import alembic_config, upgrade
from imagegen.store.postgresql import postgresql_engine
from imagegen.store.sqlite import sqlite_engine
from imagegen.store.tables import changes, continuations, inputs, ledger, metadata
from tests.imagegen.store.books import NOON

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


def revisions() -> list[str]:
    scripts = ScriptDirectory.from_config(alembic_config(None))  # type: ignore[arg-type]  # only its scripts are read
    return [script.revision for script in scripts.walk_revisions()][::-1]


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


@pytest.mark.parametrize("begun", [None, *revisions()])
def test_from_every_revision_the_migrations_lead_to_the_tables(url: str, begun: str | None) -> None:
    engine = an_engine(url)
    if begun is not None:
        command.upgrade(alembic_config(engine), begun)

    upgrade(engine)

    with engine.connect() as tx:
        migrated = schema(tx)
        assert compare_metadata(MigrationContext.configure(tx), metadata) == []
    with engine.begin() as tx:
        metadata.drop_all(tx)
        metadata.create_all(tx)
        assert schema(tx) == migrated
    engine.dispose()


def test_what_an_old_database_holds_is_kept(url: str) -> None:
    engine = an_engine(url)
    command.upgrade(alembic_config(engine), "0001")
    with engine.begin() as tx:
        tx.execute(text(
            "INSERT INTO jobs (id, key, state, scope, user_id, locale, model, call, count, input_count,"
            " price_microusd, request, address, turn, attempts, in_doubt, epoch, next_attempt_at, asked_at) VALUES"
            " (7, 'i:7', 'queued', 'dm', 1, '', 'wan2.6-image', 'sync', 1, 1, 30000, '{}', '{}', 1, 0, 0, 0, 0, 0)"
        ))  # fmt: skip
        tx.execute(insert(inputs).values(job_id=7, position=1, data_uri="x", width_px=1, height_px=1, notes=""))
        tx.execute(text(
            "INSERT INTO ledger (job_id, name, subject, \"window\", entry, amount, at)"
            " VALUES (7, 'person', '1', 'day', 'hold', 1, 0)"
        ))  # fmt: skip

    upgrade(engine)

    with engine.connect() as tx:
        assert tx.scalars(select(inputs.c.data_uri)).all() == ["x"]
        held = tx.execute(select(ledger.c.job_id, ledger.c.name, ledger.c.send, ledger.c.amount)).all()
        assert held == [(7, "person", 1, 1), (7, "paid", 1, 1)]
    engine.dispose()


def test_a_migrated_database_gives_no_id_out_again(url: str) -> None:
    engine = an_engine(url)
    command.upgrade(alembic_config(engine), "0010")
    with engine.begin() as tx:
        tx.execute(NEW_CHANGE)
        tx.execute(NEW_CHANGE)

    upgrade(engine)

    with engine.begin() as tx:
        tx.execute(text("DELETE FROM changes"))
        tx.execute(NEW_CHANGE)
        assert tx.scalars(select(changes.c.id)).all() == [3]
    engine.dispose()


def test_after_a_migration_each_connection_holds_to_the_foreign_keys(tmp_path: Path) -> None:
    engine = sqlite_engine(tmp_path / "keys.db")

    for _ in range(2):  # a start with something to migrate, and one without
        upgrade(engine)

        with engine.connect() as tx:
            assert tx.exec_driver_sql("PRAGMA foreign_keys").scalar_one() == 1
    engine.dispose()


def test_rows_whose_job_was_purged_by_an_earlier_version_are_gone_and_keep_nothing_from_starting(
    tmp_path: Path,
) -> None:
    engine = sqlite_engine(tmp_path / "orphans.db")
    command.upgrade(alembic_config(engine), "0019")
    with engine.connect() as raw:
        raw.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")  # type: ignore[union-attr]  # sqlite3's own
        raw.execute(insert(inputs).values(job_id=7, position=1, width_px=1, height_px=1, notes=""))
        raw.execute(insert(continuations).values(job_id=7, position=2, message_id=5))
        raw.commit()

    upgrade(engine)

    with engine.connect() as tx:
        assert tx.execute(select(inputs.c.job_id)).all() == []
        assert tx.execute(select(continuations.c.job_id)).all() == []
    engine.dispose()


NEW_CHANGE = insert(changes).values(server_id=7, user_id=1, what="paused", before="false", after="true", at=NOON)
