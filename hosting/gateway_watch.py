"""When each shard last received a frame from Discord's gateway."""

from __future__ import annotations

import asyncio
import time
from math import isfinite

import discord

from imagegen import metrics

CHECK_EVERY_S = 1.0
BEAT_S = 41.25  # Discord's, for a connection that closed before it said its own
MAX_SILENT_BEATS = 2  # Discord answers every heartbeat: after two without any frame, the connection is dead


class GatewayWatch:
    """Watches the shards of one bot. ``silences`` needs ``run`` to be running."""

    def __init__(self, bot: discord.AutoShardedClient) -> None:
        self._bot = bot
        self._received: dict[int, tuple[float, float]] = {}  # shard -> (last frame, on the perf counter; s a beat)

    async def run(self) -> None:
        """Check every shard once a second, until canceled: a connection that closes takes its last time with it."""
        while True:
            self._check()
            await asyncio.sleep(CHECK_EVERY_S)

    def _check(self) -> None:
        # discord.py publishes no time of the last frame; its keep-alive thread has it (2.7.1, gateway.py).
        for shard in self._bot.shards.values():
            keep_alive = shard._parent.ws._keep_alive
            if keep_alive is not None and keep_alive.interval is not None:
                self._received[shard.id] = keep_alive._last_recv, keep_alive.interval
            self._received.setdefault(shard.id, (time.perf_counter(), BEAT_S))
        metrics.SHARDS.set(len(self._bot.shards))
        metrics.SHARDS_READY.set(len(self._bot.shards) - len(self.silences()) if self._bot.is_ready() else 0)
        answered_s = [latency_s for _, latency_s in self._bot.latencies if isfinite(latency_s)]  # infinite: none yet
        metrics.GATEWAY_LATENCY_S.set(max(answered_s, default=0.0))

    def silences(self) -> list[str]:
        """Return a sentence for each shard without a frame for two heartbeats, or one while the bot starts."""
        if not self._bot.is_ready():
            return ["gateway: not ready yet"]
        now_s = time.perf_counter()
        silent_s = {shard: (now_s - last_s, beat_s) for shard, (last_s, beat_s) in self._received.items()}
        late = {shard: ago_s for shard, (ago_s, beat_s) in silent_s.items() if ago_s > MAX_SILENT_BEATS * beat_s}
        return [f"gateway: shard {shard} was last heard {ago_s:.0f} s ago" for shard, ago_s in late.items()]
