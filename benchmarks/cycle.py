"""Measure full job cycles a second, several at once: precheck, accept, claim, made, deliver, done.

Started with the modules of one checkout: ``cycle.py URL CYCLES``. It prints ``ready``, waits for a line, and prints
when it began and ended, in seconds of the system's monotonic clock.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

from benchmarks.store import Bench
from imagegen.store.engine import open_store

AT_ONCE = 8  # as many as the bot accepts at once
WARM = 40


async def cycles(bench: Bench, count: int) -> None:
    """Run *count* cycles, AT_ONCE at a time."""

    async def some() -> None:
        for _ in range(count // AT_ONCE):
            await bench.cycle()

    await asyncio.gather(*(some() for _ in range(AT_ONCE)))


async def main(url: str, count: int) -> None:
    bench = Bench(await open_store(url))
    await cycles(bench, WARM)
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    began_s = time.monotonic()
    await cycles(bench, count)
    print(json.dumps([began_s, time.monotonic()]), flush=True)
    await bench.store.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
