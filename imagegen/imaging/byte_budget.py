"""Limit the bytes that all deliveries, or all requests with input images, together keep in memory."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from imagegen.model import Job
from imagegen.wan.catalogue import MODELS
from imagegen.wan.record import use_of

# A 4096*4096 PNG of noise has 48 MB, with alpha 64 (of 1,000,000 bytes); a larger file is no result.
MAX_RESULT_BYTES = 64 * 1024 * 1024
HEAD_BYTES = 64 * 1024  # the parts of a file that are not pixels
PIXEL_BYTES = 5


def total_result_bytes(job: Job) -> int:
    """Return the most bytes that the results of *job* can have, before they are downloaded."""
    return 0 if job.made is None else len(job.made.links) * max_result_bytes(job)


def max_result_bytes(job: Job) -> int:
    """Return the most bytes that one result can have: uncompressed pixels with alpha, plus a fifth."""
    size = "" if job.made is None else job.made.size
    return min(MAX_RESULT_BYTES, (_answered_px(size) or _requested_px(job)) * PIXEL_BYTES + HEAD_BYTES)


def _answered_px(size: str) -> int:
    """Return the pixels by the size that Wan answered; 0 without one."""
    width, _, height = size.partition("*")
    return int(width) * int(height) if width.isdecimal() and height.isdecimal() else 0


def _requested_px(job: Job) -> int:
    """Return the pixels by the size that we requested; a maximum if the catalogue no longer has the model."""
    model = MODELS.get(job.model)
    mode = None if model is None else model.modes.get(use_of(job.request, job.input_count))
    return MAX_RESULT_BYTES if mode is None else mode.target_px.get(job.request.quality, MAX_RESULT_BYTES)


class BudgetShare:
    """The bytes of the budget that one task holds."""

    def __init__(self, budget: ByteBudget, size: int) -> None:
        self._budget, self.size = budget, size

    def resize(self, size: int) -> None:
        """Change the share to the size that is known now. This does not wait: the bytes are already in memory."""
        change, self.size = size - self.size, size
        self._budget.change(change)


class ByteBudget:
    """Shares a number of bytes, first come, first served, so that small shares do not overtake a large one forever.

    A share larger than the whole budget waits until no other is held, and is then held alone. No task takes a second
    share while it holds one, so no two tasks wait for each other.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most, self.taken_bytes = most_bytes, 0
        self._waiters: deque[tuple[asyncio.Future[None], int]] = deque()

    def has_room(self, size: int) -> bool:
        """Return whether ``share`` would start without waiting."""
        return not self._waiters and self._fits(size)

    @asynccontextmanager
    async def share(self, size: int) -> AsyncIterator[BudgetShare]:
        """Hold *size* bytes as soon as there is room and no earlier task waits."""
        await self._take(size)
        share = BudgetShare(self, size)
        try:
            yield share
        finally:
            share.resize(0)

    def change(self, by: int) -> None:
        """Add *by* to the bytes in use, and start the waiting tasks that fit now."""
        self.taken_bytes += by
        while self._waiters and (self._waiters[0][0].done() or self._fits(self._waiters[0][1])):
            turn, size = self._waiters.popleft()
            if not turn.done():  # a task that was canceled takes nothing
                self.taken_bytes += size
                turn.set_result(None)

    def _fits(self, size: int) -> bool:
        """Return whether *size* more bytes fit."""
        return not self.taken_bytes or self.taken_bytes + size <= self._most

    async def _take(self, size: int) -> None:
        """Take *size* bytes, in turn."""
        if self.has_room(size):
            self.taken_bytes += size
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiters.append((turn, size))
        try:
            await turn
        except asyncio.CancelledError:
            self.change(-size if turn.done() and not turn.cancelled() else 0)
            raise
