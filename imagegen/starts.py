"""Decide how long a process waits after its start before it identifies at Discord's gateway."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

import structlog

from imagegen.errors import StoreUnavailable
from imagegen.store import starts
from imagegen.store.engine import Store
from imagegen.store.starts import Start

log = structlog.get_logger(__name__)

SETTLED_AFTER_S = 120.0  # a process that ends after that time did not die early
MAX_WAIT_S = 300.0  # 288 identifies a day at most, of the 1,000 that Discord allows


def wait_s(early_deaths: int) -> float:
    """Return the seconds to wait before identifying: 1 after one early death, doubling with each, at most 300."""
    return min(MAX_WAIT_S, 2.0 ** min(early_deaths - 1, 16)) if early_deaths else 0.0


class Starts:
    """Records the starts of this process. A store that does not answer delays nothing."""

    def __init__(self, store: Store, shards: tuple[int, ...], clock: Callable[[], datetime]) -> None:
        self._store, self._clock = store, clock
        self._shards = ",".join(map(str, shards))
        self._start: Start | None = None

    async def wait(self) -> None:
        """Record this start, and wait according to the number of early deaths before it."""
        try:
            self._start = await self._store.write(starts.begin, self._shards, now=self._clock())
        except StoreUnavailable as error:
            log.error("start_not_recorded", why=str(error))
            return
        if delay_s := wait_s(self._start.early_deaths):
            log.warning("identify_delayed", early_deaths=self._start.early_deaths, wait_s=delay_s)
            await asyncio.sleep(delay_s)

    async def settle_later(self) -> None:
        """Settle this start once the process has lived for SETTLED_AFTER_S, then sleep until canceled."""
        await asyncio.sleep(SETTLED_AFTER_S)
        await self.settle()
        await asyncio.Event().wait()

    async def settle(self) -> None:
        """Record that this process did not die early."""
        if self._start is None:
            return
        try:
            await self._store.write(starts.settle, self._start.id, now=self._clock())
        except StoreUnavailable as error:
            log.error("start_not_settled", why=str(error))
