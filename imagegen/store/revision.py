"""Which revision of the schema this code needs, and which one a database has."""

from __future__ import annotations

from sqlalchemy import Connection, inspect, text

NEWEST = "0001"  # of the last file in migrations/versions
NEWER = "it was written by a newer version of Wanvas; start that one"


def stored(tx: Connection) -> str | None:
    """Return the revision that Alembic wrote into the database; None if it wrote none."""
    if not inspect(tx).has_table("alembic_version"):
        return None
    revision: str | None = tx.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    return revision
