"""Alembic's entrance: runs on the engine that the store opened."""

from typing import Any

from alembic import context
from sqlalchemy import Connection, Engine

from imagegen.store.last_ids import give_out_none_again, last_ids
from imagegen.store.revision import wait_for_others
from imagegen.store.tables import SCHEMA


def run(connection: Connection) -> None:
    """Run the missing migrations in one transaction: a migration that fails leaves the database as it was."""
    context.configure(
        connection=connection,
        target_metadata=SCHEMA,
        render_as_batch=True,  # SQLite alters a table by copying it
        transactional_ddl=True,  # Alembic assumes False for SQLite, and would commit before the checks below
    )
    with context.begin_transaction():
        wait_for_others(connection)  # several processes start at once: one migrates, the others find it done
        ids = last_ids(connection) if connection.dialect.name == "sqlite" else {}  # a sequence stays as it is
        context.run_migrations()
        if connection.dialect.name == "sqlite":
            give_out_none_again(connection, ids)  # a table that batch mode copied starts behind its largest id
            _check_keys(connection)


def _check_keys(connection: Connection) -> None:
    if broken := connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall():
        raise RuntimeError(f"the migration leaves rows that point nowhere: {broken[:5]}")


def run_without_keys(connection: Connection) -> None:
    """On SQLite, dropping a copied table would take the rows along that point to it; they are checked afterwards.

    The connection is closed in the end, not used again: inside a transaction the pragma does nothing, so it could not
    be taken back here. https://www.sqlite.org/lang_altertable.html#otheralter (2026-11-24)
    """
    raw: Any = connection.connection.driver_connection
    raw.execute("PRAGMA foreign_keys=OFF")
    try:
        run(connection)
    finally:
        connection.detach()


def run_on(engine: Engine) -> None:
    with engine.connect() as found:
        if found.dialect.name == "sqlite":
            run_without_keys(found)
        else:
            run(found)


if "connection" in context.config.attributes:  # the transaction of a restore
    run(context.config.attributes["connection"])
else:
    run_on(context.config.attributes["engine"])
