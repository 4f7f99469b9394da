"""Run the real bot as a process against a sandbox."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from sandbox.discord.session import Session
from sandbox.run import Sandbox

ROOT = Path(__file__).parent.parent
READY_TIMEOUT_S = 90.0


def zone_at_night(now: datetime) -> str:
    """Return a time zone where it is now between 3 and 4 a.m., so that no daily quota resets during a run."""
    ahead_h = (3 - now.astimezone(UTC).hour + 11) % 24 - 11
    return f"Etc/GMT{-ahead_h:+d}"  # POSIX reverses the sign: https://man7.org/linux/man-pages/man3/tzset.3.html


QUOTA_ZONE = zone_at_night(datetime.now(UTC))  # one zone for all bots of this process: they share a database


class BotExited(RuntimeError):
    """The bot's process exited before the bot was ready. Its message is the end of the bot's log."""


class BotProcess:
    """``bot.py`` as its operator would start it, with every address set to the sandbox's."""

    launcher = "sandbox.launch"  # the module that runs bot.py

    def __init__(self, sandbox: Sandbox, folder: Path, **settings: str) -> None:
        self._sandbox, self._folder, self.settings = sandbox, folder, settings
        self.process: asyncio.subprocess.Process | None = None
        self.log = folder / "bot.log"

    def environment(self) -> dict[str, str]:
        """Return the process's whole environment. Only PATH comes from this process."""
        box = self._sandbox
        return {
            "PATH": os.environ.get("PATH", ""),
            "PYTHONDONTWRITEBYTECODE": "1",
            "WANVAS_SANDBOX_REST": box.rest,
            "WANVAS_SANDBOX_GATEWAY": box.gateway,
            "WANVAS_SANDBOX_CDN": box.cdn,
            "DISCORD_TOKEN": box.token,
            "DASHSCOPE_API_KEY": box.key,
            "DASHSCOPE_HTTP_BASE_URL": box.wan,
            "SANDBOX_CDN_URL": box.cdn,
            "DATABASE_URL": f"sqlite:///{self._folder}/wanvas.db",
            "HEALTH_PORT": "0",
            "LOG_FORMAT": "text",
            "QUOTA_TIMEZONE": QUOTA_ZONE,
            "PYTHONPATH": str(ROOT),
            **self.settings,
        }

    def command(self, *arguments: str) -> list[str]:
        """Return the command that starts bot.py with *arguments*."""
        return [sys.executable, "-m", self.launcher, str(ROOT / "bot.py"), *arguments]

    async def start(self, *arguments: str) -> None:
        """Start the bot and wait until it is connected and has registered its commands.

        BotExited if the process exits before that; TimeoutError after 90 s.
        """
        await self.spawn(*arguments)
        async with asyncio.timeout(READY_TIMEOUT_S):
            while not (any(session.socket for session in self._sessions()) and self._sandbox.world.commands):
                if self.process is not None and self.process.returncode is not None:
                    raise BotExited(self.log.read_text(encoding="utf-8")[-2000:])
                await asyncio.sleep(0.02)

    async def spawn(self, *arguments: str) -> asyncio.subprocess.Process:
        """Start the bot without waiting. Its output is appended to ``log``."""
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *self.command(*arguments), cwd=self._folder, env=self.environment(), stdout=log, stderr=log
            )
        return self.process

    async def kill(self) -> None:
        """Send SIGKILL, as a power cut would, and wait for the end of the process."""
        await self._signal(signal.SIGKILL)

    async def stop(self) -> int:
        """Send SIGTERM, as an operator would, and return the exit code."""
        return await self._signal(signal.SIGTERM)

    async def _signal(self, number: signal.Signals) -> int:
        if self.process is None:
            return 0
        with suppress(ProcessLookupError):
            self.process.send_signal(number)
        code = await self.process.wait()
        for session in self._sessions():
            session.socket = None
        return code

    def _sessions(self) -> list[Session]:
        """Return this bot's gateway sessions. Another bot may run beside it with other shards."""
        shards = self.settings.get("SHARD_IDS", "").split(",")
        found = self._sandbox.gateway_server.sessions.values()
        return [session for session in found if shards == [""] or str(session.shard[0]) in shards]
