"""Wan or the whole network is away: members are told in time, nothing is lost, and no call repeats on."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.people import text_of
from tests.end_to_end.outages import HOUR_S, most_in_a_second, outage_in, shown
from tests.network import State

TASKS, AWAY_MIN = 3, 20
ASKED = 3  # requests in the hour
MOST_SENT = {"REFUSED": 7, "SILENT": 1}  # for one request: only what certainly was not paid is sent again
TOLD_WITHIN_S = 420.0


@pytest.mark.long
@pytest.mark.parametrize("how", ["REFUSED", "SILENT"])
async def test_wan_is_away_for_an_hour(tmp_path: Path, unused_tcp_port: int, how: str) -> None:
    async with outage_in(tmp_path, unused_tcp_port) as house:
        ana, channel = await house.new_person(), await house.channel()
        await house.wan.cut(State[how])

        waits_s = list[float]()
        for number in range(ASKED):
            await ana.slash(channel, "imagine", prompt=f"while Wan is away {number}")
            await house.logged("job_accepted", number + 1)
            waits_s.append(await house.until_logged("job_notified", number + 1))
            _, ready = await house.ready()
            await house.passes(HOUR_S / ASKED - waits_s[-1])
        texts = "\n".join(text_of(message) for message in await ana.messages(channel))
        sent = house.count("job_sending")
        await house.wan.mend()
        await ana.slash(channel, "imagine", prompt="as before")
        await shown(ana, channel, "as before")

        assert await house.lives()
        assert texts.count("It didn't use your quota") == ASKED
        assert sent <= MOST_SENT[how] * ASKED
        assert max(waits_s) < TOLD_WITHIN_S
        assert "wan: no answer to " in ready
        assert house.count("wan_away") == house.count("wan_answers_again") == 1
        assert (await house.ready())[0] == 200


@pytest.mark.long
async def test_tasks_are_queried_seldom_while_wan_is_away_and_delivered_afterwards(
    tmp_path: Path, unused_tcp_port: int
) -> None:
    async with outage_in(tmp_path, unused_tcp_port, WAN_CALL="tasks") as house:
        ana, channel = await house.new_person(), await house.channel()
        await house.control.post("/wan/settings", pending_s=60.0, delay_s=60.0)
        for number in range(TASKS):
            await ana.slash(channel, "imagine", prompt=f"a task {number}")
        await house.logged("task_created", TASKS)

        await house.wan.cut(State.REFUSED)
        await house.passes(AWAY_MIN * 60)
        failed = house.count("task_call_failed")
        await house.wan.mend()
        waited_s = await house.until_logged("job_delivered", TASKS)

        assert AWAY_MIN <= failed <= TASKS * (2 * AWAY_MIN + 5)
        assert waited_s < 90
        assert await house.control.bill() == TASKS


@pytest.mark.long
async def test_the_network_is_cut_for_twenty_minutes(tmp_path: Path, unused_tcp_port: int) -> None:
    async with outage_in(tmp_path, unused_tcp_port) as house:
        ana, channel = await house.new_person(), await house.channel()
        await house.hold_images()
        for prompt in ("one on its way", "another on its way"):
            await ana.slash(channel, "imagine", prompt=prompt)
        await house.held(2)

        await house.discord.cut(State.SILENT)
        await house.wan.cut(State.SILENT)
        cut_s = house.now_s()
        await house.passes(AWAY_MIN * 60)
        lived, (status, text) = await house.lives(), await house.ready()
        back_s = house.now_s()
        await house.finish_images()
        await house.discord.mend()
        await house.wan.mend()
        await house.until_connected()
        await house.until_logged("job_notified", 2)

        calls = house.discord.connected_s + house.wan.connected_s
        after = [s for s in house.calls_to_discord() if s >= back_s]
        assert lived
        assert (status, "gateway: shard 0 was last heard" in text) == (503, True)
        assert len([s for s in calls if cut_s <= s < back_s]) <= 150
        assert most_in_a_second(after) <= 12
        assert (
            sum("It didn't use your quota" in str(call.get("body")) for call in house.sandbox.record.part("discord"))
            == 2
        )
        assert house.count("job_sending") == 2  # what may have been paid is not sent again
        await ana.slash(channel, "imagine", prompt="as before")
        await shown(ana, channel, "as before")
