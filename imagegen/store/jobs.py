"""The life of a job: one plain function a transaction, one arrow a function.

Every arrow is fenced by state, owner and epoch: it answers None when the row has moved on, and then nothing was
written. ``now`` is always an argument.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, insert, or_, select, update

from imagegen.errors import InvariantBroken, Reason, Refused
from imagegen.model import Call, Failure, InputImage, Job, Made, Owners, Request, Requester, StopReason
from imagegen.policy import quota
from imagegen.policy.quota import Limits, Reservation
from imagegen.policy.validation import without_spoiler_marks
from imagegen.prompt_check import Verdict
from imagegen.reports import Quotas, QuotaStatus, Submission
from imagegen.states import State, is_allowed
from imagegen.store import input_bytes, ledger, pauses, server_settings
from imagegen.store.announcements import notice_of
from imagegen.store.columns import EPOCH, inserted, upsert
from imagegen.store.records import (
    folded,
    input_image_from_row,
    job_from_row,
    parts_to_json,
    read_address,
    request_to_json,
    without_links,
)
from imagegen.store.server_settings import Rules
from imagegen.store.tables import EVERY_MODEL, model_queues, turns
from imagegen.store.tables_jobs import WAITING, inputs, jobs, story_messages
from imagegen.store.time_bounds import NOW_AHEAD

# https://discord.com/developers/docs/interactions/receiving-and-responding (2026-11-22)
TOKEN_LIVES = timedelta(minutes=15)
Posted = tuple[Owners, datetime]  # whose an input image is, and since when it is kept
MAX_DEFECTS = 5
AFTER_DEFECT = timedelta(seconds=15)  # doubled each time: five tries take less than four minutes
MODERATION_STRIKES = 3
MODERATION_PAUSE = timedelta(minutes=10)
PAUSE_PASSES = timedelta(seconds=90)  # a pause that ends sooner is waited for


@dataclass(frozen=True)
class SubmissionPlan:
    """What the service decided about an ask: how it will be made, and what an image of it costs."""

    model: str
    call: Call
    price_microusd: int
    images: int
    display_owner: str | None = None  # the process that shows the status card and delivers
    verdict: Verdict | None = None  # on its words; None: they are judged in the transaction
    other_call: Call | None = None  # by which it can be made too, where Wan refuses *call*


def job(tx: Connection, job_id: int) -> Job | None:
    row = tx.execute(select(jobs).where(jobs.c.id == job_id)).mappings().one_or_none()
    return None if row is None else job_from_row(row, _notes(tx, job_id))


def job_by_message(tx: Connection, message_id: int) -> Job | None:
    """The newest job whose card, result or story stands in that message."""
    told_there = select(story_messages.c.job_id).where(story_messages.c.message_id == message_id)
    there = or_(jobs.c.message_id == message_id, jobs.c.id.in_(told_there))
    newest = select(jobs).where(there).order_by(jobs.c.id.desc()).limit(1)
    row = tx.execute(newest).mappings().one_or_none()
    return None if row is None else job_from_row(row, _notes(tx, row["id"]))


def _notes(tx: Connection, job_id: int) -> tuple[tuple[str, ...], ...]:
    rows = tx.execute(select(inputs.c.notes).where(inputs.c.job_id == job_id).order_by(inputs.c.position))
    return tuple(tuple(row.notes.split()) for row in rows)


def precheck(tx: Connection, ask: Request, *, plan: SubmissionPlan, limits: Limits, now: datetime) -> None:
    """Raise what ``accept`` would raise now: Refused, or WordsChanged. Reads only."""
    if tx.scalar(select(jobs.c.id).where(jobs.c.key == ask.key)) is not None:
        return
    rules = server_settings.rules_for(tx, ask.requester, limits, now=now)
    server_settings.check(tx, ask, rules, verdict=plan.verdict)
    _check_line(tx, ask, _sendable(tx, plan, now), limits, now)
    input_bytes.check_room(tx, ask.requester.user_id, plan.images, limits)
    for hold in _holds(tx, ask, plan, rules, now):
        ledger.check(tx, hold)


def accept(
    tx: Connection, ask: Request, *, plan: SubmissionPlan, limits: Limits, now: datetime, owners: Sequence[Owners] = ()
) -> Submission:
    """Hold the allowances and write the job, or raise Refused or WordsChanged and leave everything as it was.

    The same key again is the same job, and holds nothing. *owners*: of kept images, as ``places.check`` takes them.
    """
    _order_rivals(tx)
    rules = server_settings.rules_for(tx, ask.requester, limits, now=now)
    if (known := tx.scalar(select(jobs.c.id).where(jobs.c.key == ask.key))) is not None:
        return Submission(_known(tx, known), _left(tx, ask, rules, now), repeated=True)
    turn = _next_turn(tx, ask.requester.user_id, plan.model)
    server_settings.check(tx, ask, rules, owners, plan.verdict)
    plan = _sendable(tx, plan, now)
    _check_line(tx, ask, plan, limits, now)
    input_bytes.check_room(tx, ask.requester.user_id, plan.images, limits)
    state = State.REQUESTED if ask.image_request.images else State.QUEUED
    job_id = tx.execute(insert(jobs).values(_row(ask, plan, state, turn, now)).returning(jobs.c.id)).scalar_one()
    for hold in _holds(tx, ask, plan, rules, now):
        ledger.take(tx, job_id, hold, now)
    ledger.close(tx, job_id, [quota.ATTEMPTS], None, now)
    return Submission(_known(tx, job_id), _left(tx, ask, rules, now))


def accept_again(
    tx: Connection, ask: Request, *, source_id: int, plan: SubmissionPlan, limits: Limits, now: datetime
) -> Submission:
    """Accept *ask* with the kept images of job *source_id*. Refused INPUTS_GONE when they are no longer kept.

    They are sent to Wan once more: what their owners have said since then holds. They are kept no longer for it.
    """
    images, posted = kept_inputs(tx, source_id), _posted(tx, source_id)
    owners = [whose for whose, _ in posted]
    if len(images) < plan.images:
        raise Refused(Reason.INPUTS_GONE)
    receipt = accept(tx, ask, plan=plan, limits=limits, now=now, owners=owners)
    if not receipt.repeated:
        _keep_inputs(tx, receipt.job, images, posted)
    return replace(receipt, job=_known(tx, receipt.job.id))


def _holds(tx: Connection, ask: Request, plan: SubmissionPlan, rules: Rules, now: datetime) -> tuple[Reservation, ...]:
    count = ask.image_request.count
    return (
        *ledger.image_reservations(tx, ask.requester, count, rules.member.granted, rules.limits, now),
        *quota.spending_reservations(ask.requester.user_id, count, plan.price_microusd, rules.limits, now),
        quota.attempt_reservation(ask.requester, rules.limits, now),
    )


def quotas_left(tx: Connection, requester: Requester, limits: Limits, *, now: datetime) -> tuple[QuotaStatus, ...]:
    """The allowances of *requester* where they ask, by the rules of that place, nearest first."""
    rules = server_settings.rules_for(tx, requester, limits, now=now)
    return ledger.quota_statuses(tx, requester, rules.limits, rules.member.granted, now=now)


def quotas_of(tx: Connection, job: Job, requester: Requester, limits: Limits, *, now: datetime) -> Quotas:
    """The same while *job* is open, with its part of them. *requester* is the job's, with their roles of now."""
    rules = server_settings.rules_for(tx, requester, limits, now=now)
    return ledger.quotas(tx, requester, rules.limits, rules.member.granted, job_id=job.id, now=now)


def _left(tx: Connection, ask: Request, rules: Rules, now: datetime) -> int:
    found = ledger.quota_statuses(tx, ask.requester, rules.limits, rules.member.granted, now=now)
    left = {one.name: one.left for one in found if one.name in (*quota.IMAGE_COUNTERS, quota.PAID)}
    own = left.pop(quota.MEMBER, None)
    extra = left.pop(quota.GRANT, 0)
    return quota.tightest([*left.values(), *([] if own is None else [own + extra])])


def _known(tx: Connection, job_id: int) -> Job:
    known = job(tx, job_id)
    if known is None:
        raise LookupError(f"job {job_id} vanished inside its transaction")
    return known


def _row(ask: Request, plan: SubmissionPlan, state: State, turn: int, now: datetime) -> dict[str, Any]:
    return {
        "key": ask.key,
        "state": state.value,
        "scope": str(ask.requester.scope),
        "user_id": ask.requester.user_id,
        "locale": ask.requester.locale,
        "model": plan.model,
        "call": plan.call.value,
        "count": ask.image_request.count,
        "input_count": plan.images,
        "price_microusd": plan.price_microusd,
        "request": request_to_json(ask.image_request),
        "prompt_folded": folded(without_spoiler_marks(ask.image_request.prompt)),
        "address": ask.address.to_json(),
        "message_id": ask.address.message_id,
        "forget_token_at": now + TOKEN_LIVES if ask.address.token else None,
        "turn": turn,
        "attempts": 0,
        "in_doubt": 0,
        "epoch": 0,
        "display_owner": plan.display_owner,
        "next_attempt_at": now,
        "send_before_at": ask.send_before_at,
        "requested_at": now,
    }


def _order_rivals(tx: Connection) -> None:
    """One ask after another, over all processes: counting who waits without a lock lets rivals past the limit."""
    row = inserted(tx, model_queues).values(model=EVERY_MODEL, turn=0, free_at=EPOCH)
    tx.execute(row.on_conflict_do_update(index_elements=["model"], set_={"turn": model_queues.c.turn}))


def _next_turn(tx: Connection, user_id: int, model: str) -> int:
    """Start-time fair queueing: behind one's own last job, and never before the turn being served."""
    served = tx.scalar(select(model_queues.c.turn).where(model_queues.c.model == model)) or 0
    own = tx.scalar(select(turns.c.turn).where(turns.c.user_id == user_id, turns.c.model == model)) or 0
    turn = max(served, own) + 1
    tx.execute(upsert(tx, turns, {"user_id": user_id, "model": model}, {"turn": turn}))
    return turn


def _sendable(tx: Connection, plan: SubmissionPlan, now: datetime) -> SubmissionPlan:
    """*plan* by the call style that Wan takes now."""
    return replace(plan, call=pauses.open_call(tx, plan.model, plan.call, plan.other_call, now=now))


def _check_pauses(tx: Connection, plan: SubmissionPlan, now: datetime) -> None:
    """A pause that is over, or nearly, refuses nobody: this ask may be the one that probes."""
    soon = now + PAUSE_PASSES
    pause = pauses.covering(pauses.in_force(pauses.found(tx), soon), plan.model, plan.call)
    if pause is not None and pause.model == pauses.EVERY:
        raise Refused(Reason.SENDING_PAUSED, why=pause.reason)
    if pause is not None:
        raise Refused(Reason.MODEL_PAUSED, why=pause.reason, model=plan.model)


def _check_line(tx: Connection, ask: Request, plan: SubmissionPlan, limits: Limits, now: datetime) -> None:
    """What refuses an ask before any allowance is looked at."""
    if notice_of(tx).paused:
        raise Refused(Reason.BOT_PAUSED)
    _check_pauses(tx, plan, now)
    _check_strikes(tx, ask.requester.user_id, now)
    own = select(func.count()).select_from(jobs).where(WAITING, jobs.c.user_id == ask.requester.user_id)
    if tx.execute(own).scalar_one() >= limits.queued_per_member:
        raise Refused(Reason.TOO_MANY_QUEUED, limit=limits.queued_per_member)
    if tx.execute(select(func.count()).select_from(jobs).where(WAITING)).scalar_one() >= limits.queued_max:
        raise Refused(Reason.QUEUE_FULL, limit=limits.queued_max)


def _check_strikes(tx: Connection, user_id: int, now: datetime) -> None:
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


def _keep_inputs(tx: Connection, job: Job, images: Sequence[InputImage], posted: Sequence[Posted]) -> None:
    rows = [
        {
            **asdict(image),
            "notes": " ".join(image.notes),
            "job_id": job.id,
            "position": position,
            "owner_id": whose,
            "posted_by": by,
            "requester_id": job.requester.user_id,
            "bytes": len(image.data_uri),
            "received_at": received_at,
        }
        for position, (image, ((whose, by), received_at)) in enumerate(zip(images, posted, strict=True), start=1)
    ]
    if rows:
        tx.execute(insert(inputs), rows)


def kept_inputs(tx: Connection, job_id: int) -> tuple[InputImage, ...]:
    """The images of a job, in order, as far as their retention is not over."""
    kept = select(inputs).where(inputs.c.job_id == job_id, inputs.c.data_uri.is_not(None)).order_by(inputs.c.position)
    return tuple(input_image_from_row(row) for row in tx.execute(kept).mappings())


def count_kept_inputs(tx: Connection, job_id: int) -> int:
    """How many images ``kept_inputs`` would answer."""
    kept = select(func.count()).select_from(inputs).where(inputs.c.job_id == job_id, inputs.c.data_uri.is_not(None))
    return tx.execute(kept).scalar_one()


def _posted(tx: Connection, job_id: int) -> tuple[Posted, ...]:
    """Whose the images are that ``kept_inputs`` answers, and since when they are kept."""
    kept = select(inputs.c.owner_id, inputs.c.posted_by, inputs.c.received_at).where(
        inputs.c.job_id == job_id, inputs.c.data_uri.is_not(None)
    )
    rows = tx.execute(kept.order_by(inputs.c.position))
    return tuple(((row.owner_id, row.posted_by), row.received_at) for row in rows)


def transition(tx: Connection, job: Job, to: State, **changes: object) -> Job | None:
    """Move *job* to *to*, fenced by its state, owner and epoch; None when the row had moved on.

    InvariantBroken, before anything is written, for a transition that is not in ``TRANSITIONS``.
    """
    if not is_allowed(job.state, to):
        raise InvariantBroken(f"no job goes from {job.state} to {to}")
    owner = jobs.c.owner.is_(None) if job.owner is None else jobs.c.owner == job.owner
    moved = tx.execute(
        update(jobs)
        .where(jobs.c.id == job.id, jobs.c.state == job.state, jobs.c.epoch == job.epoch, owner)
        .values(state=to.value, **changes)
        .returning(jobs)
    )
    row = moved.mappings().one_or_none()
    return None if row is None else job_from_row(row, _notes(tx, job.id))


def read(tx: Connection, job: Job, images: Sequence[InputImage], *, now: datetime) -> Job | None:
    """asked -> queued: its images are kept, and the links to them forgotten."""
    request = request_to_json(replace(job.request, images=()))
    queued = transition(tx, job, State.QUEUED, owner=None, request=request, next_attempt_at=now)
    if queued is not None:
        _keep_inputs(tx, job, images, [(link.owners, job.requested_at) for link in job.request.images])
    return queued


def submitted(tx: Connection, job: Job, task_id: str, request_id: str, *, now: datetime) -> Job | None:
    """submitting -> submitted: from here the task is asked after, and never paid for again.

    Wan answered, so that its task can be asked after at once.
    """
    after = transition(tx, job, State.SUBMITTED, remote_id=task_id, request_id=request_id)
    if after is not None:
        pauses.let_in(tx, job.submitting_at, now=now)
    return after


def again(
    tx: Connection,
    job: Job,
    at: datetime,
    *,
    enhance: bool | None,
    call: Call | None = None,
    request_id: str = "",
    now: datetime,
) -> Job | None:
    """submitting or submitted -> queued, for *at*; it keeps its turn. *enhance* None leaves the request as it is, and
    *call* None the call style.

    Nothing was paid for it. A request that somebody wants canceled is canceled instead.
    """
    if _cancel_asked(tx, job.id):
        return canceled(tx, job, may_have_been_paid=False, now=now)
    request = job.request if enhance is None else replace(job.request, enhance=enhance)
    return transition(
        tx,
        job,
        State.QUEUED,
        owner=None,
        remote_id=None,
        running_at=None,
        request_id=request_id or job.request_id,
        attempts=job.attempts + 1,
        next_attempt_at=at,
        request=request_to_json(request),
        call=(call or job.call).value,
    )


def generated(tx: Connection, job: Job, made: Made, *, now: datetime) -> Job | None:
    """submitting or submitted -> made: the links are kept, and the money closed by what is billed.

    Links beyond what was asked for are dropped: they could not be counted. An image is proof that key, balance and
    model are good: sending goes on.
    """
    after = transition(
        tx,
        job,
        State.GENERATED,
        owner=None,
        generated_at=now,
        next_attempt_at=now,
        links=json.dumps(made.links[: job.request.count]),
        image_count=made.image_count,
        size=made.size,
        request_id=made.request_id,
        story_so_far=parts_to_json(made.parts) if made.parts else None,
        stop_reason=made.stop_reason,
    )
    if after is not None:
        close_spending(tx, job.id, made.image_count, now)
        if made.stop_reason is not StopReason.KILLED:
            pauses.lift(tx, job.model, job.call, job.submitting_at)
    return after


def close_spending(tx: Connection, job_id: int, images: int | None, now: datetime) -> None:
    """Close money and paid images by what Wan bills; None: it may have been all that was asked for."""
    price, count = tx.execute(select(jobs.c.price_microusd, jobs.c.count).where(jobs.c.id == job_id)).one()
    ledger.close_spending(tx, job_id, count if images is None else images, price, now)


def hold_again(tx: Connection, job_id: int, limits: Limits, now: datetime) -> None:
    """Hold money and images for sending job *job_id* a second time, or raise Refused and leave all as it was.

    Its first send, which a kill cut, may have been paid and is counted so.
    """
    known = select(jobs.c.user_id, jobs.c.count, jobs.c.price_microusd).where(jobs.c.id == job_id)
    user_id, count, price = tx.execute(known).one()
    with tx.begin_nested():
        ledger.hold_again(tx, job_id, quota.spending_reservations(user_id, count, price, limits, now), now)


def failed(tx: Connection, job: Job, failure: Failure, *, may_have_been_paid: bool, now: datetime) -> Job | None:
    """-> failed: the allowance returned; the money too, unless it may have been spent."""
    after = end(tx, job, State.FAILED, failure, now)
    if after is not None:
        close_spending(tx, job.id, None if may_have_been_paid else 0, now)
    return after


def undelivered(tx: Connection, job: Job, failure: Failure, *, counted: int = 0, now: datetime) -> Job | None:
    """made -> failed: *counted* images use quota, the rest is returned; the money was closed long ago.

    A result that nobody can be shown because its place was closed is counted: the money is spent.
    """
    return end(tx, job, State.FAILED, failure, now, counted)


def end(tx: Connection, job: Job, to: State, failure: Failure | None, now: datetime, counted: int = 0) -> Job | None:
    """-> failed or canceled: the quota returned but for *counted* images; the money is the caller's to close.

    What was given goes with it, unless a button repeats the request from that.
    """
    why: dict[str, object] = {"request": request_to_json(replace(job.request, images=()))}
    if job.story_so_far and job.made is None:
        why["story_so_far"] = without_links(parts_to_json(job.story_so_far))
    if failure is not None:
        why |= {"failure_reason": failure.reason, "failure_facts": json.dumps(dict(failure.facts))}
        why["request_id"] = failure.facts.get("request_id") or job.request_id
    if job.state is State.GENERATED:
        counted = why["used_undelivered"] = min(counted, job.request.count)
    after = transition(tx, job, to, owner=None, ended_at=now, next_attempt_at=now, defects=0, **why)
    if after is not None:
        ledger.settle_images(tx, job.id, counted, now)
        if failure is None or failure.reason not in input_bytes.REPEATED_AFTER:
            input_bytes.drop(tx, job.id)
    return after


def done(tx: Connection, job: Job, shown: int, message_id: int | None, *, now: datetime) -> Job | None:
    """made -> done: the allowance settled to what people see."""
    where = {} if message_id is None else {"message_id": message_id}
    after = transition(tx, job, State.DONE, owner=None, ended_at=now, notified_at=now, delivered=shown, **where)
    if after is not None:
        ledger.settle_images(tx, job.id, shown, now)
    return after


def notified(tx: Connection, job: Job, *, now: datetime) -> Job | None:
    """A failed or canceled job whose requester knows."""
    return transition(tx, job, job.state, owner=None, notified_at=now)


def deliver_again(tx: Connection, job: Job, at: datetime, *, now: datetime) -> Job | None:
    """Delivered neither now nor given up: claimed again from *at*."""
    return transition(tx, job, job.state, owner=None, next_attempt_at=at)


def stumbled(tx: Connection, job: Job, *, now: datetime) -> Job | None:
    """A defect of ours kept *job* from being delivered, or its end from being said.

    Claimed again, each time later; after MAX_DEFECTS in a row a result has failed, and an end counts as said.
    """
    defects = job.defects + 1
    if defects < MAX_DEFECTS:
        later = now + AFTER_DEFECT * 2**job.defects
        return transition(tx, job, job.state, owner=None, defects=defects, next_attempt_at=later)
    if job.state is State.GENERATED:
        return undelivered(tx, job, Failure(Reason.INTERNAL, {"job_id": job.id}), now=now)
    return notified(tx, job, now=now)


def _cancel_asked(tx: Connection, job_id: int) -> bool:
    """Whether somebody wants this job canceled; it cannot be wished meanwhile."""
    row = select(jobs.c.cancel_requested_at).where(jobs.c.id == job_id).with_for_update()
    return tx.scalar(row) is not None


def cancel(tx: Connection, job_id: int, *, now: datetime) -> Job | None:
    """asked or queued -> canceled, everything returned; None once it can no longer be canceled.

    A story that is streamed stays ``submitting``, and a task that Wan has not begun ``submitted``, until the process
    that works on it has read the wish.
    """
    waiting = job(tx, job_id)
    if waiting is not None and waiting.may_be_stopped:
        return transition(tx, waiting, waiting.state, cancel_requested_at=waiting.cancel_requested_at or now)
    if waiting is None or not waiting.state.is_waiting:
        return None
    return canceled(tx, waiting, may_have_been_paid=False, now=now)


def canceled(tx: Connection, job: Job, *, may_have_been_paid: bool, now: datetime) -> Job | None:
    """-> canceled, for a job of which nothing came: the quota returned; the money too, unless it may be spent."""
    after = end(tx, job, State.CANCELED, None, now)
    if after is not None:
        close_spending(tx, job.id, None if may_have_been_paid else 0, now)
    return after


def set_message(tx: Connection, job_id: int, message_id: int, *, now: datetime) -> None:
    """Remember where a job's card stands. What ended stands where it was shown."""
    known = select(jobs.c.address).where(jobs.c.id == job_id, jobs.c.ended_at.is_(None))
    row = tx.execute(known.with_for_update()).one_or_none()
    if row is None:
        return
    address = replace(read_address(job_id, row.address), message_id=message_id)
    changed = update(jobs).where(jobs.c.id == job_id, jobs.c.ended_at.is_(None))
    tx.execute(changed.values(message_id=message_id, address=address.to_json()))
