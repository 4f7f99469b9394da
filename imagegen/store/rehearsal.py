"""Compile the statements of an image when a process starts: its first image would wait for 20 ms of work."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from sqlalchemy import Connection

from imagegen.address import Address
from imagegen.errors import Refused
from imagegen.image_request import ImageRequest
from imagegen.model import Call, Job, Made, Request, Requester, Scope
from imagegen.policy.model_queue import ModelQueue
from imagegen.policy.quota import Limits
from imagegen.store import admission, jobs, queue
from imagegen.store.admission import SubmissionPlan
from imagegen.store.engine import Store

NOBODY, NOWHERE = 0, 0  # Discord gives no such ids
NAME = "rehearsal"  # of a model that no other job has
PLENTY = 1e9


class _Undone(Exception):
    """Roll back."""


async def rehearse(store: Store, model_queues: Sequence[ModelQueue], limits: Limits, *, now: datetime) -> None:
    """Take an image from the precheck to the delivered result, and roll everything back. Raises StoreUnavailable.

    While new requests are refused, some statements stay uncompiled.
    """
    with suppress(_Undone, Refused):
        await store.write(_rehearsed, store.owner, model_queues, limits, now=now)


def _rehearsed(
    tx: Connection, owner: str, model_queues: Sequence[ModelQueue], limits: Limits, *, now: datetime
) -> None:
    requester = Requester(NOBODY, Scope(NOWHERE))
    request = Request(f"{NAME}:{owner}", requester, ImageRequest(NAME, seed=1), Address())
    plan = SubmissionPlan(NAME, Call.SYNC, 0, 0, owner)
    admission.precheck(tx, request, plan=plan, limits=limits, now=now)
    admission.accept(tx, request, plan=plan, limits=limits, now=now)
    # As many queues as there are: their number is part of the statement. Only the first has a job.
    names = [NAME, *(f"{NAME} {number}" for number in range(1, len(model_queues)))]
    queues = [ModelQueue(name, in_flight=2, per_s=PLENTY) for name in names]
    claimed = queue.claim(tx, owner, limits=queues, now=now)
    queue.claim(tx, owner, limits=queues, now=now)
    if isinstance(claimed, Job):
        kept = jobs.generated(tx, claimed, Made((NAME,), 1, "", ""), now=now, keep=True)
        admission.delivery_facts(tx, claimed, requester, limits, now=now)
        if kept is not None:
            jobs.done(tx, kept, 1, 1, now=now)
    raise _Undone
