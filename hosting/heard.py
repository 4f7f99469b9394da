"""When Discord's gateway was heard last."""

from __future__ import annotations

import asyncio
import time

import discord

LOOK_EVERY_S = 1.0
MAX_SILENT_BEATS = 2  # Discord answers every heartbeat: after two without any frame, nobody is there


class GatewayWatch:
    """The shards of one bot. ``run`` has to be running for ``silences`` to be true."""

    def __init__(self, bot: discord.AutoShardedClient) -> None:
        self._bot = bot
        self._heard: dict[int, tuple[float, float]] = {}  # shard -> (heard at, on the perf counter; seconds a beat)

    async def run(self) -> None:
        """Look at every shard once a second, until canceled: a connection that closes takes its moment with it."""
        while True:
            self._look()
            await asyncio.sleep(LOOK_EVERY_S)

    def _look(self) -> None:
        # discord.py publishes no moment at which a frame came; its keep-alive thread has it (2.7.1, gateway.py).
        for shard in self._bot.shards.values():
            keep_alive = shard._parent.ws._keep_alive
            if keep_alive is not None and keep_alive.interval is not None:
                self._heard[shard.id] = keep_alive._last_recv, keep_alive.interval

    def silences(self) -> list[str]:
        """Return a sentence for each shard that was not heard within two heartbeats, or that none of Discord's was."""
        if not self._bot.is_ready():
            return ["gateway: not ready yet"]
        silent = {shard_id: time.perf_counter() - heard_s for shard_id, (heard_s, _) in self._heard.items()}
        late = [found for found, silent_s in silent.items() if silent_s > MAX_SILENT_BEATS * self._heard[found][1]]
        return [f"gateway: shard {found} was last heard {silent[found]:.0f} s ago" for found in late]
