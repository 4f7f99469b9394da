"""Which servers the bot is in: of those that it left, what was decided there is forgotten after a while."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime

from imagegen.store import departures
from imagegen.store.engine import Store


class Departures:
    """What one process hears of. Safe beside any number of its like: each speaks of its own servers."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store, self._clock = store, clock

    async def left(self, server_id: int) -> None:
        await self._store.write(departures.left, [server_id], now=self._clock())

    async def came_back(self, server_id: int) -> None:
        await self._store.write(departures.came_back, [server_id])

    async def compare(self, here: Collection[int], is_ours: Callable[[int], bool]) -> None:
        """Catch up on what nobody told while the bot was away: it is in the servers *here*, of those that are ours."""
        known, gone = await self._store.read(departures.known), await self._store.read(departures.waiting)
        left = {server_id for server_id in known if is_ours(server_id)} - set(here) - set(gone)
        if left:
            await self._store.write(departures.left, sorted(left), now=self._clock())
        if back := set(gone) & set(here):
            await self._store.write(departures.came_back, sorted(back))
