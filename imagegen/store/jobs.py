"""The transitions of a job, and how a job is read. Each function is one transaction, or part of one.

Every transition is fenced by state, owner and epoch: a function returns None, and writes nothing, if the row has
changed since the job was read. ``now`` is always an argument.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, RowMapping, Update, bindparam, case, or_, select, update

from imagegen.errors import InvariantBroken, Reason
from imagegen.image_request import InputImage
from imagegen.model import Call, Failure, Job, Made, Size, StopReason
from imagegen.policy.quota import charge_of
from imagegen.states import State, is_allowed
from imagegen.store import input_bytes, ledger, pauses, references, search, shared_results
from imagegen.store.ledger import ALL_SPENT, NOTHING_SPENT, Spent
from imagegen.store.records import job_from_row, parts_to_json, read_address, request_to_json, without_links
from imagegen.store.tables_jobs import KNOWN_STATE, inputs, jobs, story_messages

MAX_DEFECTS = 5
AFTER_DEFECT = timedelta(seconds=15)  # doubled each time: five tries take less than four minutes
_DELIVERS = or_(jobs.c.display_owner == jobs.c.owner, jobs.c.display_owner.is_(None))  # the process that generated
_UNMOVED = (jobs.c.id == bindparam("b_job"), jobs.c.state == bindparam("b_state"), jobs.c.epoch == bindparam("b_epoch"))
_MOVE = update(jobs).where(*_UNMOVED, jobs.c.owner == bindparam("b_owner")).returning(jobs)
_MOVE_FREE = update(jobs).where(*_UNMOVED, jobs.c.owner.is_(None)).returning(jobs)
_MOVE_AND_KEEP = _MOVE.values(owner=case((_DELIVERS, jobs.c.owner), else_=None), epoch=jobs.c.epoch + 1)
_JOB = select(jobs).where(jobs.c.id == bindparam("b_job"), KNOWN_STATE)
_INPUT = (inputs.c.notes, inputs.c.width_px, inputs.c.height_px)
_INPUTS = select(*_INPUT).where(inputs.c.job_id == bindparam("b_job")).order_by(inputs.c.position)


def job(tx: Connection, job_id: int) -> Job | None:
    """Return the job *job_id*, or None."""
    row = tx.execute(_JOB, {"b_job": job_id}).mappings().one_or_none()
    return None if row is None else job_of(tx, row)


def job_of(tx: Connection, row: RowMapping) -> Job:
    """Return the job of *row*, with what is stored of its input images besides their bytes."""
    return job_from_row(row, *(_inputs(tx, row["id"]) if row["input_count"] else ()))


def known_job(tx: Connection, job_id: int) -> Job:
    """Return the job *job_id*, which this transaction has seen. LookupError if the row is gone."""
    found = job(tx, job_id)
    if found is None:
        raise LookupError(f"job {job_id} vanished inside its transaction")
    return found


def job_by_message(tx: Connection, message_id: int) -> Job | None:
    """Return the newest job whose status card, result or story is that message, or whose image is shared in it."""
    story_is_there = select(story_messages.c.job_id).where(story_messages.c.message_id == message_id)
    is_there = or_(jobs.c.message_id == message_id, jobs.c.id.in_(story_is_there))
    newest = select(jobs).where(is_there, KNOWN_STATE).order_by(jobs.c.id.desc()).limit(1)
    row = tx.execute(newest).mappings().one_or_none()
    return _job_shared_in(tx, message_id) if row is None else job_of(tx, row)


def _job_shared_in(tx: Connection, message_id: int) -> Job | None:
    """Return the job of a shared image, as everybody sees it."""
    shared = shared_results.by_message(tx, message_id)
    found = None if shared is None else job(tx, shared.job_id)
    return None if shared is None or found is None else shared_results.as_shared(found, shared)


def _inputs(tx: Connection, job_id: int) -> tuple[tuple[tuple[str, ...], ...], tuple[Size, ...]]:
    """Return the notes of each input image, and its width and height, in order."""
    rows = tx.execute(_INPUTS, {"b_job": job_id}).all()
    return tuple(tuple(row.notes.split()) for row in rows), tuple((row.width_px, row.height_px) for row in rows)


def transition(tx: Connection, job: Job, to: State, **changes: object) -> Job | None:
    """Move *job* to *to* and write *changes*. Return the job, or None if the row has changed since it was read.

    Raise InvariantBroken, before anything is written, for a transition that is not in ``TRANSITIONS``.
    """
    row = _moved(tx, _MOVE_FREE if job.owner is None else _MOVE, job, to, changes)
    return None if row is None else job_of(tx, row)


def _moved(tx: Connection, move: Update, job: Job, to: State, changes: Mapping[str, object]) -> RowMapping | None:
    if not is_allowed(job.state, to):
        raise InvariantBroken(f"no job goes from {job.state} to {to}")
    fence = {"b_job": job.id, "b_state": job.state.value, "b_epoch": job.epoch, "b_owner": job.owner}
    return tx.execute(move, {**fence, "state": to.value, **changes}).mappings().one_or_none()


def read(tx: Connection, job: Job, images: Sequence[InputImage], *, now: datetime) -> Job | None:
    """requested -> queued: store the input images, and forget the links to them.

    If one of them is a reference image that was deleted meanwhile: requested -> failed.
    """
    if (failure := references.gone(tx, job.request.images)) is not None:
        return failed(tx, job, failure, may_have_been_paid=False, now=now)
    request = request_to_json(replace(job.request, images=()))
    queued = transition(tx, job, State.QUEUED, owner=None, request=request, next_attempt_at=now)
    if queued is not None:
        sources = [input_bytes.Source(link.owners, job.requested_at, link.reference_id) for link in job.request.images]
        input_bytes.store(tx, job, images, sources)
    return queued


def submitted(tx: Connection, job: Job, task_id: str, request_id: str) -> Job | None:
    """submitting -> submitted: from now on the task is polled, and never paid for again.

    Wan answered, so a pause that stops every call ends.
    """
    after = transition(tx, job, State.SUBMITTED, remote_id=task_id, request_id=request_id)
    if after is not None:
        pauses.lift_gate(tx, job.submitting_at)
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
    """submitting or submitted -> queued, to be sent again at *at* with the same turn. Nothing was paid.

    *enhance* None leaves the request as it is, *call* None the call style. A job that somebody wants to cancel is
    canceled instead.
    """
    if _is_cancel_requested(tx, job.id):
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


def generated(tx: Connection, job: Job, made: Made, *, now: datetime, keep: bool = False) -> Job | None:
    """submitting or submitted -> generated: store the links, and settle the budgets by what Wan bills.

    Links beyond the requested count are dropped: the quota has no room for them. An image proves that key, balance
    and model are good, so pauses that were there when the request was sent end.

    *keep*: the owner claims the job to deliver it, as ``queue.next_to_deliver`` would, unless another process is the
    display owner. The returned job has an owner if it is claimed.
    """
    result = {
        "generated_at": now,
        "next_attempt_at": now,
        "links": json.dumps(made.links[: job.request.count]),
        "image_count": made.image_count,
        "size": made.size,
        "request_id": made.request_id,
        "story_so_far": parts_to_json(made.parts) if made.parts else None,
        "stop_reason": made.stop_reason,
    }
    move, owner = (_MOVE_AND_KEEP, {}) if keep else (_MOVE, {"owner": None})
    row = _moved(tx, move, job, State.GENERATED, result | owner)
    if row is None:
        return None
    paused = made.stop_reason is not StopReason.KILLED and pauses.found(tx)
    ledger.settle(
        tx, job.id, now, spent=ALL_SPENT if made.image_count is None else Spent(charge_of(job, made.image_count))
    )
    if paused:
        pauses.lift(tx, job.model, job.call, job.submitting_at)
    return job_of(tx, row)


def failed(tx: Connection, job: Job, failure: Failure, *, may_have_been_paid: bool, now: datetime) -> Job | None:
    """-> failed: release the quota, and the budgets too unless Wan may bill the request."""
    return _end(tx, job, State.FAILED, failure, now, spent=ALL_SPENT if may_have_been_paid else NOTHING_SPENT)


def undelivered(tx: Connection, job: Job, failure: Failure, *, used: int = 0, now: datetime) -> Job | None:
    """generated -> failed: *used* images use quota, the rest is released. The budgets were settled before.

    A result that cannot be delivered because its channel was closed to the bot uses quota: the budget is spent.
    """
    return _end(tx, job, State.FAILED, failure, now, used)


def _end(
    tx: Connection,
    job: Job,
    to: State,
    failure: Failure | None,
    now: datetime,
    used: int = 0,
    spent: Spent | None = None,
) -> Job | None:
    """-> failed or canceled: release the quota but for *used* images. None of *spent*: the budgets are settled already.

    The input images are deleted, unless a button repeats the request with them.
    """
    used = min(used, job.request.count)
    after = transition(
        tx,
        job,
        to,
        owner=None,
        ended_at=now,
        next_attempt_at=now,
        defects=0,
        request=request_to_json(replace(job.request, images=(), is_held=False)),
        **_outcome(job, failure),
        **({"used_undelivered": used} if job.state is State.GENERATED else {}),
    )
    if after is not None:
        ledger.settle(tx, job.id, now, delivered=charge_of(job, used), spent=spent)
        if failure is None or failure.reason not in input_bytes.REPEATED_AFTER:
            input_bytes.drop(tx, job.id)
    return after


def _outcome(job: Job, failure: Failure | None) -> dict[str, object]:
    """Return the columns that say why *job* ended, and what is left of its story."""
    outcome: dict[str, object] = {}
    if job.story_so_far and job.made is None:
        outcome["story_so_far"] = without_links(parts_to_json(job.story_so_far))
    if failure is not None:
        outcome |= {"failure_reason": failure.reason, "failure_facts": json.dumps(dict(failure.facts))}
        outcome["request_id"] = failure.facts.get("request_id") or job.request_id
    return outcome


def done(tx: Connection, job: Job, delivered: int, message_id: int | None, *, now: datetime) -> Job | None:
    """generated -> done: settle the quota to the images that were *delivered*."""
    where = {} if message_id is None else {"message_id": message_id}
    after = transition(tx, job, State.DONE, owner=None, ended_at=now, notified_at=now, delivered=delivered, **where)
    if after is not None:
        ledger.settle(tx, job.id, now, delivered=charge_of(job, delivered))
        search.add(tx, after)
    return after


def notified(tx: Connection, job: Job, *, now: datetime) -> Job | None:
    """Record that the requester of a failed or canceled job was notified."""
    return transition(tx, job, job.state, owner=None, notified_at=now)


def deliver_again(tx: Connection, job: Job, at: datetime) -> Job | None:
    """Put the delivery off until *at*."""
    return transition(tx, job, job.state, owner=None, next_attempt_at=at)


def stumbled(tx: Connection, job: Job, *, now: datetime) -> Job | None:
    """Record that a defect of ours stopped the delivery of *job*, or the notification of its end.

    The job is claimed again, each time later. After MAX_DEFECTS in a row a result fails, and an end counts as
    notified.
    """
    defects = job.defects + 1
    if defects < MAX_DEFECTS:
        later = now + AFTER_DEFECT * 2**job.defects
        return transition(tx, job, job.state, owner=None, defects=defects, next_attempt_at=later)
    if job.state is State.GENERATED:
        return undelivered(tx, job, Failure(Reason.INTERNAL, {"job_id": job.id}), now=now)
    return notified(tx, job, now=now)


def _is_cancel_requested(tx: Connection, job_id: int) -> bool:
    """Return whether somebody wants to cancel the job. Lock the row, so that the answer holds until the commit."""
    row = select(jobs.c.cancel_requested_at).where(jobs.c.id == job_id).with_for_update()
    return tx.scalar(row) is not None


def cancel(tx: Connection, job_id: int, *, now: datetime) -> Job | None:
    """requested or queued -> canceled, with everything released. None if the job can no longer be canceled.

    A streamed story stays ``submitting``, and a task that Wan has not begun ``submitted``, until the process that
    works on the job has read the wish.
    """
    found = job(tx, job_id)
    if found is not None and found.may_be_stopped:
        return transition(tx, found, found.state, cancel_requested_at=found.cancel_requested_at or now)
    if found is None or not found.state.is_waiting:
        return None
    return canceled(tx, found, may_have_been_paid=False, now=now)


def canceled(tx: Connection, job: Job, *, may_have_been_paid: bool, now: datetime) -> Job | None:
    """-> canceled, for a job without a result: release the quota, and the budgets too unless Wan may bill."""
    return _end(tx, job, State.CANCELED, None, now, spent=ALL_SPENT if may_have_been_paid else NOTHING_SPENT)


def set_message(tx: Connection, job_id: int, message_id: int) -> None:
    """Store which message is the status card of a job that has not ended."""
    is_open = (jobs.c.id == job_id, jobs.c.ended_at.is_(None))
    row = tx.execute(select(jobs.c.address).where(*is_open).with_for_update()).one_or_none()
    if row is None:
        return
    address = replace(read_address(job_id, row.address), message_id=message_id)
    tx.execute(update(jobs).where(*is_open).values(message_id=message_id, address=address.to_json()))
