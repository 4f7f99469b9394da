"""Stories: what has come of one, where it is shown, and that it shall stop."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("jobs", sa.Column("parts", sa.Text(), nullable=True))
    # In plain SQL: SQLite takes a constraint with a new column, and Alembic would copy the table for it.
    op.execute(
        "ALTER TABLE jobs ADD COLUMN cut TEXT CONSTRAINT ck_jobs_cut "
        "CHECK (cut IN ('broken', 'refused', 'canceled', 'killed', 'too_long'))"
    )
    op.add_column("jobs", sa.Column("cancel_asked_at", sa.BigInteger(), nullable=True))
    op.create_table(
        "continuations",
        sa.Column("job_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("position >= 2", name=op.f("ck_continuations_position")),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_continuations_job_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", "position", name=op.f("pk_continuations")),
    )
    op.create_index("ix_continuations_message_id", "continuations", ["message_id"])
