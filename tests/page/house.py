"""The fast house: a sandbox in the test's process, with the scripted bot and no other program."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import aiohttp

from sandbox.people import Control, Person
from sandbox.run import Sandbox
from tests.described import described_sandbox
from tests.page.scripted_bot import ScriptedBot


@dataclass
class PageHouse:
    """Hold what a test of the page needs. Ana is the first person, and *channel* the first channel, by its id."""

    sandbox: Sandbox
    control: Control
    bot: ScriptedBot
    ana: Person
    channel: str

    async def person(self, name: str, **about: Any) -> Person:
        """Add a person. *about* are fields of ``POST /people``."""
        return await self.control.person(name, **about)

    async def new_channel(self, name: str, **about: Any) -> str:
        """Add a channel and return its id. *about* are fields of ``POST /channels``."""
        return str((await self.control.post("/channels", name=name, **about))["id"])

    async def go_to_noon(self) -> None:
        """Advance the clock to noon of tomorrow, so that no day ends during a test."""
        now = self.sandbox.clock.now()
        await self.control.advance((now.replace(hour=12, minute=0) + timedelta(days=1) - now).total_seconds())

    @property
    def mention(self) -> str:
        return f"<@{self.sandbox.world.bot_id}>"


@asynccontextmanager
async def control_of(box: Sandbox) -> AsyncIterator[Control]:
    """Connect to a sandbox's control port."""
    async with aiohttp.ClientSession() as session:
        yield Control(session, box.control)


@asynccontextmanager
async def page_house() -> AsyncIterator[PageHouse]:
    """Run a house for the length of the block, and fail if the bot or the sandbox broke Discord's description."""
    async with described_sandbox() as box, aiohttp.ClientSession() as session:
        control = Control(session, box.control)
        first = next(iter(box.world.people.values()))
        ana, channel = Person(control, first.id, first.name), next(iter(box.world.channels))
        bot = ScriptedBot(box, session, control, ana, channel)
        async with bot.at_work():
            yield PageHouse(box, control, bot, ana, channel)
