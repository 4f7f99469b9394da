"""A task at Wan: whether it has begun there, and whether it is to be canceled. Each function is one transaction."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from imagegen.model import Job
from imagegen.states import State
from imagegen.store.jobs import transition
from imagegen.store.tables_jobs import jobs


def running(tx: Connection, job: Job, *, now: datetime) -> Job | None:
    """Write down that Wan has begun the task of a job in ``submitted``: from here it can no longer be canceled."""
    return transition(tx, job, State.SUBMITTED, running_at=now)


def wants_cancel(tx: Connection, job_id: int) -> bool:
    """Whether somebody wants this job canceled, and Wan may still cancel its task."""
    wished = (jobs.c.cancel_requested_at.is_not(None), jobs.c.running_at.is_(None))
    return tx.scalar(select(jobs.c.id).where(jobs.c.id == job_id, *wished)) is not None
