"""The loop: read pictures, claim, make, deliver; adopts what a dead process left.

Four lines of work run side by side, each a pump: it claims one job after another, as many at once as it may. What
waits, waits in a row of the store, never in a coroutine.
"""

from __future__ import annotations

import asyncio
import os
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from imagegen import telemetry
from imagegen.bell import Bell, wait_for_ring
from imagegen.errors import DeliverLater, PictureRefused, Reason, StoreUnavailable, Undeliverable, WanError, WanLinkLost
from imagegen.housekeeper import Housekeeper, Keep
from imagegen.maker import Maker
from imagegen.model import Failure, Job, Shown, State
from imagegen.pictures import Reader
from imagegen.store import jobs, line
from imagegen.store.engine import Store
from imagegen.store.line import Lane

log = structlog.get_logger(__name__)

POLL_S = 2.0  # beside the bell: rows also become due by time, and by other processes
HEARTBEAT_S = 5.0
LEASE = timedelta(seconds=30)  # six missed heartbeats
READING_AT_ONCE = 4  # fetching mostly; two children decode
DELIVERING_AT_ONCE = 8  # each holds its pictures in memory
LINK_AGAIN_S = 20.0  # a result's link that gave nothing is asked again; it lives 24 h
LINKS_LIVE = timedelta(hours=24)


class Deliverer(Protocol):
    """Whoever shows a job where it was asked. Both may be called again for the same job after a crash."""

    async def deliver(self, job: Job) -> Shown:
        """Show a made job's pictures. Raises Undeliverable, DeliverLater, or a WanError of the download."""
        ...

    async def tell(self, job: Job) -> None:
        """Say why a job failed, or that it was cancelled. Raises Undeliverable or DeliverLater."""
        ...


@dataclass(frozen=True)
class Pump:
    """One line of work: how a job is claimed, what is done with it, how many at once."""

    name: str
    claim: Callable[[], Awaitable[Job | None]]
    work: Callable[[Job], Awaitable[None]]
    at_once: int


def new_owner() -> str:
    """A name that no process had before: what a dead one owned is told apart by it."""
    return f"{os.getpid()}-{secrets.token_hex(4)}"


class Worker:
    """Owns every task it starts. ``run`` returns when ``stop`` was called and the running work has ended."""

    def __init__(
        self,
        store: Store,
        bell: Bell,
        maker: Maker,
        reader: Reader,
        deliverer: Deliverer,
        *,
        lanes: Sequence[Lane],
        keep: Keep,
        clock: Callable[[], datetime],
    ) -> None:
        self._store, self._bell, self._maker, self._reader = store, bell, maker, reader
        self._deliverer, self._lanes, self._keep, self._clock = deliverer, lanes, keep, clock
        self.owner = new_owner()
        self._stopping = False
        self._polled: set[int] = set()

    def stop(self) -> None:
        """Claim nothing more; what runs goes on."""
        self._stopping = True
        self._bell.ring()

    async def run(self) -> None:
        """Adopt what a dead process left, then work until stopped."""
        # On SQLite no other process can live beside this one, so nobody's lease need be waited for.
        await self._adopt(self._clock() if self._store.exclusive else self._clock() - LEASE)
        await self._store.write(line.try_sending, now=self._clock())
        in_flight = sum(lane.in_flight for lane in self._lanes)
        pumps = (
            Pump("read", self._next_to_read, self._read, READING_AT_ONCE),
            Pump("make", self._next_to_make, self._maker.make, in_flight),
            Pump("poll", self._next_to_poll, self._poll, in_flight),
            Pump("deliver", self._next_to_deliver, self._deliver, DELIVERING_AT_ONCE),
        )
        async with asyncio.TaskGroup() as group:
            beside = [self._keep_house(), Housekeeper(self._store, self._keep, self._clock).run()]
            keepers = [group.create_task(task) for task in beside]
            await asyncio.wait([group.create_task(self._run(pump)) for pump in pumps])
            for keeper in keepers:
                keeper.cancel()

    async def _run(self, pump: Pump) -> None:
        slots = asyncio.Semaphore(pump.at_once)
        async with asyncio.TaskGroup() as group:
            while not self._stopping:
                await slots.acquire()
                ticket = self._bell.ticket()
                job = await self._claimed(pump)
                if job is None:
                    slots.release()
                    await wait_for_ring(ticket, await self._idle_s())
                else:
                    group.create_task(self._work(pump, job)).add_done_callback(lambda _: self._freed(slots))

    def _freed(self, slots: asyncio.Semaphore) -> None:
        slots.release()
        self._bell.ring()

    async def _claimed(self, pump: Pump) -> Job | None:
        try:
            return None if self._stopping else await pump.claim()
        except StoreUnavailable as error:
            log.error("claim_failed", pump=pump.name, why=str(error))
            return None

    async def _idle_s(self) -> float:
        """Until the poll, or until a row that waits for its time is due."""
        try:
            wake_at = await self._store.read(line.next_wake, now=self._clock())
        except StoreUnavailable:
            return POLL_S
        return POLL_S if wake_at is None else min(POLL_S, max(0.01, (wake_at - self._clock()).total_seconds()))

    async def _work(self, pump: Pump, job: Job) -> None:
        with structlog.contextvars.bound_contextvars(job_id=job.id):
            try:
                await pump.work(job)
            except StoreUnavailable as error:
                log.error("work_interrupted", pump=pump.name, why=str(error))
            except Exception:
                log.exception("work_failed", pump=pump.name)
                await self._give_up(job)

    async def _give_up(self, job: Job) -> None:
        """A defect of ours must not leave the asker waiting: told, returned, its money kept to be safe."""
        try:
            failure = Failure(Reason.INTERNAL, {"job_id": job.id})
            if job.state in (State.ASKED, State.SUBMITTING, State.SUBMITTED):
                await self._store.write(jobs.failed, job, failure, may_have_been_paid=True, now=self._clock())
            else:
                await self._store.write(jobs.deliver_again, job, self._clock() + LEASE, now=self._clock())
        except StoreUnavailable as error:
            log.error("give_up_failed", why=str(error))

    async def _next_to_read(self) -> Job | None:
        return await self._store.write(line.next_to_read, self.owner, now=self._clock())

    async def _read(self, job: Job) -> None:
        try:
            pictures = await self._reader.read(job.request.pictures)
        except PictureRefused as error:
            failure = Failure(error.reason, error.facts)
            await self._store.write(jobs.failed, job, failure, may_have_been_paid=False, now=self._clock())
            telemetry.ENDED.labels(state="failed", reason=error.reason).inc()
            log.info("picture_refused", why=str(error))
        else:
            await self._store.write(jobs.read, job, pictures, now=self._clock())
        self._bell.ring()

    async def _next_to_make(self) -> Job | None:
        return await self._store.write(line.claim, self.owner, limits=self._lanes, now=self._clock())

    async def _next_to_poll(self) -> Job | None:
        mine = await self._store.read(line.to_poll, self.owner)
        job = next((job for job in mine if job.id not in self._polled), None)
        if job is not None:
            self._polled.add(job.id)
        return job

    async def _poll(self, job: Job) -> None:
        try:
            await self._maker.poll(job)
        finally:
            self._polled.discard(job.id)

    async def _next_to_deliver(self) -> Job | None:
        return await self._store.write(line.next_to_deliver, self.owner, now=self._clock())

    async def _deliver(self, job: Job) -> None:
        try:
            if job.state is State.MADE:
                await self._done(job, await self._deliverer.deliver(job))
            else:
                await self._deliverer.tell(job)
                await self._store.write(jobs.told, job, now=self._clock())
        except DeliverLater as error:
            await self._deliver_later(job, error.delay_s, Reason.UNDELIVERED)
        except WanLinkLost as error:
            await self._undelivered(job, error.reason, str(error))
        except WanError as error:
            log.warning("download_failed", why=str(error))
            await self._deliver_later(job, LINK_AGAIN_S, Reason.RESULT_LOST)
        except Undeliverable as error:
            await self._undelivered(job, error.reason, str(error))

    async def _done(self, job: Job, shown: Shown) -> None:
        now = self._clock()
        await self._store.write(jobs.done, job, shown.pictures, shown.message_id, now=now)
        telemetry.ENDED.labels(state="done", reason="").inc()
        telemetry.SHOWN.inc(shown.pictures)
        telemetry.JOB_S.observe((now - job.asked_at).total_seconds())
        log.info("job_done", pictures=shown.pictures, took_s=round((now - job.asked_at).total_seconds(), 2))

    async def _deliver_later(self, job: Job, delay_s: float, reason: Reason) -> None:
        now = self._clock()
        if now - job.asked_at > LINKS_LIVE:
            await self._undelivered(job, reason, "its links have expired")
        else:
            await self._store.write(jobs.deliver_again, job, now + timedelta(seconds=delay_s), now=now)

    async def _undelivered(self, job: Job, reason: Reason, why: str) -> None:
        """Made but not to be shown: returned, and told if a way is found. Untold: there is nobody left to tell."""
        log.warning("job_undelivered", state=job.state, why=why)
        if job.state is State.MADE:
            await self._store.write(jobs.undelivered, job, Failure(reason), now=self._clock())
            telemetry.ENDED.labels(state="failed", reason=reason).inc()
            self._bell.ring()
        else:
            await self._store.write(jobs.told, job, now=self._clock())

    async def _keep_house(self) -> None:
        while True:
            try:
                await self._keep_house_once()
            except StoreUnavailable as error:
                log.error("housekeeping_failed", why=str(error))
            await asyncio.sleep(HEARTBEAT_S)

    async def _keep_house_once(self) -> None:
        now = self._clock()
        await self._store.write(line.heartbeat, self.owner, now=now)
        if not self._store.exclusive:
            await self._adopt(now - LEASE)
        while await self._store.write(line.expire_unsent, now=now):
            self._bell.ring()

    async def _adopt(self, dead_before: datetime) -> None:
        total: Counter[str] = Counter()
        while any((one := await self._adopt_one(dead_before)).values()):
            total.update(one)
            self._bell.ring()
        if total:
            log.warning("jobs_adopted", **total)

    async def _adopt_one(self, dead_before: datetime) -> dict[str, int]:
        return vars(await self._store.write(line.adopt, self.owner, dead_before=dead_before, now=self._clock()))
