"""Alembic's entrance: runs on the engine that the store opened."""

from typing import Any

from alembic import context
from sqlalchemy import Connection

from imagegen.store.tables import metadata


def run(connection: Connection) -> None:
    # SQLite alters a table by copying it, which batch mode writes out.
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
    with context.begin_transaction():
        if connection.dialect.name == "postgresql":
            # Several processes start at once: one migrates, the others wait and find it done. Moving rows takes time.
            connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
            connection.exec_driver_sql("SET LOCAL lock_timeout = 0")
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(5770417)")
        context.run_migrations()
        if connection.dialect.name == "sqlite":
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


with context.config.attributes["engine"].connect() as found:
    if found.dialect.name == "sqlite":
        run_without_keys(found)
    else:
        run(found)
