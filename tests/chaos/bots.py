"""The processes that are killed: bot.py through the launcher, one on SQLite, two on PostgreSQL."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from aiohttp import web

from sandbox.bot_process import BotExited
from sandbox.run import Sandbox
from tests.warm_bot import WarmBot

READY_S = 120.0  # a machine that others use starts a process in half a minute


class ChaosBot(WarmBot):
    """One process, with a folder of its own. *shard* is (number, count)."""

    launcher = "tests.chaos.launch"

    def __init__(self, sandbox: Sandbox, folder: Path, shard: tuple[int, int], **settings: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        if shard[1] > 1:
            settings = {"SHARD_COUNT": str(shard[1]), "SHARD_IDS": str(shard[0]), **settings}
        super().__init__(sandbox, folder, **settings)
        self.shard, self._box = shard, sandbox

    @property
    def pid(self) -> int:
        return -1 if self.process is None else self.process.pid

    @property
    def dead(self) -> bool:
        return self.process is None or self.process.returncode is not None

    @property
    def sleeps(self) -> bool:
        """Return whether the process sleeps: the third field of /proc/PID/stat, after the name in brackets."""
        try:
            stat = Path(f"/proc/{self.pid}/stat").read_text(encoding="utf-8")
        except OSError:
            return False
        return stat.rpartition(")")[2].split()[0] == "T"

    @property
    def listens(self) -> bool:
        """Return whether this process, and not its predecessor, has a live connection to the gateway."""
        found = [session.socket for session in self._box.gateway_server.sessions.values() if self._mine(session)]
        sockets = [socket for socket in found if socket is not None and not socket.closed]
        return any(_holder(socket.response.get_extra_info, [self]) is not None for socket in sockets)

    def _mine(self, session: Any) -> bool:
        return bool(session.shard[0] == self.shard[0])

    async def ready(self) -> None:
        """Wait until the bot listens. BotExited if the bot ends by itself, or takes too long."""
        try:
            async with asyncio.timeout(READY_S):
                while not (self.listens or self.dead):  # noqa: ASYNC110  # a process has no event to wait for
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise BotExited(f"not ready after {READY_S} s:\n{self.end_of_log()}") from None

    def die(self) -> None:
        """Send SIGKILL. ``buried`` waits for the end."""
        if self.process is not None and self.process.returncode is None:
            self.process.send_signal(signal.SIGKILL)

    async def buried(self) -> None:
        """Its process is gone, and its sessions with it: nobody will resume them."""
        if self.process is not None:
            await self.process.wait()
        sessions = self._box.gateway_server.sessions
        for name in [name for name, session in sessions.items() if self._mine(session)]:
            del sessions[name]

    def pause(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGSTOP)

    def wake(self) -> None:
        if self.process is not None:
            with suppress(ProcessLookupError):
                self.process.send_signal(signal.SIGCONT)

    def end_of_log(self) -> str:
        return self.log.read_text(encoding="utf-8")[-3000:] if self.log.exists() else ""


def requester(request: web.Request, bots: list[ChaosBot]) -> ChaosBot | None:
    """Return the bot that holds the socket of a request, by /proc."""
    return None if request.transport is None else _holder(request.transport.get_extra_info, bots)


def _holder(tell: Callable[[str], Any], bots: list[ChaosBot]) -> ChaosBot | None:
    """Return the bot at the other end of a connection. *tell* is its ``get_extra_info``."""
    ends = [tell(name) for name in ("peername", "sockname")]
    if None in ends:
        return None
    # Both ends: another bot may talk from the same port to another of the sandbox's.
    theirs, ours = (f"0100007F:{port:04X}" for _, port in ends)
    rows = [line.split() for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]]
    sockets = {f"socket:[{row[9]}]" for row in rows if row[1:3] == [theirs, ours]}
    return next((bot for bot in bots if not bot.dead and sockets & _held(bot.pid)), None)


def _held(pid: int) -> set[str]:
    held = set()
    with suppress(OSError):
        for handle in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                held.add(str(handle.readlink()))
    return held


async def until(found: Callable[[], bool], at_most_s: float) -> None:
    """Wait until *found* is true, or until the time is over."""
    until_s = time.monotonic() + at_most_s
    while time.monotonic() < until_s:
        if found():
            return
        await asyncio.sleep(0.02)
