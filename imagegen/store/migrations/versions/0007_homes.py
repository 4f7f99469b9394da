"""Homes: which of several processes shows a job."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("jobs", sa.Column("home", sa.Text(), nullable=True))
    still_open = sa.text("notified_at IS NULL")
    op.create_index("ix_jobs_home", "jobs", ["home"], sqlite_where=still_open, postgresql_where=still_open)
