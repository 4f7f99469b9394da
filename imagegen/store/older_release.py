"""Roll a release back: it runs on the schema of the release after it, and that one catches up later.

A release changes the schema by one revision that only adds (docs/decisions/0038-roll-back-one-release.md), so the
release before it can use the schema, and keeps what it does not know. What it writes lacks the additions, so
it records its revision in the table ``wanvas_older``. The next start of the newer release runs its migration again.
"""

from __future__ import annotations

from collections.abc import Collection

import structlog
from sqlalchemy import Connection, MetaData, inspect

log = structlog.get_logger(__name__)

OLDER = "wanvas_older"


def is_following(found: str | None, newest: str) -> bool:
    """Return whether *found* is the revision right after *newest*: of the next release."""
    return found is not None and found.isdigit() and int(found) == int(newest) + 1


def fits(tx: Connection, schema: MetaData) -> bool:
    """Return whether the database has every column of *schema*, and fills each further column by itself."""
    tables = {name: columns for (_, name), columns in inspect(tx).get_multi_columns().items()}
    for table in schema.sorted_tables:
        found = {column["name"]: column for column in tables.get(table.name, ())}
        further = [column for name, column in found.items() if name not in table.c]
        if set(table.c.keys()) - found.keys() or any(not c["nullable"] and c["default"] is None for c in further):
            return False
    return True


def record_older(tx: Connection, newest: str, found: str) -> None:
    """Record the revision *newest* of this release, for the newer release whose schema this is."""
    log.warning("schema_is_newer", found=found, ours=newest)
    if not inspect(tx).has_table(OLDER):
        tx.exec_driver_sql(f"CREATE TABLE {OLDER} (revision TEXT)")
        tx.exec_driver_sql(f"INSERT INTO {OLDER} VALUES ('{newest}')")  # noqa: S608  # our own revision


def recorded_older(tx: Connection, tables: Collection[str]) -> str | None:
    """Return the revision of the older release that ran on the database; None if none did since the last start."""
    if OLDER not in tables:
        return None
    found: str | None = tx.exec_driver_sql(f"SELECT revision FROM {OLDER}").scalar_one_or_none()  # noqa: S608  # our own name
    return found


def forget_older(tx: Connection) -> None:
    """Delete the record."""
    tx.exec_driver_sql(f"DROP TABLE {OLDER}")
