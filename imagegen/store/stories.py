"""A story while it is told: what has come is written down before it is shown. Each function is one transaction."""

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


def keep(tx: Connection, job: Job, parts: Sequence[StoryPart], *, now: datetime) -> Job | None:
    """Write down all that has come so far of a story in ``submitting``."""
    return transition(tx, job, State.SUBMITTING, story_so_far=parts_to_json(parts))


def cancel_requested(tx: Connection, job_id: int) -> bool:
    """Whether somebody wants this story to stop."""
    return tx.scalar(select(jobs.c.cancel_requested_at).where(jobs.c.id == job_id)) is not None


def left_by_a_dead_process(tx: Connection, job: Job, *, now: datetime) -> Job | None:
    """submitting -> made with what was written down. What the stream would have told of its bill died with it."""
    links = tuple(part.link for part in job.story_so_far if isinstance(part, StoryImage))
    return generated(tx, job, Made(links, None, "", job.request_id or "", job.story_so_far, StopReason.KILLED), now=now)


def continue_in(tx: Connection, job_id: int, position: int, message_id: int) -> None:
    """Remember the message in which a story goes on; *position* 2 is the second one."""
    place = {"job_id": job_id, "position": position}
    tx.execute(upsert(tx, story_messages, place, {"message_id": message_id}))


def messages_of(tx: Connection, job_id: int) -> tuple[int, ...]:
    """The further messages of a story, in their order."""
    found = select(story_messages.c.message_id).where(story_messages.c.job_id == job_id)
    return tuple(tx.scalars(found.order_by(story_messages.c.position)))
