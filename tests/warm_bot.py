"""Run the real bot as a process, forked from a server that has imported its modules already."""

from __future__ import annotations

import asyncio
import atexit
import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from functools import cache
from typing import Any, cast

from sandbox.bot_process import ROOT, BotProcess


class WarmProcess:
    """A forked process, as far as tests use ``asyncio.subprocess.Process``."""

    def __init__(self, pid: int, status: asyncio.StreamReader, transport: asyncio.BaseTransport) -> None:
        self.pid, self.returncode = pid, cast("int | None", None)
        self._transport = transport
        self._exit = asyncio.create_task(self._read_exit(status))

    async def _read_exit(self, status: asyncio.StreamReader) -> int:
        try:
            line = await status.readline()
        finally:  # also of a process that the tests leave running at their end
            self._transport.close()
        self.returncode = int(line) if line else -signal.SIGKILL  # without a line, the server and its forks are gone
        return self.returncode

    async def wait(self) -> int:
        """Wait for the end of the process, and return its exit code; negative for a signal."""
        return await asyncio.shield(self._exit)

    def send_signal(self, number: int) -> None:
        """Send a signal. An ended process gets none."""
        if self.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)


class WarmBot(BotProcess):
    """A bot process whose start takes no import."""

    async def spawn(self, *arguments: str) -> asyncio.subprocess.Process:
        """Start the bot without waiting. Its output is appended to ``log``."""
        with self.log.open("ab") as log:
            order = [self.launcher, [str(ROOT / "bot.py"), *arguments], str(self._folder), self.environment()]
            started = await forked(order, log.fileno())
        self.process = cast(asyncio.subprocess.Process, started)
        return self.process


async def forked(order: list[Any], log: int) -> WarmProcess:
    """Start a process from *order*, whose fields are ``tests.warm_server.Order``'s. It writes to the file *log*."""
    mine, theirs = os.pipe()
    try:
        socket.send_fds(_door(), [json.dumps(order).encode()], [log, theirs])
    finally:
        os.close(theirs)
    status = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(status), os.fdopen(mine, "rb", 0)
    )
    return WarmProcess(int(await status.readline()), status, transport)


@cache
def _door() -> socket.socket:
    """Start the server, once for this process, and return the socket that takes orders."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    server = subprocess.Popen(  # noqa: S603  # a module of the tests
        [sys.executable, "-m", "tests.warm_server", str(theirs.fileno())],
        cwd=ROOT, env={"PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()], start_new_session=True,
    )  # fmt: skip
    theirs.close()
    atexit.register(_close, ours, server)
    return ours


def _close(door: socket.socket, server: subprocess.Popen[bytes]) -> None:
    door.close()
    server.wait(10)
