"""The stars that people give to results. A starred result is kept as long as it has a star (retention.py)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, and_, delete, func, insert, select

from imagegen.errors import Reason, Refused
from imagegen.store.tables_jobs import jobs
from imagegen.store.tables_results import stars


def toggle(tx: Connection, job_id: int, user_id: int, *, limit: int, now: datetime) -> int:
    """Give a result this person's star, or take it back. Return how many stars the result has then.

    Raises Refused RESULT_NOT_VISIBLE if the result is deleted or erased, STARS_USED if the person has *limit* stars.
    """
    there = select(jobs.c.id).where(
        jobs.c.id == job_id, jobs.c.generated_at.is_not(None), jobs.c.prompt_folded.is_not(None)
    )
    # The lock keeps the retention from deleting the job meanwhile.
    if tx.scalar(there.with_for_update(read=True, key_share=True)) is None:
        raise Refused(Reason.RESULT_NOT_VISIBLE)
    if not tx.execute(delete(stars).where(and_(stars.c.job_id == job_id, stars.c.user_id == user_id))).rowcount:
        if count_by(tx, user_id) >= limit:
            raise Refused(Reason.STARS_USED, limit=limit)
        tx.execute(insert(stars).values(job_id=job_id, user_id=user_id, at=now))
    return count(tx, job_id)


def count(tx: Connection, job_id: int) -> int:
    """Return how many stars a result has."""
    return tx.scalar(select(func.count()).select_from(stars).where(stars.c.job_id == job_id)) or 0


def count_by(tx: Connection, user_id: int) -> int:
    """Return how many stars a person has given."""
    return tx.scalar(select(func.count()).select_from(stars).where(stars.c.user_id == user_id)) or 0


def take_back(tx: Connection, user_id: int) -> None:
    """Delete the stars that a person has given."""
    tx.execute(delete(stars).where(stars.c.user_id == user_id))


def delete_of(tx: Connection, job_id: int) -> None:
    """Delete the stars of a result."""
    tx.execute(delete(stars).where(stars.c.job_id == job_id))
