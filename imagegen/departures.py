"""Record which servers the bot has left: their settings are deleted after a while."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime

from imagegen.store import departures
from imagegen.store.engine import Store


class Departures:
    """Records what one process learns about its servers. Several processes may run one each, for different servers."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store, self._clock = store, clock

    async def left(self, server_id: int) -> None:
        """Record that the bot was removed from a server."""
        await self._store.write(departures.left, [server_id], now=self._clock())

    async def came_back(self, server_id: int) -> None:
        """Record that the bot is in a server again, so that its settings are kept."""
        await self._store.write(departures.came_back, [server_id])

    async def compare(self, here: Collection[int], is_ours: Callable[[int], bool]) -> None:
        """Record what changed while the bot was away: of the servers that *is_ours* accepts, it is in *here*."""
        known, gone = (
            await self._store.read(departures.known_servers),
            await self._store.read(departures.departed_servers),
        )
        left = {server_id for server_id in known if is_ours(server_id)} - set(here) - set(gone)
        if left:
            await self._store.write(departures.left, sorted(left), now=self._clock())
        if back := set(gone) & set(here):
            await self._store.write(departures.came_back, sorted(back))
