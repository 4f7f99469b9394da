"""The machine's clock is set ahead and back while the bot runs: requests end as before, and the log says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.people import private_answer, text_of
from tests.end_to_end.outages import outage_in, shown

HOURS = 3600.0
# How far the clock is set, one after another, and what is left of 20 images a day then.
JUMPS: dict[str, tuple[tuple[float, ...], int]] = {
    "ahead and back": ((2 * HOURS, -2 * HOURS), 15),
    "back and ahead": ((-2 * HOURS, 2 * HOURS), 15),
    "a day": ((24 * HOURS,), 19),  # what was asked before counts in the day before
}


@pytest.mark.parametrize(("jumps", "left"), JUMPS.values(), ids=list(JUMPS))
async def test_the_clock_is_set(tmp_path: Path, unused_tcp_port: int, jumps: tuple[float, ...], left: int) -> None:
    async with outage_in(tmp_path, unused_tcp_port) as house:
        ana, channel = await house.new_person(), await house.channel()
        await ana.slash(channel, "imagine", prompt="before")
        await shown(ana, channel, "before")

        for number, jump_s in enumerate(jumps):
            await house.hold_images()
            await ana.slash(channel, "imagine", prompt=f"held {number}")
            await house.held(1)
            await house.set_clock(wall_ahead_s=jump_s)
            await house.finish_images()
            await ana.slash(channel, "imagine", prompt=f"asked {number}")
            for prompt in (f"held {number}", f"asked {number}"):
                await shown(ana, channel, prompt)
            await house.until_logged("clock_was_set", number + 1)

        quota = text_of(await private_answer(ana, await ana.slash(channel, "quota")))
        await house.becomes_ready()
        assert await house.lives()
        assert house.count("job_delivered") == await house.control.bill() == 1 + 2 * len(jumps)
        assert f"{left} of 20 left" in quota
