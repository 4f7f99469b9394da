"""Makes one claimed job: sends it to Wan, and writes down what came of it before anything else happens."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from random import Random
from typing import TypeVar

import structlog

from imagegen import retry, storyteller, telemetry
from imagegen.asks import spoken
from imagegen.bell import Bell
from imagegen.errors import (
    PictureRefused,
    Reason,
    StoreUnavailable,
    WanError,
    WanNotSent,
    WanRefused,
    WanUnanswered,
    WanvasError,
)
from imagegen.model import Call, Failure, Job, Made, Picture, Shape
from imagegen.store import jobs, line, stories
from imagegen.store.engine import Store
from imagegen.storyteller import Storyteller
from imagegen.wan.catalogue import MODELS, use_of
from imagegen.wan.client import WanClient
from imagegen.wan.sizes import check_pictures, size_for
from imagegen.wan.wire import Generation

T = TypeVar("T")

log = structlog.get_logger(__name__)

STORE_PAUSE_S = 2.0  # between two tries to write down an outcome that must not be lost
# The vendor suggests 5 to 10 s; an edit takes about 20 s. An account may ask 20 times a second: the lanes of all models
# and processes together hold 20 tasks at most, so that asking needs no pace of its own.
# https://help.aliyun.com/zh/model-studio/manage-asynchronous-tasks (2026-11-22)
POLL_S = 3.0
TASK_DEADLINE = timedelta(minutes=30)  # tasks take 1-2 minutes; past this it is told, and its money kept


class Maker:
    """Sends what the line claimed. Each method takes a job of ours and leaves it in its next state."""

    def __init__(
        self,
        store: Store,
        wan: WanClient,
        bell: Bell,
        *,
        watermark: bool,
        alarm: Callable[[Reason], Awaitable[None]],
        clock: Callable[[], datetime],
        rng: Random,
        poll_s: float = POLL_S,
    ) -> None:
        self._store, self._wan, self._bell, self._watermark = store, wan, bell, watermark
        self._alarm, self._clock, self._rng, self._poll_s = alarm, clock, rng, poll_s
        self._storyteller = Storyteller(store, wan, clock=clock)

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
        except PictureRefused as error:
            await self._never(job, Failure(error.reason, error.facts), False, error)
        except WanError as error:
            await self._went_wrong(job, error)
        else:
            telemetry.WAN_S.labels(model=job.model).observe(time.monotonic() - began_s)
            await self._made(job, made)

    async def _tell(self, job: Job, generation: Generation) -> None:
        """A story: what came of it is kept, however it ended. Raises PictureRefused or a WanError when nothing came."""
        told = await self._storyteller.tell(job, generation)
        if told.made is not None:
            if told.cut is not None:
                log.warning("story_cut", job_id=job.id, cut=told.cut, why=str(told.error or ""))
            await self._made(job, told.made)
        elif told.stopped:
            await self._commit(stories.cancelled, job, may_have_been_paid=told.sent, now=self._clock())
            telemetry.ENDED.labels(state="cancelled", reason="").inc()
        else:
            raise told.failure

    async def poll(self, job: Job) -> None:
        """Ask after a job in ``submitted`` until its task ends. A task whose id is known is never paid for again."""
        if job.remote_id is None:
            raise ValueError(f"job {job.id} has no task to ask after")
        while True:
            try:
                answer = await self._wan.query_task(job.remote_id, story=job.request.story)
            except (WanNotSent, WanUnanswered) as error:
                log.warning("task_query_failed", job_id=job.id, why=str(error))
            except WanRefused as error:
                return await self._went_wrong(job, error)
            else:
                if isinstance(answer, Made):
                    story = job.request.story
                    return await self._made(job, storyteller.within(answer, job.request.count) if story else answer)
            if self._overdue(job):
                return await self._went_wrong(job, WanUnanswered(Reason.UNANSWERED, request_id=job.request_id or ""))
            await asyncio.sleep(self._poll_s)

    def _overdue(self, job: Job) -> bool:
        return job.submitting_at is not None and self._clock() - job.submitting_at > TASK_DEADLINE

    def _generation(self, job: Job, pictures: tuple[Picture, ...]) -> Generation:
        request, shape = job.request, job.request.shape or Shape.SQUARE
        check_pictures(MODELS[job.model].modes[use_of(len(pictures), story=request.story)], pictures)
        return Generation(
            model=job.model,
            prompt=spoken(request.prompt),
            pictures=tuple(picture.data_uri for picture in pictures),
            n=1 if request.story else request.count,
            max_images=request.count if request.story else None,
            size=size_for(job.model, shape, request.quality, pictures, story=request.story),
            negative_prompt=spoken(request.negative_prompt),
            seed=request.seed,
            enhance=request.enhance,
            watermark=self._watermark,
        )

    async def _made(self, job: Job, made: Made) -> None:
        await self._commit(jobs.made, job, made, now=self._clock())
        billed = job.request.count if made.image_count is None else made.image_count
        telemetry.BILLED.labels(model=job.model).inc(billed)
        log.info("job_made", job_id=job.id, image_count=billed, size=made.size, request_id=made.request_id)

    async def _went_wrong(self, job: Job, error: WanError) -> None:
        match retry.decide(error, attempts=job.attempts, rng=self._rng):
            case retry.Again(delay_s, enhance, hold_s):
                now = self._clock()
                if hold_s:
                    await self._commit(line.hold_lane, job.model, now + timedelta(seconds=hold_s), now=now)
                await self._again(job, now + timedelta(seconds=delay_s), enhance, error)
                log.info("job_again", job_id=job.id, attempts=job.attempts, delay_s=round(delay_s, 1), why=str(error))
            case retry.Pause(reason, delay_s):
                await self._pause(job, reason, self._clock() + timedelta(seconds=delay_s), error)
            case retry.Never(failure, may_have_been_paid):
                await self._never(job, failure, may_have_been_paid, error)

    async def _pause(self, job: Job, reason: Reason, until: datetime, error: WanError) -> None:
        """The job keeps its place: the key or the balance is wrong, not the ask."""
        first = await self._commit(line.pause_sending, reason, until, now=self._clock())
        await self._again(job, self._clock(), None, error)
        log.error("sending_paused", reason=reason, first=first, until=until.isoformat(), why=str(error))
        if first:
            await self._alarm(reason)

    async def _again(self, job: Job, at: datetime, enhance: bool | None, error: WanError) -> None:
        await self._commit(jobs.again, job, at, enhance=enhance, request_id=error.request_id, now=self._clock())

    async def _never(self, job: Job, failure: Failure, may_have_been_paid: bool, error: WanvasError) -> None:
        await self._commit(jobs.failed, job, failure, may_have_been_paid=may_have_been_paid, now=self._clock())
        telemetry.ENDED.labels(state="failed", reason=failure.reason).inc()
        if may_have_been_paid:
            telemetry.IN_DOUBT.inc()
        log.warning("job_failed", job_id=job.id, may_have_been_paid=may_have_been_paid, why=str(error))

    async def _commit(self, transaction: Callable[..., T], *args: object, **more: object) -> T:
        """Write down an outcome, however long the database is away and whoever is cancelled meanwhile."""
        while True:
            try:
                result = await asyncio.shield(self._store.write(transaction, *args, **more))
            except StoreUnavailable as error:
                log.error("outcome_not_written", transaction=transaction.__name__, why=str(error))
                await asyncio.sleep(STORE_PAUSE_S)
            else:
                self._bell.ring()
                return result
