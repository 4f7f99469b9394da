"""One more revision of the schema, which the tests make: after those of the store itself."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from alembic.config import Config
from sqlalchemy import Engine

from imagegen.store import revision, upgrading
from imagegen.store.migrations import versions
from imagegen.store.upgrading import alembic_config

OURS = Path(versions.__file__).parent
LAST = revision.NEWEST
NEXT = f"{int(LAST) + 1:04}"

# As a release after the first one could make it: on SQLite the batch copies the table and all its rows.
SECOND_REVISION = f"""
import sqlalchemy as sa
from alembic import op

revision = "{NEXT}"
down_revision = "{LAST}"


def upgrade() -> None:
    with op.batch_alter_table("jobs", table_kwargs=dict(sqlite_autoincrement=True)) as jobs:
        jobs.add_column(sa.Column("mood", sa.Text(), nullable=False, server_default="calm"))
        jobs.create_check_constraint(op.f("ck_jobs_mood"), "mood <> 'angry'")
"""


def with_a_second_revision(monkeypatch: pytest.MonkeyPatch, folder: Path, more: str = "") -> None:
    """Let the store find the revision NEXT, in a folder beside its own; *more* is a statement that NEXT runs too."""
    (folder / f"{NEXT}_mood.py").write_text(f"{SECOND_REVISION}    {more}\n", encoding="utf-8")

    def config(engine: Engine) -> Config:
        both = alembic_config(engine)
        both.set_main_option("path_separator", "os")
        both.set_main_option("version_locations", os.pathsep.join((str(OURS), str(folder))))
        return both

    monkeypatch.setattr(upgrading, "alembic_config", config)
    monkeypatch.setattr(revision, "NEWEST", NEXT)
