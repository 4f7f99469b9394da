"""The index of what was made is taken for nothing else: for the line it led through every job of a model."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    made = sa.text("made_at IS NOT NULL")
    op.drop_index("ix_jobs_recent", "jobs")
    op.create_index("ix_jobs_recent", "jobs", ["model", "made_at"], sqlite_where=made, postgresql_where=made)
