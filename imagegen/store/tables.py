"""The tables of quota, queue, settings and processes. With the other ``tables_`` files they are the whole schema.

Every invariant that a database can hold is a constraint or an index here.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Integer, Table, text

from imagegen.reports import BlockKind
from imagegen.store.columns import NEVER_REUSED, BigId, Code, Moment, Text, metadata, one_of, partial_index
from imagegen.store.tables_jobs import jobs
from imagegen.store.tables_members import drafts as _drafts  # noqa: F401  # registers the tables of its file
from imagegen.store.tables_results import stars as _stars  # noqa: F401  # registers the tables of its file
from imagegen.store.tables_search import prompt_words as _words  # noqa: F401  # registers the table of its file

SCHEMA = metadata  # complete: every file with tables is imported here
EVERY_MODEL = "*"  # the row of model_queues that stands for all of them: every admission locks this row

# Quota and budget. An amount has two columns: whole images, micro-dollars without input images, or attempts, as the
# release with the schema 0002 counts them; and the *adjustment* to the exact amount, in the counter's units: half an
# image is 1 with an adjustment of -50 (docs/decisions/0041-quota-in-weights.md). quota.units_of adds them.

counters = Table(
    "counters",
    metadata,
    Column("name", Code, primary_key=True),
    Column("subject", Code, primary_key=True),
    Column("window", Code, primary_key=True),
    Column("reserved", BigInteger, nullable=False),
    Column("used", BigInteger, nullable=False),
    Column("purged", BigInteger, nullable=False, server_default="0"),  # of used: by jobs that were deleted since
    Column("reserved_adjustment", BigInteger, nullable=False, server_default="0"),
    Column("used_adjustment", BigInteger, nullable=False, server_default="0"),
    Column("purged_adjustment", BigInteger, nullable=False, server_default="0"),
    CheckConstraint("reserved >= 0 AND used >= 0", name="never_below_zero"),
    CheckConstraint("purged >= 0 AND purged <= used", name="purged_within_used"),
    Index("ix_counters_window", "window"),
)

_RESERVE, _SETTLE = text("entry = 'reserve'"), text("entry IN ('settle', 'release')")
ledger = Table(
    "ledger",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("job_id", BigId, ForeignKey(jobs.c.id), nullable=False),
    Column("name", Code, nullable=False),
    Column("subject", Code, nullable=False),
    Column("window", Code, nullable=False),
    Column("send", Integer, nullable=False, server_default="1"),  # 2: of the request that is sent again after a kill
    Column("entry", Code, nullable=False),
    Column("amount", BigInteger, nullable=False),  # reserve: what is reserved; settle: what is used of it; release: 0
    Column("adjustment", BigInteger, nullable=False, server_default="0"),
    Column("at", Moment, nullable=False),
    CheckConstraint(one_of("entry", ["reserve", "settle", "release"]), name="entry"),
    CheckConstraint("amount >= 0 AND (entry <> 'release' OR amount = 0)", name="amount"),
    CheckConstraint("send IN (1, 2)", name="send"),
    # Indexes, not code, keep one reservation and one settlement for each time that a job is sent.
    partial_index("uq_ledger_reserve", "job_id", "name", "send", unique=True, where=_RESERVE),
    partial_index("uq_ledger_settle", "job_id", "name", "send", unique=True, where=_SETTLE),
    Index("ix_ledger_job_id", "job_id"),
    Index("ix_ledger_counter", "name", "subject", "window"),
    sqlite_autoincrement=NEVER_REUSED,
)

# What purged jobs cost: bills stay complete although jobs and their entries are deleted.
purged_spending = Table(
    "purged_spending",
    metadata,
    Column("window", Code, primary_key=True),  # the calendar month
    Column("scope", Code, primary_key=True),  # "": unknown, of jobs that were purged before this table was made
    Column("model", Code, primary_key=True),
    Column("billed", BigInteger, nullable=False),  # images
    Column("delivered", BigInteger, nullable=False),  # images
    Column("microusd", BigInteger, nullable=False),
    Column("adjustment", BigInteger, nullable=False, server_default="0"),  # of microusd: what the input images cost
)

# What the operator grants a server of the budget each month.
server_shares = Table(
    "server_shares",
    metadata,
    Column("scope", Code, primary_key=True),
    Column("microusd", BigInteger, nullable=False),
    Column("at", Moment, nullable=False),
    Column("by", BigInteger, nullable=False),
    CheckConstraint("microusd >= 0", name="microusd"),
)

# The operator is alerted once a step of a budget or share, whichever process sees the step first.
budget_alerts = Table(
    "budget_alerts",
    metadata,
    Column("name", Text, primary_key=True),  # of a budget, or "share" and the server's scope
    Column("window", Text, primary_key=True),
    Column("percent", Integer, primary_key=True, autoincrement=False),
    Column("limit_microusd", BigInteger),  # a higher limit than this is alerted again; null: unknown
)

# The queue

turns = Table(
    "turns",
    metadata,
    Column("user_id", BigInteger, primary_key=True),
    Column("model", Text, primary_key=True),
    Column("turn", BigInteger, nullable=False),  # of this person's last job in the queue of that model
)

model_queues = Table(
    "model_queues",
    metadata,
    Column("model", Text, primary_key=True),
    Column("turn", BigInteger, nullable=False),  # the virtual clock of the queue: the turn that was served last
    Column("free_at", Moment, nullable=False),  # when the submit rate allows the next request
)

sending_pauses = Table(
    "sending_pauses",  # read by pauses.py
    metadata,
    Column("model", Text, primary_key=True),  # "*" for every model
    Column("call", Text, primary_key=True),  # "*" for every call style
    Column("paused_until", Moment, nullable=False),
    Column("since", Moment, nullable=False),
    Column("reason", Text, nullable=False),
    Column("code", Text, nullable=False),  # Wan's own
)

# What managers, members and the operator decide

saved_settings = Table(
    "server_settings",
    metadata,
    Column("server_id", BigInteger, primary_key=True, autoincrement=False),
    Column("settings", Text, nullable=False),  # JSON: read and written whole (server_settings.py)
)

members = Table(
    "members",
    metadata,
    Column("server_id", BigInteger, primary_key=True, autoincrement=False),
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("blocked", Integer, nullable=False),
    CheckConstraint("blocked IN (0, 1)", name="blocked"),
)

# Servers that the bot has left: their settings are kept for a while, in case the bot comes back.
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
    Column("window", Text, nullable=False),  # the calendar month in which the images may be used
    Column("images", Integer, nullable=False),
    Column("at", Moment, nullable=False),
    CheckConstraint("images >= 1", name="images"),
    Index("ix_grants_of_member", "server_id", "user_id", "window"),
    Index("ix_grants_window", "window"),
    sqlite_autoincrement=NEVER_REUSED,
)

TO_FORGET = text("forget_before IS NOT NULL")
people = Table(
    "people",
    metadata,
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("consent", Text, nullable=False),
    Column("forget_before", Moment),  # requests made before then are erased when they have ended
    CheckConstraint(one_of("consent", ["allow", "never"]), name="consent"),
    partial_index("ix_people_forget_before", "forget_before", where=TO_FORGET),
)

settings_changes = Table(
    "settings_changes",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("server_id", BigInteger, nullable=False),
    Column("user_id", BigInteger, nullable=False),  # who changed the setting
    Column("what", Text, nullable=False),
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Index("ix_settings_changes_in_server", "server_id", "id"),
    Index("ix_settings_changes_at", "at"),
    sqlite_autoincrement=NEVER_REUSED,
)

operator_notice = Table(
    "operator_notice",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("paused", Integer, nullable=False),
    Column("announcement", Text, nullable=False),
    Column("at", Moment, nullable=False),
    CheckConstraint("id = 1", name="one_row"),
    CheckConstraint("paused IN (0, 1)", name="paused"),
)

# Servers and people that the operator blocks.
blocks = Table(
    "blocks",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("target_id", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("by", BigInteger, nullable=False),
    CheckConstraint(one_of("kind", BlockKind), name="kind"),
)

# Processes

workers = Table(
    "workers",
    metadata,
    Column("id", Text, primary_key=True),
    Column("seen_at", Moment, nullable=False),
)

# Each start of a process: a process that dies early again and again waits longer before it identifies to Discord.
starts = Table(
    "starts",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("shards", Text, nullable=False),  # the ids of its shards, separated by commas; empty: all
    Column("started_at", Moment, nullable=False),
    Column("settled_at", Moment),  # null while the process may still die early
    Index("ix_starts_of_shards", "shards", "id"),
)
