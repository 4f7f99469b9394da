"""Play ``python bot.py verify`` in the sandbox, as a process, with an operator who does what the card says."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from sandbox.people import Control, Person
from sandbox.run import Sandbox
from tests.described import all_happen, described_sandbox
from tests.warm_bot import WarmBot

CHANNEL = "harbour"


@dataclass
class Verification:
    """A sandbox, the operator's settings, and the operator at a Discord client."""

    sandbox: Sandbox
    control: Control
    bot: WarmBot
    operator: Person
    folder: Path

    @property
    def channel_id(self) -> str:
        return next(c.id for c in self.sandbox.world.channels.values() if c.name == CHANNEL)

    async def start(self, *arguments: str) -> None:
        await self.bot.spawn("verify", "--channel", self.channel_id, "--yes", *arguments)

    async def exit_code(self) -> int:
        assert self.bot.process is not None
        return await self.bot.process.wait()

    @property
    def output(self) -> str:
        return self.bot.log.read_text(encoding="utf-8")

    def report(self) -> dict[str, Any]:
        (found,) = self.folder.glob("wanvas-verify-*.json")
        report: dict[str, Any] = json.loads(found.read_text(encoding="utf-8"))
        return report

    def verdict(self, key: str) -> tuple[str, str]:
        """Return the verdict of an item, and what was seen of it."""
        (item,) = [item for item in self.report()["items"] if item["key"] == key]
        return item["verdict"], item["seen"]


@asynccontextmanager
async def verification(folder: Path, **settings: str) -> AsyncIterator[Verification]:
    """Run a sandbox for a verification. The application's owner, Ana, is the operator."""
    async with described_sandbox() as box, aiohttp.ClientSession() as session:
        control, ana = Control(session, box.control), next(iter(box.world.people.values()))
        bot = WarmBot(box, folder, **settings)
        try:
            with all_happen(box.faults):
                yield Verification(box, control, bot, Person(control, ana.id, ana.name), folder)
        finally:
            await bot.kill()
