"""People, channels and servers come and go, and the memory of the bot's process does not grow with them."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from sandbox.people import Person, Refused, private_answer
from tests.end_to_end import counting_launch
from tests.end_to_end.conftest import House, house_in, is_result, photo, says

PEOPLE = 6  # in a round, each with a server and a channel of their own
WARM_UP, ROUNDS, LOOKS, COUNTS = 1, 2, 3, 5
LONG_S = 60.0  # on a busy machine
IN_FLIGHT = 5  # at once to Wan, of each model
# A container that grows with people grows by 12; more than half of that is too much. The last six may be in containers
# that are kept for a moment, such as the last job: up to 3 of a class were seen.
MORE, MORE_OBJECTS = 7, 8
BOUNDED = {
    # discord.py removes expired rate limits from this number on: 2.7.1, http.py, _try_clear_expired_ratelimits
    "HTTPClient._buckets": 256,
    # Messages of the last moment: on a fast machine, the two of each person of one round.
    "AcceptedMessages._ids": 2 * PEOPLE,
    # discord.py keeps the last 128 channels of direct messages: 2.7.1, state.py, _add_private_channel
    "AutoShardedConnectionState._private_channels": 128,
    "AutoShardedConnectionState._private_channels_by_user": 128,
}
PARTS = ("objects of StoryImage", "objects of StoryText")  # parts of jobs, which are counted themselves
RICH = {"BUDGET_USD_PER_DAY": "500", "BUDGET_USD_PER_MONTH": "500"}


@pytest.fixture
async def counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    monkeypatch.delenv("DISCORD_OPENAPI", raising=False)  # the check would delay the sandbox
    about = {**RICH, "COUNTS": str(tmp_path / "counts.json")}
    async with house_in(tmp_path, launcher=counting_launch.__name__, **about) as found:
        found.sandbox.local_wan.set(delay_s=0.05, submit_rate=counting_launch.PER_S, in_flight=IN_FLIGHT)
        yield found


async def counts(house: House) -> dict[str, int]:
    """Return the sizes in the idle bot's process: the smallest of several counts, in case a request was open."""
    path = Path(house.bot.settings["COUNTS"])
    await asyncio.to_thread(all_over, path.with_name("wanvas.db"))
    looks = []
    for _ in range(LOOKS):
        await asyncio.sleep(4 * counting_launch.MOMENT_S)
        assert house.bot.process is not None
        os.kill(house.bot.process.pid, signal.SIGUSR1)
        looks.append(await asyncio.to_thread(written, path))
    return {name: min(look.get(name, 0) for look in looks) for name in looks[0]}


async def counts_after(house: House, before: dict[str, int]) -> tuple[dict[str, int], dict[str, tuple[int, int]]]:
    """Return the sizes now, and those that grew. What is kept for a moment goes, also later; what leaks stays."""
    for _ in range(COUNTS):
        after = await counts(house)
        grown = {name: (before.get(name, 0), size) for name, size in after.items() if grew(name, before, size)}
        if not grown:
            break
    return after, grown


def all_over(database: Path) -> None:
    """Wait until every job has ended and its requester was notified."""
    until_s = time.monotonic() + LONG_S
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as books:
        while books.execute("SELECT COUNT(*) FROM jobs WHERE notified_at IS NULL").fetchone() != (0,):
            assert time.monotonic() < until_s
            time.sleep(0.1)


def written(path: Path) -> dict[str, int]:
    until_s = time.monotonic() + 10
    while not path.exists():
        assert time.monotonic() < until_s
        time.sleep(0.05)
    found: dict[str, int] = json.loads(path.read_text(encoding="utf-8"))
    path.unlink()
    return found


@dataclass(frozen=True)
class Guest:
    """A person who joins, uses every feature in a server of their own, and leaves with it."""

    house: House
    person: Person
    channel: str
    server: str

    async def use(self) -> None:
        person, channel = self.person, self.channel
        await person.slash(channel, "imagine", prompt="first", image1=photo())
        result = await person.see(channel, is_result, "the result", LONG_S)
        for label in ("Edit image", "Edit prompt"):  # forms that are never sent
            await person.press(result, label)
        await person.press(result, "Generate again")
        await self.sees(2)
        await private_answer(person, await person.press(result, "Details"))
        for command in ("gallery", "receipts", "quota"):
            await private_answer(person, await person.slash(channel, command))
        await person.slash(channel, "story", prompt="a story")
        await person.say(channel, self.house.mention)
        await person.say("dm", "in private")
        await person.see("dm", is_result, "the result in private", LONG_S)

    async def sees(self, results: int) -> None:
        async with asyncio.timeout(LONG_S):
            while sum(map(is_result, await self.person.messages(self.channel))) < results:  # noqa: ASYNC110  # read for many
                await asyncio.sleep(0.1)

    async def cancel(self) -> None:
        await self.person.slash(self.channel, "imagine", prompt="never")
        card = await self.person.see(self.channel, says("in queue"), "a card that can be canceled", LONG_S)
        with suppress(Refused):  # on a busy machine the job began before the press
            await self.person.press(card, "Cancel")
        async with asyncio.timeout(LONG_S):
            while any(map(says("in queue"), await self.person.messages(self.channel))):  # noqa: ASYNC110  # as above
                await asyncio.sleep(0.1)

    async def go(self) -> None:
        question = await private_answer(self.person, await self.person.slash(self.channel, "forget-me"))
        await self.person.press(question, "Erase my prompts and images")
        await self.person.see(self.channel, says("erased"), "that it was erased", LONG_S)
        await self.house.control.post("/servers/bot", server=self.server, present=False)


async def guest(house: House, number: int) -> Guest:
    server = (await house.control.post("/servers", name=f"Server {number}"))["id"]
    person = await house.control.person(f"Guest {number}", server=server, manager=True)
    channel = await house.control.post("/channels", name=f"soak-{number}", deny=[], server=server)
    return Guest(house, person, channel["id"], server)


async def a_round(house: House, number: int) -> None:
    guests = [await guest(house, number * PEOPLE + place) for place in range(PEOPLE)]
    await asyncio.gather(*(one.use() for one in guests))
    house.sandbox.local_wan.set(delay_s=5.0)
    for one in guests[:IN_FLIGHT]:
        await one.person.slash(one.channel, "imagine", prompt="in the way of others")
    for one in guests[:IN_FLIGHT]:
        await one.person.see(one.channel, says("Generating…\n-# in the way"), "that the request is at Wan", LONG_S)
    await asyncio.gather(*(one.cancel() for one in guests))
    house.sandbox.local_wan.set(delay_s=0.05)
    await asyncio.gather(*(one.sees(3) for one in guests[:IN_FLIGHT]))
    await asyncio.gather(*(one.go() for one in guests))


def grew(name: str, before: dict[str, int], size: int) -> bool:
    more = MORE_OBJECTS if name.startswith("objects of ") else MORE
    return size - before.get(name, 0) >= more and size > BOUNDED.get(name, 0) and name not in PARTS


@pytest.mark.long
@pytest.mark.timeout(300)
async def test_the_memory_of_the_process_does_not_grow_with_people_who_come_and_go(counted: House) -> None:
    for number in range(WARM_UP):
        await a_round(counted, number)
    before = await counts(counted)

    for number in range(ROUNDS):
        await a_round(counted, WARM_UP + number)
    after, grown = await counts_after(counted, before)

    kept = {"TokenBuckets._full_at_s", "EditBudget._begun", "Notices._expires_at_s", "StatusCards._cards"}
    assert kept | {"ViewStore._views"} <= set(after)
    assert grown == {}
