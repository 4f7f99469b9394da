"""Children are forked from a process that survives them, that knows nothing, and that ends with the bot."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from imagegen import metrics
from imagegen.imaging._zygote import NICENESS
from imagegen.imaging.children import ROOT, ZygoteLost
from imagegen.imaging.images import Decoder
from tests.imagegen.imaging.decoding import answer_of, normalized
from tests.imagegen.imaging.drawn import encoded, halves
from tests.imagegen.imaging.hostile import SMALL_MAX_FORKS
from tests.imagegen.imaging.test_images import slow_image

HOSTILE = "tests.imagegen.imaging.hostile"


@pytest.fixture
async def decoder() -> AsyncIterator[Decoder]:
    async with Decoder(program=HOSTILE) as decoder:
        yield decoder


async def surroundings(decoder: Decoder) -> dict[str, Any]:
    """Return what a child sees around it."""
    seen: dict[str, Any] = json.loads(await answer_of(decoder, "surroundings"))
    return seen


async def gone(*pids: int) -> None:
    """Return once all processes have ended. A process that nobody waits for stays as a zombie."""
    async with asyncio.timeout(30):
        while any(state(pid) not in "ZX" for pid in pids):  # noqa: ASYNC110 - no event says so
            await asyncio.sleep(0.01)


def state(pid: int) -> str:
    """Return the letter for the state of a process; X if there is none."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    return "X"


async def test_children_of_one_zygote_follow_each_other(decoder: Decoder) -> None:
    first, second = await surroundings(decoder), await surroundings(decoder)

    assert (first["zygote"], first["address"]) == (second["zygote"], second["address"])


async def test_children_run_at_a_lower_priority_than_the_bot(decoder: Decoder) -> None:
    assert (await surroundings(decoder))["niceness"] == max(NICENESS, os.nice(0))


async def test_a_child_finds_its_own_input_in_memory_but_never_an_earlier_one(decoder: Decoder) -> None:
    marker = b"the pixels of " + b"an earlier image"
    begin, end = "the pixels of ", "an earlier image"

    own = await answer_of(decoder, "find_in_memory", begin, end, data=marker)
    earlier = await answer_of(decoder, "find_in_memory", begin, end)

    assert (own, earlier) == (b"found", b"not found")


async def test_after_a_crash_the_same_zygote_forks_children_with_other_addresses(decoder: Decoder) -> None:
    before = await surroundings(decoder)

    assert await answer_of(decoder, "crash") == b""

    after = await surroundings(decoder)
    assert after["zygote"] == before["zygote"]
    assert after["address"] != before["address"]


async def test_a_signal_writes_nothing_into_a_file_of_a_child(decoder: Decoder) -> None:
    assert (await surroundings(decoder))["wakeup_file"] == -1


async def test_the_end_of_each_child_is_counted(decoder: Decoder) -> None:
    before = {end: ends(end) for end in ("ok", "crashed")}

    await surroundings(decoder)
    await answer_of(decoder, "crash")

    assert (ends("ok"), ends("crashed")) == (before["ok"] + 1, before["crashed"] + 1)
    async with asyncio.timeout(10):  # a new zygote's first child, which says how it is isolated, may still run
        while metrics.REGISTRY.get_sample_value("wanvas_decoder_children"):  # noqa: ASYNC110 - no event says so
            await asyncio.sleep(0.01)


def ends(result: str) -> float:
    """Return how many children have ended like this, over all tasks of the tests."""
    found = [
        metrics.REGISTRY.get_sample_value("wanvas_decoder_runs_total", {"task": task, "result": result}) or 0.0
        for task in ("surroundings", "crash")
    ]
    return sum(found)


async def test_a_crash_ends_no_other_child(decoder: Decoder) -> None:
    other = asyncio.create_task(normalized(slow_image(), decoder=decoder))
    await surroundings(decoder)

    await answer_of(decoder, "crash")

    assert (await other).width_px == 2048


async def test_the_zygote_renews_itself_after_a_number_of_children(decoder: Decoder) -> None:
    seen = [await surroundings(decoder) for _ in range(2 * SMALL_MAX_FORKS)]

    assert len({child["zygote"] for child in seen}) == 1
    assert len({child["address"] for child in seen}) in (2, 3)


async def test_a_killed_zygote_is_replaced_and_its_image_is_decoded_again(decoder: Decoder) -> None:
    zygote = (await surroundings(decoder))["zygote"]
    task = asyncio.create_task(normalized(slow_image(), decoder=decoder))
    await asyncio.sleep(0.05)

    with capture_logs() as logs:
        os.kill(zygote, signal.SIGKILL)
        image = await task

    assert image.width_px == 2048
    assert [entry["event"] for entry in logs] == ["decoder_lost"]
    assert (await surroundings(decoder))["zygote"] != zygote


async def test_a_zygote_that_cannot_start_is_no_fault_of_the_image() -> None:
    with pytest.raises(ZygoteLost):
        await normalized(encoded(halves(), "PNG"), decoder=Decoder(program="tests.imagegen.imaging.missing"))


async def test_neither_ctrl_c_nor_sigterm_ends_the_zygote_before_the_bot(decoder: Decoder) -> None:
    zygote = (await surroundings(decoder))["zygote"]

    os.kill(zygote, signal.SIGINT)
    os.kill(zygote, signal.SIGTERM)

    assert (await normalized(encoded(halves(), "PNG"), decoder=decoder)).width_px == 400
    assert (await surroundings(decoder))["zygote"] == zygote


async def test_no_process_is_left_when_the_decoder_is_closed() -> None:
    async with Decoder(program=HOSTILE) as decoder:
        zygote = (await surroundings(decoder))["zygote"]

    assert state(zygote) == "X"


BOT = """
import asyncio, json
from imagegen.imaging.images import Decoder
from tests.imagegen.imaging.decoding import answer_of
from pathlib import Path

async def main():
    decoder = Decoder(program="tests.imagegen.imaging.hostile")
    zygote = json.loads(await answer_of(decoder, "surroundings"))["zygote"]
    spinning = asyncio.create_task(answer_of(decoder, "spin", 9))
    below = Path(f"/proc/{zygote}/task/{zygote}/children")
    while not (child := below.read_text()):
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.2)
    print(zygote, child, flush=True)
    await spinning

asyncio.run(main())
"""


@pytest.mark.parametrize("victim", ["bot", "zygote"])
async def test_no_child_outlives_a_killed(victim: str) -> None:
    bot = await asyncio.create_subprocess_exec(sys.executable, "-c", BOT, stdout=subprocess.PIPE, cwd=ROOT)
    assert bot.stdout is not None
    zygote, child = map(int, (await bot.stdout.readline()).split())

    os.kill(bot.pid if victim == "bot" else zygote, signal.SIGKILL)

    await gone(zygote, child)
    with suppress(ProcessLookupError):
        bot.kill()
    await bot.communicate()
