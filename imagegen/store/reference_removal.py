"""Delete reference images with every copy of them. Part of the transaction that deletes a style or a character."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import Connection, and_, delete, or_, select, update

from imagegen.errors import Reason
from imagegen.model import Failure, Job
from imagegen.states import State
from imagegen.store import jobs as lives
from imagegen.store.records import job_from_row
from imagegen.store.references import Keeper
from imagegen.store.tables_jobs import IS_COPY, WAITING, inputs, jobs
from imagegen.store.tables_members import reference_images


def remove(tx: Connection, keeper: Keeper, name: str, *, now: datetime) -> int:
    """Delete a keeper's reference images and the bytes of every copy. Return how many waiting jobs failed.

    Jobs that wait with such an image fail, and say that *name* is no longer available. The order matters: a job that
    is read meanwhile waits for the deletion, and one that was read before has its copies by then.
    """
    ids = tx.scalars(delete(reference_images).where(keeper.owns).returning(reference_images.c.id)).all()
    if not ids:
        return 0
    failure, waiting = Failure(Reason.REFERENCE_GONE, {"name": name}), list(_waiting_with(tx, ids))
    for job in waiting:
        lives.failed(tx, job, failure, may_have_been_paid=False, now=now)
    tx.execute(update(inputs).where(IS_COPY, inputs.c.reference_id.in_(ids)).values(data_uri=None))
    return len(waiting)


def _waiting_with(tx: Connection, ids: Sequence[int]) -> Iterator[Job]:
    """Yield the waiting jobs that use one of the reference images *ids*."""
    copied = jobs.c.id.in_(select(inputs.c.job_id).where(IS_COPY, inputs.c.reference_id.in_(ids)))
    marks = [json.dumps({"reference_id": reference_id}).strip("{}") for reference_id in ids]
    linked = and_(jobs.c.state == State.REQUESTED, or_(*(jobs.c.request.contains(mark) for mark in marks)))
    found = select(jobs).where(WAITING, or_(copied, linked)).with_for_update()
    for row in tx.execute(found).mappings().all():
        job = job_from_row(row)
        named = [link.reference_id for link in job.request.images]  # a longer id may begin with the same digits
        if job.state is not State.REQUESTED or not set(ids).isdisjoint(named):
            yield job
