"""The bytes of input images: how much room they take, and when they go. Each function is part of a transaction.

What waits or is being generated keeps its bytes. What has ended keeps them only for the buttons that repeat it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, select, update

from imagegen.errors import Reason, Refused
from imagegen.policy.quota import Limits
from imagegen.states import State
from imagegen.store.tables_jobs import HAS_BYTES, NOT_NOTIFIED, WAITING, inputs, jobs

MOST_BYTES = 3_100_000  # of one image: 2.3 MB as base64 (imagegen/imaging/_decode.py)
MB = 1024 * 1024

# The failures whose sentence comes with a button that repeats the request from its inputs (cogs/ui/remedies.py).
REPEATED_AFTER = frozenset(
    {
        Reason.MODERATION,
        Reason.COPYRIGHT,
        Reason.NO_IMAGE,
        Reason.WAN_REJECTED,
        Reason.RESULT_FILE_TOO_LARGE,
        Reason.BUSY,
        Reason.WAN_DOWN,
        Reason.UNANSWERED,
        Reason.RESULT_LOST,
        Reason.TOO_LATE,
    }
)


def drop(tx: Connection, job_id: int) -> None:
    """Forget the bytes of a job's input images; their notes stay."""
    tx.execute(update(inputs).where(inputs.c.job_id == job_id, HAS_BYTES).values(data_uri=None))


def drop_one(tx: Connection, job_id: int, position: int) -> None:
    one = and_(inputs.c.job_id == job_id, inputs.c.position == position)
    tx.execute(update(inputs).where(one).values(data_uri=None))


def check_room(tx: Connection, user_id: int, images: int, limits: Limits) -> None:
    """Raise Refused when *images* more could take more room than one person, or all of them, are given.

    What has ended does not count: it makes room. What is not read yet counts as the most that it can be.
    """
    if not images:
        return
    asked = images * MOST_BYTES
    if _needed(tx, jobs.c.user_id == user_id) + asked > limits.input_bytes_per_person:
        raise Refused(Reason.PERSON_INPUTS_FULL, limit_mb=limits.input_bytes_per_person // MB)
    if _needed(tx) + asked > limits.input_bytes:
        raise Refused(Reason.INPUTS_FULL)


def _needed(tx: Connection, *whose: ColumnElement[bool]) -> int:
    """The bytes that cannot be dropped now, as many as they can become."""
    live = select(jobs.c.id).where(NOT_NOTIFIED, jobs.c.ended_at.is_(None), *whose)
    kept = select(func.sum(inputs.c.bytes)).where(HAS_BYTES, inputs.c.job_id.in_(live))
    unread = select(func.sum(jobs.c.input_count)).where(WAITING, jobs.c.state == State.REQUESTED, *whose)
    return (tx.scalar(kept) or 0) + (tx.scalar(unread) or 0) * MOST_BYTES


def drop_over(tx: Connection, *, per_person: int, in_all: int, limit: int) -> int:
    """Forget at most *limit* images of requests that have ended, oldest first, where they take too much room.

    How many were forgotten.
    """
    size = func.sum(inputs.c.bytes)
    people = (
        select(inputs.c.requester_id, size).where(HAS_BYTES).group_by(inputs.c.requester_id).having(size > per_person)
    )
    dropped = 0
    for requester_id, taken in tx.execute(people).all():
        oldest = _ended().where(inputs.c.requester_id == requester_id)
        dropped += _drop_until(tx, oldest.limit(limit - dropped), taken - per_person)
    taken = tx.scalar(select(size).where(HAS_BYTES)) or 0
    return dropped + _drop_until(tx, _ended().limit(limit - dropped), taken - in_all)


def _ended() -> Select[Any]:
    """The kept images of requests that have ended, oldest first."""
    kept = select(inputs.c.job_id, inputs.c.position, inputs.c.bytes).join(jobs, jobs.c.id == inputs.c.job_id)
    return kept.where(HAS_BYTES, jobs.c.ended_at.is_not(None)).order_by(inputs.c.job_id)


def _drop_until(tx: Connection, oldest: Select[Any], excess: int) -> int:
    dropped = 0
    for row in tx.execute(oldest).all() if excess > 0 else ():
        if excess <= 0:
            break
        drop_one(tx, row.job_id, row.position)
        excess, dropped = excess - row.bytes, dropped + 1
    return dropped
