"""A budget of bytes: how much may be held in memory at once, over all who ask."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from imagegen.model import Job
from imagegen.wan.catalogue import MODELS, use_for

MAX_RESULT_BYTES = 64 * 1024 * 1024  # a 2048*2048 PNG of noise is 13 MB: past this it is not an image of ours
HEAD_BYTES = 64 * 1024  # of a file, beside its pixels
PIXEL_BYTES = 5


def total_result_bytes(job: Job) -> int:
    """How much the results of *job* can be, before they are downloaded."""
    return 0 if job.made is None else len(job.made.links) * max_result_bytes(job)


def max_result_bytes(job: Job) -> int:
    """How much one result can be: its pixels with their alpha, uncompressed, and a fifth more."""
    size = "" if job.made is None else job.made.size
    return min(MAX_RESULT_BYTES, (_answered_px(size) or _requested_px(job)) * PIXEL_BYTES + HEAD_BYTES)


def _answered_px(size: str) -> int:
    """By what Wan told; 0 where it told nothing."""
    width, _, height = size.partition("*")
    return int(width) * int(height) if width.isdecimal() and height.isdecimal() else 0


def _requested_px(job: Job) -> int:
    """By what the model draws for such a request; the most there is where the catalogue knows it no longer."""
    model = MODELS.get(job.model)
    mode = None if model is None else model.modes.get(use_for(job.input_count, story=job.request.story))
    return MAX_RESULT_BYTES if mode is None else mode.target_px[job.request.quality]


class BudgetShare:
    """What one of them holds of a budget."""

    def __init__(self, budget: ByteBudget, size: int) -> None:
        self._budget, self.size = budget, size

    def resize(self, size: int) -> None:
        """It is known now how much it is. Waits for nobody: it is held already."""
        change, self.size = size - self.size, size
        self._budget.change(change)


class ByteBudget:
    """First come, first served: who needs much is not passed for ever by those who need little.

    Whoever needs more than all of it waits until nobody else holds anything, and then holds it alone. Nobody takes a
    second share while holding one, so that no two wait for each other.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most, self.taken_bytes = most_bytes, 0
        self._line: deque[tuple[asyncio.Future[None], int]] = deque()

    def has_room(self, size: int) -> bool:
        """Whether ``share`` would wait for nobody now."""
        return not self._line and self._fits(size)

    @asynccontextmanager
    async def share(self, size: int) -> AsyncIterator[BudgetShare]:
        """Hold *size* bytes of it, as soon as there is room and nobody waits before."""
        await self._take(size)
        share = BudgetShare(self, size)
        try:
            yield share
        finally:
            share.resize(0)

    def change(self, by: int) -> None:
        self.taken_bytes += by
        while self._line and (self._line[0][0].done() or self._fits(self._line[0][1])):
            turn, size = self._line.popleft()
            if not turn.done():  # else it was canceled
                self.taken_bytes += size
                turn.set_result(None)

    def _fits(self, size: int) -> bool:
        return not self.taken_bytes or self.taken_bytes + size <= self._most

    async def _take(self, size: int) -> None:
        if self.has_room(size):
            self.taken_bytes += size
            return
        turn = asyncio.get_running_loop().create_future()
        self._line.append((turn, size))
        try:
            await turn
        except asyncio.CancelledError:
            self.change(-size if turn.done() and not turn.cancelled() else 0)
            raise
