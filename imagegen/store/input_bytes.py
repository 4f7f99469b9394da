"""Store input images, limit the room that they take, and delete them. Each function is part of a transaction.

A job that has not ended keeps its images. A job that has ended keeps them only for the buttons that repeat the request.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, insert, select, update

from imagegen.errors import Reason, Refused
from imagegen.image_request import InputImage, Owners
from imagegen.model import Job
from imagegen.policy.quota import Limits
from imagegen.states import State
from imagegen.store.records import input_image_from_row
from imagegen.store.tables_jobs import HAS_BYTES, NOT_NOTIFIED, WAITING, inputs, jobs

MOST_BYTES = 3_100_000  # of one image: 2.3 MB as base64 (imagegen/imaging/_decode.py)
MB = 1024 * 1024

# The failures whose sentence comes with a button that repeats the request from its inputs (cogs/ui/remedies.py).
REPEATED_AFTER = frozenset(
    {
        Reason.MODERATION,
        Reason.COPYRIGHT,
        Reason.NO_IMAGE,
        Reason.MODEL_REFUSED,
        Reason.CALL_REFUSED,
        Reason.WAN_REJECTED,
        Reason.RESULT_FILE_TOO_LARGE,
        Reason.BUSY,
        Reason.WAN_DOWN,
        Reason.UNANSWERED,
        Reason.RESULT_LOST,
        Reason.TOO_LATE,
    }
)


@dataclass(frozen=True)
class Source:
    """Whose an input image is, and when it was received: a copy has its original's source."""

    owners: Owners
    received_at: datetime
    reference_id: int | None = None  # the reference image that it is a copy of


def store(tx: Connection, job: Job, images: Sequence[InputImage], sources: Sequence[Source]) -> None:
    """Store the input images of *job*, each with its source."""
    rows = [
        _row(job, position, image, source)
        for position, (image, source) in enumerate(zip(images, sources, strict=True), start=1)
    ]
    if rows:
        tx.execute(insert(inputs), rows)


def _row(job: Job, position: int, image: InputImage, source: Source) -> dict[str, Any]:
    owner_id, posted_by = source.owners
    return {
        **asdict(image),
        "notes": " ".join(image.notes),
        "job_id": job.id,
        "position": position,
        "owner_id": owner_id,
        "posted_by": posted_by,
        "requester_id": job.requester.user_id,
        "bytes": len(image.data_uri),
        "received_at": source.received_at,
        "reference_id": source.reference_id,
    }


def stored(tx: Connection, job_id: int) -> tuple[InputImage, ...]:
    """Return the input images of a job, in order, without those that were deleted."""
    found = select(inputs).where(inputs.c.job_id == job_id, HAS_BYTES).order_by(inputs.c.position)
    return tuple(input_image_from_row(row) for row in tx.execute(found).mappings())


def count_stored(tx: Connection, job_id: int) -> int:
    """Return how many images ``stored`` would return."""
    found = select(func.count()).select_from(inputs).where(inputs.c.job_id == job_id, HAS_BYTES)
    return tx.execute(found).scalar_one()


def sources_of(tx: Connection, job_id: int) -> tuple[Source, ...]:
    """Return the sources of the images that ``stored`` returns."""
    found = select(inputs).where(inputs.c.job_id == job_id, HAS_BYTES).order_by(inputs.c.position)
    return tuple(Source((row.owner_id, row.posted_by), row.received_at, row.reference_id) for row in tx.execute(found))


def drop(tx: Connection, job_id: int) -> None:
    """Delete the bytes of a job's input images. Their notes stay."""
    tx.execute(update(inputs).where(inputs.c.job_id == job_id, HAS_BYTES).values(data_uri=None))


def drop_one(tx: Connection, job_id: int, position: int) -> None:
    """Delete the bytes of one input image. Its notes stay."""
    one = and_(inputs.c.job_id == job_id, inputs.c.position == position)
    tx.execute(update(inputs).where(one).values(data_uri=None))


def check_room(tx: Connection, user_id: int, images: int, limits: Limits, counted: int = 0) -> None:
    """Raise Refused if *images* more could pass the limit of one person, or of all people together.

    *counted* of them are of a job that is written already.
    Images of ended jobs do not count: they are deleted when room is needed. An image that is not downloaded yet counts
    as the largest that it can be.
    """
    if not images:
        return
    asked = (images - counted) * MOST_BYTES
    if _needed(tx, jobs.c.user_id == user_id) + asked > limits.input_bytes_per_person:
        raise Refused(Reason.PERSON_INPUTS_FULL, limit_mb=limits.input_bytes_per_person // MB)
    if _needed(tx) + asked > limits.input_bytes:
        raise Refused(Reason.INPUTS_FULL)


def _needed(tx: Connection, *whose: ColumnElement[bool]) -> int:
    """Return the bytes that may not be deleted now, as many as they can become."""
    not_ended = select(jobs.c.id).where(NOT_NOTIFIED, jobs.c.ended_at.is_(None), *whose)
    known = select(func.sum(inputs.c.bytes)).where(HAS_BYTES, inputs.c.job_id.in_(not_ended))
    unread = select(func.sum(jobs.c.input_count)).where(WAITING, jobs.c.state == State.REQUESTED, *whose)
    return (tx.scalar(known) or 0) + (tx.scalar(unread) or 0) * MOST_BYTES


def drop_over(tx: Connection, *, per_person: int, in_all: int, limit: int) -> int:
    """Delete at most *limit* images of ended jobs, oldest first, where they take too much room. Return how many.

    *per_person* and *in_all* are the limits in bytes.
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
    """Select the stored images of jobs that have ended, oldest first."""
    found = select(inputs.c.job_id, inputs.c.position, inputs.c.bytes).join(jobs, jobs.c.id == inputs.c.job_id)
    return found.where(HAS_BYTES, jobs.c.ended_at.is_not(None)).order_by(inputs.c.job_id)


def _drop_until(tx: Connection, oldest: Select[Any], excess: int) -> int:
    """Delete images in the order of *oldest* until *excess* bytes are gone. Return how many images."""
    dropped = 0
    for row in tx.execute(oldest).all() if excess > 0 else ():
        if excess <= 0:
            break
        drop_one(tx, row.job_id, row.position)
        excess, dropped = excess - row.bytes, dropped + 1
    return dropped
