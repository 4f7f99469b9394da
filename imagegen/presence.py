"""Of several processes on one database: being seen by the others, and taking over from those that are not."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import structlog

from imagegen.bell import Bell
from imagegen.errors import StoreUnavailable
from imagegen.store import line, pauses
from imagegen.store.engine import Store

log = structlog.get_logger(__name__)

BEGIN_AGAIN_S = 2.0
EVERYBODY = datetime.max.replace(tzinfo=UTC)  # seen before then, whatever the clocks said


class Presence:
    """One process's. Unseen for *lease*, it is taken for dead, and its jobs are anybody's.

    The moments that processes write down are compared: their clocks must agree to a few seconds.
    """

    def __init__(self, store: Store, bell: Bell, lease: timedelta, clock: Callable[[], datetime]) -> None:
        self._store, self._bell, self._lease, self._clock = store, bell, lease, clock
        self._seen_at = self._seen_since = datetime.min.replace(tzinfo=UTC)
        self._beat_s = time.monotonic()

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
        now = self._clock()
        if not self._store.exclusive and now - self._seen_since >= self._lease:
            await self._adopt(now - self._lease)

    async def end(self) -> None:
        """Be gone: the others need not wait for the lease."""
        with suppress(StoreUnavailable):
            await self._store.write(line.leave, self._store.owner, now=self._clock())

    def may_seem_dead(self) -> bool:
        """Whether others may soon take over what this process owns: it was asleep, or its database away."""
        return not self._store.exclusive and self._clock() - self._seen_at > self._lease / 2

    async def _beat(self) -> None:
        now = self._clock()
        await self._store.write(line.heartbeat, self._store.owner, now=now)
        if now - self._seen_at > self._lease / 3:
            self._seen_since = now
        self._seen_at = now
        self._beat_s = time.monotonic()

    @property
    def silent_s(self) -> float:
        """Seconds since the last heartbeat that the database took."""
        return time.monotonic() - self._beat_s

    async def _adopt(self, dead_before: datetime) -> None:
        owner, total = self._store.owner, Counter[str]()
        moved = await self._store.write(line.move_in, owner, dead_before=dead_before, now=self._clock())
        while any((one := await self._adopt_one(dead_before)).values()):
            total.update(one)
            self._bell.ring()
        if total or moved:
            log.warning("jobs_adopted", **total, moved_in=moved)
            self._bell.ring()

    async def _adopt_one(self, dead_before: datetime) -> dict[str, int]:
        owner, now = self._store.owner, self._clock()
        return vars(await self._store.write(line.adopt, owner, dead_before=dead_before, now=now))
