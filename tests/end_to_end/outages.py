"""Run a bot on a clock of its own, behind cables that can be cut, and count what it does meanwhile."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web

from sandbox.people import Control, Json, Person, text_of
from sandbox.run import Sandbox
from tests.described import described_sandbox
from tests.end_to_end import own_time
from tests.end_to_end.conftest import House, is_result
from tests.network import Cable, cable
from tests.warm_bot import WarmBot

HOUR_S = 3600.0
SPEED = 240.0  # an hour in 15 s
SLOWER = 40.0  # where calls are answered: one that takes a second seems to take so many
STEP_S = 0.05  # of real time, in which the sandbox's clock follows the bot's


class DiscordDown:
    """A middleware of the local Discord.

    While ``is_down``, it counts the calls and answers each with a 503; the gateway accepts a connection, and closes it
    before it says hello. While ``refuses_token``, it counts calls with the bot's token, and answers as after a reset.
    """

    def __init__(self) -> None:
        self.is_down = self.refuses_token = False
        self.called_s, self.now_s = list[float](), time.monotonic

    @web.middleware
    async def answer(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if self.refuses_token and request.headers.get("Authorization", "").startswith("Bot "):
            self.called_s.append(self.now_s())
            return web.json_response({"message": "401: Unauthorized", "code": 0}, status=401)
        if not self.is_down or "/services/" in request.path:  # the local Wan's
            found: web.StreamResponse = await handler(request)
            return found
        self.called_s.append(self.now_s())
        if request.path == "/gateway":
            socket = web.WebSocketResponse()
            await socket.prepare(request)
            await socket.close(code=1011)
            return socket
        return web.Response(status=503, text="<html>upstream connect error</html>")


@dataclass
class Outage(House):
    """A house whose bot reaches Discord and Wan through cables."""

    folder: Path
    health_port: int
    discord: Cable
    wan: Cable
    discord_down: DiscordDown

    async def set_clock(self, *, speed: float = 1.0, wall_ahead_s: float = 0.0) -> None:
        (self.folder / own_time.FILE).write_text(json.dumps({"speed": speed, "wall_ahead_s": wall_ahead_s}))
        assert self.bot.process is not None
        os.kill(self.bot.process.pid, signal.SIGUSR1)
        await asyncio.sleep(STEP_S)

    async def passes(self, seconds: float) -> None:
        """Let so much time pass, for the bot and for the sandbox."""
        await self.until(lambda: False, seconds, SPEED)

    async def until(self, found: Callable[[], bool], seconds: float, speed: float = SLOWER) -> float:
        """Let time pass until *found*, and return how much passed: about *seconds* at most."""
        began_s = self.now_s()
        await self.set_clock(speed=speed)
        while not found() and self.now_s() - began_s < seconds:
            stepped_s = time.monotonic()
            await asyncio.sleep(STEP_S)
            self.sandbox.clock.advance((time.monotonic() - stepped_s) * (speed - 1))
        await self.set_clock()
        return self.now_s() - began_s

    async def until_logged(self, event: str, times: int = 1) -> float:
        """Let time pass until the bot has logged *event* so often, and return how much passed."""
        return await self.until(lambda: self.count(event) >= times, HOUR_S)

    def now_s(self) -> float:
        return self.sandbox.clock.elapsed_s()

    async def ready(self) -> tuple[int, str]:
        async with self.session.get(f"http://127.0.0.1:{self.health_port}/readyz") as answer:
            return answer.status, await answer.text()

    async def becomes_ready(self, seconds: float = 45.0) -> None:
        """Wait until the bot says that it is ready."""
        async with asyncio.timeout(seconds):
            while (await self.ready())[0] != 200:  # noqa: ASYNC110  # another process
                await asyncio.sleep(0.1)

    async def lives(self) -> bool:
        """Return whether the process runs and answers."""
        async with self.session.get(f"http://127.0.0.1:{self.health_port}/healthz") as answer:
            return answer.status == 200 and self.bot.process is not None and self.bot.process.returncode is None

    def events(self) -> list[str]:
        return [json.loads(line)["event"] for line in self.bot.log.read_text(encoding="utf-8").splitlines()]

    def lines(self) -> int:
        """Return how many lines of ours the log has. discord.py's are sentences, some about the fast clock."""
        return sum(" " not in event for event in self.events())

    def count(self, event: str) -> int:
        return self.events().count(event)

    async def logged(self, event: str, times: int = 1) -> None:
        """Wait until the bot has logged *event* so often."""
        async with asyncio.timeout(45):
            while self.count(event) < times:  # noqa: ASYNC110  # a file
                await asyncio.sleep(0.05)

    def reconnects(self) -> int:
        """Return how often the bot said that it tries the gateway again."""
        return sum(event.startswith("Attempting a reconnect") for event in self.events())

    async def until_connected(self) -> float:
        """Let time pass until the bot identifies to the gateway or resumes, and return how much passed."""
        gateway, before = self.sandbox.record.part("gateway"), len(self.sandbox.record.part("gateway"))
        return await self.until(lambda: any(entry["op"] in (2, 6) for entry in gateway[before:]), HOUR_S)

    def calls_to_discord(self) -> list[float]:
        """Return when each REST call was made that the local Discord answered, by ``now_s``."""
        began_at = self.sandbox.clock.now() - timedelta(seconds=self.now_s())
        at = [datetime.fromisoformat(entry["at"]) for entry in self.sandbox.record.part("discord")]
        return [(called_at - began_at).total_seconds() for called_at in at]


async def shown(person: Person, channel: str, prompt: str) -> Json:
    """Return the message that shows the image of *prompt*, as soon as there is one."""
    return await person.see(channel, lambda m: is_result(m) and prompt in text_of(m), f"the image of {prompt}")


def most_in_a_second(times_s: Sequence[float]) -> int:
    """Return how many of the calls came within one second."""
    return max((sum(0 <= other - one < 1 for other in times_s) for one in times_s), default=0)


@asynccontextmanager
async def outage_in(folder: Path, health_port: int, **settings: str) -> AsyncIterator[Outage]:
    """Run such a house."""
    async with AsyncExitStack() as stack:
        down = DiscordDown()
        box = await stack.enter_async_context(described_sandbox([down.answer]))
        down.now_s = box.clock.elapsed_s
        session = await stack.enter_async_context(aiohttp.ClientSession())
        discord, wan = [
            await stack.enter_async_context(cable(urlsplit(url).port or 0, box.clock.elapsed_s))
            for url in (box.rest, box.wan)
        ]
        bot = WarmBot(box, folder, **_through(box, discord, wan), HEALTH_PORT=str(health_port), **settings)
        bot.launcher = "tests.end_to_end.own_time"
        stack.push_async_callback(bot.stop)
        await bot.start()
        yield Outage(box, Control(session, box.control), bot, session, folder, health_port, discord, wan, down)


def _through(box: Sandbox, discord: Cable, wan: Cable) -> dict[str, str]:
    at = f"127.0.0.1:{discord.port}"
    box.world.cdn = f"http://{at}"
    return {
        "WANVAS_SANDBOX_REST": f"http://{at}/api/v10",
        "WANVAS_SANDBOX_GATEWAY": f"ws://{at}/gateway",
        "WANVAS_SANDBOX_CDN": f"http://{at}",
        "SANDBOX_CDN_URL": f"http://{at}",
        "DASHSCOPE_HTTP_BASE_URL": f"http://127.0.0.1:{wan.port}/api/v1",
        "LOG_FORMAT": "json",
        "QUEUED_PER_MEMBER": "20",
    }
