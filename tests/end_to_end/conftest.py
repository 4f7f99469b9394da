"""Give the tests the real bot as a process, with the local Discord and the local Wan over sockets."""

from __future__ import annotations

import asyncio
import io
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from PIL import Image

from sandbox.people import EPHEMERAL, Control, File, Json, Person, images_of, text_of
from sandbox.run import Sandbox
from sandbox.wan.state import Settings as WanSettings
from tests.described import all_happen, as_described, described_sandbox
from tests.warm_bot import WarmBot

NUMBERS = itertools.count(1)
HOLD_S = 50.0  # longer than any wait of a test, and less than the bot waits for an image


@dataclass
class House:
    """Hold what a test of the whole bot needs: the sandbox, its control port and the bot."""

    sandbox: Sandbox
    control: Control
    bot: WarmBot
    session: aiohttp.ClientSession

    async def new_person(self, **about: Any) -> Person:
        return await self.control.person(f"Person{next(NUMBERS)}", **about)

    async def channel(self, deny: tuple[str, ...] = ()) -> str:
        name = f"channel-{next(NUMBERS)}"
        await self.control.post("/channels", name=name, deny=list(deny))
        return name

    async def hold_images(self) -> None:
        """Let the local Wan work on each image until ``finish_images``, so that no test depends on a duration."""
        await self.control.post("/wan/settings", delay_s=HOLD_S)

    async def finish_images(self) -> None:
        """Finish the images that are under way, and let later ones take no time."""
        await self.control.post("/wan/settings", delay_s=0.0)

    async def held(self, images: int) -> None:
        """Wait until so many requests for an image are at the local Wan."""
        async with asyncio.timeout(HOLD_S):
            while sum(self.sandbox.local_wan.in_flight_count.values()) < images:  # noqa: ASYNC110  # a counter
                await asyncio.sleep(0.02)

    @property
    def mention(self) -> str:
        return f"<@{self.sandbox.world.bot_id}>"


@asynccontextmanager
async def house_in(folder: Path, *, launcher: str = WarmBot.launcher, **settings: str) -> AsyncIterator[House]:
    """Run a house of the test's own, with the bot's settings given."""
    async with AsyncExitStack() as stack:
        box = await stack.enter_async_context(described_sandbox())
        session = await stack.enter_async_context(aiohttp.ClientSession())
        bot = WarmBot(box, folder, **settings)
        bot.launcher = launcher
        stack.push_async_callback(bot.stop)
        await bot.start()
        yield House(box, Control(session, box.control), bot, session)


@pytest.fixture(scope="session")
async def _shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    generous = {
        "MEMBER_IMAGES_PER_DAY": "1000",
        "PERSON_IMAGES_PER_DAY": "1000",
        "SERVER_IMAGES_PER_MONTH": "100000",
        "BUDGET_USD_PER_DAY": "500",
        "BUDGET_USD_PER_MONTH": "500",
    }
    async with house_in(tmp_path_factory.mktemp("house"), **generous) as found:
        await _reset_wan(found)
        yield found


@pytest.fixture
async def house(_shared: House) -> AsyncIterator[House]:
    """Return the shared house, with no fault armed and the sandbox's first settings."""
    with all_happen(_shared.sandbox.faults):
        with as_described(_shared.sandbox.record):
            yield _shared
        await _reset_wan(_shared)


async def _reset_wan(house: House) -> None:
    """Give the local Wan its first settings, but limit no model by the minute: tests share one house."""
    await house.control.post("/wan/settings", **{**vars(WanSettings()), "submit_rate": 5})


def png(size: tuple[int, int] = (640, 480), colour: str = "orange") -> bytes:
    out = io.BytesIO()
    image = Image.new("RGB", size, colour)
    image.paste("navy", (0, 0, size[0] // 3, size[1] // 2))
    image.save(out, "PNG")
    return out.getvalue()


def photo(name: str = "photo.png", **more: Any) -> File:
    return File(name, png(**more))


def is_result(message: Json) -> bool:
    return bool(images_of(message)) and "seed" in text_of(message)


async def result(person: Person, channel: str, prompt: str) -> Json:
    """Return the result with *prompt*, once *person* sees it."""
    return await person.see(channel, lambda m: is_result(m) and prompt in text_of(m), f"the image of {prompt}")


async def ours(house: House, person: Person, channel: str) -> list[Json]:
    """Return the bot's messages that everybody sees in a channel."""
    found = await person.messages(channel)
    return [m for m in found if m["author"]["id"] == house.sandbox.world.bot_id and not m["flags"] & EPHEMERAL]


def says(words: str) -> Callable[[Json], bool]:
    return lambda message: words in text_of(message)
