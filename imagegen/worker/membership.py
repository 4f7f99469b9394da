"""Several processes on one database: write heartbeats, and adopt the jobs of processes that have stopped."""

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

from imagegen import metrics
from imagegen.errors import OwnershipLost, StoreUnavailable
from imagegen.model import Job
from imagegen.ownership import StillOwned, since_boot_s
from imagegen.policy.quota import Limits
from imagegen.store import pauses, processes
from imagegen.store.engine import Store
from imagegen.wakeup import WakeSignal

P = ParamSpec("P")

log = structlog.get_logger(__name__)

RETRY_START_S = 2.0
CHECK_S = 2.0  # how long to wait for the database to say who owns a job
MARGIN = timedelta(seconds=5)  # between the last moment an owner sends and the first moment its job is adopted
CLOCK_SET_S = 2.0  # between two heartbeats the wall clock drifts less than that; a larger jump was a change by hand
EVERY_PROCESS = datetime.max.replace(tzinfo=UTC)  # later than any heartbeat, whatever the clocks said


async def _confirm(
    store: Store,
    job_id: int,
    margin: timedelta,
    clock_s: Callable[[], float],
    is_mine: Callable[Concatenate[Connection, P], bool],
    *args: P.args,
    **more: P.kwargs,
) -> float:
    """Return when *is_mine* was asked, if it is true. Raises OwnershipLost, or StoreUnavailable without an answer."""
    asked_s = clock_s()
    if not await store.write_within(CHECK_S, is_mine, *args, **more):  # taking a shared lock is a write
        raise OwnershipLost(f"job {job_id} has another owner, or none")
    _raise_if_stale(job_id, margin, clock_s, asked_s)
    return asked_s


def _raise_if_stale(job_id: int, margin: timedelta, clock_s: Callable[[], float], asked_s: float) -> None:
    """Raise OwnershipLost if the answer is older than *margin*: this process may have slept since it asked."""
    if (ago_s := clock_s() - asked_s) > margin.total_seconds():
        raise OwnershipLost(f"the owner of job {job_id} was last checked {ago_s:.1f} s ago")


def _always() -> None:
    """Pass: only one process can use this database."""


async def check_display_owner(store: Store, job_id: int) -> StillOwned:
    """Return if the process of *store* is the display owner of a job that has not ended.

    Raises, and returns, as ``Membership.check`` does.
    """
    if store.exclusive:
        return _always
    asked_s = await _confirm(store, job_id, MARGIN, since_boot_s, processes.is_display_owner, job_id, store.owner)
    return partial(_raise_if_stale, job_id, MARGIN, since_boot_s, asked_s)


class Membership:
    """One process among those that share a database.

    After *lease* and *margin* without a heartbeat, the others adopt its jobs. The process itself sends nothing from
    *margin* before its lease ends, so two margins lie between its last request and an adoption. Heartbeats carry wall
    clock times: the clocks of the processes must agree within a margin.
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

    async def start(self, stopping: Callable[[], bool]) -> None:
        """Write a heartbeat before anything is claimed: other processes adopt the jobs of a process without one."""
        while not stopping():
            try:
                await self._beat()
                if self._store.exclusive:  # no other process can run, so there is no lease to wait for
                    await self._adopt(EVERY_PROCESS)
                await self._store.write(pauses.try_now, now=self._clock())
                break
            except StoreUnavailable as error:
                log.error("start_delayed", why=str(error))
                await asyncio.sleep(RETRY_START_S)

    async def heartbeat(self) -> None:
        """Write a heartbeat, and adopt the jobs of processes without one. Raises StoreUnavailable.

        Adopt only after a whole lease of own heartbeats: while the database was away, every process seemed dead.
        """
        await self._beat()
        if not self._store.exclusive and self._clock_s() - self._seen_since_s >= self._lease.total_seconds():
            await self._adopt(self._clock() - self._lease - self._margin)

    async def leave(self) -> None:
        """Record that this process has stopped: the others need not wait for its lease."""
        with suppress(StoreUnavailable):
            await self._store.write(processes.leave, self._store.owner)

    def may_seem_dead(self) -> bool:
        """Return whether others may soon adopt this process's jobs: it slept, or its database was away."""
        return not self._store.exclusive and self._unseen_s() > self._lease.total_seconds() / 2

    async def check(self, job: Job) -> StillOwned:
        """Return if this process owns *job* in its present state, and no other process can adopt it within a margin.

        Raises OwnershipLost, or StoreUnavailable if the database does not answer. The returned function raises
        OwnershipLost when it is called more than a margin after this check. With an exclusive database, both pass.
        """
        if self._store.exclusive:
            return _always
        asked_s = await _confirm(self._store, job.id, self._margin, self._clock_s, processes.is_owned, job)
        if not self._is_safe(asked_s):
            raise OwnershipLost(f"the lease over job {job.id} is not safe: last heartbeat {self._unseen_s():.1f} s ago")
        return partial(_raise_if_stale, job.id, self._margin, self._clock_s, asked_s)

    def _is_safe(self, at_s: float) -> bool:
        return at_s - self._seen_s < (self._lease - self._margin).total_seconds()

    def _unseen_s(self) -> float:
        return self._clock_s() - self._seen_s

    async def _beat(self) -> None:
        now, now_s = self._clock(), self._clock_s()
        await self._store.write(processes.heartbeat, self._store.owner, now=now)
        was_set = self._was_set(now, now_s)
        if was_set:  # the rest of a pause is unknown now: let one job test whether Wan answers
            await self._store.write(pauses.try_now, now=now)
        if was_set or now_s - self._seen_s > self._lease.total_seconds() / 3:
            self._seen_since_s = now_s
        self._seen_at, self._seen_s, self._beat_s = now, now_s, self._clock_s()

    @property
    def silent_s(self) -> float:
        """Seconds since the last heartbeat that the database stored."""
        return self._clock_s() - self._beat_s

    def _was_set(self, now: datetime, now_s: float) -> bool:
        """Return whether the wall clock was changed since the last heartbeat: by it, others may seem dead or alive."""
        ahead_s = (now - self._seen_at).total_seconds() - (now_s - self._seen_s)
        was_set = self._seen_s > float("-inf") and abs(ahead_s) > CLOCK_SET_S
        if was_set:
            log.warning("clock_was_set", ahead_s=round(ahead_s, 1))
        return was_set

    async def _adopt(self, dead_before: datetime) -> None:
        owner, total = self._store.owner, Counter[str]()
        moved = await self._store.write(processes.take_over_display, owner, dead_before=dead_before)
        while any((one := await self._adopt_one(dead_before)).values()):
            total.update(one)
            self._wake_signal.send()
        if total or moved:
            metrics.IN_DOUBT.inc(total["given_up"] + total["sent_again"])
            log.warning("jobs_adopted", **total, displays=moved)
            self._wake_signal.send()

    async def _adopt_one(self, dead_before: datetime) -> dict[str, int]:
        owner, limits, now = self._store.owner, self._limits, self._clock()
        return vars(await self._store.write(processes.adopt, owner, dead_before=dead_before, limits=limits, now=now))
