"""A task at Wan: whether Wan has begun the task, and whether to cancel it. Each function is one transaction."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from imagegen.model import Job
from imagegen.states import State
from imagegen.store.jobs import transition
from imagegen.store.tables_jobs import jobs


def running(tx: Connection, job: Job, *, now: datetime) -> Job | None:
    """Record that Wan has begun the task of a job in ``submitted``: from now on Wan cannot cancel the task."""
    return transition(tx, job, State.SUBMITTED, running_at=now)


def wants_cancel(tx: Connection, job_id: int) -> bool:
    """Return whether somebody wants to cancel this job and Wan may still cancel its task."""
    wished = (jobs.c.cancel_requested_at.is_not(None), jobs.c.running_at.is_(None))
    return tx.scalar(select(jobs.c.id).where(jobs.c.id == job_id, *wished)) is not None
