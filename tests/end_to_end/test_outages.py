"""Outages of an hour: the bot stays, says so, answers kindly, and catches up without a storm of calls."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.end_to_end.outages import HOUR_S, Outage, most_in_a_second, outage_in, shown
from tests.network import State

MOST_CALLS_IN_THE_HOUR = 300  # by REST and to the gateway together, however many requests wait
MOST_RECONNECTS_IN_THE_HOUR = 200  # to the gateway: one in half a minute, and more in the first minute
MOST_CALLS_IN_A_SECOND = 12  # afterwards
WAITING = 6  # requests whose images are generated when Discord goes away


async def cut_discord(house: Outage, how: str) -> None:
    """Take Discord away: it answers 503 and its gateway closes each connection, or it refuses connections."""
    if how == "503":
        house.discord_down.is_down = True
        house.discord.reset()
    else:
        await house.discord.cut(State[how])


async def mend_discord(house: Outage) -> None:
    house.discord_down.is_down = False
    await house.discord.mend()


@pytest.mark.long
@pytest.mark.parametrize("how", ["503", "REFUSED"])
async def test_discord_is_away_for_an_hour(tmp_path: Path, unused_tcp_port: int, how: str) -> None:
    async with outage_in(tmp_path, unused_tcp_port) as house:
        ana, channel = await house.new_person(), await house.channel()
        await house.hold_images()
        for number in range(WAITING):
            await ana.slash(channel, "imagine", prompt=f"waits for Discord {number}")
        await house.logged("job_accepted", WAITING)

        away_s = house.now_s()
        await cut_discord(house, how)
        await house.finish_images()
        await house.logged("job_generated", WAITING)
        await house.passes(HOUR_S)
        lived, (status, text) = await house.lives(), await house.ready()
        back_s = house.now_s()
        await mend_discord(house)
        connected_s = await house.until_connected()
        delivered_s = connected_s + await house.until_logged("job_delivered", WAITING)

        during = [s for s in house.discord_down.called_s if away_s <= s < back_s]  # none where none gets through
        after = [s for s in house.calls_to_discord() if s >= back_s]
        assert (lived, status) == (True, 503)
        assert re.match(r"gateway: shard 0 was last heard 3\d\d\d s ago\ndiscord: no answer for 3\d\d\d s", text)
        assert house.count("discord_away") == house.count("discord_answers_again") == 1
        assert len(during) <= MOST_CALLS_IN_THE_HOUR
        assert house.reconnects() <= MOST_RECONNECTS_IN_THE_HOUR
        assert most_in_a_second(after) <= MOST_CALLS_IN_A_SECOND
        assert connected_s < 150
        assert delivered_s < 240
        await ana.slash(channel, "imagine", prompt="as before")
        await shown(ana, channel, "as before")
