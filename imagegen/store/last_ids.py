"""The largest id that each table ever gave out: the id of a deleted row is never given to another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, inspect, text

COUNTED = (  # tables whose database gives out the ids
    "jobs", "ledger", "grants", "settings_changes", "starts",
    "styles", "characters", "reference_images", "drafts",
)  # fmt: skip


def last_ids(tx: Connection) -> dict[str, int]:
    """Return the largest id that each table ever had. On SQLite, only of the tables that reuse none."""
    if tx.dialect.name == "postgresql":
        return {name: last for name in _counted(tx) if (last := _last_of_sequence(tx, name))}
    if not inspect(tx).has_table("sqlite_sequence"):
        return {}
    return {name: last for name, last in tx.exec_driver_sql("SELECT name, seq FROM sqlite_sequence")}


def _counted(tx: Connection) -> Sequence[str]:
    """Return those of COUNTED that the schema has: an older one lacks some."""
    return [name for name in COUNTED if inspect(tx).has_table(name)]


def _last_of_sequence(tx: Connection, table: str) -> int:
    sequence = tx.scalar(text("SELECT pg_get_serial_sequence(:table, 'id')"), {"table": table})
    last: int | None = tx.scalar(text(f"SELECT last_value FROM {sequence} WHERE is_called"))  # noqa: S608  # names of the schema
    return last or 0


def give_out_none_again(tx: Connection, ids: Mapping[str, int]) -> None:
    """Let each table give out only ids above those of *ids*, and above those that it holds."""
    for name in ids.keys() & set(COUNTED):
        _raise_to(tx, name, ids[name])
    if tx.dialect.name == "postgresql":
        for name in _counted(tx):
            _raise_to(tx, name, tx.scalar(text(f"SELECT max(id) FROM {name}")) or 0)  # noqa: S608  # names of the schema


def _raise_to(tx: Connection, table: str, last: int) -> None:
    if tx.dialect.name == "postgresql":
        if last > _last_of_sequence(tx, table):
            tx.execute(
                text("SELECT setval(pg_get_serial_sequence(:table, 'id'), :last)"), {"table": table, "last": last}
            )
        return
    tx.exec_driver_sql("DELETE FROM sqlite_sequence WHERE name = ? AND seq < ?", (table, last))
    tx.exec_driver_sql(
        "INSERT INTO sqlite_sequence (name, seq) SELECT ?, ?"
        " WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = ?)",
        (table, last, table),
    )
