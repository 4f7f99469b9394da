"""Input bytes are counted, by whom and since when; links are found when their job is over; servers may be left."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

KEPT = sa.text("data_uri IS NOT NULL")
HAS_LINKS = sa.text("notified_at IS NOT NULL AND links <> '[]'")
INDEXES = {
    "ix_inputs_kept": ["job_id", "bytes"],
    "ix_inputs_kept_of": ["requester_id", "job_id", "bytes"],
    "ix_inputs_given_at": ["given_at"],
    "ix_inputs_owner_id": ["owner_id"],
    "ix_inputs_posted_by": ["posted_by"],
}
COUNTED = """
    UPDATE inputs SET
      requester_id = (SELECT user_id FROM jobs WHERE jobs.id = inputs.job_id),
      bytes = COALESCE(LENGTH(data_uri), 0),
      given_at = (SELECT asked_at FROM jobs WHERE jobs.id = inputs.job_id)"""


def upgrade() -> None:
    op.drop_index("ix_inputs_kept", "inputs")
    op.add_column("inputs", sa.Column("requester_id", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("inputs", sa.Column("bytes", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("inputs", sa.Column("given_at", sa.BigInteger(), nullable=False, server_default="0"))
    op.execute(COUNTED)
    for name, columns in INDEXES.items():
        op.create_index(name, "inputs", columns, sqlite_where=KEPT, postgresql_where=KEPT)
    op.create_index("ix_jobs_has_links", "jobs", ["notified_at"], sqlite_where=HAS_LINKS, postgresql_where=HAS_LINKS)
    op.create_table(
        "departures",
        sa.Column("server_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("left_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("server_id", name=op.f("pk_departures")),
    )
