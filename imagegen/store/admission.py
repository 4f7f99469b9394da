"""Whether a request is accepted, and the job that it becomes. Each function is one transaction.

``precheck`` only reads, so that a request that would be refused is refused before its images are looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Connection, Insert, Row, and_, bindparam, case, exists, func, insert, select

from imagegen.errors import Reason, Refused
from imagegen.image_request import Owners
from imagegen.model import UNITS_PER_IMAGE, Call, Job, Request, Requester, Review
from imagegen.policy import quota, review
from imagegen.policy.quota import Charge, Limits, Reservation
from imagegen.policy.server_settings import ServerSettings
from imagegen.policy.validation import without_spoiler_marks
from imagegen.prompt_check import Verdict
from imagegen.reports import Quotas, QuotaStatus, SendingPause, Submission
from imagegen.states import State
from imagegen.store import input_bytes, ledger, pauses, queue, quotas, repeats, server_settings, taken
from imagegen.store.columns import insert_for
from imagegen.store.jobs import known_job
from imagegen.store.records import folded, job_from_row, request_to_json
from imagegen.store.tables import EVERY_MODEL, model_queues, operator_notice, sending_pauses, turns
from imagegen.store.tables_jobs import WAITING, jobs
from imagegen.store.time_bounds import NOW_AHEAD

# https://discord.com/developers/docs/interactions/receiving-and-responding (2026-11-22)
TOKEN_LIVES = timedelta(minutes=15)
MODERATION_STRIKES = 3
MODERATION_PAUSE = timedelta(minutes=10)
SHORT_PAUSE = timedelta(seconds=90)  # a request waits for the end of a pause that is no longer than that


_USER = jobs.c.user_id == bindparam("b_user")
_WAITING = select(func.count()).select_from(jobs).where(WAITING)
# Wan's moderation rejected the prompts of these jobs a short while ago.
_STRUCK = and_(
    _USER,
    jobs.c.failure_reason == Reason.MODERATION.value,
    jobs.c.ended_at > bindparam("b_since"),
    jobs.c.ended_at <= bindparam("b_until"),
)
_COUNTED = (
    _WAITING.where(_USER).scalar_subquery().label("own_waiting"),
    _WAITING.scalar_subquery().label("waiting"),
)
_FOUND = select(
    select(jobs.c.id).where(jobs.c.key == bindparam("b_key")).scalar_subquery().label("known_id"),
    select(operator_notice.c.paused).where(operator_notice.c.id == 1).scalar_subquery().label("is_stopped"),
    exists(select(sending_pauses.c.model)).label("is_paused"),
    select(func.count()).select_from(jobs).where(_STRUCK).scalar_subquery().label("strikes"),
    select(func.max(jobs.c.ended_at)).where(_STRUCK).scalar_subquery().label("last_strike_at"),
    *_COUNTED,
)
_COUNTS = select(*_COUNTED)
_NEW = insert(jobs).returning(jobs)


@dataclass(frozen=True)
class SubmissionPlan:
    """What the service decided about a request: how Wan is called, and what it costs.

    One image costs *price_microusd* and uses *weight* units of quota. All input images together cost
    *input_price_microusd* each time the request is sent.
    """

    model: str
    call: Call
    price_microusd: int
    images: int  # input images
    display_owner: str | None = None  # the process that shows the status card and delivers
    verdict: Verdict | None = None  # on the prompt; None: the transaction judges the prompt
    other_call: Call | None = None  # to use if Wan refuses *call*
    weight: int = UNITS_PER_IMAGE
    input_price_microusd: int = 0
    is_held: bool = False  # managers look at the result before it is shown

    def charge(self, images: int) -> Charge:
        """Return what *images* are charged."""
        return Charge(images, self.weight, self.price_microusd, self.input_price_microusd)


def precheck(tx: Connection, request: Request, *, plan: SubmissionPlan, limits: Limits, now: datetime) -> None:
    """Raise what ``accept`` would raise now: Refused, or WordsChanged. Read only."""
    found = _found(tx, request, now)
    if found.known_id is None:
        *_, reservations = _checked(tx, request, found, plan, limits, now, owners=())
        taken.check(tx, reservations)


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
    found = _found(tx, request, now)
    if found.known_id is not None:
        return Submission(known_job(tx, found.known_id), repeated=True)
    request, plan, reservations = _checked(tx, request, found, plan, limits, now, owners)
    turn = _next_turn(tx, request.requester.user_id, plan.model)
    row = tx.execute(_NEW, _row(request, plan, turn, now)).mappings().one()
    ledger.write(tx, row["id"], reservations, now)
    _check_again(tx, request, plan.images, limits)
    ledger.move(tx, reservations)
    return Submission(job_from_row(row))


def accept_again(
    tx: Connection, request: Request, *, source_id: int, plan: SubmissionPlan, limits: Limits, now: datetime
) -> Submission:
    """Accept *request* with the stored input images of job *source_id*, and the reference images that it adds.

    Raise Refused INPUTS_GONE if a stored image was deleted, REFERENCE_GONE for a reference image. Wan receives the
    images once more: what their owners have decided since then applies. The copies are deleted when the originals are.
    """
    inputs = repeats.inputs_of(tx, source_id, request.requester.user_id, request.image_request, now)
    request = replace(request, image_request=replace(request.image_request, images=()))
    owners = [source.owners for _, source in inputs]
    submission = accept(tx, request, plan=plan, limits=limits, now=now, owners=owners)
    if not submission.repeated:
        input_bytes.store(tx, submission.job, [image for image, _ in inputs], [source for _, source in inputs])
    return replace(submission, job=known_job(tx, submission.job.id))


def quotas_left(tx: Connection, requester: Requester, limits: Limits, *, now: datetime) -> tuple[QuotaStatus, ...]:
    """Return the quotas of *requester* where they are, by the settings of that server, nearest quota first."""
    rules = server_settings.rules_for(tx, requester, limits, now=now)
    return quotas.statuses(tx, requester, rules.limits, rules.member.granted, now=now)


def delivery_facts(
    tx: Connection, job: Job, requester: Requester, limits: Limits, *, now: datetime
) -> tuple[ServerSettings, Quotas]:
    """Return the settings of the job's server and the requester's quotas, with what *job* reserves of each.

    *requester* is the job's, with their roles of now.
    """
    rules = server_settings.rules_for(tx, requester, limits, now=now)
    return rules.settings, quotas.of_job(tx, requester, rules.limits, rules.member.granted, job_id=job.id, now=now)


def _checked(
    tx: Connection,
    request: Request,
    found: Row[Any],
    plan: SubmissionPlan,
    limits: Limits,
    now: datetime,
    owners: Sequence[Owners],
) -> tuple[Request, SubmissionPlan, tuple[Reservation, ...]]:
    """Raise Refused or WordsChanged if *request* may not be.

    Return the request with the language of its public messages, the plan with the call style that Wan accepts now, and
    what the request reserves.
    """
    requester, charge = request.requester, plan.charge(request.image_request.count)
    rules = server_settings.rules_for(tx, requester, limits, now=now)
    server_settings.check(tx, request, rules, owners, plan.verdict)
    in_force = pauses.found(tx) if found.is_paused else ()
    call = pauses.open_call(in_force, plan.model, plan.call, plan.other_call, now=now)
    plan = replace(plan, call=call, is_held=_is_held(rules.settings, requester, now))
    _check_queue(found, plan, in_force, limits, now)
    input_bytes.check_room(tx, requester.user_id, plan.images, limits)
    return (
        _in_language(request, rules.settings),
        plan,
        (
            *ledger.image_reservations(tx, requester, charge, rules.member.granted, rules.limits, now),
            *quota.spending_reservations(requester, charge, rules.limits, now),
            quota.attempt_reservation(requester, rules.limits, now),
        ),
    )


def _is_held(settings: ServerSettings, requester: Requester, now: datetime) -> bool:
    """Return whether managers look at the result first. Raise Refused if they have no channel in which they could."""
    held = review.is_held(settings, requester, now=now)
    if held and settings.log_channel_id is None:
        raise Refused(Reason.NO_REVIEW_CHANNEL)
    return held


def _in_language(request: Request, settings: ServerSettings) -> Request:
    """Return *request* with the language that managers chose for public messages, so that all messages of it agree."""
    address = replace(request.address, server_locale=settings.language or request.address.server_locale)
    return replace(request, address=address)


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
        "input_price_microusd": plan.input_price_microusd,
        "weight": plan.weight,
        "request": request_to_json(replace(request.image_request, is_held=plan.is_held)),
        "private": int(request.image_request.private),
        "review": Review.REQUIRED.value if plan.is_held else None,
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


def _check_again(tx: Connection, request: Request, images: int, limits: Limits) -> None:
    """Check the limits of the queue and of input images with the new job, which no rival can pass now.

    One request after another is admitted, over all processes. The lock is taken as late as possible, because the
    others wait for it. SQLite has a single writer anyway.
    """
    if tx.dialect.name == "postgresql":
        queue.lock(tx, EVERY_MODEL)
        user_id, unread = request.requester.user_id, len(request.image_request.images)
        own, every = tx.execute(_COUNTS, {"b_user": user_id}).one()
        _check_room(own - 1, every - 1, limits)
        input_bytes.check_room(tx, user_id, images, limits, counted=unread)


def _next_turn(tx: Connection, user_id: int, model: str) -> int:
    """Return the turn of a member's next job: behind their own last job, and never before the turn being served.

    This is start-time fair queueing (docs/decisions/0005-where-invariants-are-enforced.md).
    """
    turn: int = tx.execute(_turn_statement(tx.dialect.name), {"b_user": user_id, "b_model": model}).scalar_one()
    return turn


@cache
def _turn_statement(dialect: str) -> Insert:
    served = select(model_queues.c.turn).where(model_queues.c.model == bindparam("b_model")).scalar_subquery()
    row = insert_for(dialect, turns)
    row = row.values(user_id=bindparam("b_user"), model=bindparam("b_model"), turn=func.coalesce(served, 0) + 1)
    later = case((turns.c.turn < row.excluded.turn, row.excluded.turn), else_=turns.c.turn + 1)
    return row.on_conflict_do_update(index_elements=["user_id", "model"], set_={"turn": later}).returning(turns.c.turn)


def _found(tx: Connection, request: Request, now: datetime) -> Row[Any]:
    """Return the job of the same key, and what the pauses and the queue say, in one statement."""
    since, until = now - MODERATION_PAUSE, now + NOW_AHEAD
    values = {"b_key": request.key, "b_user": request.requester.user_id, "b_since": since, "b_until": until}
    return tx.execute(_FOUND, values).one()


def _check_queue(
    found: Row[Any], plan: SubmissionPlan, paused: Sequence[SendingPause], limits: Limits, now: datetime
) -> None:
    """Raise the Refused of a pause, of moderation strikes or of a full queue. Quotas are checked after this."""
    if found.is_stopped:
        raise Refused(Reason.BOT_PAUSED)
    _check_pauses(paused, plan, now)
    if found.strikes >= MODERATION_STRIKES:
        ends_at = found.last_strike_at + MODERATION_PAUSE
        raise Refused(Reason.MODERATION_PAUSE, resets_at=round(ends_at.timestamp()))
    _check_room(found.own_waiting, found.waiting, limits)


def _check_room(own: int, every: int, limits: Limits) -> None:
    """Raise Refused if *own* jobs of this member, or *every* job that waits, leave no room for another."""
    if own >= limits.queued_per_member:
        raise Refused(Reason.TOO_MANY_QUEUED, limit=limits.queued_per_member)
    if every >= limits.queued_max:
        raise Refused(Reason.QUEUE_FULL, limit=limits.queued_max)


def _check_pauses(paused: Sequence[SendingPause], plan: SubmissionPlan, now: datetime) -> None:
    """Raise Refused during a pause. A pause that ends soon refuses nothing: this request may be the next probe."""
    pause = pauses.covering(pauses.in_force(paused, now + SHORT_PAUSE), plan.model, plan.call)
    if pause is not None and pause.model == pauses.EVERY:
        raise Refused(Reason.SENDING_PAUSED, why=pause.reason)
    if pause is not None:
        raise Refused(Reason.MODEL_PAUSED, why=pause.reason, model=plan.model)


def _requester_columns(requester: Requester) -> dict[str, Any]:
    return {"scope": str(requester.scope), "user_id": requester.user_id, "locale": requester.locale}
