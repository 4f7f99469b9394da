"""The tables of what people do with results: share, star, report."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Integer, Table, text

from imagegen.policy.review import CardKind, Decision
from imagegen.store.columns import BigId, Code, Moment, Text, metadata, one_of, partial_index
from imagegen.store.tables_jobs import jobs

DUE = text("due_at IS NOT NULL")

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

# What members report to the managers of their server. Each member reports a job once.
reports = Table(
    "reports",
    metadata,
    Column("job_id", BigId, ForeignKey(jobs.c.id, ondelete="CASCADE"), primary_key=True),
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),  # who reports
    Column("reason", Code, nullable=False),
    Column("channel_id", BigInteger, nullable=False),  # of the message that was reported
    Column("message_id", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Index("ix_reports_user_id", "user_id"),
)

# Cards in the log channel on which managers decide: about a report, or about a result that waits to be shown.
review_cards = Table(
    "review_cards",
    metadata,
    Column("job_id", BigId, ForeignKey(jobs.c.id, ondelete="CASCADE"), primary_key=True),
    Column("kind", Code, primary_key=True),
    Column("server_id", BigInteger, nullable=False),
    Column("channel_id", BigInteger),  # of the card; null until Discord has answered
    Column("message_id", BigInteger),
    Column("due_at", Moment),  # when to bring the card up to date; null: it is
    Column("claimed_until", Moment),  # a process works on the card until then
    Column("decision", Code),
    Column("decided_by", BigInteger),  # null: nobody decided in time
    Column("decided_at", Moment),
    Column("why", Text),  # what the manager says to the requester
    Column("at", Moment, nullable=False),
    CheckConstraint(one_of("kind", CardKind), name="kind"),
    CheckConstraint(one_of("decision", Decision), name="decision"),
    CheckConstraint("(decision IS NULL) = (decided_at IS NULL)", name="decided"),
    CheckConstraint("decision IS NOT NULL OR decided_by IS NULL", name="decided_by"),
    CheckConstraint("(channel_id IS NULL) = (message_id IS NULL)", name="place"),
    partial_index("ix_review_cards_due_at", "due_at", where=DUE),
)
