"""Reports, and the cards on which managers decide. Each function is one transaction, or part of one.

A process claims a card, for CLAIM at most, before it brings the card up to date, so two processes never post the same
card. A card that is due and unclaimed is claimed again: after a crash, or when the log channel was closed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, delete, or_, select, update

from imagegen.errors import Reason
from imagegen.model import Failure, Job, Review
from imagegen.policy.review import HOLD_FOR, CardKind, Decision, Report, ReportReason, ReviewCard
from imagegen.states import State
from imagegen.store import jobs as jobs_of
from imagegen.store import server_settings, stories
from imagegen.store.columns import inserted, upsert
from imagegen.store.jobs import transition
from imagegen.store.records import request_to_json
from imagegen.store.tables_jobs import HELD, TO_DELIVER, jobs
from imagegen.store.tables_results import DUE, reports, review_cards, shared_results
from imagegen.store.time_bounds import is_due, moments

CLAIM = timedelta(minutes=2)
DUE_AHEAD = timedelta(hours=2)  # the longest wait before a card is tried again


def report(tx: Connection, said: Report, *, now: datetime) -> ReviewCard | None:
    """Store a report, and make its job's card due. Return the card; None if the member reported the message before.

    A card on which managers have decided is open again if nobody reported this message of the job before.
    """
    of_message = select(reports.c.user_id).where(
        reports.c.job_id == said.job_id, reports.c.message_id == said.message_id
    )
    is_new = tx.execute(of_message.limit(1)).first() is None
    new = inserted(tx, reports).values(
        job_id=said.job_id, user_id=said.user_id, reason=said.reason.value,
        channel_id=said.channel_id, message_id=said.message_id, at=now,
    )  # fmt: skip
    if tx.execute(new.on_conflict_do_nothing().returning(reports.c.job_id)).first() is None:
        return None
    add(tx, said.job_id, CardKind.REPORT, said.server_id, now=now)
    if is_new:
        _reopen(tx, said.job_id, now)
    tx.execute(update(review_cards).where(_one(said.job_id, CardKind.REPORT)).values(due_at=now))
    return card(tx, said.job_id, CardKind.REPORT)


def _reopen(tx: Connection, job_id: int, now: datetime) -> None:
    """Open a decided card of reports again, unless its decision is still to be carried out."""
    decided = review_cards.c.decision
    is_over = or_(decided == Decision.DISMISSED.value, and_(decided.is_not(None), review_cards.c.due_at.is_(None)))
    values = {"decision": None, "decided_by": None, "decided_at": None, "at": now}
    tx.execute(update(review_cards).where(_one(job_id, CardKind.REPORT), is_over).values(values))


def add(tx: Connection, job_id: int, kind: CardKind, server_id: int, *, now: datetime) -> None:
    """Add a card that is not due, unless there is one."""
    row = inserted(tx, review_cards).values(job_id=job_id, kind=kind.value, server_id=server_id, at=now)
    tx.execute(row.on_conflict_do_nothing())


def card(tx: Connection, job_id: int, kind: CardKind) -> ReviewCard | None:
    """Return a card, or None."""
    row = tx.execute(select(review_cards).where(_one(job_id, kind))).mappings().one_or_none()
    return None if row is None else _card(tx, row)


def is_removed(tx: Connection, job_id: int) -> bool:
    """Return whether managers removed a result after a report."""
    found = card(tx, job_id, CardKind.REPORT)
    return found is not None and found.decision is not None and found.decision.removes


def claim(tx: Connection, job_id: int, kind: CardKind, *, now: datetime) -> ReviewCard | None:
    """Claim a card that is due now, for CLAIM; None if there is nothing to do, or another caller does it."""
    return _claimed(tx, and_(_one(job_id, kind), DUE), now)


def claim_next(tx: Connection, *, now: datetime) -> ReviewCard | None:
    """Claim the first card that is due and unclaimed; None if there is none."""
    due = and_(DUE, is_due(review_cards.c.due_at), _is_free(now))
    first = select(review_cards.c.job_id, review_cards.c.kind).where(due).order_by(review_cards.c.due_at).limit(1)
    row = tx.execute(first.with_for_update(skip_locked=True), moments(DUE_AHEAD, now)).one_or_none()
    return None if row is None else _claimed(tx, _one(row.job_id, row.kind), now)


def _claimed(tx: Connection, where: ColumnElement[bool], now: datetime) -> ReviewCard | None:
    taken = update(review_cards).where(where, _is_free(now)).values(claimed_until=now + CLAIM)
    row = tx.execute(taken.returning(review_cards)).mappings().one_or_none()
    return None if row is None else _card(tx, row)


def _is_free(now: datetime) -> ColumnElement[bool]:
    """Return the condition that nobody works on a card. A claim of the far future is of a clock that was set back."""
    until = review_cards.c.claimed_until
    return or_(until.is_(None), until <= now, until > now + CLAIM)


def placed(tx: Connection, held: ReviewCard, channel_id: int, message_id: int) -> None:
    """Record where a claimed card is."""
    where = and_(_one(held.job_id, held.kind), _is_held(held))
    tx.execute(update(review_cards).where(where).values(channel_id=channel_id, message_id=message_id))


def finished(tx: Connection, held: ReviewCard, *, again_at: datetime | None, now: datetime) -> None:
    """End a claim. The card is due at *again_at*; None: it is up to date, unless its row has changed meanwhile."""
    locked = select(review_cards).where(_one(held.job_id, held.kind)).with_for_update()
    row = tx.execute(locked).mappings().one_or_none()
    if row is None:
        return
    now_there = _card(tx, row)
    is_same = (now_there.reasons, now_there.decision) == (held.reasons, held.decision)
    due_at = again_at if again_at is not None or is_same else now
    where = and_(_one(held.job_id, held.kind), _is_held(held))
    tx.execute(update(review_cards).where(where).values(claimed_until=None, due_at=due_at))


def decide(
    tx: Connection,
    job_id: int,
    kind: CardKind,
    decision: Decision,
    *,
    user_id: int | None,
    why: str = "",
    now: datetime,
) -> tuple[ReviewCard, bool] | None:
    """Store a manager's decision. Return the card, and whether this decision is the one that counts; None: no card.

    The first decision counts, until another message is reported. A blocked member is blocked in the same transaction,
    and the card is due.
    """
    values = {"decision": decision.value, "decided_by": user_id, "decided_at": now, "why": why or None, "due_at": now}
    first = update(review_cards).where(_one(job_id, kind), review_cards.c.decision.is_(None)).values(values)
    is_first = tx.execute(first).rowcount == 1
    found = card(tx, job_id, kind)
    if found is None:
        return None
    if is_first and decision is Decision.BLOCKED and user_id is not None:
        _block(tx, found, user_id, now)
    return found, is_first


def _block(tx: Connection, found: ReviewCard, user_id: int, now: datetime) -> None:
    member_id = tx.scalars(select(jobs.c.user_id).where(jobs.c.id == found.job_id)).one()
    server_settings.set_blocked(tx, found.server_id, member_id, True, user_id=user_id, now=now)


def hold(tx: Connection, job: Job, channel_id: int, message_id: int, *, now: datetime) -> Job | None:
    """required -> held: record the managers' card of a generated job, which then waits for them, for HOLD_FOR at most.

    None if the row has changed since the job was read.
    """
    until = (job.generated_at or now) + HOLD_FOR
    held = transition(tx, job, State.GENERATED, owner=None, review=Review.HELD.value, next_attempt_at=until)
    if held is not None and job.requester.scope.server_id is not None:
        place = {"channel_id": channel_id, "message_id": message_id}
        key = {"job_id": job.id, "kind": CardKind.HOLD.value}
        row = {"server_id": job.requester.scope.server_id, "at": now, **place}
        tx.execute(upsert(tx, review_cards, key, row))
    return held


def show(tx: Connection, job_id: int, *, user_id: int, now: datetime) -> tuple[ReviewCard, bool] | None:
    """held -> shown: deliver the result now. Return as ``decide`` does."""
    values = {"review": Review.SHOWN.value, "next_attempt_at": now}
    return _decide_held(tx, job_id, Decision.SHOWN, values, user_id=user_id, now=now)


def withhold(
    tx: Connection, job_id: int, *, user_id: int, why: str = "", now: datetime
) -> tuple[ReviewCard, bool] | None:
    """held -> withheld: the job fails and its quota is released; the budgets were settled. Return as ``decide`` does.

    *why* is for the requester.
    """
    failure = Failure(Reason.WITHHELD, {"said": why} if why else {})
    values = {"review": Review.WITHHELD.value}
    return _decide_held(tx, job_id, Decision.WITHHELD, values, failure, user_id=user_id, why=why, now=now)


def _decide_held(
    tx: Connection, job_id: int, decision: Decision, values: dict[str, Any], failure: Failure | None = None, *,
    user_id: int, why: str = "", now: datetime,
) -> tuple[ReviewCard, bool] | None:  # fmt: skip
    """Store a decision about a held result, unless another was first, or the time is over."""
    held = jobs_of.job(tx, job_id)
    is_open = held is not None and held.review is Review.HELD and held.owner is None
    after = None
    if held is not None and is_open:
        request = request_to_json(replace(held.request, is_held=False))
        after = transition(tx, held, State.GENERATED, request=request, **values)
    if after is None:
        found = card(tx, job_id, CardKind.HOLD)
        return None if found is None else (found, False)
    if failure is not None:
        jobs_of.undelivered(tx, after, failure, now=now)
    return decide(tx, job_id, CardKind.HOLD, decision, user_id=user_id, why=why, now=now)


def expire(tx: Connection, job: Job, *, now: datetime) -> Job | None:
    """held -> withheld, for a claimed job about which nobody decided in time. The quota is released."""
    return _withhold_undecided(tx, job, Reason.REVIEW_EXPIRED, now)


def _withhold_undecided(tx: Connection, job: Job, reason: Reason, now: datetime) -> Job | None:
    after = transition(tx, job, State.GENERATED, review=Review.WITHHELD.value)
    if after is None:
        return None
    decide(tx, job.id, CardKind.HOLD, Decision.EXPIRED, user_id=None, now=now)
    return jobs_of.undelivered(tx, after, Failure(reason), now=now)


def forget_held(tx: Connection, user_id: int, *, before: datetime, now: datetime) -> None:
    """held -> withheld, for the results that a person requested until *before*. The quota is released."""
    mine = and_(jobs.c.user_id == user_id, jobs.c.requested_at <= before)
    held = select(jobs.c.id).where(mine, HELD, TO_DELIVER, jobs.c.owner.is_(None))
    for job_id in tx.scalars(held).all():
        _withhold_undecided(tx, jobs_of.known_job(tx, job_id), Reason.ERASED_UNSEEN, now)


def erased(tx: Connection, job_id: int, *, now: datetime) -> None:
    """Make the cards of a job due, whose prompt and images are erased."""
    tx.execute(update(review_cards).where(review_cards.c.job_id == job_id).values(due_at=now))


def messages_of(tx: Connection, job: Job) -> tuple[tuple[int, int], ...]:
    """Return the channel and the id of every message that shows *job* to others than its requester.

    Nobody else sees the message of a private result, and the bot's own token cannot delete that message.
    """
    shared = select(shared_results.c.channel_id, shared_results.c.message_id).where(
        shared_results.c.job_id == job.id, shared_results.c.message_id.is_not(None)
    )
    said = select(reports.c.channel_id, reports.c.message_id).where(reports.c.job_id == job.id)
    found = [(row.channel_id, row.message_id) for row in (*tx.execute(shared), *tx.execute(said))]
    if not job.request.private and job.address.channel_id is not None:
        own = (job.message_id, *stories.messages_of(tx, job.id))
        found += [(job.address.channel_id, message_id) for message_id in own if message_id is not None]
    return tuple(sorted(set(found)))


def forget_reports(tx: Connection, user_id: int, *, before: datetime) -> None:
    """Delete what a person reported until *before*. The cards stay, and count one report less when they change."""
    tx.execute(delete(reports).where(reports.c.user_id == user_id, reports.c.at <= before))


def _one(job_id: int, kind: str) -> ColumnElement[bool]:
    return and_(review_cards.c.job_id == job_id, review_cards.c.kind == str(kind))


def _is_held(held: ReviewCard) -> ColumnElement[bool]:
    return review_cards.c.claimed_until == held.claimed_until


def _card(tx: Connection, row: RowMapping) -> ReviewCard:
    kind = CardKind(row["kind"])
    said = _reports(tx, row["job_id"]) if kind is CardKind.REPORT else ()
    by_member = {one["user_id"]: one["reason"] for one in said}
    return ReviewCard(
        row["job_id"],
        kind,
        row["server_id"],
        row["at"],
        row["channel_id"],
        row["message_id"],
        reasons=tuple(ReportReason.of(reason) for reason in by_member.values()),
        reported=_reported(said, row["at"]),
        decision=None if row["decision"] is None else Decision(row["decision"]),
        decided_by=row["decided_by"],
        decided_at=row["decided_at"],
        why=row["why"] or "",
        claimed_until=row["claimed_until"],
    )


def _reported(said: Sequence[RowMapping], opened_at: datetime) -> tuple[int, int] | None:
    """Return the channel and message of the first report since a card was opened; of the first one if there is none."""
    since = [one for one in said if one["at"] >= opened_at] or said
    return (since[0]["channel_id"], since[0]["message_id"]) if since else None


def _reports(tx: Connection, job_id: int) -> Sequence[RowMapping]:
    return tx.execute(select(reports).where(reports.c.job_id == job_id).order_by(reports.c.at)).mappings().all()
