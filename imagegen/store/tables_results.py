"""The tables of what people do with results: share, star, report."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Integer, Table, UniqueConstraint

from imagegen.store.columns import NEVER_REUSED, BigId, Code, Moment, Text, metadata, one_of
from imagegen.store.tables_jobs import jobs

# Images of private results that their requester has shared: each at most once.
shared_results = Table(
    "shared_results",
    metadata,
    Column("job_id", BigId, ForeignKey(jobs.c.id, ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),  # of the image, from 1
    Column("channel_id", BigInteger, nullable=False),
    Column("message_id", BigInteger),  # null until Discord has answered
    Column("at", Moment, nullable=False),
    CheckConstraint("number >= 1", name="number"),
    Index("ix_shared_results_message_id", "message_id"),
)

stars = Table(
    "stars",
    metadata,
    Column("job_id", BigId, ForeignKey(jobs.c.id, ondelete="CASCADE"), primary_key=True),
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Index("ix_stars_user_id", "user_id", "job_id"),
)

# What members report to the managers of their server. A job is reported once by each member.
reports = Table(
    "reports",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("job_id", BigId, ForeignKey(jobs.c.id, ondelete="CASCADE"), nullable=False),
    Column("user_id", BigInteger, nullable=False),  # who reports
    Column("server_id", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("card_message_id", BigInteger),  # in the log channel; null until Discord has answered
    Column("decision", Code),
    Column("decided_by", BigInteger),
    Column("decided_at", Moment),
    UniqueConstraint("job_id", "user_id"),
    CheckConstraint(one_of("decision", ["removed", "blocked", "dismissed"]), name="decision"),
    CheckConstraint("(decision IS NULL) = (decided_at IS NULL)", name="decided"),
    Index("ix_reports_server_id", "server_id", "id"),
    Index("ix_reports_at", "at"),
    sqlite_autoincrement=NEVER_REUSED,
)
