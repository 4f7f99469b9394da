"""The history: results of a person or a server, and receipts of requests. Each function is one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Subquery, and_, exists, func, select

from imagegen.model import Job, Scope
from imagegen.policy import quota
from imagegen.policy.usage import Delivery
from imagegen.reports import Receipt
from imagegen.states import State
from imagegen.store import jobs as lives
from imagegen.store import server_settings
from imagegen.store.ledger import amount_of
from imagegen.store.records import folded, job_from_row
from imagegen.store.tables import ledger, people
from imagegen.store.tables_jobs import KNOWN_STATE, jobs

SEARCHED = 5000  # newest results; at 20 a day a person has 1,800 in 90 days

# A job that its requester wants erased is not shown, even before it is erased.
_TO_ERASE = exists().where(people.c.user_id == jobs.c.user_id, people.c.forget_before >= jobs.c.requested_at)


def results_of(tx: Connection, user_id: int, *, find: str, before: int | None, limit: int) -> tuple[Job, ...]:
    """Return the results of a person, newest first. *find* selects prompts that contain each of its words.

    A search reads the newest SEARCHED results with an id below *before*, so that no search takes long.
    """
    return _found(tx, jobs.c.user_id == user_id, find=find, before=before, limit=limit)


def results_in(tx: Connection, server_id: int, *, find: str, before: int | None, limit: int) -> tuple[Job, ...]:
    """Return the results of all members in a server, as ``results_of`` does for a person, without private ones."""
    public = and_(jobs.c.scope == str(Scope(server_id)), jobs.c.private == 0)
    return _found(tx, public, find=find, before=before, limit=limit)


def _found(tx: Connection, whose: ColumnElement[bool], *, find: str, before: int | None, limit: int) -> tuple[Job, ...]:
    older = [] if before is None else [jobs.c.id < before]
    shown = and_(whose, jobs.c.state == State.DONE, jobs.c.message_id.is_not(None), jobs.c.delivered > 0)
    there = and_(shown, jobs.c.prompt_folded.is_not(None), ~_TO_ERASE, *older)
    newest = select(jobs.c.id, jobs.c.prompt_folded).where(there).order_by(jobs.c.id.desc())
    found = _containing(tx, newest.limit(SEARCHED).subquery(), find) if find.split() else newest
    ids = [row.id for row in tx.execute(found.limit(limit))]
    rows = tx.execute(select(jobs).where(jobs.c.id.in_(ids)).order_by(jobs.c.id.desc())).mappings()
    return tuple(job_from_row(row) for row in rows)


def _containing(tx: Connection, some: Subquery, find: str) -> Select[Any]:
    """Select those of *some* whose prompt contains each word of *find*. A pattern could be slow."""
    position = func.strpos if tx.dialect.name == "postgresql" else func.instr
    words = [position(some.c.prompt_folded, word) > 0 for word in dict.fromkeys(folded(find).split())]
    return select(some).where(*words).order_by(some.c.id.desc())


def origins(tx: Connection, job_id: int, *, limit: int) -> tuple[Job, ...]:
    """Return a job and the jobs it came from, oldest first, at most *limit*. An erased job has no prompt."""
    chain: list[Job] = []
    while len(chain) < limit and (known := lives.job(tx, job_id)) is not None:
        chain.insert(0, _without_erased_prompt(tx, known))
        if known.request.parent_id is None or known.request.parent_id >= job_id:  # a parent is always older
            break
        job_id = known.request.parent_id
    return tuple(chain)


def _without_erased_prompt(tx: Connection, job: Job) -> Job:
    """Return *job*, without its prompt if its requester wants it erased."""
    to_erase = tx.scalar(select(jobs.c.id).where(jobs.c.id == job.id, _TO_ERASE)) is not None
    return replace(job, request=replace(job.request, prompt="", negative_prompt="", images=())) if to_erase else job


def receipts(tx: Connection, user_id: int, *, before: int | None, limit: int) -> tuple[Receipt, ...]:
    """Return the receipts of a person's requests, newest first."""
    older = [] if before is None else [jobs.c.id < before]
    newest = select(jobs).where(jobs.c.user_id == user_id, KNOWN_STATE, *older).order_by(jobs.c.id.desc()).limit(limit)
    found = [job_from_row(row) for row in tx.execute(newest).mappings()]
    entries = _entries(tx, [job.id for job in found])
    return tuple(_receipt(job, entries.get(job.id, {})) for job in found)


def _entries(tx: Connection, job_ids: Sequence[int]) -> dict[int, dict[str, int]]:
    """Return by job the units in the ledger entries of the person's quota, which every job reserves."""
    person = select(ledger).where(ledger.c.job_id.in_(job_ids), ledger.c.name == quota.PERSON)
    found: dict[int, dict[str, int]] = {}
    for row in tx.execute(person):
        found.setdefault(row.job_id, {})[row.entry] = amount_of(row)
    return found


def _receipt(job: Job, amounts: dict[str, int]) -> Receipt:
    used = amounts.get("settle", 0 if "release" in amounts else None)
    return Receipt(job, amounts.get("reserve", 0), used)


def usage(tx: Connection, server_id: int, *, since: datetime) -> tuple[Delivery, ...]:
    """Return the images delivered in a server since then, oldest first."""
    ended = and_(jobs.c.scope == str(Scope(server_id)), jobs.c.state == State.DONE, jobs.c.ended_at >= since)
    rows = (
        select(jobs.c.user_id, jobs.c.ended_at, jobs.c.delivered, jobs.c.delivered * jobs.c.weight)
        .where(ended, jobs.c.delivered > 0)
        .order_by(jobs.c.ended_at)
    )
    return tuple(Delivery(*row) for row in tx.execute(rows))


def locale_of(tx: Connection, user_id: int) -> str | None:
    """Return the locale of a person's client at their last request by an interaction. None if there was none."""
    asked = and_(jobs.c.user_id == user_id, jobs.c.key.startswith("i:"))
    return tx.scalar(select(jobs.c.locale).where(asked).order_by(jobs.c.id.desc()).limit(1))


def languages(tx: Connection, user_id: int, server_id: int | None) -> tuple[str | None, str | None]:
    """Return the language of a person as ``locale_of``, and the one that the managers of a server chose."""
    chosen = None if server_id is None else server_settings.settings_of(tx, server_id).language
    return locale_of(tx, user_id), chosen
