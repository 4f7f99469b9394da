"""Under load, acknowledge every interaction before doing other work.

Discord forgets an interaction after 3 s. When hundreds arrive at once, the database work of one takes the time in which
another should be acknowledged. So no other work begins until all are acknowledged, or until it may wait no longer.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

RUSH = 20  # unacknowledged at once; below that, nothing waits
AT_ONCE = 8  # submissions at once: the database has one writer, and a wait there ends as "unavailable"
AT_MOST_S = 2.5  # an acknowledged interaction waits no longer


class AckGate:
    """Count the unacknowledged interactions of one process."""

    def __init__(self) -> None:
        self._waiting, self._turns = 0, asyncio.Semaphore(AT_ONCE)
        self._calm = asyncio.Event()
        self._calm.set()

    @property
    def is_on(self) -> bool:
        """Return whether so many interactions are unacknowledged that work has to wait."""
        return not self._calm.is_set()

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
        if self._waiting > RUSH:
            self._calm.clear()
        elif self._waiting == 0:
            self._calm.set()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait until every interaction is acknowledged and few submissions run, then run one."""
        await self.over()
        async with self._turns:
            yield

    async def over(self) -> None:
        """Return when every interaction is acknowledged, or after AT_MOST_S."""
        try:
            async with asyncio.timeout(AT_MOST_S):
                await self._calm.wait()
        except TimeoutError:
            return
