"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "counters",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("window", sa.Text(), nullable=False),
        sa.Column("held", sa.BigInteger(), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("held >= 0 AND used >= 0", name=op.f("ck_counters_never_below_zero")),
        sa.PrimaryKeyConstraint("name", "subject", "window", name=op.f("pk_counters")),
    )
    op.create_table(
        "jobs",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("call", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("input_count", sa.Integer(), nullable=False),
        sa.Column("price_microusd", sa.BigInteger(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("turn", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("in_doubt", sa.Integer(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", sa.BigInteger(), nullable=False),
        sa.Column("send_before_at", sa.BigInteger(), nullable=True),
        sa.Column("remote_id", sa.Text(), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("links", sa.Text(), nullable=True),
        sa.Column("image_count", sa.Integer(), nullable=True),
        sa.Column("size", sa.Text(), nullable=True),
        sa.Column("failure_reason", sa.Text(), nullable=True),
        sa.Column("failure_facts", sa.Text(), nullable=True),
        sa.Column("shown", sa.Integer(), nullable=True),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("submitting_at", sa.BigInteger(), nullable=True),
        sa.Column("made_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("notified_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("(state = 'done') = (shown IS NOT NULL)", name=op.f("ck_jobs_done_has_shown")),
        sa.CheckConstraint("(state = 'failed') = (failure_reason IS NOT NULL)", name=op.f("ck_jobs_failed_has_reason")),
        sa.CheckConstraint(
            "(state IN ('done', 'failed', 'canceled')) = (ended_at IS NOT NULL)", name=op.f("ck_jobs_ended")
        ),
        sa.CheckConstraint(
            "state <> 'submitted' OR remote_id IS NOT NULL", name=op.f("ck_jobs_submitted_has_remote_id")
        ),
        sa.CheckConstraint(
            "state IN ('asked', 'queued', 'submitting', 'submitted', 'made', 'done', 'failed', 'canceled')",
            name=op.f("ck_jobs_state"),
        ),
        sa.CheckConstraint("state NOT IN ('made', 'done') OR links IS NOT NULL", name=op.f("ck_jobs_made_has_links")),
        sa.CheckConstraint("state NOT IN ('queued', 'done') OR owner IS NULL", name=op.f("ck_jobs_rest_has_no_owner")),
        sa.CheckConstraint(
            "state NOT IN ('submitting', 'submitted') OR owner IS NOT NULL", name=op.f("ck_jobs_live_has_owner")
        ),
        sa.CheckConstraint("count >= 1 AND input_count >= 0 AND in_doubt <= 1", name=op.f("ck_jobs_numbers")),
        sa.CheckConstraint("shown >= 0 AND shown <= count", name=op.f("ck_jobs_shown_within_count")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
        sa.UniqueConstraint("key", name=op.f("uq_jobs_key")),
    )
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.create_index("ix_jobs_failures_of", ["user_id", "failure_reason", "ended_at"], unique=False)
        batch_op.create_index(
            "ix_jobs_line",
            ["model", "turn", "id"],
            unique=False,
            sqlite_where=sa.text("state IN ('asked', 'queued')"),
            postgresql_where=sa.text("state IN ('asked', 'queued')"),
        )
        batch_op.create_index(
            "ix_jobs_live",
            ["model"],
            unique=False,
            sqlite_where=sa.text("state IN ('submitting', 'submitted')"),
            postgresql_where=sa.text("state IN ('submitting', 'submitted')"),
        )
        batch_op.create_index("ix_jobs_message_id", ["message_id"], unique=False)
        batch_op.create_index("ix_jobs_recent", ["model", "made_at"], unique=False)
        batch_op.create_index(
            "ix_jobs_to_deliver",
            ["next_attempt_at"],
            unique=False,
            sqlite_where=sa.text("notified_at IS NULL AND state IN ('made', 'failed', 'canceled')"),
            postgresql_where=sa.text("notified_at IS NULL AND state IN ('made', 'failed', 'canceled')"),
        )
        batch_op.create_index(
            "ix_jobs_waiting_of",
            ["user_id"],
            unique=False,
            sqlite_where=sa.text("state IN ('asked', 'queued')"),
            postgresql_where=sa.text("state IN ('asked', 'queued')"),
        )

    op.create_table(
        "model_queues",
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("turn", sa.BigInteger(), nullable=False),
        sa.Column("free_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("model", name=op.f("pk_model_queues")),
    )
    op.create_table(
        "sending",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("paused_until", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_sending_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sending")),
    )
    op.create_table(
        "turns",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("turn", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "model", name=op.f("pk_turns")),
    )
    op.create_table(
        "workers",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workers")),
    )
    op.create_table(
        "inputs",
        sa.Column("job_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("data_uri", sa.Text(), nullable=True),
        sa.Column("width_px", sa.Integer(), nullable=False),
        sa.Column("height_px", sa.Integer(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_inputs_job_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", "position", name=op.f("pk_inputs")),
    )
    op.create_table(
        "ledger",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("job_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("window", sa.Text(), nullable=False),
        sa.Column("entry", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount >= 0 AND (entry <> 'return' OR amount = 0)", name=op.f("ck_ledger_amount")),
        sa.CheckConstraint("entry IN ('hold', 'settle', 'return')", name=op.f("ck_ledger_entry")),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_ledger_job_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger")),
    )
    with op.batch_alter_table("ledger", schema=None) as batch_op:
        batch_op.create_index("ix_ledger_counter", ["name", "subject", "window"], unique=False)
        batch_op.create_index(
            "uq_ledger_close",
            ["job_id", "name"],
            unique=True,
            sqlite_where=sa.text("entry IN ('settle', 'return')"),
            postgresql_where=sa.text("entry IN ('settle', 'return')"),
        )
        batch_op.create_index(
            "uq_ledger_hold",
            ["job_id", "name"],
            unique=True,
            sqlite_where=sa.text("entry = 'hold'"),
            postgresql_where=sa.text("entry = 'hold'"),
        )
