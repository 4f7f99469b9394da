"""The history: results of a person or a server, and receipts of requests. Each function is one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, or_, select

from imagegen.model import Job, Scope
from imagegen.policy import quota
from imagegen.policy.search_words import Term, of_person, of_scope, sought_terms
from imagegen.policy.usage import Delivery, Spent
from imagegen.reports import Receipt, ResultFilter
from imagegen.states import State
from imagegen.store import jobs as lives
from imagegen.store import search, server_settings
from imagegen.store.ledger import amount_of
from imagegen.store.records import job_from_row
from imagegen.store.spending import BILLED, paid, settled, share
from imagegen.store.tables import ledger, people
from imagegen.store.tables_jobs import KNOWN_STATE, jobs
from imagegen.store.tables_results import shared_results, stars

# A job that its requester wants erased is not shown, even before it is erased.
_TO_ERASE = exists().where(people.c.user_id == jobs.c.user_id, people.c.forget_before >= jobs.c.requested_at)
_RESULT = and_(
    jobs.c.state == State.DONE,
    jobs.c.message_id.is_not(None),
    jobs.c.delivered > 0,
    jobs.c.prompt_folded.is_not(None),
    ~_TO_ERASE,
)
_IS_SHARED = exists().where(shared_results.c.job_id == jobs.c.id, shared_results.c.message_id.is_not(None))


def results(tx: Connection, wanted: ResultFilter, *, viewer_id: int, before: int | None, limit: int) -> tuple[Job, ...]:
    """Return the results that *wanted* selects, newest first, with ids below *before*.

    Of the private results, those of the viewer, and those that their requesters have shared.
    """
    is_open = or_(jobs.c.private == 0, jobs.c.user_id == viewer_id, _IS_SHARED)
    conditions = [_RESULT, is_open, *_conditions(wanted), *([] if before is None else [jobs.c.id < before])]
    terms = sought_terms(wanted.find)
    if wanted.find.split() and not terms:
        return ()
    found = _searched(tx, terms, wanted) if terms else select(jobs.c.id).order_by(jobs.c.id.desc())
    ids = tx.scalars(found.where(*conditions).limit(limit)).all()
    rows = tx.execute(select(jobs).where(jobs.c.id.in_(ids)).order_by(jobs.c.id.desc())).mappings()
    return tuple(job_from_row(row) for row in rows)


def _searched(tx: Connection, terms: Sequence[Term], wanted: ResultFilter) -> Select[tuple[int]]:
    """Select the results whose prompts have each of *terms*, newest first."""
    scopes = [] if wanted.user_id is None else [of_person(wanted.user_id)]
    scopes += [] if wanted.server_id is None else [of_scope(str(Scope(wanted.server_id)))]
    found = search.found(tx.dialect.name, terms, scopes)
    return select(jobs.c.id).select_from(found.join(jobs, jobs.c.id == found.c.job_id)).order_by(found.c.job_id.desc())


def _conditions(wanted: ResultFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.user_id is not None:
        yield jobs.c.user_id == wanted.user_id
    if wanted.server_id is not None:
        yield jobs.c.scope == str(Scope(wanted.server_id))
    if wanted.model is not None:
        yield jobs.c.model == wanted.model
    if wanted.since is not None:
        yield jobs.c.requested_at >= _midnight(wanted.since)
    if wanted.until is not None:
        yield jobs.c.requested_at < _midnight(wanted.until + timedelta(days=1))
    if wanted.starred_by is not None:
        yield jobs.c.id.in_(select(stars.c.job_id).where(stars.c.user_id == wanted.starred_by))
    if wanted.is_starred:
        yield exists().where(stars.c.job_id == jobs.c.id)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


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
        select(jobs.c.user_id, jobs.c.ended_at, jobs.c.delivered, jobs.c.delivered * jobs.c.weight, jobs.c.model)
        .where(ended, jobs.c.delivered > 0)
        .order_by(jobs.c.ended_at)
    )
    return tuple(Delivery(*row) for row in tx.execute(rows))


def spent(tx: Connection, server_id: int, *, since: date) -> tuple[Spent, ...]:
    """Return what the requests of a server cost since that day, by person, day and model."""
    by = (jobs.c.user_id, paid.c.window, jobs.c.model)
    here = (share.c.subject == str(Scope(server_id)), paid.c.window >= since.isoformat())
    rows = settled(*by, BILLED[-1]).where(*here).group_by(*by)
    return tuple(Spent(user, date.fromisoformat(day), model, int(cost)) for user, day, model, cost in tx.execute(rows))


def locale_of(tx: Connection, user_id: int) -> str | None:
    """Return the locale of a person's client at their last request by an interaction. None if there was none."""
    asked = and_(jobs.c.user_id == user_id, jobs.c.key.startswith("i:"))
    return tx.scalar(select(jobs.c.locale).where(asked).order_by(jobs.c.id.desc()).limit(1))


def languages(tx: Connection, user_id: int, server_id: int | None) -> tuple[str | None, str | None]:
    """Return the language of a person as ``locale_of``, and the one that the managers of a server chose."""
    chosen = None if server_id is None else server_settings.settings_of(tx, server_id).language
    return locale_of(tx, user_id), chosen
