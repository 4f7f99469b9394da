"""Whether a request is accepted, and the job that it becomes. Each function is one transaction.

``precheck`` only reads, so that a request that would be refused is refused before its images are looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, insert, select

from imagegen.errors import Reason, Refused
from imagegen.model import Call, Job, Owners, Request, Requester
from imagegen.policy import quota
from imagegen.policy.quota import Limits, Reservation
from imagegen.policy.validation import without_spoiler_marks
from imagegen.prompt_check import Verdict
from imagegen.reports import Quotas, QuotaStatus, Submission
from imagegen.states import State
from imagegen.store import input_bytes, ledger, pauses, server_settings
from imagegen.store.announcements import notice_of
from imagegen.store.columns import EPOCH, inserted, upsert
from imagegen.store.jobs import known_job
from imagegen.store.records import folded, request_to_json
from imagegen.store.server_settings import Rules
from imagegen.store.tables import EVERY_MODEL, model_queues, turns
from imagegen.store.tables_jobs import WAITING, jobs
from imagegen.store.time_bounds import NOW_AHEAD

# https://discord.com/developers/docs/interactions/receiving-and-responding (2026-11-22)
TOKEN_LIVES = timedelta(minutes=15)
MODERATION_STRIKES = 3
MODERATION_PAUSE = timedelta(minutes=10)
SHORT_PAUSE = timedelta(seconds=90)  # a request waits for the end of a pause that is no longer than that


@dataclass(frozen=True)
class SubmissionPlan:
    """What the service decided about a request: how Wan is called, and what one image costs."""

    model: str
    call: Call
    price_microusd: int
    images: int  # input images
    display_owner: str | None = None  # the process that shows the status card and delivers
    verdict: Verdict | None = None  # on the prompt; None: the transaction judges the prompt
    other_call: Call | None = None  # to use if Wan refuses *call*


def precheck(tx: Connection, request: Request, *, plan: SubmissionPlan, limits: Limits, now: datetime) -> None:
    """Raise what ``accept`` would raise now: Refused, or WordsChanged. Read only."""
    if tx.scalar(select(jobs.c.id).where(jobs.c.key == request.key)) is not None:
        return
    rules = server_settings.rules_for(tx, request.requester, limits, now=now)
    server_settings.check(tx, request, rules, verdict=plan.verdict)
    _check_queue(tx, request, _with_open_call(tx, plan, now), limits, now)
    input_bytes.check_room(tx, request.requester.user_id, plan.images, limits)
    for reservation in _reservations(tx, request, plan, rules, now):
        ledger.check(tx, reservation)


def accept(
    tx: Connection,
    request: Request,
    *,
    plan: SubmissionPlan,
    limits: Limits,
    now: datetime,
    owners: Sequence[Owners] = (),
) -> Submission:
    """Reserve the quotas and write the job. Raise Refused or WordsChanged, and write nothing, if that may not be.

    A key that is known already returns its job, and reserves nothing. *owners* are those of stored images, as
    ``server_settings.check`` takes them.
    """
    _lock_admission(tx)
    if (known_id := tx.scalar(select(jobs.c.id).where(jobs.c.key == request.key))) is not None:
        return Submission(known_job(tx, known_id), repeated=True)
    rules = server_settings.rules_for(tx, request.requester, limits, now=now)
    turn = _next_turn(tx, request.requester.user_id, plan.model)
    server_settings.check(tx, request, rules, owners, plan.verdict)
    plan = _with_open_call(tx, plan, now)
    _check_queue(tx, request, plan, limits, now)
    input_bytes.check_room(tx, request.requester.user_id, plan.images, limits)
    new = insert(jobs).values(_row(request, plan, turn, now)).returning(jobs.c.id)
    job_id: int = tx.execute(new).scalar_one()
    for reservation in _reservations(tx, request, plan, rules, now):
        ledger.reserve(tx, job_id, reservation, now)
    ledger.settle(tx, job_id, [quota.ATTEMPTS], None, now)
    return Submission(known_job(tx, job_id))


def accept_again(
    tx: Connection, request: Request, *, source_id: int, plan: SubmissionPlan, limits: Limits, now: datetime
) -> Submission:
    """Accept *request* with the stored input images of job *source_id*. Refused INPUTS_GONE if they were deleted.

    Wan receives the images once more: what their owners have decided since then applies. The copies are deleted when
    the originals are.
    """
    images, sources = input_bytes.stored(tx, source_id), input_bytes.sources_of(tx, source_id)
    if len(images) < plan.images:
        raise Refused(Reason.INPUTS_GONE)
    owners = [source.owners for source in sources]
    submission = accept(tx, request, plan=plan, limits=limits, now=now, owners=owners)
    if not submission.repeated:
        input_bytes.store(tx, submission.job, images, sources)
    return replace(submission, job=known_job(tx, submission.job.id))


def quotas_left(tx: Connection, requester: Requester, limits: Limits, *, now: datetime) -> tuple[QuotaStatus, ...]:
    """Return the quotas of *requester* where they are, by the settings of that server, nearest quota first."""
    rules = server_settings.rules_for(tx, requester, limits, now=now)
    return ledger.quota_statuses(tx, requester, rules.limits, rules.member.granted, now=now)


def quotas_of(tx: Connection, job: Job, requester: Requester, limits: Limits, *, now: datetime) -> Quotas:
    """Return the same, with what *job* reserves of each. *requester* is the job's, with their roles of now."""
    rules = server_settings.rules_for(tx, requester, limits, now=now)
    return ledger.quotas(tx, requester, rules.limits, rules.member.granted, job_id=job.id, now=now)


def _reservations(
    tx: Connection, request: Request, plan: SubmissionPlan, rules: Rules, now: datetime
) -> tuple[Reservation, ...]:
    requester, count = request.requester, request.image_request.count
    return (
        *ledger.image_reservations(tx, requester, count, rules.member.granted, rules.limits, now),
        *quota.spending_reservations(requester.user_id, count, plan.price_microusd, rules.limits, now),
        quota.attempt_reservation(requester, rules.limits, now),
    )


def _row(request: Request, plan: SubmissionPlan, turn: int, now: datetime) -> dict[str, Any]:
    state = State.REQUESTED if request.image_request.images else State.QUEUED
    return {
        "key": request.key,
        "state": state.value,
        **_requester_columns(request.requester),
        "model": plan.model,
        "call": plan.call.value,
        "count": request.image_request.count,
        "input_count": plan.images,
        "price_microusd": plan.price_microusd,
        "request": request_to_json(request.image_request),
        "prompt_folded": folded(without_spoiler_marks(request.image_request.prompt)),
        "address": request.address.to_json(),
        "message_id": request.address.message_id,
        "forget_token_at": now + TOKEN_LIVES if request.address.token else None,
        "turn": turn,
        "attempts": 0,
        "in_doubt": 0,
        "epoch": 0,
        "display_owner": plan.display_owner,
        "next_attempt_at": now,
        "send_before_at": request.send_before_at,
        "requested_at": now,
    }


def _lock_admission(tx: Connection) -> None:
    """Admit one request after another, over all processes: without a lock, rivals would pass the limits."""
    row = inserted(tx, model_queues).values(model=EVERY_MODEL, turn=0, free_at=EPOCH)
    tx.execute(row.on_conflict_do_update(index_elements=["model"], set_={"turn": model_queues.c.turn}))


def _next_turn(tx: Connection, user_id: int, model: str) -> int:
    """Return the turn of a member's next job: behind their own last job, and never before the turn being served.

    This is start-time fair queueing (docs/decisions/0005-where-invariants-are-enforced.md).
    """
    served = tx.scalar(select(model_queues.c.turn).where(model_queues.c.model == model)) or 0
    own = tx.scalar(select(turns.c.turn).where(turns.c.user_id == user_id, turns.c.model == model)) or 0
    turn = max(served, own) + 1
    tx.execute(upsert(tx, turns, {"user_id": user_id, "model": model}, {"turn": turn}))
    return turn


def _with_open_call(tx: Connection, plan: SubmissionPlan, now: datetime) -> SubmissionPlan:
    """Return *plan* with the call style that Wan accepts now."""
    return replace(plan, call=pauses.open_call(tx, plan.model, plan.call, plan.other_call, now=now))


def _check_queue(tx: Connection, request: Request, plan: SubmissionPlan, limits: Limits, now: datetime) -> None:
    """Raise the Refused of a pause, of moderation strikes or of a full queue. Quotas are checked after this."""
    if notice_of(tx).paused:
        raise Refused(Reason.BOT_PAUSED)
    _check_pauses(tx, plan, now)
    _check_strikes(tx, request.requester.user_id, now)
    if _count_waiting(tx, jobs.c.user_id == request.requester.user_id) >= limits.queued_per_member:
        raise Refused(Reason.TOO_MANY_QUEUED, limit=limits.queued_per_member)
    if _count_waiting(tx) >= limits.queued_max:
        raise Refused(Reason.QUEUE_FULL, limit=limits.queued_max)


def _count_waiting(tx: Connection, *whose: Any) -> int:
    return tx.execute(select(func.count()).select_from(jobs).where(WAITING, *whose)).scalar_one()


def _check_pauses(tx: Connection, plan: SubmissionPlan, now: datetime) -> None:
    """Raise Refused during a pause. A pause that ends soon refuses nothing: this request may be the next probe."""
    in_force = pauses.in_force(pauses.found(tx), now + SHORT_PAUSE)
    pause = pauses.covering(in_force, plan.model, plan.call)
    if pause is not None and pause.model == pauses.EVERY:
        raise Refused(Reason.SENDING_PAUSED, why=pause.reason)
    if pause is not None:
        raise Refused(Reason.MODEL_PAUSED, why=pause.reason, model=plan.model)


def _check_strikes(tx: Connection, user_id: int, now: datetime) -> None:
    """Raise Refused if Wan's moderation rejected MODERATION_STRIKES prompts of this person in MODERATION_PAUSE."""
    strikes = (
        select(jobs.c.ended_at)
        .where(jobs.c.user_id == user_id, jobs.c.failure_reason == Reason.MODERATION)
        .where(jobs.c.ended_at > now - MODERATION_PAUSE, jobs.c.ended_at <= now + NOW_AHEAD)
        .order_by(jobs.c.ended_at.desc())
        .limit(MODERATION_STRIKES)
    )
    ends = tx.scalars(strikes).all()
    if len(ends) == MODERATION_STRIKES and ends[0] is not None:
        raise Refused(Reason.MODERATION_PAUSE, resets_at=round((ends[0] + MODERATION_PAUSE).timestamp()))


def _requester_columns(requester: Requester) -> dict[str, Any]:
    return {"scope": str(requester.scope), "user_id": requester.user_id, "locale": requester.locale}
