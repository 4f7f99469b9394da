"""Of several processes on one database: being seen by the others, and taking over from those that are not."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Concatenate, ParamSpec

import structlog
from sqlalchemy import Connection

from imagegen.errors import OwnershipLost, StoreUnavailable
from imagegen.model import Job
from imagegen.ownership import Still, since_boot_s
from imagegen.policy.quota import Limits
from imagegen.store import pauses, queue
from imagegen.store.engine import Store
from imagegen.wakeup import WakeSignal

P = ParamSpec("P")

log = structlog.get_logger(__name__)

BEGIN_AGAIN_S = 2.0
CHECK_S = 2.0  # a database that does not say whose a job is within that says nothing
MARGIN = timedelta(seconds=5)  # between the last moment at which an owner sends and the first at which it is adopted
CLOCK_SET_S = 2.0  # the wall clock drifts less than that between two heartbeats; more was set by somebody
EVERYBODY = datetime.max.replace(tzinfo=UTC)  # seen before then, whatever the clocks said


async def _confirmed(
    store: Store,
    job_id: int,
    margin: timedelta,
    clock_s: Callable[[], float],
    is_mine: Callable[Concatenate[Connection, P], bool],
    *args: P.args,
    **more: P.kwargs,
) -> float:
    """When this was asked, and true. Raises OwnershipLost, and StoreUnavailable where the database does not tell."""
    asked_s = clock_s()
    if not await store.write_within(CHECK_S, is_mine, *args, **more):  # a lock that is shared is a write
        raise OwnershipLost(f"job {job_id} has another owner, or none")
    _still(job_id, margin, clock_s, asked_s)
    return asked_s


def _still(job_id: int, margin: timedelta, clock_s: Callable[[], float], asked_s: float) -> None:
    """Raise OwnershipLost where an answer, which is as old as its question, is too old: whoever slept knows nothing."""
    if (ago_s := clock_s() - asked_s) > margin.total_seconds():
        raise OwnershipLost(f"whose job {job_id} is was asked {ago_s:.1f} s ago")


def _always() -> None:
    """Of a process that alone can use its database: it has no rival."""


async def check_display_owner(store: Store, job_id: int) -> Still:
    """Return if the process of *store* keeps the card of a job that has not ended, and nobody else did a moment ago.

    Raises, and returns, as Presence.check does.
    """
    if store.exclusive:
        return _always
    asked_s = await _confirmed(store, job_id, MARGIN, since_boot_s, queue.is_display_owner, job_id, store.owner)
    return partial(_still, job_id, MARGIN, since_boot_s, asked_s)


class Membership:
    """One process's. Unseen for *lease* and *margin*, it is taken for dead, and its jobs are anybody's.

    The process itself does nothing more to the outside from *margin* before its lease is over: between its last request
    and the first moment of an adoption lie two margins. The moments that processes write down are compared: their
    clocks must agree to a margin.
    """

    def __init__(
        self,
        store: Store,
        wake_signal: WakeSignal,
        lease: timedelta,
        limits: Limits,
        clock: Callable[[], datetime],
        *,
        margin: timedelta | None = None,
        clock_s: Callable[[], float] = since_boot_s,
    ) -> None:
        self._store, self._wake_signal, self._lease, self._limits = store, wake_signal, lease, limits
        self._clock, self._clock_s = clock, clock_s
        self._margin = MARGIN if margin is None else margin
        self._seen_s = self._seen_since_s = float("-inf")
        self._seen_at, self._beat_s = clock(), clock_s()

    async def begin(self, stopping: Callable[[], bool]) -> None:
        """Be seen before anything is claimed: what an unseen process owns is taken over at once."""
        while not stopping():
            try:
                await self._beat()
                if self._store.exclusive:  # nobody can live beside this one, so nobody's lease need be waited for
                    await self._adopt(EVERYBODY)
                await self._store.write(pauses.try_now, now=self._clock())
                break
            except StoreUnavailable as error:
                log.error("start_delayed", why=str(error))
                await asyncio.sleep(BEGIN_AGAIN_S)

    async def keep(self) -> None:
        """Be seen, and take over from who is not. Raises StoreUnavailable.

        Only who was seen all the time can tell who was not: a database that was away made everybody seem dead.
        """
        await self._beat()
        if not self._store.exclusive and self._clock_s() - self._seen_since_s >= self._lease.total_seconds():
            await self._adopt(self._clock() - self._lease - self._margin)

    async def end(self) -> None:
        """Be gone: the others need not wait for the lease."""
        with suppress(StoreUnavailable):
            await self._store.write(queue.leave, self._store.owner, now=self._clock())

    def may_seem_dead(self) -> bool:
        """Whether others may soon take over what this process owns: it was asleep, or its database away."""
        return not self._store.exclusive and self._unseen_s() > self._lease.total_seconds() / 2

    async def check(self, job: Job) -> Still:
        """Return if this process owns *job* as it is, and nobody can adopt it before what follows has begun.

        Raises OwnershipLost, and StoreUnavailable where the database does not tell. A process that alone can use its
        database has no rival. What is returned raises OwnershipLost where what follows begins more than a margin after
        this was asked.
        """
        if self._store.exclusive:
            return _always
        asked_s = await _confirmed(self._store, job.id, self._margin, self._clock_s, queue.is_owned, job)
        if not self._is_safe(asked_s):
            raise OwnershipLost(f"the lease over job {job.id} is not safe: seen {self._unseen_s():.1f} s ago")
        return partial(_still, job.id, self._margin, self._clock_s, asked_s)

    def _is_safe(self, at_s: float) -> bool:
        return at_s - self._seen_s < (self._lease - self._margin).total_seconds()

    def _unseen_s(self) -> float:
        return self._clock_s() - self._seen_s

    async def _beat(self) -> None:
        now, now_s = self._clock(), self._clock_s()
        await self._store.write(queue.heartbeat, self._store.owner, now=now)
        was_set = self._was_set(now, now_s)
        if was_set:  # how long a pause still is cannot be known: one job probes
            await self._store.write(pauses.try_now, now=now)
        if was_set or now_s - self._seen_s > self._lease.total_seconds() / 3:
            self._seen_since_s = now_s
        self._seen_at, self._seen_s, self._beat_s = now, now_s, self._clock_s()

    @property
    def silent_s(self) -> float:
        """Seconds since the last heartbeat that the database took."""
        return self._clock_s() - self._beat_s

    def _was_set(self, now: datetime, now_s: float) -> bool:
        """Whether the wall clock was set since the last heartbeat: by it everybody else may seem dead, or alive."""
        ahead_s = (now - self._seen_at).total_seconds() - (now_s - self._seen_s)
        was_set = self._seen_s > float("-inf") and abs(ahead_s) > CLOCK_SET_S
        if was_set:
            log.warning("clock_was_set", ahead_s=round(ahead_s, 1))
        return was_set

    async def _adopt(self, dead_before: datetime) -> None:
        owner, total = self._store.owner, Counter[str]()
        moved = await self._store.write(queue.take_over_display, owner, dead_before=dead_before, now=self._clock())
        while any((one := await self._adopt_one(dead_before)).values()):
            total.update(one)
            self._wake_signal.ring()
        if total or moved:
            log.warning("jobs_adopted", **total, moved_in=moved)
            self._wake_signal.ring()

    async def _adopt_one(self, dead_before: datetime) -> dict[str, int]:
        owner, limits, now = self._store.owner, self._limits, self._clock()
        return vars(await self._store.write(queue.adopt, owner, dead_before=dead_before, limits=limits, now=now))
