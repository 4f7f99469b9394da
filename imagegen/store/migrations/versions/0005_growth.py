"""Growth: what lets old rows be found without reading all of them, and purged without a loss to the books."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

CHECKS = {
    "waiting_has_no_remote_id": "state NOT IN ('asked', 'queued') OR remote_id IS NULL",
    "asked_has_images": "state <> 'asked' OR input_count > 0",
    "owner_has_epoch": "owner IS NULL OR epoch > 0",
    "made_was_sent": "made_at IS NULL OR submitting_at IS NOT NULL",
    "made_has_moment": "state NOT IN ('made', 'done') OR made_at IS NOT NULL",
    "told_is_over": "notified_at IS NULL OR (ended_at IS NOT NULL AND owner IS NULL)",
    "done_was_told": "state <> 'done' OR notified_at IS NOT NULL",
}
WAITS = "state IN ('asked', 'queued')"
INDEXES = {
    "ix_jobs_to_read": (["turn", "id"], "state = 'asked' AND owner IS NULL"),
    "ix_jobs_due": (["next_attempt_at"], WAITS),
    "ix_jobs_owner": (["owner"], "owner IS NOT NULL"),
    "ix_jobs_notified_at": (["notified_at"], "notified_at IS NOT NULL"),
    "ix_jobs_forget_token_at": (["forget_token_at"], "forget_token_at IS NOT NULL"),
}


def upgrade() -> None:
    op.add_column("jobs", sa.Column("forget_token_at", sa.BigInteger(), nullable=True))
    op.execute(
        "UPDATE jobs SET forget_token_at = asked_at + 900000000"  # 15 minutes
        ' WHERE address LIKE \'%"token": "%\''
    )
    with op.batch_alter_table("jobs") as jobs:
        for name, condition in CHECKS.items():
            jobs.create_check_constraint(op.f(f"ck_jobs_{name}"), condition)
    for name, (columns, condition) in INDEXES.items():
        where = sa.text(condition)
        op.create_index(name, "jobs", columns, sqlite_where=where, postgresql_where=where)
    kept = sa.text("data_uri IS NOT NULL")
    op.create_index("ix_inputs_kept", "inputs", ["job_id"], sqlite_where=kept, postgresql_where=kept)
    with op.batch_alter_table("counters") as counters:
        counters.add_column(sa.Column("purged", sa.BigInteger(), nullable=False, server_default="0"))
        counters.create_check_constraint(op.f("ck_counters_purged_within_used"), "purged >= 0 AND purged <= used")
    op.create_index("ix_counters_window", "counters", ["window"])
