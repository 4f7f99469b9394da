"""Run a bot with the local Discord and the local Wan for people at the page, until a signal ends it."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import click

from sandbox.bot_process import BotProcess
from sandbox.other_bot import other_bot
from sandbox.program import CannotStart, Program
from sandbox.run import Sandbox, sandbox
from sandbox.stage import set_stage
from sandbox.world_folder import open_folder

DELAY_S = 3.0  # long enough to watch the status card
MODELS = ("wan2.6-image", "wan2.6-t2i", "wan2.7-image", "qwen-image-2.0", "qwen-image-edit-plus", "z-image-turbo")
READY_TIMEOUT_S, READY_POLL_S = 60.0, 0.02


@dataclass(frozen=True)
class Play:
    """What a person asks of ``play``. Without a *command*, the bot is ours."""

    name: str
    command: tuple[str, ...] = ()
    port: int | None = None
    keep: Path | None = None


class NotReady(RuntimeError):
    """The program never connected. The message says why."""


async def play(wanted: Play, stop: asyncio.Event) -> int:
    """Run until *stop*, and return the exit code: 1 if the program never became ready, or the world is not kept.

    UnusablePort and UnusableFolder if the sandbox cannot be started as wanted.
    """
    if wanted.keep is None:
        with tempfile.TemporaryDirectory(prefix="wanvas-") as name:
            async with sandbox(port=wanted.port, bot_name=wanted.name, set_stage=set_stage) as box:
                return await _play_in(Path(name), wanted, box, stop)
    with open_folder(wanted.keep) as folder:
        async with (
            sandbox(port=wanted.port, bot_name=wanted.name, set_stage=folder.set_stage) as box,
            folder.saving(box.world),
        ):
            code = await _play_in(folder.path, wanted, box, stop)
        if folder.failed:
            click.echo(f"The latest changes of the world are not kept in {folder.path}.", err=True)
        return 1 if folder.failed else code


async def _play_in(folder: Path, wanted: Play, box: Sandbox, stop: asyncio.Event) -> int:
    box.set_delay(DELAY_S)
    program = box.controls.program = _program(wanted, box, folder)
    program.log.unlink(missing_ok=True)
    try:
        await _Playing(wanted, box, program).until(stop)
    except (CannotStart, NotReady) as error:
        click.echo(str(error), err=True)
        return 1
    return 0


def _program(wanted: Play, box: Sandbox, folder: Path) -> Program:
    if wanted.command:
        box.world.settings.member_intents = True  # many bots ask for all intents
        return other_bot(wanted.command, wanted.name, box, folder / "bot.log")
    operator = box.world.servers[box.world.server_id].owner_id
    settings = {"MODELS": ", ".join(MODELS), "OPERATOR_IDS": operator, "SHUTDOWN_GRACE_S": "1"}
    if wanted.keep:
        settings |= {"QUOTA_TIMEZONE": "UTC"}  # a day of the quota must not move between runs
    bot = BotProcess(box, folder, DATABASE_URL="sqlite:///wanvas.db", **settings)
    return Program(wanted.name, bot.command(), folder=folder, environment=bot.environment(), log=bot.log)


@dataclass(frozen=True)
class _Playing:
    wanted: Play
    box: Sandbox
    program: Program

    async def until(self, stop: asyncio.Event) -> None:
        """Start the program, print the page's address, and stop the program after *stop*."""
        ended = asyncio.Event()
        write = _write_to_terminal if self.wanted.command else len
        following = asyncio.create_task(self.program.follow(write, ended))
        try:
            await self._become_ready(stop)
            if not stop.is_set():
                click.echo(self._greeting())
                self.program.on_exit = lambda code: click.echo(self._exited(code), err=True)
            await stop.wait()
        finally:
            await self.program.stop()
            ended.set()
            await following

    async def _become_ready(self, stop: asyncio.Event) -> None:
        """Start the program and wait until it is ready or *stop* is set. NotReady if it ends or takes too long."""
        click.echo(f"Starting {self.program.name} …")
        exit_codes: list[int] = []
        self.program.on_exit = exit_codes.append
        await self.program.start()
        for _ in range(round(READY_TIMEOUT_S / READY_POLL_S)):
            if exit_codes:
                raise NotReady(f"{self._ended(exit_codes[0])} before it connected to the sandbox. {self._output()}")
            if self._is_ready() or stop.is_set():
                return
            await asyncio.sleep(READY_POLL_S)
        name = self.program.name
        raise NotReady(f"{name} did not connect to the sandbox within {READY_TIMEOUT_S:.0f} s. {self._output()}")

    def _ended(self, code: int) -> str:
        return f"{self.program.name} ended with exit code {code}"

    def _is_ready(self) -> bool:
        """Return whether the bot is connected; ours also registers its commands."""
        return self.box.gateway_server.ready and bool(self.wanted.command or self.box.world.commands)

    def _output(self) -> str:
        """Return the end of the program's output. That of other bots is on the terminal already."""
        output = self.program.tail().strip()
        if output and self.wanted.command:
            return "Its output is above."
        return f"The end of its log:\n{output}" if output else "It wrote nothing."

    def _greeting(self) -> str:
        people = ", ".join(person.name for person in self.box.world.people.values())
        return (
            f"\nOpen {self.box.control} in a browser, then type / to see the commands of {self.program.name}.\n"
            f"You can act as {people}. The bot's log is {self.program.log}.\n"
            "Press Ctrl-C to stop.\n"
        )

    def _exited(self, code: int) -> str:
        return f"{self._ended(code)}. Restart it in the page's panel. {self._output()}"


def _write_to_terminal(data: bytes) -> None:
    with suppress(OSError):  # the terminal is gone
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
