"""The worker: read input images, generate, poll tasks, deliver; adopt the jobs whose process died.

Four work loops run side by side. Each claims jobs and works on a limited number at once. A waiting job waits as a row
of the store, never in a coroutine.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import structlog

from imagegen import metrics, ownership
from imagegen.errors import ImageRefused, InvariantBroken, OwnershipLost, Reason, StoreUnavailable
from imagegen.imaging.images import ImageReader
from imagegen.logs import about_job
from imagegen.model import Failure, Job
from imagegen.policy.model_queue import ModelQueue
from imagegen.policy.quota import Limits
from imagegen.states import State
from imagegen.store import jobs, processes, queue, queue_positions, references, time_bounds
from imagegen.store.engine import Store
from imagegen.store.queue import Idle
from imagegen.store.rehearsal import rehearse
from imagegen.wakeup import Wake, WakeSignal, wait_for_signal
from imagegen.worker.delivery import Deliverer, DeliveryRunner
from imagegen.worker.generate import JobRunner, Keep
from imagegen.worker.membership import Membership
from imagegen.worker.retention import RetentionLoop, RetentionPolicy
from imagegen.worker.slots import Slots

log = structlog.get_logger(__name__)

POLL_S = 2.0  # besides the wake-up signal: rows also become due by time, and by other processes
HEARTBEAT_S = 5.0
READING_AT_ONCE = 4  # mostly downloads; two child processes decode
DELIVERING_AT_ONCE = 8  # each holds its images in memory
RELEASE_EVERY_S = 10.0
TO_DELIVER = (State.GENERATED, State.FAILED, State.CANCELED)


@dataclass(frozen=True)
class WorkLoop:
    """One kind of work: how to claim a job, what to do with it, and how many jobs at once."""

    wake: Wake
    claim: Callable[[], Awaitable[Job | Idle]]
    work: Callable[[Job], Awaitable[None]]
    slots: Slots
    states: Sequence[State]  # in which it owns jobs; none for polling, which finds its tasks again by itself

    @property
    def name(self) -> str:
        """The name that logs use."""
        return self.wake.name.lower()


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
        self._model_queues, self._limits, self._retention, self._clock = model_queues, limits, retention, clock
        self._served = tuple(model_queue for model_queue in model_queues if model_queue.is_offered)
        self.owner = store.owner
        self._stopping = False
        self._polled: set[int] = set()
        self._delivery = DeliveryRunner(store, wake_signal, deliverer, clock)
        self._membership = Membership(store, wake_signal, ownership.LEASE, limits, clock)
        self._deliver = WorkLoop(
            Wake.DELIVER, self._next_to_deliver, self._delivery.run, Slots(DELIVERING_AT_ONCE), TO_DELIVER
        )

    @property
    def silent_s(self) -> float:
        """Seconds since the last heartbeat of this process was stored; one is due every 5 s."""
        return self._membership.silent_s

    @property
    def is_stopping(self) -> bool:
        """Whether ``stop`` was called."""
        return self._stopping

    def stop(self) -> None:
        """Claim no more jobs; running work continues."""
        self._stopping = True
        self._wake_signal.send()

    async def run(self) -> None:
        """Adopt the jobs whose process died, then work until stopped."""
        await self._membership.start(lambda: self._stopping)
        with suppress(StoreUnavailable):  # the store logs it
            await self._find_served()
        loops = self._loops()
        async with asyncio.TaskGroup() as group:
            retention = RetentionLoop(self._store, self._retention, self._clock)
            once = self._rehearse(), self._runner.pausing.check_key()
            background = [group.create_task(task) for task in (*once, self._maintain(), retention.run())]
            await asyncio.wait([group.create_task(self._run(loop)) for loop in loops])
            for task in background:
                task.cancel()
        await self._membership.leave()

    def _loops(self) -> tuple[WorkLoop, ...]:
        in_flight = sum(model_queue.in_flight for model_queue in self._served) + DELIVERING_AT_ONCE
        generate = self._next_to_generate
        return (
            WorkLoop(Wake.READ, self._next_to_read, self._read, Slots(READING_AT_ONCE), (State.REQUESTED,)),
            WorkLoop(Wake.GENERATE, generate, self._generate, Slots(in_flight), (State.SUBMITTING,)),
            WorkLoop(Wake.POLL, self._next_to_poll, self._poll, Slots(in_flight), ()),
            self._deliver,
        )

    async def _run(self, loop: WorkLoop) -> None:
        slots, released_s = loop.slots, time.monotonic()
        async with asyncio.TaskGroup() as group:
            while not self._stopping:
                await slots.take()
                ticket = self._wake_signal.ticket(loop.wake)
                if loop.states and time.monotonic() - released_s > RELEASE_EVERY_S:
                    released_s = time.monotonic()
                    await self._release_unheld(loop)
                job = await self._claim(loop)
                if isinstance(job, Idle):
                    slots.free()
                    await wait_for_signal(ticket, self._idle_s(job))
                else:
                    slots.running.add(job.id)
                    task = group.create_task(self._work(loop, job))
                    task.add_done_callback(partial(slots.free, job.id))

    async def _release_unheld(self, loop: WorkLoop) -> None:
        """Release jobs that this loop owns in the store but does not run. Called while no claim is under way."""
        try:
            with loop.slots.fixed() as running:
                while await self._store.write(processes.release_unheld, self.owner, loop.states, running):
                    log.warning("job_released", loop=loop.name)
        except StoreUnavailable:
            return  # the store logs it

    async def _claim(self, loop: WorkLoop) -> Job | Idle:
        try:
            return Idle() if self._stopping or self._membership.may_seem_dead() else await loop.claim()
        except StoreUnavailable:  # the store logs it
            return Idle()
        except InvariantBroken:
            # A defect, caught by the schema: the first job of this loop waits, the other loops continue.
            log.exception("claim_refused", loop=loop.name)
            return Idle()

    def _idle_s(self, idle: Idle) -> float:
        """Return how long to sleep: until the next poll, or until a row becomes due."""
        return POLL_S if idle.until is None else min(POLL_S, max(0.01, (idle.until - self._clock()).total_seconds()))

    async def _work(self, loop: WorkLoop, job: Job) -> None:
        """Work on *job* while this process owns it: each request to the outside checks that first."""
        check = ownership.checked_by(partial(self._membership.check, job))
        with about_job(job.id), check:
            try:
                if job.request.unread and not job.state.has_ended:
                    await self._give_up(job)
                else:
                    await loop.work(job)
            except OwnershipLost as error:
                log.warning("job_dropped", loop=loop.name, why=str(error))
            except StoreUnavailable as error:
                log.error("work_interrupted", loop=loop.name, why=str(error))
            except Exception:
                log.exception("work_failed", loop=loop.name)
                await self._give_up(job)

    async def _give_up(self, job: Job) -> None:
        """After a defect, fail the job: release its quota, notify the member, and keep its budget used, to be safe.

        The budget of a request that this version cannot read is released too, unless Wan has its task.
        """
        failure = Failure(Reason.INTERNAL, {"job_id": job.id})
        paid = not job.request.unread or job.state is State.SUBMITTED
        while True:  # until it is stored: so long this process owns the job, and no other sends it again
            try:
                if job.state is State.REQUESTED or job.state.is_in_flight:
                    await self._store.write(jobs.failed, job, failure, may_have_been_paid=paid, now=self._clock())
                    metrics.IN_DOUBT.inc(int(paid))
                else:
                    await self._delivery.count_defect(job)
                return
            except StoreUnavailable as error:
                log.error("give_up_failed", why=str(error))
                await asyncio.sleep(POLL_S)

    async def _generate(self, job: Job) -> None:
        await self._deliver_what(self._runner.generate, job)

    async def _deliver_what(self, generate: Callable[[Job, Keep], Awaitable[Job | None]], job: Job) -> None:
        """Generate *job*, and deliver it in this task if a slot for a delivery is free: else the deliver loop does.

        The delivery has a claim of its own, with the next epoch: what this process decided before has no hold on it.
        """
        with self._deliver.slots.slot_for(job.id) as slot:
            generated = await generate(job, lambda: not self._membership.may_seem_dead() and slot.take())
            if generated is not None:
                await self._work(self._deliver, generated)

    async def _next_to_read(self) -> Job | Idle:
        return await self._store.write(queue.next_to_read, self.owner, now=self._clock())

    async def _read(self, job: Job) -> None:
        try:
            links = job.request.images
            kept = await self._store.read(references.images_of, links)
            images = await self._reader.read(links, kept)
        except ImageRefused as error:
            failure = Failure(error.reason, error.facts)
            await self._store.write(jobs.failed, job, failure, may_have_been_paid=False, now=self._clock())
            log.warning("job_failed", may_have_been_paid=False, why=str(error))
            self._wake_signal.send_for(State.FAILED)
        else:
            after = await self._store.write(jobs.read, job, images, now=self._clock())
            self._wake_signal.send_for(State.QUEUED if after is None else after.state)

    async def _next_to_generate(self) -> Job | Idle:
        self._wake_signal.waits_for_room = True  # until it is known, so that no signal is missed meanwhile
        found = await self._store.write(queue.claim, self.owner, limits=self._served, now=self._clock())
        self._wake_signal.waits_for_room = not isinstance(found, Idle) or found.for_room
        return found

    async def _next_to_poll(self) -> Job | Idle:
        mine = await self._store.read(queue.to_poll, self.owner)
        job = next((job for job in mine if job.id not in self._polled), None)
        if job is None:
            return Idle()
        self._polled.add(job.id)
        return job

    async def _poll(self, job: Job) -> None:
        try:
            await self._deliver_what(self._runner.poll, job)
        finally:
            self._polled.discard(job.id)

    async def _next_to_deliver(self) -> Job | Idle:
        return await self._store.write(queue.next_to_deliver, self.owner, now=self._clock())

    async def _rehearse(self) -> None:
        try:
            await rehearse(self._store, self._served, self._limits, now=self._clock())
        except Exception:
            log.exception("rehearsal_failed")  # the first image takes longer; no more depends on it

    async def _maintain(self) -> None:
        while True:
            with suppress(StoreUnavailable):  # the store logs it
                await self._maintain_once()
            await asyncio.sleep(HEARTBEAT_S)

    async def _find_served(self) -> None:
        """Find the queues that may have jobs: those of offered models, and those that have jobs. Each costs time."""
        busy = await self._store.read(queue_positions.models_with_jobs)
        self._served = tuple(each for each in self._model_queues if each.is_offered or each.model in busy)

    async def _maintain_once(self) -> None:
        await self._membership.heartbeat()
        await self._find_served()
        await self._runner.pausing.refresh()
        now = self._clock()
        if brought := await self._store.write(time_bounds.bring_back, now=now):
            log.warning("times_were_ahead", hint="was the clock set back?", **brought)
        unknown = partial(queue.expire_unknown, models=[each.model for each in self._model_queues])
        for expire in (queue.expire_unsent, queue.expire_paused, unknown):
            while await self._store.write(expire, now=now):
                self._wake_signal.send_for(State.FAILED)
