"""Erase what a person requested or posted, at their wish. Each function is part of a transaction.

The wish is stored in people.forget_before until nothing older than it is left.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, or_, select, update

from imagegen.errors import Reason
from imagegen.model import Failure, Job
from imagegen.policy.server_settings import Consent
from imagegen.states import State
from imagegen.store import characters, drafts, member_settings, reviews, search, stars, styles
from imagegen.store import jobs as lives
from imagegen.store.columns import upsert
from imagegen.store.records import job_from_row, parts_to_json, request_to_json
from imagegen.store.tables import TO_FORGET, people
from imagegen.store.tables_jobs import HAS_BYTES, KNOWN_STATE, WAITING, inputs, jobs


def forget(tx: Connection, user_id: int, *, limit: int, now: datetime) -> int:
    """Cancel a person's waiting jobs, and withhold their held results.

    Erase their ended jobs and the images they posted in others' requests. Take back the stars they gave.

    Return how many of their jobs were erased. ``erase_forgotten`` erases a job in flight when it has ended.
    """
    waiting = select(jobs.c.id).where(WAITING, jobs.c.user_id == user_id)
    for job_id in tx.scalars(waiting).all():
        lives.cancel(tx, job_id, now=now)
    member_settings.forget(tx, user_id)
    drafts.forget(tx, user_id)
    styles.forget_manager(tx, user_id)
    known = tx.scalar(select(people.c.consent).where(people.c.user_id == user_id))
    characters.remove_all_of(tx, user_id, now=now)
    values = {"consent": known or Consent.ALLOW.value, "forget_before": now}
    tx.execute(upsert(tx, people, {"user_id": user_id}, values))
    stars.take_back(tx, user_id)
    erased, _ = _carry_out(tx, user_id, now, limit, now)
    return erased


def erase_forgotten(tx: Connection, *, limit: int, now: datetime) -> int:
    """Erase at most *limit* rows by the stored wishes, and delete a wish that is done. Return how many rows."""
    wishes = select(people.c.user_id, people.c.forget_before).where(TO_FORGET).order_by(people.c.forget_before)
    done = 0
    for user_id, before in tx.execute(wishes).all():  # one by one: a join would read every job of every person
        done += sum(_carry_out(tx, user_id, before, limit - done, now))
        if done >= limit:
            break
    return done


def _carry_out(tx: Connection, user_id: int, before: datetime, limit: int, now: datetime) -> tuple[int, int]:
    """Return how many jobs were erased, and how many images that this person posted in others' requests."""
    reviews.forget_reports(tx, user_id, before=before)
    reviews.forget_held(tx, user_id, before=before, now=now)
    erased, posted = _erase_asked(tx, user_id, before, limit, now), _erase_posted(tx, user_id, before, limit, now)
    if not _is_left(tx, user_id, before):
        _forget_wish(tx, user_id)
    return erased, posted


def _erase_asked(tx: Connection, user_id: int, before: datetime, limit: int, now: datetime) -> int:
    to_erase = select(jobs).where(_asked(user_id, before), jobs.c.notified_at.is_not(None), KNOWN_STATE).limit(limit)
    rows = tx.execute(to_erase).mappings().all()
    for row in rows:
        _erase(tx, job_from_row(row), now)
    return len(rows)


def _erase(tx: Connection, job: Job, now: datetime) -> None:
    """Erase prompts, images and links. The ledger stays, and who requested how many images, when, and the outcome."""
    bare = replace(job.request, prompt="", negative_prompt="", images=(), origins=(), unknown={}, unread="")
    request = request_to_json(bare)
    nothing = {"request": request, "prompt_folded": None, "links": None if job.made is None else "[]"}
    story = {"story_so_far": parts_to_json(())} if job.request.story or job.story_so_far else {}
    tx.execute(update(jobs).where(jobs.c.id == job.id).values(**nothing, **story))
    tx.execute(delete(inputs).where(inputs.c.job_id == job.id))
    stars.delete_of(tx, job.id)
    search.delete_of(tx, job.id)
    reviews.erased(tx, job.id, now=now)


def _erase_posted(tx: Connection, user_id: int, before: datetime, limit: int, now: datetime) -> int:
    """Erase what this person posted in others' requests: waiting jobs fail, ended jobs lose the image."""
    waiting = list(_waiting_with(tx, user_id, before, limit))
    for job, position in waiting:
        failure = Failure(Reason.INPUT_ERASED, {"position": position})
        lives.failed(tx, job, failure, may_have_been_paid=False, now=now)
    ended = exists().where(jobs.c.id == inputs.c.job_id, jobs.c.ended_at.is_not(None))
    erased = update(inputs).where(_posted(user_id, before), ended)
    return len(waiting) + tx.execute(erased.values(data_uri=None, owner_id=None, posted_by=None)).rowcount


def _waiting_with(tx: Connection, user_id: int, before: datetime, limit: int) -> Iterator[tuple[Job, int]]:
    """Yield others' waiting jobs with an image of this person, and the position of that image."""
    kept = select(inputs.c.job_id).where(_posted(user_id, before))
    there = or_(jobs.c.id.in_(kept), _may_link(user_id, before))
    found = select(jobs).where(WAITING, jobs.c.user_id != user_id, there).limit(limit)
    for row in tx.execute(found.with_for_update(skip_locked=True)).mappings().all():
        job = job_from_row(row)
        linked = [position for position, link in enumerate(job.request.images, start=1) if user_id in link.owners]
        read = select(inputs.c.position).where(inputs.c.job_id == job.id, _posted(user_id, before))
        if positions := linked or tx.scalars(read).all():
            yield job, positions[0]


def _is_left(tx: Connection, user_id: int, before: datetime) -> bool:
    """Return whether anything is left to erase, now or when a job has ended."""
    kept, unread = exists().where(_posted(user_id, before)), exists().where(WAITING, _may_link(user_id, before))
    return any(tx.scalar(select(one)) for one in (exists().where(_asked(user_id, before)), kept, unread))


def _asked(user_id: int, before: datetime) -> ColumnElement[bool]:
    return and_(jobs.c.user_id == user_id, jobs.c.requested_at <= before, jobs.c.prompt_folded.is_not(None))


def _posted(user_id: int, before: datetime) -> ColumnElement[bool]:
    theirs = or_(inputs.c.owner_id == user_id, inputs.c.posted_by == user_id)
    return and_(HAS_BYTES, theirs, inputs.c.received_at <= before)


def _may_link(user_id: int, before: datetime) -> ColumnElement[bool]:
    """Return the condition that a link may be this person's. Not exact: a longer id may begin with the same digits."""
    marks = [json.dumps({name: user_id}).strip("{}") for name in ("owner_id", "posted_by")]
    linked = or_(*(jobs.c.request.contains(mark) for mark in marks))
    return and_(jobs.c.state == State.REQUESTED, jobs.c.requested_at <= before, linked)


def _forget_wish(tx: Connection, user_id: int) -> None:
    """Delete the wish, and the person's row if nothing else is stored there."""
    mine = people.c.user_id == user_id
    tx.execute(delete(people).where(mine, people.c.consent == Consent.ALLOW.value))
    tx.execute(update(people).where(mine).values(forget_before=None))
