"""Forgets what is over, in steps so small that no command waits behind one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from imagegen.errors import StoreUnavailable
from imagegen.store import departures, erasure, input_bytes, retention
from imagegen.store.engine import Store
from imagegen.store.sqlite import shrink

log = structlog.get_logger(__name__)

EVERY_S = 30.0
AGAIN_S = 0.5  # after a full step, for there is more: commands come between
ROWS = 50  # a step; 50 jobs with all that belongs to them take about 10 ms on SQLite (docs/benchmarks.md)
IMAGES = 4  # their bytes are megabytes each, and SQLite walks through every page that it frees
PAGES = 1024  # of 4 KB; giving them back takes about 25 ms
LINKS = timedelta(hours=1)  # after the end; a late card is mended within a minute
DEPARTED = timedelta(days=30)  # a server that takes the bot back by then finds its settings as they were


@dataclass(frozen=True)
class RetentionPolicy:
    """How long it is kept: the bytes of given images from the ask, everything else from the end. A day or more.

    How much of them: what has ended makes room where one person's, or everybody's, take more.
    """

    inputs: timedelta
    history: timedelta
    person_bytes: int = 100 * 1024 * 1024
    all_bytes: int = 2000 * 1024 * 1024


class RetentionLoop:
    """Runs until canceled. Safe beside any number of its like."""

    def __init__(self, store: Store, keep: RetentionPolicy, clock: Callable[[], datetime]) -> None:
        self._store, self._keep, self._clock = store, keep, clock

    async def run(self) -> None:
        while True:
            try:
                more = await self.step()
            except StoreUnavailable as error:
                log.error("purge_failed", why=str(error))
                more = False
            await asyncio.sleep(AGAIN_S if more else EVERY_S)

    async def step(self) -> bool:
        """One small transaction of each kind; whether one of them found more than it took."""
        now = self._clock()
        over_by, write = now - self._keep.history, self._store.write
        room = {"per_person": self._keep.person_bytes, "in_all": self._keep.all_bytes}
        inputs = [
            await write(retention.purge_inputs, given_before=now - self._keep.inputs, limit=IMAGES),
            await write(input_bytes.drop_over, **room, limit=IMAGES),
        ]
        others = [
            await write(erasure.erase_forgotten, limit=ROWS, now=now),
            await write(retention.forget_tokens, now=now, limit=ROWS),
            await write(retention.forget_links, told_before=now - LINKS, limit=ROWS),
            await write(retention.purge_jobs, told_before=over_by, limit=ROWS),
            await write(retention.purge_windows, over_by=over_by, limit=ROWS),
            await write(retention.purge_turns, limit=ROWS),
            await write(retention.purge_decisions, told_before=over_by, limit=ROWS),
            await write(departures.purge, left_before=now - DEPARTED, limit=ROWS),
        ]
        free = await write(shrink, limit=PAGES)
        return max(inputs) >= IMAGES or max(others) >= ROWS or free > PAGES
