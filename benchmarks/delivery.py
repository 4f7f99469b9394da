"""Measure the memory that deliveries take: ``python -m benchmarks.delivery --results 10 --image-mb 8.8``.

The real bot runs as a process against the local Discord and the local Wan, whose images have the chosen size. All
requests are sent at once, so that as many results are delivered at the same time as the bot allows.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import os
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
from PIL import Image

from benchmarks.bots import MB, ProcessMemory
from sandbox.bot_process import BotProcess
from sandbox.people import Control, Person, images_of
from sandbox.run import Sandbox, sandbox
from sandbox.wan import draw

IMAGES = 4
SIZE_PX = (2048, 2048)
LONGEST_S = 300.0
GENEROUS = {
    "MEMBER_IMAGES_PER_DAY": "1000",
    "PERSON_IMAGES_PER_DAY": "1000",
    "SERVER_IMAGES_PER_MONTH": "100000",
    "BUDGET_USD_PER_DAY": "500",
    "BUDGET_USD_PER_MONTH": "500",
}


def heavy_image(size: int) -> bytes:
    """Return a complete PNG of *size* bytes. Most bytes follow its end, where every viewer ignores them."""
    out = io.BytesIO()
    Image.new("RGB", SIZE_PX, "orange").save(out, "PNG")
    return out.getvalue() + os.urandom(max(0, size - out.tell()))


async def _request(control: Control, number: int) -> tuple[Person, str]:
    person, channel = await control.person(f"Person{number}"), f"channel-{number}"
    await control.post("/channels", name=channel, deny=[])
    await person.slash(channel, "imagine", prompt=f"heavy {number}", count=IMAGES, quality="high")
    return person, channel


async def _wait_for_images(requests: list[tuple[Person, str]]) -> None:
    for person, channel in requests:
        await person.see(channel, lambda message: len(images_of(message)) == IMAGES, "four images", LONGEST_S)


async def _measured(box: Sandbox, control: Control, bot: BotProcess, results: int) -> None:
    assert bot.process is not None  # noqa: S101  # it was started above
    memory = ProcessMemory(bot.process.pid)
    await _wait_for_images([await _request(control, 0)])  # warm up: load everything that is loaded once
    box.local_wan.set(delay_s=3.0, submit_rate=100, in_flight=100)
    await asyncio.sleep(1.0)
    before = memory.mb("VmRSS")
    memory.forget()
    began_s = asyncio.get_running_loop().time()
    await _wait_for_images([await _request(control, number + 1) for number in range(results)])
    took_s = asyncio.get_running_loop().time() - began_s
    most = memory.mb("VmHWM")
    await asyncio.sleep(3.0)
    print(f"before {before:.0f} MB, most {most:.0f} MB, after {memory.mb('VmRSS'):.0f} MB, in {took_s:.0f} s")


async def measure(results: int, image_mb: float) -> None:
    """Run the bot and print the memory before, during and after *results* deliveries."""
    data = heavy_image(round(image_mb * MB))
    draw.draw = lambda *_args, **_more: data  # type: ignore[assignment]  # a benchmark draws nothing
    async with AsyncExitStack() as stack:
        box = await stack.enter_async_context(sandbox())
        session = await stack.enter_async_context(aiohttp.ClientSession())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        bot = BotProcess(box, folder, **GENEROUS)
        stack.push_async_callback(bot.stop)
        await bot.start()
        await _measured(box, Control(session, box.control), bot, results)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--results", type=int, default=10)
    options.add_argument("--image-mb", type=float, default=8.8)
    chosen = options.parse_args()
    asyncio.run(measure(chosen.results, chosen.image_mb))


if __name__ == "__main__":
    main()
