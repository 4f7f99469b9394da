"""A story while it is streamed: each part is stored before it is shown. Each function is one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, select

from imagegen.model import Job, Made, StopReason, StoryImage, StoryPart
from imagegen.states import State
from imagegen.store.columns import upsert
from imagegen.store.jobs import generated, transition
from imagegen.store.records import parts_to_json
from imagegen.store.tables_jobs import jobs, story_messages


def store_parts(tx: Connection, job: Job, parts: Sequence[StoryPart]) -> Job | None:
    """Store all the parts that have come so far of a story in ``submitting``."""
    return transition(tx, job, State.SUBMITTING, story_so_far=parts_to_json(parts))


def cancel_requested(tx: Connection, job_id: int) -> bool:
    """Return whether somebody wants to stop this story."""
    return tx.scalar(select(jobs.c.cancel_requested_at).where(jobs.c.id == job_id)) is not None


def end_as_killed(tx: Connection, job: Job, *, now: datetime) -> Job | None:
    """submitting -> generated, with the parts that are stored. What Wan bills is not known: the stream was lost."""
    links = tuple(part.link for part in job.story_so_far if isinstance(part, StoryImage))
    return generated(tx, job, Made(links, None, "", job.request_id or "", job.story_so_far, StopReason.KILLED), now=now)


def continue_in(tx: Connection, job_id: int, position: int, message_id: int) -> None:
    """Store the message in which a story or an image set continues. *position* 2 is the second message."""
    key = {"job_id": job_id, "position": position}
    tx.execute(upsert(tx, story_messages, key, {"message_id": message_id}))


def messages_of(tx: Connection, job_id: int) -> tuple[int, ...]:
    """Return the further messages of a story or an image set, in order."""
    found = select(story_messages.c.message_id).where(story_messages.c.job_id == job_id)
    return tuple(tx.scalars(found.order_by(story_messages.c.position)))
