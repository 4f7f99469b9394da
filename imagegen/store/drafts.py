"""Requests that wait for minutes until their member starts or cancels them. Each function is one transaction."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection, delete, insert, select

from imagegen.errors import Reason, Refused
from imagegen.model import Request
from imagegen.policy.quota import Limits
from imagegen.reports import Draft, Submission
from imagegen.store import admission
from imagegen.store.admission import SubmissionPlan
from imagegen.store.jobs import known_job
from imagegen.store.records import request_from_json, request_to_json
from imagegen.store.tables_jobs import jobs
from imagegen.store.tables_members import drafts

log = structlog.get_logger(__name__)

LIVES = timedelta(minutes=15)
MOST = 10  # of one member: the oldest makes room


def keep(tx: Connection, draft: Draft, *, now: datetime) -> int:
    """Store a draft, whatever its id is, and return its id. Delete the member's oldest ones over MOST."""
    requests = [request_to_json(request) for request in draft.requests]
    stored = {**vars(draft), "requests": requests}
    row = {"user_id": draft.user_id, "request": json.dumps(stored, ensure_ascii=False), "at": now}
    draft_id: int = tx.execute(insert(drafts).values(row).returning(drafts.c.id)).scalar_one()
    own = select(drafts.c.id).where(drafts.c.user_id == draft.user_id)
    tx.execute(delete(drafts).where(drafts.c.id.in_(own.order_by(drafts.c.id.desc()).offset(MOST).limit(MOST))))
    return draft_id


def find(tx: Connection, draft_id: int, user_id: int, *, now: datetime) -> Draft | None:
    """Return a draft of this member; None if it is of another one, started, canceled, too old or unreadable."""
    known = select(drafts).where(drafts.c.id == draft_id, drafts.c.user_id == user_id, drafts.c.at > now - LIVES)
    row = tx.execute(known).one_or_none()
    if row is None:
        return None
    try:
        stored = json.loads(row.request)
        requests = tuple(request_from_json(request) for request in stored["requests"])
        return Draft(row.id, user_id, requests, tuple(stored["input_counts"]), stored["source_id"], stored["form"])
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        log.error("draft_unreadable", draft_id=row.id, why=type(error).__name__)
        return None


def prompts_in(stored: str) -> list[str]:
    """Return the prompts of the column *request*; none if it is unreadable."""
    try:
        return [request_from_json(request).prompt for request in json.loads(stored)["requests"]]
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return []


def start(
    tx: Connection,
    draft: Draft,
    requests: Sequence[Request],
    *,
    plans: Sequence[SubmissionPlan],
    limits: Limits,
    now: datetime,
) -> tuple[Submission, ...] | None:
    """Accept all *requests* of a draft and delete it, or raise Refused or WordsChanged and change nothing.

    If the draft was started before, return the same jobs; None if it is gone otherwise. The keys of *requests* are
    those of the draft.
    """
    if not cancel(tx, draft.id, draft.user_id):
        return _started(tx, requests)
    _check_whole(tx, requests, plans, limits, now)
    found: list[Submission] = []
    for request, plan in zip(requests, plans, strict=True):
        try:
            found.append(_accept(tx, draft, request, plan, limits, now))
        except Refused as refused:
            if not found or refused.reason is not Reason.TOO_MANY_QUEUED:
                raise
            raise Refused(Reason.NO_ROOM_FOR_ALL, count=len(requests), limit=limits.queued_per_member) from None
    return tuple(found)


def cancel(tx: Connection, draft_id: int, user_id: int) -> bool:
    """Delete a draft of this member; return False if there is none."""
    return tx.execute(delete(drafts).where(drafts.c.id == draft_id, drafts.c.user_id == user_id)).rowcount > 0


def forget(tx: Connection, user_id: int) -> None:
    """Delete the drafts of a person."""
    tx.execute(delete(drafts).where(drafts.c.user_id == user_id))


def purge(tx: Connection, *, now: datetime, limit: int) -> int:
    """Delete at most *limit* drafts that are too old to be started. Return how many."""
    old = select(drafts.c.id).where(drafts.c.at <= now - LIVES).order_by(drafts.c.at).limit(limit)
    return tx.execute(delete(drafts).where(drafts.c.id.in_(old))).rowcount


def _started(tx: Connection, requests: Sequence[Request]) -> tuple[Submission, ...] | None:
    keys = [request.key for request in requests]
    ids = tx.scalars(select(jobs.c.id).where(jobs.c.key.in_(keys)).order_by(jobs.c.id)).all()
    return tuple(Submission(known_job(tx, job_id), repeated=True) for job_id in ids) or None


def _accept(
    tx: Connection, draft: Draft, request: Request, plan: SubmissionPlan, limits: Limits, now: datetime
) -> Submission:
    if draft.source_id is None:
        return admission.accept(tx, request, plan=plan, limits=limits, now=now)
    return admission.accept_again(tx, request, source_id=draft.source_id, plan=plan, limits=limits, now=now)


def _check_whole(
    tx: Connection, requests: Sequence[Request], plans: Sequence[SubmissionPlan], limits: Limits, now: datetime
) -> None:
    """Raise the Refused of all images together, which names how many are left, if they all weigh the same."""
    if len({plan.weight for plan in plans}) == 1:
        count = sum(request.image_request.count for request in requests)
        whole = replace(requests[0].image_request, count=count)
        admission.precheck(tx, replace(requests[0], image_request=whole), plan=plans[0], limits=limits, now=now)
