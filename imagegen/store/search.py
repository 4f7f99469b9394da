"""The full text search in the prompts of delivered results: what is stored for it, and how a search selects.

The words come from imagegen/policy/search_words.py alone, so no text of a member is read as a query.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    column,
    delete,
    func,
    insert,
    literal_column,
    select,
    table,
)

from imagegen.model import Job
from imagegen.policy.search_words import Term, of_person, of_scope, stored_words
from imagegen.policy.validation import without_spoiler_marks
from imagegen.states import State
from imagegen.store.records import folded
from imagegen.store.tables_jobs import jobs
from imagegen.store.tables_results import stars
from imagegen.store.tables_search import FTS, TSV, prompt_words

BATCH = 500  # jobs in memory at once

fts = table(FTS, column("rowid"), column(FTS))  # the column with the table's name takes a query


def add(tx: Connection, job: Job) -> None:
    """Store the words of a result's prompt."""
    prompt = folded(without_spoiler_marks(job.request.prompt))
    words = _words(prompt, job.requester.user_id, str(job.requester.scope))
    tx.execute(insert(prompt_words).values(job_id=job.id, words=words))


def delete_of(tx: Connection, job_id: int) -> None:
    """Delete the words of a prompt."""
    tx.execute(delete(prompt_words).where(prompt_words.c.job_id == job_id))


def complete(tx: Connection) -> None:
    """Complete what the release before wrote: it stores no words, and deletes no words and stars of what it erases."""
    erased = select(jobs.c.id).where(jobs.c.prompt_folded.is_(None))
    for table_of in (prompt_words, stars):
        tx.execute(delete(table_of).where(table_of.c.job_id.in_(erased)))
    _add_missing(tx)


def _add_missing(tx: Connection) -> None:
    lacks = jobs.outerjoin(prompt_words, prompt_words.c.job_id == jobs.c.id)
    searched = (jobs.c.state == State.DONE.value, jobs.c.prompt_folded.is_not(None), prompt_words.c.job_id.is_(None))
    found = select(jobs.c.id, jobs.c.user_id, jobs.c.scope, jobs.c.prompt_folded).select_from(lacks).where(*searched)
    last = 0
    while rows := tx.execute(found.where(jobs.c.id > last).order_by(jobs.c.id).limit(BATCH)).all():
        words = [{"job_id": row.id, "words": _words(row.prompt_folded, row.user_id, row.scope)} for row in rows]
        tx.execute(insert(prompt_words), words)
        last = rows[-1].id


def _words(prompt_folded: str, user_id: int, scope: str) -> str:
    return stored_words(prompt_folded, of_person(user_id), of_scope(scope))


def found(dialect: str, terms: Sequence[Term], scopes: Sequence[str]) -> FromClause:
    """Return the *job_id* of the prompts that have each of *terms* and *scopes*.

    PostgreSQL finds the words first: its planner would rather compare each prompt, in the order of the page. The order
    of the words is compared after that, for as many prompts as the page needs.
    """
    if dialect == "sqlite":
        query = " AND ".join((*map(_fts_phrase, terms), *(f'"{scope}"' for scope in scopes)))
        return select(fts.c.rowid.label("job_id")).where(fts.c[FTS].match(query)).subquery()
    words = [word for term in terms for word in (*term[:-1], f"{term[-1]}:*" if _may_go_on(term) else term[-1])]
    matching = select(prompt_words.c.job_id).where(_has(" & ".join((*words, *scopes))))
    first = matching.cte().prefix_with("MATERIALIZED")
    if all(len(term) == 1 for term in terms):
        return first
    both = prompt_words.join(first, first.c.job_id == prompt_words.c.job_id)
    ordered = _has(" & ".join(map(_tsquery_phrase, terms)))
    return select(prompt_words.c.job_id).select_from(both).where(ordered).subquery()


def _has(tsquery: str) -> ColumnElement[bool]:
    return literal_column(TSV).bool_op("@@")(func.to_tsquery("simple", tsquery))


def _fts_phrase(term: Term) -> str:
    return f'"{" ".join(term)}"' + ("*" if _may_go_on(term) else "")


def _tsquery_phrase(term: Term) -> str:
    return "(" + " <-> ".join(term) + (":*" if _may_go_on(term) else "") + ")"


def _may_go_on(term: Term) -> bool:
    """Return whether the last word of *term* may be the beginning of a longer one: not a Chinese character."""
    return term[-1].startswith("w")
