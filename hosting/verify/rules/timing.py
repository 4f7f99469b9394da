"""How long Discord takes to answer."""

from __future__ import annotations

import asyncio
import math
import time
from statistics import median

from cogs.messaging.outcomes import call_discord
from hosting.verify.items import Item, Outcome, failed, passed
from hosting.verify.stage import Stage

CALLS = 3
# An interaction must be acknowledged within 3 s, and the bot needs time of its own.
# https://discord.com/developers/docs/interactions/receiving-and-responding (2026-11-22)
MAX_MS = 1000
HEARTBEAT_S, POLL_S = 60.0, 0.2


async def round_trips(stage: Stage) -> Outcome:
    """Measure the calls of REST, and the heartbeat of the gateway."""
    rest_ms = [await _call_ms(stage) for _ in range(CALLS)]
    heartbeat_ms = await _heartbeat_ms(stage)
    facts = {"rest_ms_median": round(median(rest_ms)), "rest_ms_longest": round(max(rest_ms))}
    facts |= {} if heartbeat_ms is None else {"heartbeat_ms": heartbeat_ms}
    beat = "no heartbeat was answered" if heartbeat_ms is None else f"a heartbeat {heartbeat_ms} ms"
    seen = f"A call takes {facts['rest_ms_median']} ms (median of {CALLS}), {beat}."
    slow = heartbeat_ms is None or max(facts["rest_ms_median"], heartbeat_ms) > MAX_MS
    return (failed if slow else passed)(seen, **facts)


async def _call_ms(stage: Stage) -> float:
    started = time.perf_counter()
    await call_discord(stage.client.fetch_channel, stage.channel.id)
    return (time.perf_counter() - started) * 1000


async def _heartbeat_ms(stage: Stage) -> int | None:
    """Return how long the quickest shard's heartbeat took; None if none was answered.

    If that is too long, wait for the next heartbeat: discord.py reads the answer to the first one only after it has
    identified, for which several shards wait 5 s each (2.7.1, gateway.py).
    """
    deadline_s = time.monotonic() + HEARTBEAT_S
    while (latency_s := min(each for _, each in stage.client.latencies)) * 1000 > MAX_MS:
        if time.monotonic() > deadline_s:
            break
        await asyncio.sleep(POLL_S)
    return round(latency_s * 1000) if math.isfinite(latency_s) else None


RULES = ((Item("discord.round_trips", "Discord answers fast enough for the 3 s of an interaction"), round_trips),)
