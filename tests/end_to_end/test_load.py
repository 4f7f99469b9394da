"""Under load, every request is acknowledged in time, and no way in exceeds a quota."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

import pytest

from sandbox.discord import interactions
from sandbox.discord.interactions import ACKNOWLEDGE_DEADLINE_S
from sandbox.people import Json, Person, button_id, images_of, text_of
from sandbox.records import Interaction
from tests.end_to_end import quick_launch
from tests.end_to_end.conftest import House, house_in, is_result

PEOPLE, COMMANDS, EACH_MAY = 200, 1000, 1
LEFT, AT_ONCE = 3, 10
WAYS = ("slash", "menu", "mention", "button")
RICH = {
    "PERSON_IMAGES_PER_DAY": "1000",
    "SERVER_IMAGES_PER_MONTH": "100000",
    "BUDGET_USD_PER_DAY": "500",
    "BUDGET_USD_PER_MONTH": "500",
    "QUEUED_PER_MEMBER": "20",
}


async def quick_house(folder: Path, images_per_day: int) -> AsyncIterator[House]:
    per_day = str(images_per_day)
    async with house_in(folder, launcher=quick_launch.__name__, MEMBER_IMAGES_PER_DAY=per_day, **RICH) as found:
        found.sandbox.local_wan.set(delay_s=0.05, submit_rate=quick_launch.PER_S, in_flight=quick_launch.IN_FLIGHT)
        yield found


@pytest.fixture
async def crowded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    """Run a house where each member may have one image. Requests are not checked against Discord's description here:
    the check would delay the sandbox."""
    monkeypatch.delenv("DISCORD_OPENAPI", raising=False)
    async for found in quick_house(tmp_path, EACH_MAY):
        yield found


@pytest.fixture(scope="module")
async def frugal(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """Run a house where each member may have three images."""
    async for found in quick_house(tmp_path_factory.mktemp("frugal"), LEFT):
        yield found


def outcome(house: House, interaction: Interaction) -> str:
    """Return what a command led to: "shown", "refused", "late" if not acknowledged in time, or "" so far."""
    age_s = house.sandbox.world.clock.elapsed_s() - interaction.created_s
    if interaction.acknowledged_ms is None and age_s > ACKNOWLEDGE_DEADLINE_S:
        return "late"  # Discord takes no answer any more: nothing else will come of it
    known = [house.sandbox.world.messages.get(name) for name in (interaction.original_id or "", *interaction.followups)]
    messages = [message for message in known if message is not None]
    if any(images_of(message.body) for message in messages):
        return "shown"
    return "refused" if any("You've used all" in message.body["content"] for message in messages) else ""


@pytest.mark.alone
@pytest.mark.timeout(400)
async def test_a_thousand_commands_at_once_are_acknowledged_in_time_and_all_end(crowded: House) -> None:
    world = crowded.sandbox.world
    people = [world.add_person(f"Member{number}") for number in range(PEOPLE)]
    channels = [channel for channel in world.channels.values() if channel.server_id]
    words = {"prompt": "the same words and seed are drawn once", "seed": 7}

    interactions_sent = [
        interactions.slash(world, people[number % PEOPLE], channels[number % len(channels)], "imagine", words)
        for number in range(COMMANDS)
    ]
    await crowded.sandbox.gateway_server.flush()
    open_requests = interactions_sent
    async with asyncio.timeout(300):
        while open_requests := [each for each in open_requests if not outcome(crowded, each)]:  # noqa: ASYNC110  # polled
            await asyncio.sleep(0.2)

    late = sorted(each.acknowledged_ms or 10**6 for each in interactions_sent)
    print(f"{COMMANDS} at once: acknowledged p50 {late[COMMANDS // 2]} ms, p99 {late[COMMANDS * 99 // 100]} ms")
    assert late[-1] <= ACKNOWLEDGE_DEADLINE_S * 1000
    shown = [each.person_id for each in interactions_sent if outcome(crowded, each) == "shown"]
    assert sorted(shown) == sorted(person.id for person in people)
    assert await crowded.control.bill() == PEOPLE * EACH_MAY
    assert not [entry for entry in await crowded.control.record("discord") if entry["status"] == 429]


class Member:
    """A member with three images left, who uses every way in at once."""

    def __init__(self, house: House, person: Person, channel: str, result: Json) -> None:
        self.house, self.person, self.channel, self.result = house, person, channel, result
        self.acts: list[tuple[str, Json]] = []

    async def prepare(self, way: str) -> None:
        """Prepare a request up to its last press, so that all last presses can happen at once."""
        who, post = {"person": self.person.id}, self.house.control.post
        if way == "slash":
            options = {"prompt": "at once"}
            self.acts.append(("/act/slash", {**who, "channel": self.channel, "command": "imagine", "options": options}))
        elif way == "mention":
            content = f"{self.house.mention} at once"
            self.acts.append(("/act/message", {**who, "channel": self.channel, "content": content}))
        else:
            open_before = len((await self.person.state())["modals"])
            if way == "button":  # of Again, one press in a row is taken
                await post(
                    "/act/press", **who, message=self.result["id"], custom_id=button_id(self.result, "Edit image")
                )
            else:
                await post("/act/menu", **who, command="Edit image", message=self.result["id"])
            state = await self.person.wait(lambda found: len(found["modals"]) > open_before, "another modal")
            modal = {"modal": state["modals"][-1]["id"], "values": {"words": "at once"}}
            self.acts.append(("/act/modal", {**who, **modal}))

    async def act(self) -> None:
        await asyncio.gather(*(self.house.control.post(path, **said) for path, said in self.acts))


async def a_member(house: House) -> Member:
    """Return a member without requests, in a channel where another member has a result."""
    ana, bo, channel = await house.new_person(), await house.new_person(), await house.channel()
    await bo.slash(channel, "imagine", prompt="somebody else's")
    return Member(house, ana, channel, await bo.see(channel, is_result, "the other's image"))


def ends(state: Json, member: Member) -> tuple[int, int]:
    """Return the number of this member's results and of refusals in their channel."""
    channel_id = next(channel["id"] for channel in state["channels"] if channel["name"] == member.channel)
    messages = state["messages"][channel_id]
    results = [m for m in messages if is_result(m) and f"<@{member.person.id}> · " in text_of(m)]
    return len(results), len([message for message in messages if "You've used all" in text_of(message)])


MIXES = {way: [way] * AT_ONCE for way in WAYS} | {
    f"mix {seed}": [Random(seed).choice(WAYS) for _ in range(AT_ONCE)] for seed in range(3)
}


@pytest.mark.parametrize("mix", MIXES)
async def test_ten_at_once_from_one_member_with_three_left_take_exactly_three(frugal: House, mix: str) -> None:
    member, billed = await a_member(frugal), await frugal.control.bill()
    for way in MIXES[mix]:
        await member.prepare(way)

    await member.act()
    state = await member.person.wait(lambda found: sum(ends(found, member)) >= AT_ONCE, "ten ends")

    assert ends(state, member) == (LEFT, AT_ONCE - LEFT)
    assert await frugal.control.bill() == billed + LEFT
