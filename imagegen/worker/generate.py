"""Makes one claimed job: sends it to Wan, and writes down what came of it before anything else happens."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from random import Random
from typing import TypeVar

import structlog

from imagegen import telemetry
from imagegen.errors import (
    ImageRefused,
    Reason,
    StoreUnavailable,
    WanError,
    WanNotSent,
    WanRefused,
    WanUnanswered,
    WanvasError,
)
from imagegen.model import AspectRatio, Call, Failure, InputImage, Job, Made
from imagegen.policy import retry
from imagegen.policy.validation import without_spoiler_marks
from imagegen.reports import Alert, SendingPause
from imagegen.store import jobs, pauses, queue, tasks
from imagegen.store.engine import Store
from imagegen.wakeup import WakeSignal
from imagegen.wan.calls import answer_timeout_s
from imagegen.wan.catalogue import MODELS, use_for
from imagegen.wan.client import WanClient
from imagegen.wan.requests import Generation
from imagegen.wan.sizes import check_images, size_for
from imagegen.wan.tasks import CANCELED, PENDING
from imagegen.worker.story import StoryRunner, within

T = TypeVar("T")

log = structlog.get_logger(__name__)

STORE_PAUSE_S = 2.0  # between two tries to write down an outcome that must not be lost
# The vendor suggests 5 to 10 s; an edit takes about 20 s. An account may ask 20 times a second: the lanes of all models
# and processes together hold 20 tasks at most, so that asking needs no pace of its own.
# https://help.aliyun.com/zh/model-studio/manage-asynchronous-tasks (2026-11-22)
POLL_S = 3.0
# Tasks take 1-2 minutes; past this it is told, and its money kept. A pause that holds every call is waited for besides.
TASK_DEADLINE = timedelta(minutes=30)


class JobRunner:
    """Sends what the line claimed. Each method takes a job of ours and leaves it in its next state."""

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
    ) -> None:
        """*other_call*: by which a job can be made too, where Wan refuses the call style that it has."""
        self._store, self._wan, self._wake_signal, self._watermark = store, wan, wake_signal, watermark
        self._alarm, self._clock, self._rng, self._poll_s = alarm, clock, rng, poll_s
        self._other_call = other_call
        self._storyteller = StoryRunner(store, wan, clock=clock)

    async def make(self, job: Job) -> None:
        """Send a job in ``submitting``: a synchronous call or a stream ends in ``made``, a task in ``submitted``."""
        began_s = time.monotonic()
        try:
            generation = self._generation(job, await self._store.read(jobs.kept_inputs, job.id))
            if job.call is Call.STREAM:
                await self._tell(job, generation)
                return
            if job.call is Call.TASK:
                created = await self._wan.create_task(generation)
                await self._commit(jobs.submitted, job, created.task_id, created.request_id, now=self._clock())
                log.info("task_created", job_id=job.id, task_id=created.task_id, request_id=created.request_id)
                return
            made = await self._wan.generate(generation)
        except ImageRefused as error:
            await self._never(job, Failure(error.reason, error.facts), False, error)
        except WanError as error:
            await self._went_wrong(job, error)
        else:
            telemetry.WAN_S.labels(model=job.model).observe(time.monotonic() - began_s)
            await self._made(job, made)

    async def _tell(self, job: Job, generation: Generation) -> None:
        """A story: what came of it is kept, however it ended. Raises ImageRefused or a WanError when nothing came."""
        told = await self._storyteller.tell(job, generation)
        if told.made is not None:
            if told.cut is not None:
                log.warning("story_cut", job_id=job.id, cut=told.cut, why=str(told.error or ""))
            await self._made(job, told.made)
        elif told.stopped:
            await self._canceled(job, may_have_been_paid=told.sent)
        else:
            raise told.failure

    async def poll(self, job: Job) -> None:
        """Ask after a job in ``submitted`` until its task ends. A task whose id is known is never paid for again."""
        if (task_id := job.remote_id) is None:
            raise ValueError(f"job {job.id} has no task to ask after")
        while True:
            after = await self._ask_after(job, task_id)
            if after is None:
                return
            job = after
            await asyncio.sleep(self._poll_s)

    async def _ask_after(self, job: Job, task_id: str) -> Job | None:
        """Cancel a task where somebody wants that, and ask once how it stands; None when it is over.

        A refused or unanswered cancel decides nothing: how the task stands does. Nothing is asked while Wan answers no
        call at all: what has ended there is there for 24 hours.
        """
        gate = await self._store.read(pauses.gate)
        if gate is not None and self._is_held(job, gate):
            return job
        wants_cancel = job.running_at is None and await self._store.read(tasks.wants_cancel, job.id)
        if wants_cancel and await self._cancel_at_wan(job, task_id):
            return None
        try:
            answer = await self._wan.query_task(task_id, story=job.request.story)
        except (WanNotSent, WanUnanswered) as error:
            await self._task_call_failed(job, error)
            return await self._unless_overdue(job)
        except WanRefused as error:
            if wants_cancel and error.code == CANCELED:  # by a call of ours whose answer was lost
                await self._canceled(job, may_have_been_paid=False)
            else:
                await self._went_wrong(job, error)
            return None
        if gate is not None:
            await self._commit(pauses.let_in, gate.since, now=self._clock())
        if isinstance(answer, Made):
            story = job.request.story
            await self._made(job, within(answer, job.request.count) if story else answer)
            return None
        return await self._unless_overdue(job if answer.status == PENDING else await self._running(job))

    async def _unless_overdue(self, job: Job | None) -> Job | None:
        if job is not None and self._overdue(job):
            await self._went_wrong(job, WanUnanswered(Reason.UNANSWERED, request_id=job.request_id or ""))
            return None
        return job

    async def _running(self, job: Job) -> Job | None:
        """Write down once that Wan has begun a task; None where the job is no longer this process's own."""
        return job if job.running_at else await self._commit(tasks.running, job, now=self._clock())

    async def _cancel_at_wan(self, job: Job, task_id: str) -> bool:
        try:
            await self._wan.cancel_task(task_id)
        except WanError as error:
            await self._task_call_failed(job, error)
            return False
        await self._canceled(job, may_have_been_paid=False)
        return True

    async def _task_call_failed(self, job: Job, error: WanError) -> None:
        log.warning("task_call_failed", job_id=job.id, why=str(error))
        if (pause := retry.shared_pause(error)) is not None and pause.reach is retry.Reach.ACCOUNT:
            await self._pause(job, pause, error)

    def _is_held(self, job: Job, gate: SendingPause) -> bool:
        now = self._clock()
        waited = now - (job.submitting_at or now)
        return bool(pauses.in_force((gate,), now)) and waited <= TASK_DEADLINE + pauses.LONGEST

    async def _canceled(self, job: Job, *, may_have_been_paid: bool) -> None:
        await self._commit(jobs.canceled, job, may_have_been_paid=may_have_been_paid, now=self._clock())
        telemetry.ENDED.labels(state="canceled", reason="").inc()
        log.info("job_canceled", job_id=job.id)

    def _overdue(self, job: Job) -> bool:
        return job.submitting_at is not None and self._clock() - job.submitting_at > TASK_DEADLINE

    def _generation(self, job: Job, images: tuple[InputImage, ...]) -> Generation:
        request, shape = job.request, job.request.shape or AspectRatio.SQUARE
        mode = MODELS[job.model].modes[use_for(len(images), story=request.story)]
        check_images(mode, images)
        return Generation(
            model=job.model,
            prompt=without_spoiler_marks(request.prompt),
            images=tuple(image.data_uri for image in images),
            n=1 if request.story else request.count,
            max_images=request.count if request.story else None,
            size=size_for(job.model, shape, request.quality, images, story=request.story),
            negative_prompt=without_spoiler_marks(request.negative_prompt),
            seed=request.seed,
            enhance=request.enhance,
            watermark=self._watermark,
            answer_timeout_s=answer_timeout_s(mode, request.count, request.quality, enhance=request.enhance),
        )

    async def _made(self, job: Job, made: Made) -> None:
        await self._commit(jobs.made, job, made, now=self._clock())
        billed, asked = job.request.count if made.image_count is None else made.image_count, job.request.count
        if max(billed, len(made.links)) > asked:
            await self._more_than_asked(job, billed, len(made.links))
        telemetry.BILLED.labels(model=job.model).inc(billed)
        log.info("job_made", job_id=job.id, image_count=billed, size=made.size, request_id=made.request_id)

    async def _more_than_asked(self, job: Job, billed: int, links: int) -> None:
        """Only what was asked for is delivered, and all that is billed is counted: the operator must know."""
        count = job.request.count
        log.error("more_than_asked", job_id=job.id, model=job.model, count=count, links=links, image_count=billed)
        await self._alarm(Alert(Reason.MORE_THAN_ASKED, job.model, job.call, pauses=False))

    async def _went_wrong(self, job: Job, error: WanError) -> None:
        if (pause := retry.shared_pause(error)) is not None:
            await self._pause(job, pause, error)
            if pause.reach is retry.Reach.CALL and await self._sent_otherwise(job, error):
                return
        elif error.reason in retry.ALERT_REASONS:
            await self._alarm(Alert(error.reason, job.model, job.call, error.code, error.status, pauses=False))
        match retry.decide(error, attempts=job.attempts, rng=self._rng):
            case retry.RetryLater(delay_s, enhance, model_wait_s):
                now = self._clock()
                if model_wait_s:
                    await self._commit(
                        queue.hold_model_queue, job.model, now + timedelta(seconds=model_wait_s), now=now
                    )
                await self._again(job, now + timedelta(seconds=delay_s), enhance, error)
                log.info("job_again", job_id=job.id, attempts=job.attempts, delay_s=round(delay_s, 1), why=str(error))
            case retry.PauseSending():  # the job waits: the key or the balance is wrong, not the ask
                await self._commit(queue.wait_behind, job, error.request_id, now=self._clock())
            case retry.GiveUp(failure, may_have_been_paid):
                facts = {"model": job.model, **failure.facts}
                await self._never(job, Failure(failure.reason, facts), may_have_been_paid, error)

    async def _pause(self, job: Job, pause: retry.PauseSending, error: WanError) -> None:
        """Send nothing more of what was refused, in any process; the operator hears of it once."""
        now = self._clock()
        until = now + timedelta(seconds=pause.delay_s)
        model = pauses.EVERY if pause.reach is retry.Reach.ACCOUNT else job.model
        call = job.call.value if pause.reach is retry.Reach.CALL else pauses.EVERY
        where = {"model": model, "call": call, "code": error.code}
        first = await self._commit(pauses.pause, pause.reason, until, **where, now=now)
        log.error("sending_paused", reason=pause.reason, **where, first=first, until=until.isoformat(), why=str(error))
        if first and (pause.reason is not Reason.TURNED_AWAY or pause.delay_s > retry.MIN_ALERT_S):
            await self._alarm(Alert(pause.reason, model, call, error.code, error.status))

    async def _sent_otherwise(self, job: Job, error: WanError) -> bool:
        """Send this job, and what waits with it, by another call style, where it has one that is not refused too.

        What Wan refused was not paid.
        """
        other, now = self._other_call(job), self._clock()
        if other is None or not await self._commit(pauses.send_by, job.model, job.call, other, now=now):
            return False
        await self._commit(jobs.again, job, now, enhance=None, call=other, request_id=error.request_id, now=now)
        log.warning("sent_otherwise", job_id=job.id, call=other)
        return True

    async def _again(self, job: Job, at: datetime, enhance: bool | None, error: WanError) -> None:
        await self._commit(jobs.again, job, at, enhance=enhance, request_id=error.request_id, now=self._clock())

    async def _never(self, job: Job, failure: Failure, may_have_been_paid: bool, error: WanvasError) -> None:
        await self._commit(jobs.failed, job, failure, may_have_been_paid=may_have_been_paid, now=self._clock())
        telemetry.ENDED.labels(state="failed", reason=failure.reason).inc()
        if may_have_been_paid:
            telemetry.IN_DOUBT.inc()
        log.warning("job_failed", job_id=job.id, may_have_been_paid=may_have_been_paid, why=str(error))

    async def _commit(self, transaction: Callable[..., T], *args: object, **more: object) -> T:
        """Write down an outcome, however long the database is away and whoever is canceled meanwhile."""
        while True:
            try:
                result = await asyncio.shield(self._store.write(transaction, *args, **more))
            except StoreUnavailable as error:
                log.error("outcome_not_written", transaction=transaction.__name__, why=str(error))
                await asyncio.sleep(STORE_PAUSE_S)
            else:
                self._wake_signal.ring()
                return result
