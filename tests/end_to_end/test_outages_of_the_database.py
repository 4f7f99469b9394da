"""The database is gone for a while, or its disk is full: members are told, and what was paid is delivered once."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from sandbox.people import EPHEMERAL, text_of
from tests.end_to_end.conftest import says
from tests.end_to_end.outages import Outage, most_in_a_second, outage_in, shown
from tests.postgres import cluster

AWAY_S = 1200.0
MOST_LINES = 50  # of the log meanwhile: one a minute says that the database is away
ROOM_BYTES = 64 * 1024  # that are left for the log on the full disk


async def lives_through(house: Outage, cut: Callable[[], Awaitable[None]], mend: Callable[[], Awaitable[None]]) -> None:
    """Take the database away while an image is generated, and check all that must hold."""
    ana, channel = await house.new_person(), await house.channel()
    await house.hold_images()
    await ana.slash(channel, "imagine", prompt="generated meanwhile")
    await house.held(1)

    await cut()
    refused = await ana.slash(channel, "imagine", prompt="asked meanwhile")
    sentence = await ana.see(channel, says("Try again in a minute"), "the sentence")
    suggested = await ana.suggestions(channel, "imagine", "style", prompt="a wave")
    suggested += await ana.suggestions(channel, "character delete", "name", name="")
    await house.finish_images()
    await house.logged("outcome_not_stored")
    lines, cut_s = house.lines(), house.now_s()
    await house.passes(AWAY_S)
    lived, (status, text) = await house.lives(), await house.ready()
    lines, back_s = house.lines() - lines, house.now_s()
    await mend()
    waited_s = await house.until_logged("job_delivered")
    await shown(ana, channel, "generated meanwhile")
    await ana.slash(channel, "imagine", prompt="as before")
    await shown(ana, channel, "as before")
    await house.until_logged("database_works_again")

    calls = house.calls_to_discord()
    assert (lived, status) == (True, 503)
    assert suggested == []
    assert "database: " in text
    assert sentence["flags"] & EPHEMERAL
    assert "It didn't use your quota" in text_of(sentence)
    assert (await refused.fetch())["acknowledged_ms"] < 3000
    assert lines <= MOST_LINES
    assert house.count("database_away") >= 10
    assert len([s for s in calls if cut_s + 60 <= s < back_s]) <= 10
    assert most_in_a_second([s for s in calls if s >= back_s]) <= 12
    assert waited_s < 60
    assert await house.control.bill() == 2


@pytest.mark.long
async def test_the_disk_is_full_for_twenty_minutes(tmp_path: Path, unused_tcp_port: int) -> None:
    async with outage_in(tmp_path, unused_tcp_port) as house:
        assert house.bot.process is not None
        pid = house.bot.process.pid
        unlimited = resource.prlimit(pid, resource.RLIMIT_FSIZE)

        async def cut() -> None:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (house.bot.log.stat().st_size + ROOM_BYTES, unlimited[1]))

        async def mend() -> None:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, unlimited)

        await lives_through(house, cut, mend)


@pytest.mark.long
async def test_the_database_server_is_stopped_for_twenty_minutes(tmp_path: Path, unused_tcp_port: int) -> None:
    with cluster() as server:
        async with outage_in(tmp_path, unused_tcp_port, DATABASE_URL=server.database()) as house:

            async def cut() -> None:
                await asyncio.to_thread(server.stop)

            async def mend() -> None:
                await asyncio.to_thread(server.start)

            await lives_through(house, cut, mend)
