"""Acknowledge every interaction before doing other work.

Discord forgets an interaction after 3 s, and a person sees whether a command was taken. The database work of one
interaction takes the time in which others should be acknowledged. So no other work begins until all are acknowledged,
or until it may wait no longer (docs/decisions/0031).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

RUSH = 20  # unacknowledged at once; up to that, work waits only BRIEFLY_S
AT_ONCE = 8  # submissions at once: the database has one writer, and a wait there ends as "unavailable"
BRIEFLY_S = 0.2  # longer than Discord takes to answer, so that steady visitors do not hold up each other's work
AT_MOST_S = 2.5  # in a rush, an acknowledged interaction waits no longer


class AckGate:
    """Count the unacknowledged interactions of one process."""

    def __init__(self) -> None:
        self._waiting, self._turns = 0, asyncio.Semaphore(AT_ONCE)
        self._calm = asyncio.Event()
        self._calm.set()
        self.is_rush = False  # from more than RUSH unacknowledged interactions on, until all are acknowledged

    async def is_alone(self) -> bool:
        """Return whether only the caller's interaction is unacknowledged.

        Discord's events of one moment arrive together, and each gets a task of its own. So let those tasks count their
        interactions first.
        """
        await asyncio.sleep(0)
        return self._waiting == 1

    @contextmanager
    def unacknowledged(self) -> Iterator[None]:
        """Count an interaction until it is acknowledged or refused."""
        self._count(1)
        try:
            yield
        finally:
            self._count(-1)

    def _count(self, change: int) -> None:
        self._waiting += change
        self.is_rush = self._waiting > RUSH or (self.is_rush and self._waiting > 0)
        if self._waiting == 0:
            self._calm.set()
        else:
            self._calm.clear()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait until every interaction is acknowledged and few submissions run, then run one."""
        await self.over()
        async with self._turns:
            yield

    async def over(self) -> None:
        """Return when every interaction is acknowledged, or after BRIEFLY_S; in a rush, after AT_MOST_S more."""
        await self._calm_within(BRIEFLY_S)
        if self.is_rush:
            await self._calm_within(AT_MOST_S)

    async def _calm_within(self, limit_s: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(limit_s):
                await self._calm.wait()
