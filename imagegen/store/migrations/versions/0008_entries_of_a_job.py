"""The entries of a job are found whatever they are."""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_index("ix_ledger_job_id", "ledger", ["job_id"])
