"""The loop: read images, claim, make, deliver; adopts what a dead process left.

Four lines of work run side by side, each a pump: it claims one job after another, as many at once as it may. What
waits, waits in a row of the store, never in a coroutine.
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

POLL_S = 2.0  # beside the bell: rows also become due by time, and by other processes
HEARTBEAT_S = 5.0
READING_AT_ONCE = 4  # fetching mostly; two children decode
DELIVERING_AT_ONCE = 8  # each holds its images in memory
# A result's link that gave nothing is asked again, after 5 s at first and then ever more seldom. The link lives 24 h,
# but whoever waits for the image is told within minutes.
LINK_AGAIN_S, LINK_SHARE, LINK_FOR = 5.0, 3, timedelta(minutes=8)
LINKS_LIVE = timedelta(hours=24)
LET_GO_EVERY_S = 10.0
TO_SHOW = (State.MADE, State.FAILED, State.CANCELED)


class Deliverer(Protocol):
    """Whoever shows a job where it was asked. Both may be called again for the same job after a crash."""

    async def deliver(self, job: Job) -> Delivered:
        """Show a made job's images. Raises Undeliverable, DeliverLater, or a WanError of the download."""
        ...

    async def tell(self, job: Job) -> None:
        """Say why a job failed, or that it was canceled. Raises Undeliverable or DeliverLater."""
        ...


@dataclass(frozen=True)
class WorkLoop:
    """One line of work: how a job is claimed, what is done with it, how many at once."""

    name: str
    claim: Callable[[], Awaitable[Job | None]]
    work: Callable[[Job], Awaitable[None]]
    at_once: int
    states: Sequence[State]  # in which it owns a job; a task that is asked after is found again by itself
    held: set[int] = field(default_factory=set)


class Worker:
    """Owns every task it starts. ``run`` returns when ``stop`` was called and the running work has ended."""

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
        """Seconds since this process was last seen by the others: its heartbeat is written every 5 s."""
        return self._membership.silent_s

    def stop(self) -> None:
        """Claim nothing more; what runs goes on."""
        self._stopping = True
        self._wake_signal.ring()

    async def run(self) -> None:
        """Adopt what a dead process left, then work until stopped."""
        await self._membership.begin(lambda: self._stopping)
        in_flight = sum(model_queue.in_flight for model_queue in self._model_queues)
        pumps = (
            WorkLoop("read", self._next_to_read, self._read, READING_AT_ONCE, (State.ASKED,)),
            WorkLoop("make", self._next_to_make, self._runner.make, in_flight, (State.SUBMITTING,)),
            WorkLoop("poll", self._next_to_poll, self._poll, in_flight, ()),
            WorkLoop("deliver", self._next_to_deliver, self._deliver, DELIVERING_AT_ONCE, TO_SHOW),
        )
        async with asyncio.TaskGroup() as group:
            beside = [self._keep_house(), RetentionLoop(self._store, self._retention, self._clock).run()]
            keepers = [group.create_task(task) for task in beside]
            await asyncio.wait([group.create_task(self._run(pump)) for pump in pumps])
            for status_cards in keepers:
                status_cards.cancel()
        await self._membership.end()

    async def _run(self, pump: WorkLoop) -> None:
        slots, looked_s = asyncio.Semaphore(pump.at_once), time.monotonic()
        async with asyncio.TaskGroup() as group:
            while not self._stopping:
                await slots.acquire()
                ticket = self._wake_signal.ticket()
                if pump.states and time.monotonic() - looked_s > LET_GO_EVERY_S:
                    looked_s = time.monotonic()
                    await self._let_go(pump)
                job = await self._claimed(pump)
                if job is None:
                    slots.release()
                    await wait_for_signal(ticket, await self._idle_s())
                else:
                    pump.held.add(job.id)
                    task = group.create_task(self._work(pump, job))
                    task.add_done_callback(partial(self._freed, pump, slots, job.id))

    def _freed(self, pump: WorkLoop, slots: asyncio.Semaphore, job_id: int, _task: object) -> None:
        pump.held.discard(job_id)
        slots.release()
        self._wake_signal.ring()

    async def _let_go(self, pump: WorkLoop) -> None:
        """Between two claims of the same pump, so that none is under way."""
        try:
            held = frozenset(pump.held)
            while await self._store.write(queue.release_unheld, self.owner, pump.states, held, now=self._clock()):
                log.warning("job_let_go", pump=pump.name)
        except StoreUnavailable as error:
            log.error("let_go_failed", pump=pump.name, why=str(error))

    async def _claimed(self, pump: WorkLoop) -> Job | None:
        try:
            return None if self._stopping or self._membership.may_seem_dead() else await pump.claim()
        except StoreUnavailable as error:
            log.error("claim_failed", pump=pump.name, why=str(error))
            return None
        except InvariantBroken:
            # A defect of ours, caught by the schema: whoever is first in this line waits, nobody else does.
            log.exception("claim_refused", pump=pump.name)
            return None

    async def _idle_s(self) -> float:
        """Until the poll, or until a row that waits for its time is due."""
        try:
            wake_at = await self._store.read(queue.next_wake, now=self._clock())
        except StoreUnavailable:
            return POLL_S
        return POLL_S if wake_at is None else min(POLL_S, max(0.01, (wake_at - self._clock()).total_seconds()))

    async def _work(self, pump: WorkLoop, job: Job) -> None:
        """Work on *job* for as long as it is this process's own: each request to the outside asks for that first."""
        check = ownership.checked_by(partial(self._membership.check, job))
        with structlog.contextvars.bound_contextvars(job_id=job.id), check:
            try:
                await pump.work(job)
            except OwnershipLost as error:
                log.warning("job_dropped", pump=pump.name, why=str(error))
            except StoreUnavailable as error:
                log.error("work_interrupted", pump=pump.name, why=str(error))
            except Exception:
                log.exception("work_failed", pump=pump.name)
                await self._give_up(job)

    async def _give_up(self, job: Job) -> None:
        """A defect of ours must not leave the requester waiting: told, returned, its money kept to be safe."""
        failure = Failure(Reason.INTERNAL, {"job_id": job.id})
        while True:  # until it is written: the job is in hand as long, and nobody sends it again
            try:
                if job.state is State.ASKED or job.state.is_in_flight:
                    await self._store.write(jobs.failed, job, failure, may_have_been_paid=True, now=self._clock())
                else:
                    await self._stumbled(job)
                return
            except StoreUnavailable as error:
                log.error("give_up_failed", why=str(error))
                await asyncio.sleep(POLL_S)

    async def _stumbled(self, job: Job) -> None:
        """Delivered or told again, each time later; after a few tries in vain it ends all the same."""
        after = await self._store.write(jobs.stumbled, job, now=self._clock())
        if after is not None and (after.state is not job.state or after.notified_at is not None):
            log.error("delivery_given_up", state=after.state, tries=job.defects + 1)
        self._wake_signal.ring()

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
        self._wake_signal.ring()

    async def _next_to_make(self) -> Job | None:
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
            if job.state is State.MADE:
                await self._done(job, await self._deliverer.deliver(job))
            else:
                await self._deliverer.tell(job)
                await self._store.write(jobs.notified, job, now=self._clock())
        except DeliverLater as error:
            await self._deliver_later(job, error.delay_s, Reason.UNDELIVERED, error.shown)
        except WanLinkLost as error:
            await self._undelivered(job, error.reason, str(error))
        except WanError as error:
            await self._download_later(job, error)
        except Undeliverable as error:
            await self._undelivered(job, error.reason, str(error))

    async def _done(self, job: Job, shown: Delivered) -> None:
        now = self._clock()
        await self._store.write(jobs.done, job, shown.images, shown.message_id, now=now)
        telemetry.ENDED.labels(state="done", reason="").inc()
        telemetry.SHOWN.inc(shown.images)
        telemetry.JOB_S.observe((now - job.asked_at).total_seconds())
        log.info("job_done", images=shown.images, took_s=round((now - job.asked_at).total_seconds(), 2))

    async def _download_later(self, job: Job, error: WanError) -> None:
        now = self._clock()
        waited = now - (job.made_at or job.asked_at)
        log.warning("download_failed", waited_s=round(waited.total_seconds()), why=str(error))
        if waited >= LINK_FOR:
            await self._undelivered(job, error.reason, str(error))
        else:
            delay = max(timedelta(seconds=LINK_AGAIN_S), waited / LINK_SHARE)
            await self._store.write(jobs.deliver_again, job, now + min(delay, LINK_FOR - waited), now=now)

    async def _deliver_later(self, job: Job, delay_s: float, reason: Reason, shown: int = 0) -> None:
        now = self._clock()
        if now - job.asked_at > LINKS_LIVE and shown and job.state is State.MADE:
            await self._done(job, Delivered(shown))  # a story of which people saw that much
        elif now - job.asked_at > LINKS_LIVE:
            await self._undelivered(job, reason, "its links have expired")
        else:
            delay = min(timedelta(seconds=delay_s), time_bounds.DELIVERS_AHEAD)
            await self._store.write(jobs.deliver_again, job, now + delay, now=now)

    async def _undelivered(self, job: Job, reason: Reason, why: str) -> None:
        """Made but not to be shown: told if a way is found. Untold: there is nobody left to tell.

        The quota is returned, unless somebody closed the place where it was asked: then all of the result is counted.
        """
        log.warning("job_undelivered", state=job.state, why=why)
        if job.state is State.MADE:
            lost = reason is Reason.RESULT_LOST and job.request_id  # Wan's doing: its id leads to what became of it
            counted = len(job.made.links) if job.made is not None and reason is Reason.PLACE_CLOSED else 0
            facts: Facts = {"request_id": lost} if lost else {"counted": counted} if counted else {}
            await self._store.write(jobs.undelivered, job, Failure(reason, facts), counted=counted, now=self._clock())
            telemetry.ENDED.labels(state="failed", reason=reason).inc()
            self._wake_signal.ring()
        else:
            await self._store.write(jobs.notified, job, now=self._clock())

    async def _keep_house(self) -> None:
        while True:
            try:
                await self._keep_house_once()
            except StoreUnavailable as error:
                log.error("housekeeping_failed", why=str(error))
            await asyncio.sleep(HEARTBEAT_S)

    async def _keep_house_once(self) -> None:
        await self._membership.keep()
        now = self._clock()
        if brought := await self._store.write(time_bounds.bring_back, now=now):
            log.warning("moments_were_ahead", hint="was the clock set back?", **brought)
        for expire in (queue.expire_unsent, queue.expire_paused):
            while await self._store.write(expire, now=now):
                self._wake_signal.ring()
