"""Several processes share one database, and a bot survives a database server that stops."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from sandbox.people import EPHEMERAL, Control, Person
from tests.described import described_sandbox
from tests.end_to_end.conftest import House, house_in, is_result, says
from tests.end_to_end.test_metrics import Numbers, becomes
from tests.postgres import Cluster, cluster
from tests.warm_bot import WarmBot

ACK_MS = 3000  # https://discord.com/developers/docs/interactions/receiving-and-responding (2026-11-24)


@asynccontextmanager
async def two_in(
    folder: Path, url: str, *, ports: tuple[int, int] = (0, 0), **settings: str
) -> AsyncIterator[tuple[House, WarmBot]]:
    """Run a house whose bot holds shard 0 of two, and the bot that holds shard 1."""
    async with AsyncExitStack() as stack:
        box = await stack.enter_async_context(described_sandbox())
        session = await stack.enter_async_context(aiohttp.ClientSession())
        bots = []
        for shard, port in zip(("0", "1"), ports, strict=True):
            place = folder / shard
            place.mkdir()
            its = {"SHARD_COUNT": "2", "SHARD_IDS": shard, "HEALTH_PORT": str(port), **settings}
            bot = WarmBot(box, place, DATABASE_URL=url, **its)
            stack.push_async_callback(bot.stop)
            bots.append(bot)
            await bot.start()
        yield House(box, Control(session, box.control), bots[0], session), bots[1]


def accepted_by(bot: WarmBot) -> int:
    return bot.log.read_text(encoding="utf-8").count("job_accepted")


async def logged(house: House, event: str) -> None:
    """Wait until the house's bot has logged *event*."""
    async with asyncio.timeout(45):
        while event not in house.bot.log.read_text(encoding="utf-8"):  # noqa: ASYNC110  # a file
            await asyncio.sleep(0.05)


def a_channel_on(house: House, shard: int, person: Person) -> str:
    """Return a new channel in a server of that shard of two, with *person* as a member."""
    world = house.sandbox.world
    servers = [server for server in world.servers.values() if (int(server.id) >> 22) % 2 == shard]
    server = servers[0] if servers else world.add_server("On the other side", next(iter(world.people)))
    assert (int(server.id) >> 22) % 2 == shard
    if person.id not in server.members:
        world.join(server, person.id)
    return world.add_channel(f"on-shard-{shard}-{len(world.channels)}", server=server).name


async def test_each_interaction_reaches_the_process_that_holds_its_shard(tmp_path: Path, postgresql: Cluster) -> None:
    async with two_in(tmp_path, postgresql.database()) as (house, other):
        ana = await house.new_person()
        for shard in (0, 1):
            channel = a_channel_on(house, shard, ana)
            before = accepted_by(house.bot), accepted_by(other)
            await ana.slash(channel, "imagine", prompt=f"on shard {shard}")
            await ana.see(channel, is_result, "the image")
            assert (accepted_by(house.bot) - before[0], accepted_by(other) - before[1]) == (1 - shard, shard)

        before = accepted_by(house.bot), accepted_by(other)
        await ana.slash("dm", "imagine", prompt="between us")
        await ana.see("dm", is_result, "the image")
        assert (accepted_by(house.bot) - before[0], accepted_by(other) - before[1]) == (1, 0)
        assert await house.control.bill() == 3


async def test_both_processes_publish_one_queue_and_one_budget_and_each_its_own_counts(
    tmp_path: Path, postgresql: Cluster, unused_tcp_port_factory: Callable[[], int]
) -> None:
    ports = (unused_tcp_port_factory(), unused_tcp_port_factory())
    async with two_in(tmp_path, postgresql.database(), ports=ports) as (house, other):
        ana = await house.new_person()
        for shard in (0, 1):
            channel = a_channel_on(house, shard, ana)
            await ana.slash(channel, "imagine", prompt=f"on shard {shard}")
            await ana.see(channel, is_result, "the image")

        first, second = [await becomes(replace(house, bot=bot), _all_is_done) for bot in (house.bot, other)]

    assert _of_the_database(first) == _of_the_database(second)
    assert first['wanvas_budget_used_usd{window="day"}'] == 0.06
    assert [one['wanvas_requests_total{outcome="accepted"}'] for one in (first, second)] == [1, 1]


def _all_is_done(found: Numbers) -> bool:
    return found.get("wanvas_processes") == 2 and found['wanvas_open_jobs{state="generated"}'] == 0


def _of_the_database(found: Numbers) -> Numbers:
    names = ("wanvas_open_jobs", "wanvas_budget", "wanvas_processes", "wanvas_paused")
    return {name: value for name, value in found.items() if name.startswith(names)}


@pytest.mark.long
async def test_the_other_process_delivers_what_a_killed_one_generated(tmp_path: Path, postgresql: Cluster) -> None:
    async with two_in(tmp_path, postgresql.database(), WAN_CALL="tasks") as (house, other):
        ana = await house.new_person()
        channel = a_channel_on(house, 0, ana)
        await house.control.post("/wan/settings", delay_s=6.0)
        await ana.slash(channel, "imagine", prompt="survivor")
        card = await ana.see(channel, says("Generating…"), "the card")

        await house.bot.kill()
        await ana.see(channel, is_result, "the image, when its lease is over", 60)

        (result,) = await ana.messages(channel)
        assert result["id"] == card["id"]
        assert "jobs_adopted" in other.log.read_text(encoding="utf-8")
        assert await house.control.bill() == 1


async def test_a_database_server_that_restarts_stops_no_bot(tmp_path: Path) -> None:
    with cluster() as server:
        async with house_in(tmp_path, DATABASE_URL=server.database()) as house:
            ana, channel = await house.new_person(), await house.channel()
            await ana.slash(channel, "imagine", prompt="before")
            await ana.see(channel, is_result, "the image")
            await house.hold_images()
            await ana.slash(channel, "imagine", prompt="meanwhile")
            await ana.see(channel, says("Generating…"), "the card")

            await asyncio.to_thread(server.stop)
            await ana.slash(channel, "imagine", prompt="lost")
            notice = await ana.see(channel, says("Try again in a minute"), "the sentence")
            await house.finish_images()
            await logged(house, "outcome_not_stored")
            await asyncio.to_thread(server.start)
            await ana.wait(lambda s: sum(map(is_result, _all(s))) == 2, "the image that was in the making")
            await ana.slash(channel, "imagine", prompt="after")
            await ana.wait(lambda s: sum(map(is_result, _all(s))) == 3, "the image after it")

            assert notice["flags"] & EPHEMERAL
            assert "It didn't use your quota" in str(notice)
            assert house.bot.process is not None
            assert house.bot.process.returncode is None
            assert await house.control.bill() == 3


async def test_every_member_is_answered_while_the_database_server_hangs(tmp_path: Path) -> None:
    with cluster() as server:
        async with house_in(tmp_path, DATABASE_URL=server.database()) as house:
            ana, channel = await house.new_person(), await house.channel()
            await ana.slash(channel, "imagine", prompt="before")
            await ana.see(channel, is_result, "the image")

            server.freeze()
            interaction = await ana.slash(channel, "imagine", prompt="while it hangs")
            await ana.see(channel, says("Try again in a minute"), "the sentence")
            server.thaw()
            await ana.slash(channel, "imagine", prompt="after")
            await ana.wait(lambda s: sum(map(is_result, _all(s))) == 2, "the image after it")

            assert (await interaction.fetch())["acknowledged_ms"] < ACK_MS
            assert await house.control.bill() == 2


async def test_a_second_bot_on_one_file_is_refused_in_a_sentence(tmp_path: Path) -> None:
    async with house_in(tmp_path) as house:
        second = WarmBot(house.sandbox, tmp_path, HEALTH_PORT="0")
        second.log = tmp_path / "second.log"

        process = await second.spawn()

        assert await process.wait() == 1
        assert "another process is using" in second.log.read_text(encoding="utf-8")
        assert house.bot.process is not None
        assert house.bot.process.returncode is None


def _all(state: dict[str, dict[str, list[dict[str, object]]]]) -> list[dict[str, object]]:
    return [message for found in state["messages"].values() for message in found]
