"""The tables of jobs, of their input images and of the messages of a story.

Every invariant that a database can hold is a constraint or an index here.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Integer, Table, UniqueConstraint, text

from imagegen.model import StopReason
from imagegen.states import State
from imagegen.store.columns import NEVER_REUSED, BigId, Moment, Text, metadata, one_of, partial_index

# Literal text, never parameters: SQLite uses a partial index only for a query that repeats the index's condition.
# https://www.sqlite.org/partialindex.html#queries_using_partial_indexes (2026-11-24)
KNOWN_STATE = text(one_of("state", State))  # a newer version may have stored another
IN_FLIGHT = text("state IN ('submitting', 'submitted')")
WAITING = text("state IN ('requested', 'queued')")
QUEUED = text("state = 'queued'")
TO_READ = text("state = 'requested' AND owner IS NULL")
OWNED = text("owner IS NOT NULL")
GENERATED = text("generated_at IS NOT NULL")
NOTIFIED = text("notified_at IS NOT NULL")
NOT_NOTIFIED = text("notified_at IS NULL")
TO_DELIVER = text("notified_at IS NULL AND state IN ('generated', 'failed', 'canceled')")
HELD = text("review = 'held'")
NOT_HELD = text("(review IS NULL OR review <> 'held')")
HAS_TOKEN = text("forget_token_at IS NOT NULL")
HAS_BYTES = text("data_uri IS NOT NULL")
IS_COPY = text("data_uri IS NOT NULL AND reference_id IS NOT NULL")
HAS_LINKS = text("notified_at IS NOT NULL AND links <> '[]'")

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
    Column("count", Integer, nullable=False),  # images requested
    Column("input_count", Integer, nullable=False),
    Column("price_microusd", BigInteger, nullable=False),  # of one image
    Column("input_price_microusd", BigInteger, nullable=False, server_default="0"),  # of all input images, a send
    Column("weight", Integer, nullable=False, server_default="100"),  # of one image, in hundredths of an image
    Column("request", Text, nullable=False),  # JSON, read by records.py only
    Column("prompt_folded", Text),  # for the search in the history; null once the prompt is erased
    Column("address", Text, nullable=False),  # JSON, opaque here
    Column("message_id", BigInteger),
    Column("turn", BigInteger, nullable=False),  # order in the queue of the model
    Column("attempts", Integer, nullable=False),
    Column("in_doubt", Integer, nullable=False),  # how often the request was sent again after a kill in mid-call
    Column("defects", Integer, nullable=False, server_default="0"),  # of ours, in delivering or notifying
    Column("owner", Text),  # the process that reads, generates or delivers the job now
    Column("display_owner", Text),  # the process that shows the status card and delivers
    Column("epoch", Integer, nullable=False),  # +1 with each owner: a former owner writes nothing
    Column("next_attempt_at", Moment, nullable=False),
    Column("send_before_at", Moment),
    Column("remote_id", Text),
    Column("request_id", Text),
    Column("links", Text),  # JSON
    Column("image_count", Integer),  # images that Wan bills
    Column("size", Text),
    Column("failure_reason", Text),
    Column("failure_facts", Text),  # JSON
    Column("delivered", Integer),  # images
    Column("used_undelivered", Integer),  # images that use quota although their delivery failed
    Column("requested_at", Moment, nullable=False),
    Column("submitting_at", Moment),
    Column("generated_at", Moment),
    Column("ended_at", Moment),
    Column("notified_at", Moment),
    Column("story_so_far", Text),  # JSON: the story parts that have come, in narrative order
    Column("stop_reason", Text),
    Column("cancel_requested_at", Moment),  # of a story that is streamed, or of a task at Wan
    Column("running_at", Moment),  # when the task was first seen to be past PENDING: Wan no longer cancels the task
    Column("forget_token_at", Moment),  # null once the address holds no interaction token
    Column("private", Integer, nullable=False, server_default="0"),  # only the requester is shown the results
    Column("review", Text),  # of results that managers look at first: required, held, then shown or withheld
    UniqueConstraint("key"),
    CheckConstraint(one_of("state", State), name="state"),
    CheckConstraint(one_of("stop_reason", StopReason), name="stop_reason"),
    CheckConstraint("state NOT IN ('submitting', 'submitted') OR owner IS NOT NULL", name="in_flight_has_owner"),
    CheckConstraint("state NOT IN ('queued', 'done') OR owner IS NULL", name="queued_or_done_has_no_owner"),
    CheckConstraint("state <> 'submitted' OR remote_id IS NOT NULL", name="submitted_has_remote_id"),
    CheckConstraint("state NOT IN ('generated', 'done') OR links IS NOT NULL", name="generated_has_links"),
    CheckConstraint("(state IN ('done', 'failed', 'canceled')) = (ended_at IS NOT NULL)", name="ended"),
    CheckConstraint("(state = 'failed') = (failure_reason IS NOT NULL)", name="failed_has_reason"),
    CheckConstraint("(state = 'done') = (delivered IS NOT NULL)", name="done_has_delivered"),
    CheckConstraint("delivered >= 0 AND delivered <= count", name="delivered_within_count"),
    CheckConstraint(
        "(state = 'failed' AND generated_at IS NOT NULL) = (used_undelivered IS NOT NULL)", name="generated_and_failed"
    ),
    CheckConstraint("used_undelivered >= 0 AND used_undelivered <= count", name="used_undelivered_within_count"),
    CheckConstraint("count >= 1 AND input_count >= 0 AND in_doubt <= 1 AND defects >= 0", name="numbers"),
    CheckConstraint("state NOT IN ('requested', 'queued') OR remote_id IS NULL", name="waiting_has_no_remote_id"),
    CheckConstraint("state <> 'requested' OR input_count > 0", name="requested_has_inputs"),
    CheckConstraint("owner IS NULL OR epoch > 0", name="owner_has_epoch"),
    CheckConstraint("generated_at IS NULL OR submitting_at IS NOT NULL", name="generated_was_sent"),
    CheckConstraint("state NOT IN ('generated', 'done') OR generated_at IS NOT NULL", name="generated_has_moment"),
    CheckConstraint("notified_at IS NULL OR (ended_at IS NOT NULL AND owner IS NULL)", name="notified_has_ended"),
    CheckConstraint("state <> 'done' OR notified_at IS NOT NULL", name="done_is_notified"),
    partial_index("ix_jobs_queue", "model", "turn", "id", where=WAITING),
    partial_index("ix_jobs_to_read", "turn", "id", where=TO_READ),
    partial_index("ix_jobs_due", "next_attempt_at", where=WAITING),
    partial_index("ix_jobs_owner", "owner", where=OWNED),
    partial_index("ix_jobs_notified_at", "notified_at", where=NOTIFIED),
    partial_index("ix_jobs_has_links", "notified_at", where=HAS_LINKS),
    partial_index("ix_jobs_forget_token_at", "forget_token_at", where=HAS_TOKEN),
    partial_index("ix_jobs_in_flight", "model", where=IN_FLIGHT),
    partial_index("ix_jobs_waiting_of_user", "user_id", where=WAITING),
    partial_index("ix_jobs_to_deliver", "next_attempt_at", where=TO_DELIVER),
    partial_index("ix_jobs_display_owner", "display_owner", where=NOT_NOTIFIED),
    Index("ix_jobs_message_id", "message_id"),
    Index("ix_jobs_of_user", "user_id", "id"),
    Index("ix_jobs_in_scope", "scope", "id"),
    Index("ix_jobs_failures_of_user", "user_id", "failure_reason", "ended_at"),
    partial_index("ix_jobs_recent", "model", "generated_at", where=GENERATED),
    sqlite_autoincrement=NEVER_REUSED,
)

inputs = Table(
    "inputs",
    metadata,
    Column("job_id", BigId, ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("data_uri", Text),  # null once the retention period is over; the notes stay
    Column("width_px", Integer, nullable=False),
    Column("height_px", Integer, nullable=False),
    Column("notes", Text, nullable=False),  # separated by spaces
    Column("owner_id", BigInteger),  # who posted the image, or whose avatar it is; null if unowned
    Column("posted_by", BigInteger),  # who posted the avatar of another person
    Column("requester_id", BigInteger, nullable=False, server_default="0"),
    Column("bytes", Integer, nullable=False, server_default="0"),  # of data_uri
    Column("received_at", Moment, nullable=False, server_default="0"),  # a copy has its original's moment
    Column("reference_id", BigInteger),  # the reference image that it is a copy of
    partial_index("ix_inputs_stored", "job_id", "bytes", where=HAS_BYTES),
    partial_index("ix_inputs_stored_of_requester", "requester_id", "job_id", "bytes", where=HAS_BYTES),
    partial_index("ix_inputs_received_at", "received_at", where=HAS_BYTES),
    partial_index("ix_inputs_owner_id", "owner_id", where=HAS_BYTES),
    partial_index("ix_inputs_posted_by", "posted_by", where=HAS_BYTES),
    partial_index("ix_inputs_reference_id", "reference_id", where=IS_COPY),
)  # fmt: skip

story_messages = Table(
    "story_messages",  # the further messages of a story or an image set that is longer than one message
    metadata,
    Column("job_id", BigId, ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),  # 2 = the second message; the job itself has the first
    Column("message_id", BigInteger, nullable=False),
    CheckConstraint("position >= 2", name="position"),
    Index("ix_story_messages_message_id", "message_id"),
)
