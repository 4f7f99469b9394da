"""Whoever is not acknowledged yet comes first.

Discord forgets an interaction after 3 s. When hundreds arrive at once, what one of them asks of the database takes the
time in which another should be acknowledged: so nothing else is begun for anybody until all are, or until it has to be.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

RUSH = 20  # unacknowledged at once; below that, nobody waits for anybody
AT_ONCE = 8  # submitted at once: the database has one writer, and who waits there is told that it does not answer
AT_MOST_S = 2.5  # what was acknowledged waits no longer, however many still come


class AckGate:
    """Counts who waits to be acknowledged, in one process."""

    def __init__(self) -> None:
        self._waiting, self._turns = 0, asyncio.Semaphore(AT_ONCE)
        self._calm = asyncio.Event()
        self._calm.set()

    @property
    def is_on(self) -> bool:
        return not self._calm.is_set()

    @contextmanager
    def unacknowledged(self) -> Iterator[None]:
        """The time until somebody is acknowledged, or refused."""
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
        """The time to ask something of the database, when everybody is acknowledged and few ask at once."""
        await self.over()
        async with self._turns:
            yield

    async def over(self) -> None:
        """Return when everybody is acknowledged, or after a while."""
        try:
            async with asyncio.timeout(AT_MOST_S):
                await self._calm.wait()
        except TimeoutError:
            return
