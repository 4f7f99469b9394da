"""How many jobs a loop works on at once, and which."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class Slots:
    """The jobs that one loop works on: at most *at_once*. One task waits for a free slot, others only try."""

    def __init__(self, at_once: int) -> None:
        self.running: set[int] = set()  # the ids of the jobs
        self._left, self._is_fixed = at_once, False
        self._freed = asyncio.Event()

    async def take(self) -> None:
        """Take a slot as soon as one is free. The job is not known yet: ``running.add`` names it."""
        while not self._try():
            self._freed.clear()
            await self._freed.wait()

    def free(self, job_id: int | None = None, _task: object = None) -> None:
        """Give a slot back, and the job that was in it."""
        self._left += 1
        self._freed.set()
        if job_id is not None:
            self.running.discard(job_id)

    @contextmanager
    def slot_for(self, job_id: int) -> Iterator[DirectSlot]:
        """Yield a slot that may be taken for job *job_id*; give it back at the end if it was."""
        slot = DirectSlot(self, job_id)
        try:
            yield slot
        finally:
            if slot.is_taken:
                self.free(job_id)

    @contextmanager
    def fixed(self) -> Iterator[frozenset[int]]:
        """Yield the ids of the jobs; until the end of the block ``slot_for`` adds none."""
        self._is_fixed = True
        try:
            yield frozenset(self.running)
        finally:
            self._is_fixed = False

    def _try(self) -> bool:
        has_room = self._left > 0
        self._left -= has_room
        return has_room

    def try_for(self, job_id: int) -> bool:
        """Take a slot for job *job_id* if one is free."""
        if taken := not self._is_fixed and self._try():
            self.running.add(job_id)
        return taken


class DirectSlot:
    """A slot for one job that comes from another loop."""

    def __init__(self, slots: Slots, job_id: int) -> None:
        self._slots, self._job_id = slots, job_id
        self.is_taken = False

    def take(self) -> bool:
        """Take the slot if one is free; return whether it is taken."""
        self.is_taken = self.is_taken or self._slots.try_for(self._job_id)
        return self.is_taken
