"""Alembic's entrance: runs on the engine that the store opened."""

from typing import Any

from alembic import context
from sqlalchemy import Connection, inspect

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
        ids = _ids_given_out(connection)
        context.run_migrations()
        if connection.dialect.name == "sqlite":
            _give_out_no_id_again(connection, ids)
            _check_keys(connection)


def _ids_given_out(connection: Connection) -> dict[str, int]:
    """Return the largest id that each table ever had, on SQLite; PostgreSQL's sequences stay as they are."""
    if connection.dialect.name != "sqlite" or not inspect(connection).has_table("sqlite_sequence"):
        return {}
    return {name: last for name, last in connection.exec_driver_sql("SELECT name, seq FROM sqlite_sequence")}


def _give_out_no_id_again(connection: Connection, ids: dict[str, int]) -> None:
    """Restore the largest ids: a table that batch mode copied starts behind the largest id that it holds now."""
    for name, last in ids.items():
        connection.exec_driver_sql("DELETE FROM sqlite_sequence WHERE name = ? AND seq < ?", (name, last))
        connection.exec_driver_sql(
            "INSERT INTO sqlite_sequence (name, seq) SELECT ?, ?"
            " WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = ?)",
            (name, last, name),
        )


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
