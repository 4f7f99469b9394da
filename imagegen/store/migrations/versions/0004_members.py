"""What members and managers keep, and what people do with results.

Only tables are added, and columns with a default that is right for all that the release before this one writes: its
results are public, nobody reviews them first, and its input images are copies of no reference image. The words of its
prompts are added when this runs again.
"""

import sqlalchemy as sa
from alembic import op

from imagegen.store import search
from imagegen.store.migrations.again import add_column

revision = "0004"
down_revision = "0003"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
IS_COPY = sa.text("data_uri IS NOT NULL AND reference_id IS NOT NULL")

# The release before this one cannot read the request of a held result (store/records.py), so it fails the job.
FAILED_WHILE_HELD = "review = 'held' AND state <> 'generated'"
DECIDED = f"""
    UPDATE review_cards SET decision = 'expired', due_at = at,
        decided_at = (SELECT jobs.ended_at FROM jobs WHERE jobs.id = review_cards.job_id)
    WHERE kind = 'hold' AND decision IS NULL AND job_id IN (SELECT id FROM jobs WHERE {FAILED_WHILE_HELD})"""  # noqa: S608  # our own words
WITHHELD = f"UPDATE jobs SET review = 'withheld' WHERE {FAILED_WHILE_HELD}"  # noqa: S608  # our own words


def upgrade() -> None:
    add_column("jobs", sa.Column("private", sa.Integer(), nullable=False, server_default="0"))
    add_column("jobs", sa.Column("review", sa.Text(), nullable=True))
    add_column("inputs", sa.Column("reference_id", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_inputs_reference_id",
        "inputs",
        ["reference_id"],
        sqlite_where=IS_COPY,
        postgresql_where=IS_COPY,
        if_not_exists=True,
    )
    _make_what_people_keep()
    _make_what_people_do()
    _make_search()
    search.complete(op.get_bind())
    op.execute(DECIDED)
    op.execute(WITHHELD)


def _make_what_people_keep() -> None:
    op.create_table(
        "member_settings",
        sa.Column("user_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_member_settings")),
        if_not_exists=True,
    )
    op.create_table(
        "styles",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("server_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_folded", sa.Text(), nullable=False),
        sa.Column("style", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_styles")),
        sa.UniqueConstraint("server_id", "name_folded", name=op.f("uq_styles_server_id_name_folded")),
        sqlite_autoincrement=True,
        if_not_exists=True,
    )
    op.create_table(
        "characters",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_folded", sa.Text(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("consent", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("(person_id IS NULL) = (consent = 'unneeded')", name=op.f("ck_characters_person_consents")),
        sa.CheckConstraint("consent IN ('unneeded', 'requested', 'given')", name=op.f("ck_characters_consent")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_characters")),
        sa.UniqueConstraint("user_id", "name_folded", name=op.f("uq_characters_user_id_name_folded")),
        sqlite_autoincrement=True,
        if_not_exists=True,
    )
    op.create_index("ix_characters_person_id", "characters", ["person_id"], if_not_exists=True)
    op.create_table(
        "reference_images",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("style_id", BIG_ID, nullable=True),
        sa.Column("character_id", BIG_ID, nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("data_uri", sa.Text(), nullable=False),
        sa.Column("width_px", sa.Integer(), nullable=False),
        sa.Column("height_px", sa.Integer(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("(style_id IS NULL) <> (character_id IS NULL)", name=op.f("ck_reference_images_of_one")),
        sa.ForeignKeyConstraint(
            ["style_id"], ["styles.id"], name=op.f("fk_reference_images_style_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["character_id"], ["characters.id"], name=op.f("fk_reference_images_character_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reference_images")),
        sqlite_autoincrement=True,
        if_not_exists=True,
    )
    op.create_index(
        "ix_reference_images_character_id", "reference_images", ["character_id", "position"], if_not_exists=True
    )
    op.create_index("ix_reference_images_style_id", "reference_images", ["style_id", "position"], if_not_exists=True)
    op.create_table(
        "drafts",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drafts")),
        sqlite_autoincrement=True,
        if_not_exists=True,
    )
    op.create_index("ix_drafts_at", "drafts", ["at"], if_not_exists=True)
    op.create_index("ix_drafts_user_id", "drafts", ["user_id"], if_not_exists=True)


def _make_what_people_do() -> None:
    op.create_table(
        "shared_results",
        sa.Column("job_id", BIG_ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("number >= 1", name=op.f("ck_shared_results_number")),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_shared_results_job_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", "number", name=op.f("pk_shared_results")),
        if_not_exists=True,
    )
    op.create_index("ix_shared_results_message_id", "shared_results", ["message_id"], if_not_exists=True)
    op.create_table(
        "stars",
        sa.Column("job_id", BIG_ID, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_stars_job_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", "user_id", name=op.f("pk_stars")),
        if_not_exists=True,
    )
    op.create_index("ix_stars_user_id", "stars", ["user_id", "job_id"], if_not_exists=True)
    op.create_table(
        "reports",
        sa.Column("job_id", BIG_ID, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_reports_job_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", "user_id", "message_id", name=op.f("pk_reports")),
        if_not_exists=True,
    )
    op.create_index("ix_reports_user_id", "reports", ["user_id"], if_not_exists=True)
    _make_review_cards()


def _make_review_cards() -> None:
    op.create_table(
        "review_cards",
        sa.Column("job_id", BIG_ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("server_id", sa.BigInteger(), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=True),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("claimed_until", sa.BigInteger(), nullable=True),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.Column("why", sa.Text(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind IN ('report', 'hold')", name=op.f("ck_review_cards_kind")),
        sa.CheckConstraint(
            "decision IN ('removed', 'blocked', 'dismissed', 'shown', 'withheld', 'expired')",
            name=op.f("ck_review_cards_decision"),
        ),
        sa.CheckConstraint("(decision IS NULL) = (decided_at IS NULL)", name=op.f("ck_review_cards_decided")),
        sa.CheckConstraint("decision IS NOT NULL OR decided_by IS NULL", name=op.f("ck_review_cards_decided_by")),
        sa.CheckConstraint("(channel_id IS NULL) = (message_id IS NULL)", name=op.f("ck_review_cards_place")),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_review_cards_job_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", "kind", name=op.f("pk_review_cards")),
        if_not_exists=True,
    )
    op.create_index(
        "ix_review_cards_due_at", "review_cards", ["due_at"], if_not_exists=True,
        sqlite_where=sa.text("due_at IS NOT NULL"), postgresql_where=sa.text("due_at IS NOT NULL"),
    )  # fmt: skip


def _make_search() -> None:
    op.create_table(
        "prompt_words",
        sa.Column("job_id", BIG_ID, nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_prompt_words_job_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_prompt_words")),
        if_not_exists=True,
    )
    if op.get_bind().dialect.name == "postgresql":
        made = "words_tsv tsvector GENERATED ALWAYS AS (to_tsvector('simple', words)) STORED"
        op.execute(f"ALTER TABLE prompt_words ADD COLUMN IF NOT EXISTS {made}")
        op.execute("CREATE INDEX IF NOT EXISTS ix_prompt_words_words_tsv ON prompt_words USING gin (words_tsv)")
        return
    op.execute(
        "CREATE VIRTUAL TABLE IF NOT EXISTS prompt_search USING fts5(words, content='prompt_words',"
        " content_rowid='job_id', tokenize='ascii', columnsize=0)"
    )
    deleted = "INSERT INTO prompt_search (prompt_search, rowid, words) VALUES ('delete', old.job_id, old.words);"
    added = "INSERT INTO prompt_search (rowid, words) VALUES (new.job_id, new.words);"
    for name, when, what in (
        ("added", "INSERT", added),
        ("deleted", "DELETE", deleted),
        ("changed", "UPDATE", f"{deleted} {added}"),
    ):
        op.execute(f"CREATE TRIGGER IF NOT EXISTS prompt_words_{name} AFTER {when} ON prompt_words BEGIN {what} END")
