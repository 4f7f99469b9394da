"""The processes on one database: their heartbeats, who owns a job, and what becomes of a dead process's jobs.

Each function is one transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, delete, func, or_, select, update

from imagegen.errors import Reason, Refused
from imagegen.model import Failure, Job
from imagegen.ownership import LEASE
from imagegen.policy import quota
from imagegen.policy.quota import Limits
from imagegen.states import State
from imagegen.store import ledger, shares
from imagegen.store.columns import upsert
from imagegen.store.jobs import failed, transition
from imagegen.store.records import job_from_row
from imagegen.store.stories import end_as_killed
from imagegen.store.tables import workers
from imagegen.store.tables_jobs import KNOWN_STATE, NOT_NOTIFIED, jobs


@dataclass(frozen=True)
class Adopted:
    """How many jobs of dead processes were adopted, by what becomes of them."""

    resumed: int = 0
    sent_again: int = 0
    given_up: int = 0
    freed: int = 0
    delivered_as_is: int = 0  # stories: what had come is delivered


def heartbeat(tx: Connection, owner: str, *, now: datetime) -> None:
    """Record that the process *owner* is alive: its lease starts again."""
    tx.execute(upsert(tx, workers, {"id": owner}, {"seen_at": now}))


def leave(tx: Connection, owner: str) -> None:
    """Record that the process *owner* has stopped, so that the others need not wait for its lease."""
    tx.execute(delete(workers).where(workers.c.id == owner))


def count_alive(tx: Connection, *, now: datetime) -> int:
    """Return how many processes have written a heartbeat within their lease."""
    return tx.scalar(select(func.count()).select_from(workers).where(workers.c.seen_at > now - LEASE)) or 0


def take_over_display(tx: Connection, owner: str, *, dead_before: datetime) -> int:
    """Make *owner* the display owner of the jobs of processes not seen since *dead_before*. Return how many."""
    alive = select(workers.c.id).where(workers.c.seen_at >= dead_before)
    lost_display = or_(
        jobs.c.display_owner.is_(None), and_(jobs.c.display_owner != owner, jobs.c.display_owner.not_in(alive))
    )
    # With this order SQLite reads the index of open jobs; otherwise it reads every job.
    found = (
        select(jobs.c.id)
        .where(NOT_NOTIFIED, lost_display)
        .order_by(jobs.c.display_owner)
        .with_for_update(skip_locked=True)
    )
    ids = tx.scalars(found).all()
    if ids:
        tx.execute(update(jobs).where(jobs.c.id.in_(ids)).values(display_owner=owner))
    return len(ids)


def release_unheld(tx: Connection, owner: str, states: Sequence[State], in_hand: Collection[int]) -> int:
    """Free one job that *owner* claimed in *states* but that is not *in_hand*. Return 1, or 0 if there is none.

    A database that fails during a claim may have written the claim without the process knowing. None of these jobs was
    sent: a job that was sent is in hand until its outcome is written.
    """
    mine = and_(jobs.c.owner == owner, jobs.c.state.in_(states), NOT_NOTIFIED, jobs.c.id.not_in(in_hand))
    first = select(jobs).where(mine).order_by(jobs.c.id).limit(1).with_for_update(skip_locked=True)
    row = tx.execute(first).mappings().one_or_none()
    if row is None:
        return 0
    lost = job_from_row(row)
    to = State.QUEUED if lost.state is State.SUBMITTING else lost.state
    return int(transition(tx, lost, to, owner=None, epoch=lost.epoch + 1) is not None)


def adopt(tx: Connection, owner: str, *, dead_before: datetime, limits: Limits, now: datetime) -> Adopted:
    """Adopt one job of a process that was not seen since *dead_before*. No job is left when all counts are 0.

    One job a transaction: with the counters of several jobs locked, two processes could wait for each other.

    A task is resumed by its id. A request that a kill interrupted is sent again once, if it is for one image and
    *limits* have room to pay twice; otherwise it fails, and its budget stays used, because Wan may bill it. A story is
    never sent again: the parts that had come are delivered.
    """
    alive = select(workers.c.id).where(workers.c.seen_at >= dead_before)
    lost = and_(jobs.c.owner.is_not(None), jobs.c.owner != owner, jobs.c.owner.not_in(alive))
    orphans = select(jobs).where(lost, KNOWN_STATE)
    first = orphans.order_by(jobs.c.owner).limit(1).with_for_update(skip_locked=True)
    row = tx.execute(first).mappings().one_or_none()
    if row is not None:
        return Adopted(**{_adopt_one(tx, owner, job_from_row(row), row["in_doubt"], limits, now): 1})
    tx.execute(delete(workers).where(workers.c.id != owner, workers.c.seen_at < dead_before))
    return Adopted()


def _adopt_one(tx: Connection, owner: str, orphan: Job, in_doubt: int, limits: Limits, now: datetime) -> str:
    epoch = orphan.epoch + 1
    if orphan.state is State.SUBMITTED:
        transition(tx, orphan, State.SUBMITTED, owner=owner, epoch=epoch)
        return "resumed"
    if orphan.state is not State.SUBMITTING:
        transition(tx, orphan, orphan.state, owner=None, epoch=epoch)
        return "freed"
    if orphan.story_so_far:
        end_as_killed(tx, orphan, now=now)
        return "delivered_as_is"
    if orphan.request.count == 1 and not orphan.request.story and not in_doubt:
        return _send_again(tx, orphan, limits, now)
    failed(tx, orphan, Failure(Reason.UNANSWERED), may_have_been_paid=True, now=now)
    return "given_up"


def _send_again(tx: Connection, orphan: Job, limits: Limits, now: datetime) -> str:
    """Queue a request that may have been paid, after reserving what it may cost a second time."""
    again = {"owner": None, "epoch": orphan.epoch + 1, "in_doubt": 1, "attempts": orphan.attempts + 1}
    try:
        reserve_again(tx, orphan, limits, now)
    except Refused as refused:
        facts = {name: fact for name, fact in refused.facts.items() if not name.startswith("used")}
        why = Failure(refused.reason, facts)
        failed(tx, orphan, why, may_have_been_paid=True, now=now)
        return "given_up"
    transition(tx, orphan, State.QUEUED, **again)
    return "sent_again"


def reserve_again(tx: Connection, orphan: Job, limits: Limits, now: datetime) -> None:
    """Reserve the server's share, budgets and paid images for sending *orphan* a second time.

    Raise Refused and write nothing if one of them is full. The first send, which a kill interrupted, may have been paid
    and is settled so.
    """
    requester, charge = orphan.requester, quota.charge_of(orphan)
    limits = shares.with_share(limits, shares.share_of(tx, str(requester.scope)))
    reservations = quota.spending_reservations(requester, charge, limits, now)
    with tx.begin_nested():
        ledger.reserve_again(tx, orphan.id, reservations, now)


def is_owned(tx: Connection, job: Job) -> bool:
    """Return whether *job* still has the owner, epoch and state with which it was claimed.

    Wait for a process that is adopting the job: an adoption that began while the owner slept may end after it woke.
    """
    fence = (jobs.c.owner == job.owner, jobs.c.epoch == job.epoch, jobs.c.state == job.state)
    return tx.scalar(select(jobs.c.id).where(jobs.c.id == job.id, *fence).with_for_update(read=True)) is not None


def is_display_owner(tx: Connection, job_id: int, owner: str) -> bool:
    """Return whether *owner* is the display owner of a job that has not ended. Wait as ``is_owned`` does."""
    here = and_(
        jobs.c.id == job_id,
        or_(jobs.c.display_owner == owner, jobs.c.display_owner.is_(None)),
        jobs.c.ended_at.is_(None),
    )
    return tx.scalar(select(jobs.c.id).where(here).with_for_update(read=True)) is not None
