"""The schema. Every invariant that a database can hold is a constraint or an index here.

Moments are whole microseconds since 1970 UTC: they sort, index and compare alike on every database, and no database's
clock is asked for them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Connection,
    Dialect,
    ForeignKey,
    Index,
    Insert,
    Integer,
    MetaData,
    Table,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy import Text as PlainText
from sqlalchemy.dialects import postgresql, sqlite

from imagegen.model import StopReason
from imagegen.policy.validation import clean_text
from imagegen.reports import BlockKind
from imagegen.states import State

EVERY_LANE = "*"  # the row of lanes that stands for all of them: whoever asks takes it first
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BigId = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up by itself for INTEGER keys only
# Buttons and receipts name ids: the id of a purged row must never name another. PostgreSQL sequences never go back.
# https://www.sqlite.org/autoinc.html (2026-11-25)
NEVER_REUSED = True


class Moment(TypeDecorator[datetime]):
    """An aware moment, kept as microseconds since 1970 UTC. ValueError for one without a zone."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        return (value - EPOCH) // timedelta(microseconds=1)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else EPOCH + timedelta(microseconds=value)


class Text(TypeDecorator[str]):
    """Text that every database keeps alike: PostgreSQL takes no NUL, and neither takes half a character."""

    impl = PlainText
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else clean_text(value)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _one_of(column: str, words: list[str]) -> str:
    return f"{column} IN ({', '.join(repr(word) for word in words)})"


# In these words, never with parameters: a partial index is found by the words of its condition alone.
# https://www.sqlite.org/partialindex.html#queries_using_partial_indexes (2026-11-24)
LIVE = text("state IN ('submitting', 'submitted')")
WAITS = text("state IN ('asked', 'queued')")
TO_READ = text("state = 'asked' AND owner IS NULL")
OWNED = text("owner IS NOT NULL")
MADE = text("made_at IS NOT NULL")
TOLD = text("notified_at IS NOT NULL")
HAS_TOKEN = text("forget_token_at IS NOT NULL")
KEPT = text("data_uri IS NOT NULL")
OPEN = text("notified_at IS NULL")
HAS_LINKS = text("notified_at IS NOT NULL AND links <> '[]'")
TO_DELIVER = text("notified_at IS NULL AND state IN ('made', 'failed', 'canceled')")

jobs = Table(
    "jobs",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("key", Text, nullable=False),  # the same interaction or message again is the same job
    Column("state", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("user_id", BigInteger, nullable=False),
    Column("locale", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("call", Text, nullable=False),
    Column("count", Integer, nullable=False),
    Column("input_count", Integer, nullable=False),
    Column("price_microusd", BigInteger, nullable=False),
    Column("request", Text, nullable=False),  # JSON, read by records.py only
    Column("prompt_folded", Text),  # for finding; null once it is forgotten
    Column("address", Text, nullable=False),  # JSON, opaque here
    Column("message_id", BigInteger),
    Column("turn", BigInteger, nullable=False),  # its place in the fair line
    Column("attempts", Integer, nullable=False),
    Column("in_doubt", Integer, nullable=False),  # how often it was sent again after a kill in mid-call
    Column("defects", Integer, nullable=False, server_default="0"),  # of ours, in delivering or notifying it
    Column("owner", Text),  # the process that reads, makes or delivers it now
    Column("home", Text),  # the process that shows it: its card, and what comes of it
    Column("epoch", Integer, nullable=False),  # +1 with each owner: who woke up late writes nothing
    Column("next_attempt_at", Moment, nullable=False),
    Column("send_before_at", Moment),
    Column("remote_id", Text),
    Column("request_id", Text),
    Column("links", Text),  # JSON
    Column("image_count", Integer),
    Column("size", Text),
    Column("failure_reason", Text),
    Column("failure_facts", Text),  # JSON
    Column("shown", Integer),
    Column("counted", Integer),  # of a result that was generated and not delivered: images that use quota all the same
    Column("asked_at", Moment, nullable=False),
    Column("submitting_at", Moment),
    Column("made_at", Moment),
    Column("ended_at", Moment),
    Column("notified_at", Moment),
    Column("parts", Text),  # JSON: of a story, what has come so far, in narrative order
    Column("cut", Text),
    Column("cancel_asked_at", Moment),  # of a story that is being told, or of a task at Wan
    Column("running_at", Moment),  # when its task was first seen to be past PENDING: it can no longer be canceled
    Column("forget_token_at", Moment),  # null once the address holds no token that could die
    UniqueConstraint("key"),
    CheckConstraint(_one_of("state", [state.value for state in State]), name="state"),
    CheckConstraint(_one_of("cut", [cut.value for cut in StopReason]), name="cut"),
    CheckConstraint("state NOT IN ('submitting', 'submitted') OR owner IS NOT NULL", name="live_has_owner"),
    CheckConstraint("state NOT IN ('queued', 'done') OR owner IS NULL", name="rest_has_no_owner"),
    CheckConstraint("state <> 'submitted' OR remote_id IS NOT NULL", name="submitted_has_remote_id"),
    CheckConstraint("state NOT IN ('made', 'done') OR links IS NOT NULL", name="made_has_links"),
    CheckConstraint("(state IN ('done', 'failed', 'canceled')) = (ended_at IS NOT NULL)", name="ended"),
    CheckConstraint("(state = 'failed') = (failure_reason IS NOT NULL)", name="failed_has_reason"),
    CheckConstraint("(state = 'done') = (shown IS NOT NULL)", name="done_has_shown"),
    CheckConstraint("shown >= 0 AND shown <= count", name="shown_within_count"),
    CheckConstraint("(state = 'failed' AND made_at IS NOT NULL) = (counted IS NOT NULL)", name="made_and_failed"),
    CheckConstraint("counted >= 0 AND counted <= count", name="counted_within_count"),
    CheckConstraint("count >= 1 AND input_count >= 0 AND in_doubt <= 1 AND defects >= 0", name="numbers"),
    CheckConstraint("state NOT IN ('asked', 'queued') OR remote_id IS NULL", name="waiting_has_no_remote_id"),
    CheckConstraint("state <> 'asked' OR input_count > 0", name="asked_has_images"),
    CheckConstraint("owner IS NULL OR epoch > 0", name="owner_has_epoch"),
    CheckConstraint("made_at IS NULL OR submitting_at IS NOT NULL", name="made_was_sent"),
    CheckConstraint("state NOT IN ('made', 'done') OR made_at IS NOT NULL", name="made_has_moment"),
    CheckConstraint("notified_at IS NULL OR (ended_at IS NOT NULL AND owner IS NULL)", name="told_is_over"),
    CheckConstraint("state <> 'done' OR notified_at IS NOT NULL", name="done_was_told"),
    Index("ix_jobs_line", "model", "turn", "id", sqlite_where=WAITS, postgresql_where=WAITS),
    Index("ix_jobs_to_read", "turn", "id", sqlite_where=TO_READ, postgresql_where=TO_READ),
    Index("ix_jobs_due", "next_attempt_at", sqlite_where=WAITS, postgresql_where=WAITS),
    Index("ix_jobs_owner", "owner", sqlite_where=OWNED, postgresql_where=OWNED),
    Index("ix_jobs_notified_at", "notified_at", sqlite_where=TOLD, postgresql_where=TOLD),
    Index("ix_jobs_has_links", "notified_at", sqlite_where=HAS_LINKS, postgresql_where=HAS_LINKS),
    Index("ix_jobs_forget_token_at", "forget_token_at", sqlite_where=HAS_TOKEN, postgresql_where=HAS_TOKEN),
    Index("ix_jobs_live", "model", sqlite_where=LIVE, postgresql_where=LIVE),
    Index("ix_jobs_waiting_of", "user_id", sqlite_where=WAITS, postgresql_where=WAITS),
    Index("ix_jobs_to_deliver", "next_attempt_at", sqlite_where=TO_DELIVER, postgresql_where=TO_DELIVER),
    Index("ix_jobs_home", "home", sqlite_where=OPEN, postgresql_where=OPEN),
    Index("ix_jobs_message_id", "message_id"),
    Index("ix_jobs_of", "user_id", "id"),
    Index("ix_jobs_in", "scope", "id"),
    Index("ix_jobs_failures_of", "user_id", "failure_reason", "ended_at"),
    Index("ix_jobs_recent", "model", "made_at", sqlite_where=MADE, postgresql_where=MADE),
    sqlite_autoincrement=NEVER_REUSED,
)

inputs = Table(
    "inputs",
    metadata,
    Column("job_id", BigId, ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("data_uri", Text),  # null once its retention is over; its notes stay
    Column("width_px", Integer, nullable=False),
    Column("height_px", Integer, nullable=False),
    Column("notes", Text, nullable=False),  # words, spaces between
    Column("owner_id", BigInteger),  # whoever posted it, or whose avatar it is; null where that is nobody's
    Column("posted_by", BigInteger),  # whoever posted the avatar of another person
    Column("requester_id", BigInteger, nullable=False, server_default="0"),
    Column("bytes", Integer, nullable=False, server_default="0"),  # of data_uri
    Column("given_at", Moment, nullable=False, server_default="0"),  # a copy has its original's: it is kept no longer
    Index("ix_inputs_kept", "job_id", "bytes", sqlite_where=KEPT, postgresql_where=KEPT),
    Index("ix_inputs_kept_of", "requester_id", "job_id", "bytes", sqlite_where=KEPT, postgresql_where=KEPT),
    Index("ix_inputs_given_at", "given_at", sqlite_where=KEPT, postgresql_where=KEPT),
    Index("ix_inputs_owner_id", "owner_id", sqlite_where=KEPT, postgresql_where=KEPT),
    Index("ix_inputs_posted_by", "posted_by", sqlite_where=KEPT, postgresql_where=KEPT),
)

continuations = Table(
    "continuations",  # the further messages of a story that is longer than one
    metadata,
    Column("job_id", BigId, ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),  # 2 = the second message; the first is the job's own
    Column("message_id", BigInteger, nullable=False),
    CheckConstraint("position >= 2", name="position"),
    Index("ix_continuations_message_id", "message_id"),
)

counters = Table(
    "counters",
    metadata,
    Column("name", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("window", Text, primary_key=True),
    Column("held", BigInteger, nullable=False),
    Column("used", BigInteger, nullable=False),
    Column("purged", BigInteger, nullable=False, server_default="0"),  # of used: by jobs that are not kept any more
    CheckConstraint("held >= 0 AND used >= 0", name="never_below_zero"),
    CheckConstraint("purged >= 0 AND purged <= used", name="purged_within_used"),
    Index("ix_counters_window", "window"),
)

HOLD, CLOSE = text("ledger.entry = 'hold'"), text("ledger.entry IN ('settle', 'return')")
_HOLD, _CLOSE = text("entry = 'hold'"), text("entry IN ('settle', 'return')")
ledger = Table(
    "ledger",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("job_id", BigId, ForeignKey("jobs.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("window", Text, nullable=False),
    Column("send", Integer, nullable=False, server_default="1"),  # 2: of the request sent again after a kill
    Column("entry", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),  # hold: what is held; settle: what is used of it; return: 0
    Column("at", Moment, nullable=False),
    CheckConstraint(_one_of("entry", ["hold", "settle", "return"]), name="entry"),
    CheckConstraint("amount >= 0 AND (entry <> 'return' OR amount = 0)", name="amount"),
    CheckConstraint("send IN (1, 2)", name="send"),
    # Held once and closed once, for each time that a job is sent, are indexes, not code.
    Index("uq_ledger_hold", "job_id", "name", "send", unique=True, sqlite_where=_HOLD, postgresql_where=_HOLD),
    Index("uq_ledger_close", "job_id", "name", "send", unique=True, sqlite_where=_CLOSE, postgresql_where=_CLOSE),
    Index("ix_ledger_job_id", "job_id"),
    Index("ix_ledger_counter", "name", "subject", "window"),
    sqlite_autoincrement=NEVER_REUSED,
)

turns = Table(
    "turns",
    metadata,
    Column("user_id", BigInteger, primary_key=True),
    Column("model", Text, primary_key=True),
    Column("turn", BigInteger, nullable=False),  # of this person's last job in that lane
)

model_queues = Table(
    "model_queues",
    metadata,
    Column("model", Text, primary_key=True),
    Column("turn", BigInteger, nullable=False),  # the line's virtual clock: the turn served last
    Column("free_at", Moment, nullable=False),  # the moment from which the submit rate allows the next request
)

sending = Table(
    "sending",  # what is paused; read by pauses.py
    metadata,
    Column("model", Text, primary_key=True),  # "*" for each
    Column("call", Text, primary_key=True),  # "*" for each
    Column("paused_until", Moment, nullable=False),
    Column("since", Moment, nullable=False),
    Column("reason", Text, nullable=False),
    Column("code", Text, nullable=False),  # Wan's own
)

# What managers and members decided. A server's rules are read and written whole, so they are one text (places.py).
places = Table(
    "places",
    metadata,
    Column("server_id", BigInteger, primary_key=True, autoincrement=False),
    Column("rules", Text, nullable=False),  # JSON
)

members = Table(
    "members",
    metadata,
    Column("server_id", BigInteger, primary_key=True, autoincrement=False),
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("blocked", Integer, nullable=False),
    CheckConstraint("blocked IN (0, 1)", name="blocked"),
)

# Servers that the bot is no longer in: what their managers decided is kept for a while, in case it comes back.
departures = Table(
    "departures",
    metadata,
    Column("server_id", BigInteger, primary_key=True, autoincrement=False),
    Column("left_at", Moment, nullable=False),
)

grants = Table(
    "grants",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("server_id", BigInteger, nullable=False),
    Column("user_id", BigInteger, nullable=False),
    Column("window", Text, nullable=False),  # the calendar month in which they are good
    Column("images", Integer, nullable=False),
    Column("at", Moment, nullable=False),
    CheckConstraint("images >= 1", name="images"),
    Index("ix_grants_of", "server_id", "user_id", "window"),
    Index("ix_grants_window", "window"),
    sqlite_autoincrement=NEVER_REUSED,
)

WISHES = text("forget_before IS NOT NULL")
people = Table(
    "people",
    metadata,
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("consent", Text, nullable=False),
    Column("forget_before", Moment),  # what they asked before that is erased as it ends
    CheckConstraint(_one_of("consent", ["allow", "never"]), name="consent"),
    Index("ix_people_wishes", "forget_before", sqlite_where=WISHES, postgresql_where=WISHES),
)

changes = Table(
    "changes",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("server_id", BigInteger, nullable=False),
    Column("user_id", BigInteger, nullable=False),  # who changed it
    Column("what", Text, nullable=False),
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Index("ix_changes_of", "server_id", "id"),
    Index("ix_changes_at", "at"),
    sqlite_autoincrement=NEVER_REUSED,
)

notice = Table(
    "notice",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("paused", Integer, nullable=False),
    Column("announcement", Text, nullable=False),
    Column("at", Moment, nullable=False),
    CheckConstraint("id = 1", name="one_row"),
    CheckConstraint("paused IN (0, 1)", name="paused"),
)

# Whom the operator keeps from using the bot, in every server.
blocks = Table(
    "blocks",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("its_id", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("by", BigInteger, nullable=False),
    CheckConstraint(_one_of("kind", [kind.value for kind in BlockKind]), name="kind"),
)

# The operator is warned once a step, whichever process sees it first.
warnings = Table(
    "warnings",
    metadata,
    Column("name", Text, primary_key=True),
    Column("window", Text, primary_key=True),
    Column("percent", Integer, primary_key=True, autoincrement=False),
)

workers = Table(
    "workers",
    metadata,
    Column("id", Text, primary_key=True),
    Column("seen_at", Moment, nullable=False),
)

# Each start of a process, so that one that dies early again and again identifies ever more seldom.
starts = Table(
    "starts",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("shards", Text, nullable=False),  # the ids of its shards, commas between; empty: all
    Column("started_at", Moment, nullable=False),
    Column("settled_at", Moment),  # null while it may still die early
    Index("ix_starts_of", "shards", "id"),
)


def inserted(tx: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An insert that may say what to do where a row stands already: each database has its own."""
    return postgresql.insert(table) if tx.dialect.name == "postgresql" else sqlite.insert(table)


def upsert(tx: Connection, table: Table, key: Mapping[str, object], values: Mapping[str, object]) -> Insert:
    """The statement that writes *values* under *key*, whether or not a row stands there."""
    row = inserted(tx, table).values(**key, **values)
    return row.on_conflict_do_update(index_elements=list(key), set_=dict(values))
