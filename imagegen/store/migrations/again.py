"""What a migration adds once, however often it runs: it runs again after an older release has run on its schema.

For tables and indexes, Alembic has ``if_not_exists``.
"""

from __future__ import annotations

from typing import Any

from alembic import op
from sqlalchemy import Column, inspect


def add_column(table: str, column: Column[Any]) -> None:
    """Add *column* to *table* if the table does not have it."""
    if column.name not in {found["name"] for found in inspect(op.get_bind()).get_columns(table)}:
        op.add_column(table, column)
