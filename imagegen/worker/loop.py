"""The worker: read input images, generate, poll tasks, deliver; adopt the jobs whose process died.

Four work loops run side by side. Each claims jobs and works on a limited number at once. A waiting job waits as a row
of the store, never in a coroutine.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

import structlog

from imagegen import ownership, telemetry
from imagegen.errors import (
    DeliverLater,
    ImageRefused,
    InvariantBroken,
    OwnershipLost,
    Reason,
    StoreUnavailable,
    Undeliverable,
    WanError,
    WanLinkLost,
)
from imagegen.imaging.images import ImageReader
from imagegen.model import Delivered, Facts, Failure, Job
from imagegen.policy.quota import Limits
from imagegen.states import State
from imagegen.store import jobs, queue, time_bounds
from imagegen.store.engine import Store
from imagegen.store.queue import ModelQueue
from imagegen.wakeup import WakeSignal, wait_for_signal
from imagegen.worker.generate import JobRunner
from imagegen.worker.membership import Membership
from imagegen.worker.retention import RetentionLoop, RetentionPolicy

log = structlog.get_logger(__name__)

POLL_S = 2.0  # besides the wake-up signal: rows also become due by time, and by other processes
HEARTBEAT_S = 5.0
READING_AT_ONCE = 4  # mostly downloads; two child processes decode
DELIVERING_AT_ONCE = 8  # each holds its images in memory
# If a result's link cannot be downloaded, retry after 5 s, then after a third of the time waited so far. The link is
# valid for 24 h, but the member is notified within minutes.
LINK_RETRY_S, LINK_RETRY_SHARE, LINK_RETRY_FOR = 5.0, 3, timedelta(minutes=8)
LINKS_LIVE = timedelta(hours=24)
RELEASE_EVERY_S = 10.0
TO_DELIVER = (State.GENERATED, State.FAILED, State.CANCELED)


class Deliverer(Protocol):
    """Delivers a job where its request was made. After a crash, both methods may be called again for the same job."""

    async def deliver(self, job: Job) -> Delivered:
        """Deliver the images of *job*. Raises Undeliverable, DeliverLater, or a WanError of the download."""
        ...

    async def notify(self, job: Job) -> None:
        """Notify the member that a job failed or was canceled. Raises Undeliverable or DeliverLater."""
        ...


@dataclass(frozen=True)
class WorkLoop:
    """One kind of work: how to claim a job, what to do with it, and how many jobs at once."""

    name: str
    claim: Callable[[], Awaitable[Job | None]]
    work: Callable[[Job], Awaitable[None]]
    at_once: int
    states: Sequence[State]  # in which it owns jobs; none for polling, which finds its tasks again by itself
    running: set[int] = field(default_factory=set)  # the ids of its jobs


class Worker:
    """Runs the work loops of one process. ``run`` returns after ``stop``, when the running work has ended."""

    def __init__(
        self,
        store: Store,
        wake_signal: WakeSignal,
        runner: JobRunner,
        reader: ImageReader,
        deliverer: Deliverer,
        *,
        model_queues: Sequence[ModelQueue],
        limits: Limits,
        retention: RetentionPolicy,
        clock: Callable[[], datetime],
    ) -> None:
        self._store, self._wake_signal, self._runner, self._reader = store, wake_signal, runner, reader
        self._deliverer, self._model_queues, self._retention, self._clock = deliverer, model_queues, retention, clock
        self.owner = store.owner
        self._stopping = False
        self._polled: set[int] = set()
        self._membership = Membership(store, wake_signal, ownership.LEASE, limits, clock)

    @property
    def silent_s(self) -> float:
        """Seconds since the last heartbeat of this process was stored; one is due every 5 s."""
        return self._membership.silent_s

    def stop(self) -> None:
        """Claim no more jobs; running work continues."""
        self._stopping = True
        self._wake_signal.send()

    async def run(self) -> None:
        """Adopt the jobs whose process died, then work until stopped."""
        await self._membership.start(lambda: self._stopping)
        in_flight = sum(model_queue.in_flight for model_queue in self._model_queues)
        loops = (
            WorkLoop("read", self._next_to_read, self._read, READING_AT_ONCE, (State.REQUESTED,)),
            WorkLoop("generate", self._next_to_generate, self._runner.generate, in_flight, (State.SUBMITTING,)),
            WorkLoop("poll", self._next_to_poll, self._poll, in_flight, ()),
            WorkLoop("deliver", self._next_to_deliver, self._deliver, DELIVERING_AT_ONCE, TO_DELIVER),
        )
        async with asyncio.TaskGroup() as group:
            retention = RetentionLoop(self._store, self._retention, self._clock)
            background = [group.create_task(task) for task in (self._maintain(), retention.run())]
            await asyncio.wait([group.create_task(self._run(loop)) for loop in loops])
            for task in background:
                task.cancel()
        await self._membership.leave()

    async def _run(self, loop: WorkLoop) -> None:
        slots, released_s = asyncio.Semaphore(loop.at_once), time.monotonic()
        async with asyncio.TaskGroup() as group:
            while not self._stopping:
                await slots.acquire()
                ticket = self._wake_signal.ticket()
                if loop.states and time.monotonic() - released_s > RELEASE_EVERY_S:
                    released_s = time.monotonic()
                    await self._release_unheld(loop)
                job = await self._claim(loop)
                if job is None:
                    slots.release()
                    await wait_for_signal(ticket, await self._idle_s())
                else:
                    loop.running.add(job.id)
                    task = group.create_task(self._work(loop, job))
                    task.add_done_callback(partial(self._free_slot, loop, slots, job.id))

    def _free_slot(self, loop: WorkLoop, slots: asyncio.Semaphore, job_id: int, _task: object) -> None:
        loop.running.discard(job_id)
        slots.release()
        self._wake_signal.send()

    async def _release_unheld(self, loop: WorkLoop) -> None:
        """Release jobs that this loop owns in the store but does not run. Called while no claim is under way."""
        try:
            running = frozenset(loop.running)
            while await self._store.write(queue.release_unheld, self.owner, loop.states, running):
                log.warning("job_released", loop=loop.name)
        except StoreUnavailable as error:
            log.error("release_failed", loop=loop.name, why=str(error))

    async def _claim(self, loop: WorkLoop) -> Job | None:
        try:
            return None if self._stopping or self._membership.may_seem_dead() else await loop.claim()
        except StoreUnavailable as error:
            log.error("claim_failed", loop=loop.name, why=str(error))
            return None
        except InvariantBroken:
            # A defect, caught by the schema: the first job of this loop waits, the other loops continue.
            log.exception("claim_refused", loop=loop.name)
            return None

    async def _idle_s(self) -> float:
        """Return how long to sleep: until the next poll, or until a row becomes due."""
        try:
            wake_at = await self._store.read(queue.next_wake, now=self._clock())
        except StoreUnavailable:
            return POLL_S
        return POLL_S if wake_at is None else min(POLL_S, max(0.01, (wake_at - self._clock()).total_seconds()))

    async def _work(self, loop: WorkLoop, job: Job) -> None:
        """Work on *job* while this process owns it: each request to the outside checks that first."""
        check = ownership.checked_by(partial(self._membership.check, job))
        with structlog.contextvars.bound_contextvars(job_id=job.id), check:
            try:
                await loop.work(job)
            except OwnershipLost as error:
                log.warning("job_dropped", loop=loop.name, why=str(error))
            except StoreUnavailable as error:
                log.error("work_interrupted", loop=loop.name, why=str(error))
            except Exception:
                log.exception("work_failed", loop=loop.name)
                await self._give_up(job)

    async def _give_up(self, job: Job) -> None:
        """After a defect, fail the job: release its quota, notify the member, and keep its budget used, to be safe."""
        failure = Failure(Reason.INTERNAL, {"job_id": job.id})
        while True:  # until it is stored: so long this process owns the job, and no other sends it again
            try:
                if job.state is State.REQUESTED or job.state.is_in_flight:
                    await self._store.write(jobs.failed, job, failure, may_have_been_paid=True, now=self._clock())
                else:
                    await self._count_defect(job)
                return
            except StoreUnavailable as error:
                log.error("give_up_failed", why=str(error))
                await asyncio.sleep(POLL_S)

    async def _count_defect(self, job: Job) -> None:
        """Deliver or notify again later; after a few defects in a row the store ends the job."""
        after = await self._store.write(jobs.stumbled, job, now=self._clock())
        if after is not None and (after.state is not job.state or after.notified_at is not None):
            log.error("delivery_given_up", state=after.state, tries=job.defects + 1)
        self._wake_signal.send()

    async def _next_to_read(self) -> Job | None:
        return await self._store.write(queue.next_to_read, self.owner, now=self._clock())

    async def _read(self, job: Job) -> None:
        try:
            images = await self._reader.read(job.request.images)
        except ImageRefused as error:
            failure = Failure(error.reason, error.facts)
            await self._store.write(jobs.failed, job, failure, may_have_been_paid=False, now=self._clock())
            telemetry.ENDED.labels(state="failed", reason=error.reason).inc()
            log.info("image_refused", why=str(error))
        else:
            await self._store.write(jobs.read, job, images, now=self._clock())
        self._wake_signal.send()

    async def _next_to_generate(self) -> Job | None:
        return await self._store.write(queue.claim, self.owner, limits=self._model_queues, now=self._clock())

    async def _next_to_poll(self) -> Job | None:
        mine = await self._store.read(queue.to_poll, self.owner)
        job = next((job for job in mine if job.id not in self._polled), None)
        if job is not None:
            self._polled.add(job.id)
        return job

    async def _poll(self, job: Job) -> None:
        try:
            await self._runner.poll(job)
        finally:
            self._polled.discard(job.id)

    async def _next_to_deliver(self) -> Job | None:
        return await self._store.write(queue.next_to_deliver, self.owner, now=self._clock())

    async def _deliver(self, job: Job) -> None:
        try:
            if job.state is State.GENERATED:
                await self._finish(job, await self._deliverer.deliver(job))
            else:
                await self._deliverer.notify(job)
                await self._store.write(jobs.notified, job, now=self._clock())
        except DeliverLater as error:
            await self._deliver_later(job, error.delay_s, Reason.UNDELIVERED, error.shown)
        except WanLinkLost as error:
            await self._fail_delivery(job, error.reason, str(error))
        except WanError as error:
            await self._download_later(job, error)
        except Undeliverable as error:
            await self._fail_delivery(job, error.reason, str(error))

    async def _finish(self, job: Job, shown: Delivered) -> None:
        now = self._clock()
        await self._store.write(jobs.done, job, shown.images, shown.message_id, now=now)
        telemetry.ENDED.labels(state="done", reason="").inc()
        telemetry.DELIVERED.inc(shown.images)
        telemetry.JOB_S.observe((now - job.requested_at).total_seconds())
        log.info("job_done", images=shown.images, took_s=round((now - job.requested_at).total_seconds(), 2))

    async def _download_later(self, job: Job, error: WanError) -> None:
        now = self._clock()
        waited = now - (job.generated_at or job.requested_at)
        log.warning("download_failed", waited_s=round(waited.total_seconds()), why=str(error))
        if waited >= LINK_RETRY_FOR:
            await self._fail_delivery(job, error.reason, str(error))
        else:
            delay = max(timedelta(seconds=LINK_RETRY_S), waited / LINK_RETRY_SHARE)
            await self._store.write(jobs.deliver_again, job, now + min(delay, LINK_RETRY_FOR - waited))

    async def _deliver_later(self, job: Job, delay_s: float, reason: Reason, shown: int = 0) -> None:
        now = self._clock()
        if now - job.requested_at > LINKS_LIVE and shown and job.state is State.GENERATED:
            await self._finish(job, Delivered(shown))  # part of a story was delivered
        elif now - job.requested_at > LINKS_LIVE:
            await self._fail_delivery(job, reason, "its links have expired")
        else:
            delay = min(timedelta(seconds=delay_s), time_bounds.DELIVERS_AHEAD)
            await self._store.write(jobs.deliver_again, job, now + delay)

    async def _fail_delivery(self, job: Job, reason: Reason, why: str) -> None:
        """Fail a job that cannot be delivered; one that cannot even be notified counts as notified.

        The quota is released, unless the channel was closed to the bot meanwhile: then the whole result is used.
        """
        log.warning("job_undelivered", state=job.state, why=why)
        if job.state is State.GENERATED:
            lost = reason is Reason.RESULT_LOST and job.request_id  # Wan lost it: its request id helps to find out why
            counted = len(job.made.links) if job.made is not None and reason is Reason.CHANNEL_CLOSED else 0
            facts: Facts = {"request_id": lost} if lost else {"counted": counted} if counted else {}
            await self._store.write(jobs.undelivered, job, Failure(reason, facts), used=counted, now=self._clock())
            telemetry.ENDED.labels(state="failed", reason=reason).inc()
            self._wake_signal.send()
        else:
            await self._store.write(jobs.notified, job, now=self._clock())

    async def _maintain(self) -> None:
        while True:
            try:
                await self._maintain_once()
            except StoreUnavailable as error:
                log.error("maintenance_failed", why=str(error))
            await asyncio.sleep(HEARTBEAT_S)

    async def _maintain_once(self) -> None:
        await self._membership.heartbeat()
        now = self._clock()
        if brought := await self._store.write(time_bounds.bring_back, now=now):
            log.warning("times_were_ahead", hint="was the clock set back?", **brought)
        for expire in (queue.expire_unsent, queue.expire_paused):
            while await self._store.write(expire, now=now):
                self._wake_signal.send()
