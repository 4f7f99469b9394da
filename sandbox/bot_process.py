"""Runs the real bot as a process against a sandbox."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from sandbox.discord.gateway import Session
from sandbox.run import Sandbox

ROOT = Path(__file__).parent.parent
READY_TIMEOUT_S = 30.0


def zone_at_night(now: datetime) -> str:
    """A time zone in which it is between three and four in the morning: no quota's day ends while the sandbox runs."""
    ahead_h = (3 - now.astimezone(UTC).hour + 11) % 24 - 11
    return f"Etc/GMT{-ahead_h:+d}"  # signed the other way round: https://man7.org/linux/man-pages/man3/tzset.3.html


QUOTA_ZONE = zone_at_night(datetime.now(UTC))  # of every bot of this process, for they share their books


class BotExited(RuntimeError):
    """The bot ended before it was ready."""


class BotProcess:
    """``bot.py`` as whoever hosts it would start it, with its addresses set to the sandbox's."""

    launcher = "sandbox.launch"  # the module that runs it

    def __init__(self, sandbox: Sandbox, folder: Path, **settings: str) -> None:
        self._sandbox, self._folder, self.settings = sandbox, folder, settings
        self.process: asyncio.subprocess.Process | None = None
        self.log = folder / "bot.log"

    def environment(self) -> dict[str, str]:
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

    async def start(self, *arguments: str) -> None:
        """Start it and wait until it is ready. BotDied, with the end of its log, when it ends before."""
        await self.spawn(*arguments)
        async with asyncio.timeout(READY_TIMEOUT_S):
            while not (any(one.socket for one in self._sessions()) and self._sandbox.world.commands):
                if self.process is not None and self.process.returncode is not None:
                    raise BotExited(self.log.read_text(encoding="utf-8")[-2000:])
                await asyncio.sleep(0.02)

    async def spawn(self, *arguments: str) -> asyncio.subprocess.Process:
        """Start it and wait for nothing. Its output goes to ``log``."""
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                self.launcher,
                str(ROOT / "bot.py"),
                *arguments,
                cwd=self._folder,
                env=self.environment(),
                stdout=log,
                stderr=log,
            )
        return self.process

    async def kill(self) -> None:
        """As a power cut would."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> int:
        """As whoever hosts it would; its exit code."""
        return await self._end(signal.SIGTERM)

    async def _end(self, number: signal.Signals) -> int:
        if self.process is None:
            return 0
        with suppress(ProcessLookupError):
            self.process.send_signal(number)
        code = await self.process.wait()
        for session in self._sessions():
            session.socket = None
        return code

    def _sessions(self) -> list[Session]:
        """Its own: another bot may live beside it, with other shards."""
        shards = self.settings.get("SHARD_IDS", "").split(",")
        found = self._sandbox.gateway_server.sessions.values()
        return [one for one in found if shards == [""] or str(one.shard[0]) in shards]
