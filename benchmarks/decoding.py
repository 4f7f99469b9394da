"""Measure what a decoding child costs over the same decode in this process. Started with the modules of one checkout;
it prints milliseconds as JSON.
"""

from __future__ import annotations

import asyncio
import io
import json
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from statistics import median
from typing import Any

from PIL import Image

from imagegen.imaging._decode import answer
from imagegen.imaging.images import Decoder

given: Callable[[bytes], AbstractContextManager[Any]]
try:
    from imagegen.imaging.children import memory_file as given
except ImportError:
    given = nullcontext  # decoders took bytes before they were forked

ROUNDS = 15
PX = (1600, 1200)
TICK_S = 0.001
REST_S = 0.05  # members do not send images back to back


def photo() -> bytes:
    """Return a JPEG of 1600*1200 and about 0.6 MB."""
    noise = Image.effect_noise(PX, 20)
    out = io.BytesIO()
    Image.merge("RGB", (noise, noise.rotate(180), Image.linear_gradient("L").resize(PX))).save(out, "JPEG", quality=90)
    return out.getvalue()


async def longest_stall_s(work: Callable[[], Awaitable[object]]) -> float:
    """Run *work* and return the longest time between two turns of the event loop meanwhile."""
    task, longest_s = asyncio.ensure_future(work()), 0.0
    while not task.done():
        before_s = time.perf_counter()
        await asyncio.sleep(TICK_S)
        longest_s = max(longest_s, time.perf_counter() - before_s - TICK_S)
    await task
    return longest_s


async def measured() -> dict[str, float]:
    """Decode the same photo in this process and in a child, in turn, and return the medians."""
    decoder, data = Decoder(), photo()
    await decoder.probe()
    here_s, child_s, stall_s = [], [], []
    for _ in range(ROUNDS):
        await asyncio.sleep(REST_S)
        began_s = time.perf_counter()
        answer(data)
        here_s.append(time.perf_counter() - began_s)
        began_s = time.perf_counter()
        with given(data) as file:
            stall_s.append(await longest_stall_s(partial(decoder.normalize, file, 1)))
        child_s.append(time.perf_counter() - began_s)
    return {"decode": (median(child_s) - median(here_s)) * 1000, "decode_stall": median(stall_s) * 1000}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(measured())))
