"""The first schema: every table, as tables_jobs.py and tables.py describe them."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def only_where(condition: str) -> dict[str, Any]:
    """Return the arguments that make an index partial, on both databases."""
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def upgrade() -> None:
    _make_jobs()
    _make_parts_of_jobs()
    _make_quota()
    _make_queue()
    _make_server_settings()
    _make_people_and_operator()
    _make_processes()


def _make_jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", BIG_ID, nullable=False),
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
        sa.Column("prompt_folded", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("turn", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("in_doubt", sa.Integer(), nullable=False),
        sa.Column("defects", sa.Integer(), server_default="0", nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("display_owner", sa.Text(), nullable=True),
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
        sa.Column("delivered", sa.Integer(), nullable=True),
        sa.Column("used_undelivered", sa.Integer(), nullable=True),
        sa.Column("requested_at", sa.BigInteger(), nullable=False),
        sa.Column("submitting_at", sa.BigInteger(), nullable=True),
        sa.Column("generated_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("notified_at", sa.BigInteger(), nullable=True),
        sa.Column("story_so_far", sa.Text(), nullable=True),
        sa.Column("stop_reason", sa.Text(), nullable=True),
        sa.Column("cancel_requested_at", sa.BigInteger(), nullable=True),
        sa.Column("running_at", sa.BigInteger(), nullable=True),
        sa.Column("forget_token_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("(state = 'done') = (delivered IS NOT NULL)", name=op.f("ck_jobs_done_has_delivered")),
        sa.CheckConstraint(
            "(state = 'failed' AND generated_at IS NOT NULL) = (used_undelivered IS NOT NULL)",
            name=op.f("ck_jobs_generated_and_failed"),
        ),
        sa.CheckConstraint("(state = 'failed') = (failure_reason IS NOT NULL)", name=op.f("ck_jobs_failed_has_reason")),
        sa.CheckConstraint(
            "(state IN ('done', 'failed', 'canceled')) = (ended_at IS NOT NULL)", name=op.f("ck_jobs_ended")
        ),
        sa.CheckConstraint("state <> 'done' OR notified_at IS NOT NULL", name=op.f("ck_jobs_done_is_notified")),
        sa.CheckConstraint("state <> 'requested' OR input_count > 0", name=op.f("ck_jobs_requested_has_inputs")),
        sa.CheckConstraint(
            "state <> 'submitted' OR remote_id IS NOT NULL", name=op.f("ck_jobs_submitted_has_remote_id")
        ),
        sa.CheckConstraint(
            "state IN ('requested', 'queued', 'submitting', 'submitted', 'generated', 'done', 'failed', 'canceled')",
            name=op.f("ck_jobs_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('generated', 'done') OR generated_at IS NOT NULL", name=op.f("ck_jobs_generated_has_moment")
        ),
        sa.CheckConstraint(
            "state NOT IN ('generated', 'done') OR links IS NOT NULL", name=op.f("ck_jobs_generated_has_links")
        ),
        sa.CheckConstraint(
            "state NOT IN ('queued', 'done') OR owner IS NULL", name=op.f("ck_jobs_queued_or_done_has_no_owner")
        ),
        sa.CheckConstraint(
            "state NOT IN ('requested', 'queued') OR remote_id IS NULL", name=op.f("ck_jobs_waiting_has_no_remote_id")
        ),
        sa.CheckConstraint(
            "state NOT IN ('submitting', 'submitted') OR owner IS NOT NULL", name=op.f("ck_jobs_in_flight_has_owner")
        ),
        sa.CheckConstraint(
            "stop_reason IN ('broken', 'refused', 'canceled', 'killed', 'too_long')", name=op.f("ck_jobs_stop_reason")
        ),
        sa.CheckConstraint(
            "count >= 1 AND input_count >= 0 AND in_doubt <= 1 AND defects >= 0", name=op.f("ck_jobs_numbers")
        ),
        sa.CheckConstraint("delivered >= 0 AND delivered <= count", name=op.f("ck_jobs_delivered_within_count")),
        sa.CheckConstraint(
            "generated_at IS NULL OR submitting_at IS NOT NULL", name=op.f("ck_jobs_generated_was_sent")
        ),
        sa.CheckConstraint(
            "notified_at IS NULL OR (ended_at IS NOT NULL AND owner IS NULL)", name=op.f("ck_jobs_notified_has_ended")
        ),
        sa.CheckConstraint("owner IS NULL OR epoch > 0", name=op.f("ck_jobs_owner_has_epoch")),
        sa.CheckConstraint(
            "used_undelivered >= 0 AND used_undelivered <= count", name=op.f("ck_jobs_used_undelivered_within_count")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
        sa.UniqueConstraint("key", name=op.f("uq_jobs_key")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_jobs_display_owner", "jobs", ["display_owner"], **only_where("notified_at IS NULL"))
    op.create_index("ix_jobs_due", "jobs", ["next_attempt_at"], **only_where("state IN ('requested', 'queued')"))
    op.create_index("ix_jobs_failures_of_user", "jobs", ["user_id", "failure_reason", "ended_at"])
    op.create_index("ix_jobs_forget_token_at", "jobs", ["forget_token_at"], **only_where("forget_token_at IS NOT NULL"))
    op.create_index(
        "ix_jobs_has_links", "jobs", ["notified_at"], **only_where("notified_at IS NOT NULL AND links <> '[]'")
    )
    op.create_index("ix_jobs_in_flight", "jobs", ["model"], **only_where("state IN ('submitting', 'submitted')"))
    op.create_index("ix_jobs_in_scope", "jobs", ["scope", "id"])
    op.create_index("ix_jobs_message_id", "jobs", ["message_id"])
    op.create_index("ix_jobs_notified_at", "jobs", ["notified_at"], **only_where("notified_at IS NOT NULL"))
    op.create_index("ix_jobs_of_user", "jobs", ["user_id", "id"])
    op.create_index("ix_jobs_owner", "jobs", ["owner"], **only_where("owner IS NOT NULL"))
    op.create_index("ix_jobs_queue", "jobs", ["model", "turn", "id"], **only_where("state IN ('requested', 'queued')"))
    op.create_index("ix_jobs_recent", "jobs", ["model", "generated_at"], **only_where("generated_at IS NOT NULL"))
    op.create_index(
        "ix_jobs_to_deliver",
        "jobs",
        ["next_attempt_at"],
        **only_where("notified_at IS NULL AND state IN ('generated', 'failed', 'canceled')"),
    )
    op.create_index("ix_jobs_to_read", "jobs", ["turn", "id"], **only_where("state = 'requested' AND owner IS NULL"))
    op.create_index("ix_jobs_waiting_of_user", "jobs", ["user_id"], **only_where("state IN ('requested', 'queued')"))


def _make_parts_of_jobs() -> None:
    op.create_table(
        "inputs",
        sa.Column("job_id", BIG_ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("data_uri", sa.Text(), nullable=True),
        sa.Column("width_px", sa.Integer(), nullable=False),
        sa.Column("height_px", sa.Integer(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=True),
        sa.Column("posted_by", sa.BigInteger(), nullable=True),
        sa.Column("requester_id", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("bytes", sa.Integer(), server_default="0", nullable=False),
        sa.Column("received_at", sa.BigInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_inputs_job_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", "position", name=op.f("pk_inputs")),
    )
    op.create_index("ix_inputs_owner_id", "inputs", ["owner_id"], **only_where("data_uri IS NOT NULL"))
    op.create_index("ix_inputs_posted_by", "inputs", ["posted_by"], **only_where("data_uri IS NOT NULL"))
    op.create_index("ix_inputs_received_at", "inputs", ["received_at"], **only_where("data_uri IS NOT NULL"))
    op.create_index("ix_inputs_stored", "inputs", ["job_id", "bytes"], **only_where("data_uri IS NOT NULL"))
    op.create_index(
        "ix_inputs_stored_of_requester",
        "inputs",
        ["requester_id", "job_id", "bytes"],
        **only_where("data_uri IS NOT NULL"),
    )
    op.create_table(
        "story_messages",
        sa.Column("job_id", BIG_ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("position >= 2", name=op.f("ck_story_messages_position")),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_story_messages_job_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", "position", name=op.f("pk_story_messages")),
    )
    op.create_index("ix_story_messages_message_id", "story_messages", ["message_id"])


def _make_quota() -> None:
    op.create_table(
        "counters",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("window", sa.Text(), nullable=False),
        sa.Column("reserved", sa.BigInteger(), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.Column("purged", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint("purged >= 0 AND purged <= used", name=op.f("ck_counters_purged_within_used")),
        sa.CheckConstraint("reserved >= 0 AND used >= 0", name=op.f("ck_counters_never_below_zero")),
        sa.PrimaryKeyConstraint("name", "subject", "window", name=op.f("pk_counters")),
    )
    op.create_index("ix_counters_window", "counters", ["window"])
    op.create_table(
        "ledger",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("job_id", BIG_ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("window", sa.Text(), nullable=False),
        sa.Column("send", sa.Integer(), server_default="1", nullable=False),
        sa.Column("entry", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount >= 0 AND (entry <> 'release' OR amount = 0)", name=op.f("ck_ledger_amount")),
        sa.CheckConstraint("entry IN ('reserve', 'settle', 'release')", name=op.f("ck_ledger_entry")),
        sa.CheckConstraint("send IN (1, 2)", name=op.f("ck_ledger_send")),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_ledger_job_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_ledger_counter", "ledger", ["name", "subject", "window"])
    op.create_index("ix_ledger_job_id", "ledger", ["job_id"])
    op.create_index(
        "uq_ledger_reserve", "ledger", ["job_id", "name", "send"], unique=True, **only_where("entry = 'reserve'")
    )
    op.create_index(
        "uq_ledger_settle",
        "ledger",
        ["job_id", "name", "send"],
        unique=True,
        **only_where("entry IN ('settle', 'release')"),
    )
    op.create_table(
        "budget_alerts",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("window", sa.Text(), nullable=False),
        sa.Column("percent", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("name", "window", "percent", name=op.f("pk_budget_alerts")),
    )


def _make_queue() -> None:
    op.create_table(
        "turns",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("turn", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "model", name=op.f("pk_turns")),
    )
    op.create_table(
        "model_queues",
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("turn", sa.BigInteger(), nullable=False),
        sa.Column("free_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("model", name=op.f("pk_model_queues")),
    )
    op.create_table(
        "sending_pauses",
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("call", sa.Text(), nullable=False),
        sa.Column("paused_until", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("model", "call", name=op.f("pk_sending_pauses")),
    )


def _make_server_settings() -> None:
    op.create_table(
        "server_settings",
        sa.Column("server_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("server_id", name=op.f("pk_server_settings")),
    )
    op.create_table(
        "members",
        sa.Column("server_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("blocked", sa.Integer(), nullable=False),
        sa.CheckConstraint("blocked IN (0, 1)", name=op.f("ck_members_blocked")),
        sa.PrimaryKeyConstraint("server_id", "user_id", name=op.f("pk_members")),
    )
    op.create_table(
        "grants",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("server_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("window", sa.Text(), nullable=False),
        sa.Column("images", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("images >= 1", name=op.f("ck_grants_images")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grants")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_grants_of_member", "grants", ["server_id", "user_id", "window"])
    op.create_index("ix_grants_window", "grants", ["window"])
    op.create_table(
        "settings_changes",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("server_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settings_changes")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_settings_changes_at", "settings_changes", ["at"])
    op.create_index("ix_settings_changes_in_server", "settings_changes", ["server_id", "id"])
    op.create_table(
        "departures",
        sa.Column("server_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("left_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("server_id", name=op.f("pk_departures")),
    )


def _make_people_and_operator() -> None:
    op.create_table(
        "people",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("consent", sa.Text(), nullable=False),
        sa.Column("forget_before", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("consent IN ('allow', 'never')", name=op.f("ck_people_consent")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_people")),
    )
    op.create_index("ix_people_forget_before", "people", ["forget_before"], **only_where("forget_before IS NOT NULL"))
    op.create_table(
        "blocks",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("target_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind IN ('server', 'person')", name=op.f("ck_blocks_kind")),
        sa.PrimaryKeyConstraint("kind", "target_id", name=op.f("pk_blocks")),
    )
    op.create_table(
        "operator_notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("paused", sa.Integer(), nullable=False),
        sa.Column("announcement", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_operator_notice_one_row")),
        sa.CheckConstraint("paused IN (0, 1)", name=op.f("ck_operator_notice_paused")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operator_notice")),
    )


def _make_processes() -> None:
    op.create_table(
        "workers",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workers")),
    )
    op.create_table(
        "starts",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("shards", sa.Text(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("settled_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_starts")),
    )
    op.create_index("ix_starts_of_shards", "starts", ["shards", "id"])
