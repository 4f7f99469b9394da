"""Run one claimed job: send its request to Wan, and store the outcome before doing anything else."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from random import Random

import structlog

from imagegen import metrics
from imagegen.errors import ImageRefused, Reason, WanError, WanNotSent, WanRefused, WanUnanswered
from imagegen.imaging.byte_budget import BudgetShare, ByteBudget
from imagegen.model import Call, Failure, Job, Made
from imagegen.policy import retry
from imagegen.reports import Alert, SendingPause
from imagegen.states import State
from imagegen.store import input_bytes, jobs, pauses, queue, tasks
from imagegen.store.engine import Store
from imagegen.wakeup import WakeSignal
from imagegen.wan.catalogue import charges_rewriting
from imagegen.wan.client import MAX_REQUEST_BYTES, WanClient
from imagegen.wan.requests import Generation
from imagegen.wan.tasks import CANCELED, PENDING
from imagegen.worker.generated import note_generated
from imagegen.worker.generation import generation_of
from imagegen.worker.outcomes import Outcomes, is_kept
from imagegen.worker.pausing import Pausing
from imagegen.worker.story import StoryRunner, limit_story

Keep = Callable[[], bool]  # asked when a result is stored: whether this task delivers it now

log = structlog.get_logger(__name__)

# The vendor suggests 5 to 10 s; an edit takes about 20 s. An account may send 20 queries a second. The models with
# tasks have at most 22 in flight, in all processes together, so polling needs no rate limit of its own.
# https://help.aliyun.com/zh/model-studio/manage-asynchronous-tasks (2026-11-22)
POLL_S = 3.0
AWAY_POLL_S = 30.0  # while Wan answers nothing
# Tasks take 1 to 2 minutes. After this time the job fails and its budget stays used. While every call to Wan is paused,
# polling waits for the end of the pause as well.
TASK_DEADLINE = timedelta(minutes=30)
# A request with input images stays in memory until its answer comes. All of them together hold as much as eight of the
# largest; the next waits. docs/operating.md has what the process then takes.
INPUT_BYTES_AT_ONCE = 8 * MAX_REQUEST_BYTES


def deliver_elsewhere() -> bool:
    """Leave a result to the deliver loop."""
    return False


async def _refresh_nothing() -> None:
    """Read nothing: no menu shows what is paused."""


class JobRunner:
    """Sends claimed jobs. Each method takes a job that this process owns and leaves the job in its next state.

    A method that stores a result returns the job if *keep* said so and the store gave the job to this process once
    more, to be delivered: no second claim is needed.
    """

    def __init__(
        self,
        store: Store,
        wan: WanClient,
        wake_signal: WakeSignal,
        *,
        watermark: bool,
        alarm: Callable[[Alert], Awaitable[None]],
        clock: Callable[[], datetime],
        rng: Random,
        poll_s: float = POLL_S,
        other_call: Callable[[Job], Call | None] = lambda _: None,
        refresh: Callable[[], Awaitable[None]] = _refresh_nothing,
        input_bytes_at_once: int = INPUT_BYTES_AT_ONCE,
    ) -> None:
        """*other_call* returns another call style for a job, for when Wan refuses the job's own; None where none is.

        *refresh* is called after each change of the pauses, and with each heartbeat.
        """
        self._store, self._wan, self._watermark = store, wan, watermark
        self._alarm, self._clock, self._rng, self._poll_s = alarm, clock, rng, poll_s
        self._other_call, self._input_bytes = other_call, ByteBudget(input_bytes_at_once)
        self._commit = Outcomes(store, wake_signal).commit
        self._story_runner = StoryRunner(store, wan, clock=clock)
        self.pausing = Pausing(wan, self._commit, alarm, clock, refresh)

    async def generate(self, job: Job, keep: Keep = deliver_elsewhere) -> Job | None:
        """Send a job in ``submitting``.

        A synchronous call or a stream ends in ``generated``, a task in ``submitted``.
        """
        if not job.input_count:
            return await self._generate(job, keep)
        async with self._input_bytes.share(MAX_REQUEST_BYTES) as share:
            return await self._generate(job, keep, share)

    async def _generate(self, job: Job, keep: Keep, share: BudgetShare | None = None) -> Job | None:
        generation = await self._generation(job)
        if generation is None:
            return None
        if share is not None:
            share.resize(sum(map(len, generation.images)))
        return await self._send(job, generation, keep)

    async def _generation(self, job: Job) -> Generation | None:
        """Return the call of *job*. If its row describes no call, fail the job, of which nothing was sent or paid."""
        images = await self._store.read(input_bytes.stored, job.id) if job.input_count else ()
        try:
            if len(images) < job.input_count:  # a style or a character was deleted while the job was claimed
                raise ImageRefused(Reason.REFERENCE_GONE)
            return generation_of(job, images, watermark=self._watermark)
        except ImageRefused as error:
            await self._fail(job, Failure(error.reason, error.facts), False, error)
        except (LookupError, TypeError, ValueError) as error:
            await self._fail(job, Failure(Reason.INTERNAL, {"job_id": job.id}), False, error)
        return None

    async def _send(self, job: Job, generation: Generation, keep: Keep) -> Job | None:
        try:
            log.info("job_sending", model=job.model, call=job.call, images=job.request.count, attempt=job.attempts + 1)
            if job.call is Call.STREAM:
                return await self._generate_story(job, generation, keep)
            if job.call is Call.SYNC:
                return await self._finish(job, await self._wan.generate(generation), keep)
            await self._create_task(job, generation)
        except ImageRefused as error:
            await self._fail(job, Failure(error.reason, error.facts), False, error)
        except WanError as error:
            await self._handle_error(job, error)
        return None

    async def _create_task(self, job: Job, generation: Generation) -> None:
        created = await self._wan.create_task(generation)
        await self._commit(jobs.submitted, job, created.task_id, created.request_id)
        log.info("task_created", task_id=created.task_id, request_id=created.request_id)

    async def _generate_story(self, job: Job, generation: Generation, keep: Keep) -> Job | None:
        """Receive a story and store what came, also if it stopped early. Raises the error if nothing came."""
        outcome = await self._story_runner.receive(job, generation)
        if outcome.made is not None:
            if (reason := outcome.stop_reason) is not None:
                log.warning("story_stopped", stop_reason=reason, why=str(outcome.error or ""))
            return await self._finish(job, outcome.made, keep)
        if not outcome.stopped:
            raise outcome.failure
        await self._cancel(job, may_have_been_paid=outcome.sent)
        return None

    async def poll(self, job: Job, keep: Keep = deliver_elsewhere) -> Job | None:
        """Poll a job in ``submitted`` until its task ends. A task whose id is known is never sent, and paid, again."""
        if (task_id := job.remote_id) is None:
            raise ValueError(f"job {job.id} has no task to poll")
        while True:
            after = await self._poll_once(job, task_id, keep)
            if after is None or after.state is not State.SUBMITTED:
                return after
            job = after
            await asyncio.sleep(AWAY_POLL_S if self._wan.away.trouble else self._poll_s)

    async def _poll_once(self, job: Job, task_id: str, keep: Keep) -> Job | None:
        """Cancel a task if a member asked for that, and query its status once.

        Return the job as it is then; None when this process has nothing more to do for it.

        A cancel that Wan refuses or does not answer decides nothing: the queried status does. Nothing is sent while
        Wan refuses every call: Wan keeps the result of a task for 24 hours.
        """
        gate = await self._store.read(pauses.gate)
        if gate is not None and self._is_paused(job, gate):
            return job
        wants_cancel = job.running_at is None and await self._store.read(tasks.wants_cancel, job.id)
        if wants_cancel and await self._cancel_at_wan(job, task_id):
            return None
        try:
            answer = await self._wan.query_task(task_id, story=job.request.story)
        except (WanNotSent, WanUnanswered) as error:
            await self._task_call_failed(job, error)
            return await self._fail_if_overdue(job)
        except WanRefused as error:
            if wants_cancel and error.code == CANCELED:  # by our earlier call, whose answer was lost
                await self._cancel(job, may_have_been_paid=False)
            else:
                await self._handle_error(job, error)
            return None
        if gate is not None:
            await self._commit(pauses.lift_gate, gate.since)
        if isinstance(answer, Made):
            story = job.request.story
            return await self._finish(job, limit_story(answer, job.request.count) if story else answer, keep)
        return await self._fail_if_overdue(job if answer.status == PENDING else await self._note_running(job))

    async def _fail_if_overdue(self, job: Job | None) -> Job | None:
        """Return *job*, or None after failing it because its task took longer than TASK_DEADLINE."""
        if job is not None and self._is_overdue(job):
            await self._handle_error(job, WanUnanswered(Reason.UNANSWERED, request_id=job.request_id or ""))
            return None
        return job

    async def _note_running(self, job: Job) -> Job | None:
        """Record once that Wan has begun a task; return None if this process no longer owns the job."""
        return job if job.running_at else await self._commit(tasks.running, job, now=self._clock())

    async def _cancel_at_wan(self, job: Job, task_id: str) -> bool:
        try:
            await self._wan.cancel_task(task_id)
        except WanError as error:
            await self._task_call_failed(job, error)
            return False
        await self._cancel(job, may_have_been_paid=False)
        return True

    async def _task_call_failed(self, job: Job, error: WanError) -> None:
        log.warning("task_call_failed", why=str(error))
        if (pause := retry.shared_pause(error)) is not None and pause.reach is retry.Reach.ACCOUNT:
            await self.pausing.pause(pause, error, job)

    def _is_paused(self, job: Job, gate: SendingPause) -> bool:
        now = self._clock()
        waited = now - (job.submitting_at or now)
        return bool(pauses.in_force((gate,), now)) and waited <= TASK_DEADLINE + pauses.LONGEST

    async def _cancel(self, job: Job, *, may_have_been_paid: bool) -> None:
        await self._commit(jobs.canceled, job, may_have_been_paid=may_have_been_paid, now=self._clock())
        log.info("job_canceled", may_have_been_paid=may_have_been_paid)

    def _is_overdue(self, job: Job) -> bool:
        return job.submitting_at is not None and self._clock() - job.submitting_at > TASK_DEADLINE

    async def _finish(self, job: Job, made: Made, keep: Keep) -> Job | None:
        """Store what Wan generated, and alert the operator if that is more than was requested.

        Return the job if this task is to deliver it.
        """
        after = await self._commit(jobs.generated, job, made, keep=keep(), now=self._clock())
        requested = job.request.count
        billed = requested if made.image_count is None else made.image_count
        if max(billed, len(made.links)) > requested:
            await self._alert_extra_images(job, billed, len(made.links))
        note_generated(job, made, billed, self._clock())
        return after if after is not None and is_kept(after) else None

    async def _alert_extra_images(self, job: Job, billed: int, links: int) -> None:
        """Alert the operator: only what was requested is delivered, and everything that Wan bills uses the budget."""
        count = job.request.count
        log.error("more_than_requested", model=job.model, count=count, links=links, image_count=billed)
        await self._alarm(Alert(Reason.MORE_THAN_REQUESTED, job.model, job.call, pauses=False))

    async def _handle_error(self, job: Job, error: WanError) -> None:
        """Retry the job, let it wait for the end of a pause, or fail it, as policy/retry.py decides."""
        if (pause := retry.shared_pause(error)) is not None:
            await self.pausing.pause(pause, error, job)
            if pause.reach is retry.Reach.CALL and await self._switch_call(job, error):
                return
        elif error.reason in retry.ALERT_REASONS:
            await self._alarm(Alert(error.reason, job.model, job.call, error.code, error.status, pauses=False))
        match retry.decide(error, attempts=job.attempts, rng=self._rng):
            case retry.RetryLater(delay_s, enhance, model_wait_s):
                now = self._clock()
                if model_wait_s:
                    await self._commit(queue.throttle, job.model, now + timedelta(seconds=model_wait_s))
                await self._retry(job, now + timedelta(seconds=delay_s), enhance, error)
                metrics.WAN_RETRIES.labels(reason=error.reason).inc()
                delay = {"attempts": job.attempts, "delay_s": round(delay_s, 1)}
                log.info("job_retry_scheduled", **delay, why=str(error))
            case retry.PauseSending():  # the job waits: the key or the balance is wrong, not the request
                await self._commit(queue.wait_behind, job, error.request_id, now=self._clock())
            case retry.GiveUp(failure, may_have_been_paid):
                facts = {"model": job.model, **failure.facts}
                await self._fail(job, Failure(failure.reason, facts), may_have_been_paid, error)

    async def _switch_call(self, job: Job, error: WanError) -> bool:
        """Queue this job, and those that wait like it, for another call style that Wan does not refuse.

        Return whether there is one. A call that Wan refused was not paid.
        """
        other, now = self._other_call(job), self._clock()
        if other is None or not await self._commit(pauses.send_by, job.model, job.call, other, now=now):
            return False
        await self._commit(jobs.again, job, now, enhance=None, call=other, request_id=error.request_id, now=now)
        log.warning("call_style_changed", call=other)
        return True

    async def _retry(self, job: Job, at: datetime, enhance: bool | None, error: WanError) -> None:
        # A price that was reserved for a rewritten prompt is not kept for one that is sent as it is.
        changed = None if charges_rewriting(job.model) else enhance
        await self._commit(jobs.again, job, at, enhance=changed, request_id=error.request_id, now=self._clock())

    async def _fail(self, job: Job, failure: Failure, may_have_been_paid: bool, error: Exception) -> None:
        await self._commit(jobs.failed, job, failure, may_have_been_paid=may_have_been_paid, now=self._clock())
        if may_have_been_paid:
            metrics.IN_DOUBT.inc()
        log.warning("job_failed", may_have_been_paid=may_have_been_paid, why=str(error))
