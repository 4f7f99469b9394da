"""Run ``python -m sandbox play`` as a person does, in a process."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from sandbox.people import Control, Person

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "sandbox" / "examples" / "dice.py"


@dataclass
class Playing:
    """A ``play`` that has printed the page's address."""

    process: asyncio.subprocess.Process
    control: Control

    async def person(self, name: str) -> Person:
        """Return the person of this name."""
        (found,) = [about["id"] for about in await self.control.get("/people") if about["name"] == name]
        return Person(self.control, found, name)

    def bot_pid(self) -> int:
        """Return the process id of the bot."""
        (bot,) = [pid for pid in children(self.process.pid) if Path(f"/proc/{pid}/comm").read_text() != "sh\n"]
        return bot  # the other child guards it

    async def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """Send a signal to the process alone, as ``kill`` does, and return its exit code."""
        self.process.send_signal(number)
        async with asyncio.timeout(30):
            return await self.process.wait()


async def until(found: Callable[[], bool]) -> None:
    """Wait until *found* holds."""
    async with asyncio.timeout(30):
        while True:
            if found():
                return
            await asyncio.sleep(0.01)


def children(pid: int) -> list[int]:
    """Return the processes that the main thread of a process has started."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_alive(pid: int) -> bool:
    """Return whether a process runs. One that ended and was not waited for does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"


@asynccontextmanager
async def playing(*arguments: str, **environment: str) -> AsyncIterator[Playing]:
    """Run ``play`` with these arguments. It is killed at the end of the block, if it still runs."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sandbox", "play", *arguments, cwd=ROOT, env={**os.environ, **environment},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        async with asyncio.timeout(60):
            address = await _printed_address(process.stdout)
        async with aiohttp.ClientSession() as session:
            yield Playing(process, Control(session, address))
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _printed_address(output: asyncio.StreamReader) -> str:
    """Return the page's address, once it is printed."""
    printed = ""
    while not (found := re.search(r"Open (http://127\.0\.0\.1:\d+) in a browser", printed)):
        line = (await output.readline()).decode()
        assert line, printed
        printed += line
    return found[1]
