"""What a person has made: found again, accounted for. Each function is one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Subquery, and_, exists, func, select

from imagegen.model import Job, Scope
from imagegen.policy import quota
from imagegen.reports import Receipt
from imagegen.states import State
from imagegen.store import jobs as lives
from imagegen.store.records import folded, job_from_row
from imagegen.store.tables import ledger, people
from imagegen.store.tables_jobs import jobs

SEARCHED = 5000  # results, the newest; a person has 1,800 in 90 days at 20 a day

# Of what a person wants forgotten nothing is shown, also while it waits to be erased.
_WISHED = exists().where(people.c.user_id == jobs.c.user_id, people.c.forget_before >= jobs.c.requested_at)


def results_of(tx: Connection, user_id: int, *, find: str, before: int | None, limit: int) -> tuple[Job, ...]:
    """Results of a person, newest first; *find* keeps those whose prompt holds each of its words.

    It looks through the newest SEARCHED older than *before*, so that no search takes long.
    """
    return _found(tx, jobs.c.user_id == user_id, find=find, before=before, limit=limit)


def results_in(tx: Connection, server_id: int, *, find: str, before: int | None, limit: int) -> tuple[Job, ...]:
    """Results of everybody in a server; direct messages and installs are nobody else's to see."""
    return _found(tx, jobs.c.scope == str(Scope(server_id)), find=find, before=before, limit=limit)


def _found(tx: Connection, whose: ColumnElement[bool], *, find: str, before: int | None, limit: int) -> tuple[Job, ...]:
    older = [] if before is None else [jobs.c.id < before]
    shown = and_(whose, jobs.c.state == State.DONE, jobs.c.message_id.is_not(None), jobs.c.delivered > 0)
    there = and_(shown, jobs.c.prompt_folded.is_not(None), ~_WISHED, *older)
    newest = select(jobs.c.id, jobs.c.prompt_folded).where(there).order_by(jobs.c.id.desc())
    held = _holding(tx, newest.limit(SEARCHED).subquery(), find) if find.split() else newest
    ids = [row.id for row in tx.execute(held.limit(limit))]
    rows = tx.execute(select(jobs).where(jobs.c.id.in_(ids)).order_by(jobs.c.id.desc())).mappings()
    return tuple(job_from_row(row) for row in rows)


def _holding(tx: Connection, some: Subquery, find: str) -> Select[Any]:
    """The newest of *some* whose prompt holds each word of *find*; no pattern, which costs more the stranger it is."""
    position = func.strpos if tx.dialect.name == "postgresql" else func.instr
    words = [position(some.c.prompt_folded, word) > 0 for word in dict.fromkeys(folded(find).split())]
    return select(some).where(*words).order_by(some.c.id.desc())


def origins(tx: Connection, job_id: int, *, limit: int) -> tuple[Job, ...]:
    """A job and those it came from, oldest first; at most *limit*, the nearest. What is forgotten has no prompt."""
    chain: list[Job] = []
    while len(chain) < limit and (known := lives.job(tx, job_id)) is not None:
        chain.insert(0, _unless_forgotten(tx, known))
        if known.request.parent_id is None or known.request.parent_id >= job_id:  # a parent is always older
            break
        job_id = known.request.parent_id
    return tuple(chain)


def _unless_forgotten(tx: Connection, job: Job) -> Job:
    """*job*, without its words where its person wants it forgotten."""
    wished = tx.scalar(select(jobs.c.id).where(jobs.c.id == job.id, _WISHED)) is not None
    return replace(job, request=replace(job.request, prompt="", negative_prompt="", images=())) if wished else job


def receipts(tx: Connection, user_id: int, *, before: int | None, limit: int) -> tuple[Receipt, ...]:
    """The requests of a person, newest first, each with what the ledger says of it."""
    older = [] if before is None else [jobs.c.id < before]
    newest = select(jobs).where(jobs.c.user_id == user_id, *older).order_by(jobs.c.id.desc()).limit(limit)
    found = [job_from_row(row) for row in tx.execute(newest).mappings()]
    entries = _entries(tx, [job.id for job in found])
    return tuple(_account(job, entries.get(job.id, {})) for job in found)


def _entries(tx: Connection, job_ids: Sequence[int]) -> dict[int, dict[str, int]]:
    """By job, the amounts of its person's ledger: every job holds for a person."""
    person = select(ledger.c.job_id, ledger.c.entry, ledger.c.amount).where(
        ledger.c.job_id.in_(job_ids), ledger.c.name == quota.PERSON
    )
    found: dict[int, dict[str, int]] = {}
    for row in tx.execute(person):
        found.setdefault(row.job_id, {})[row.entry] = row.amount
    return found


def _account(job: Job, amounts: dict[str, int]) -> Receipt:
    counted = amounts.get("settle", 0 if "release" in amounts else None)
    return Receipt(job, amounts.get("reserve", 0), counted)


def usage(tx: Connection, server_id: int, *, since: datetime) -> tuple[tuple[int, datetime, int], ...]:
    """The images shown in a server since then: (person, when, how many), oldest first."""
    ended = and_(jobs.c.scope == str(Scope(server_id)), jobs.c.state == State.DONE, jobs.c.ended_at >= since)
    rows = (
        select(jobs.c.user_id, jobs.c.ended_at, jobs.c.delivered)
        .where(ended, jobs.c.delivered > 0)
        .order_by(jobs.c.ended_at)
    )
    return tuple((row.user_id, row.ended_at, row.delivered) for row in tx.execute(rows))


def locale_of(tx: Connection, user_id: int) -> str | None:
    """The language that a person's client had when they last asked by an interaction; None when they never did."""
    asked = and_(jobs.c.user_id == user_id, jobs.c.key.startswith("i:"))
    return tx.scalar(select(jobs.c.locale).where(asked).order_by(jobs.c.id.desc()).limit(1))
