"""Delete what the retention settings no longer keep, in steps so small that no command waits for one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from imagegen.errors import StoreUnavailable
from imagegen.store import characters, departures, drafts, erasure, input_bytes, retention
from imagegen.store.engine import Store
from imagegen.store.sqlite import shrink

EVERY_S = 30.0
AGAIN_S = 0.5  # after a full step, because there is more; commands run in between
ROWS = 50  # per step; deleting 50 jobs with all their rows takes about 10 ms on SQLite (docs/benchmarks.md)
IMAGES = 4  # per step; each has megabytes, and SQLite visits every page that it frees
PAGES = 1024  # of 4 KB; returning them to the file system takes about 25 ms
LINKS = timedelta(hours=1)  # after the end of a job; a late status card is corrected within a minute
UNANSWERED = timedelta(days=30)  # of a person who was asked whether a character may show them
DEPARTED = timedelta(days=30)  # a server that adds the bot again within that time finds its settings unchanged


@dataclass(frozen=True)
class RetentionPolicy:
    """How long data is kept: input images from the request, everything else from the end of the job; a day or more.

    Input images of ended jobs are deleted earlier where those of one person, or of all, take more than their bytes.
    """

    inputs: timedelta
    history: timedelta
    person_bytes: int = 100 * 1024 * 1024
    all_bytes: int = 2000 * 1024 * 1024


class RetentionLoop:
    """Applies a retention policy until canceled. Several processes may run one each."""

    def __init__(self, store: Store, policy: RetentionPolicy, clock: Callable[[], datetime]) -> None:
        self._store, self._policy, self._clock = store, policy, clock

    async def run(self) -> None:
        """Run one step after another, with a pause of 30 s when there is nothing left to delete."""
        while True:
            try:
                more = await self.step()
            except StoreUnavailable:  # the store logs it
                more = False
            await asyncio.sleep(AGAIN_S if more else EVERY_S)

    async def step(self) -> bool:
        """Run one small transaction of each kind; return whether one of them left more to delete."""
        now = self._clock()
        over_by, write = now - self._policy.history, self._store.write
        room = {"per_person": self._policy.person_bytes, "in_all": self._policy.all_bytes}
        inputs = [
            await write(retention.purge_inputs, given_before=now - self._policy.inputs, limit=IMAGES),
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
            await write(characters.purge_unanswered, asked_before=now - UNANSWERED, limit=ROWS, now=now),
            await write(drafts.purge, now=now, limit=ROWS),
            await write(departures.purge, left_before=now - DEPARTED, limit=ROWS),
        ]
        free = await write(shrink, limit=PAGES)
        return max(inputs) >= IMAGES or max(others) >= ROWS or free > PAGES
