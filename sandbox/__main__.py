"""Run ``python -m sandbox serve``, ``play`` or ``tour``. See README.md in this folder."""

from __future__ import annotations

import asyncio
import shlex
import shutil
import signal
import sys
import tempfile
from pathlib import Path

import aiohttp
import click

from sandbox.bot_process import BotProcess
from sandbox.other_bot import MAX_NAME_CHARS, isolating_option, name_of
from sandbox.people import Control, Person
from sandbox.play import Play
from sandbox.play import play as play_until
from sandbox.run import Sandbox, UnusablePort, sandbox
from sandbox.tour import INJECT, SETTINGS
from sandbox.tour import play as play_tour
from sandbox.tour_guide import Tour
from sandbox.world_folder import UnusableFolder


@click.group()
def main() -> None:
    """Run a local Discord and a local Wan on 127.0.0.1."""


def _stop_signal() -> asyncio.Event:
    stop = asyncio.Event()
    hangup = [] if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN else [signal.SIGHUP]  # nohup ignores it
    for number in (signal.SIGINT, signal.SIGTERM, *hangup):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


@main.command()
def serve() -> None:
    """Run the local Discord and the local Wan without the bot, and print their addresses."""

    async def run() -> None:
        stop = _stop_signal()
        async with sandbox() as box:
            click.echo("\n".join(box.lines()))
            sys.stdout.flush()
            await stop.wait()

    asyncio.run(run())


class Port(click.ParamType[int]):
    """A port from 1 to 65534: the local Discord has the port after it."""

    name = "port"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the port, or end the command with a sentence."""
        text = str(value)
        if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 65534):
            raise WrongUse(f"--port {text} is no port. Choose a number from 1024 to 65534, such as --port 8000.")
        return int(text)


class WrongUse(click.ClickException):
    """What the person asked for cannot be done. The message is a sentence that says what to do."""

    exit_code = 2


@main.command(context_settings={"allow_interspersed_args": False})
@click.option("--port", type=Port(), help="The port of the page. A free one is chosen without it.")
@click.option(
    "--keep", is_flag=False, flag_value="sandbox-world", type=click.Path(path_type=Path), metavar="[FOLDER]",
    help="Keep the world between runs in this folder; without a name, in sandbox-world.",
)  # fmt: skip
@click.option("--name", help="The bot's name in the local Discord.")
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
def play(port: int | None, keep: Path | None, name: str | None, command: tuple[str, ...]) -> None:
    """Run both with a bot, and print the page's address.

    The bot is the real one of this project, or the discord.py program that COMMAND starts: play -- python bot.py
    """
    name = (name or "").strip() or (name_of(command) if command else "Wanvas")
    if len(name) > MAX_NAME_CHARS:
        raise WrongUse(f"Discord has no names of more than {MAX_NAME_CHARS} characters. Choose a shorter --name.")
    if (option := isolating_option(command)) is not None:
        raise WrongUse(f"With {option}, Python does not read the sandbox's addresses. Leave it out.")
    if keep is not None and _is_program(keep):
        meant = shlex.join([str(keep), *command])
        raise WrongUse(f"{keep} is a program. Write -- before the bot's command: play --keep -- {meant}")
    wanted = Play(name, command, port, keep and keep.expanduser().absolute())

    async def run() -> int:
        return await play_until(wanted, _stop_signal())

    try:
        sys.exit(asyncio.run(run()))
    except UnusablePort as error:
        raise WrongUse(f"{error} Choose another port, such as --port 8010, or leave --port out.") from error
    except UnusableFolder as error:
        raise WrongUse(str(error)) from error


def _is_program(folder: Path) -> bool:
    """Return whether *folder* is the begin of a command: click takes the word after ``--keep`` for the folder."""
    return folder.suffix == ".py" or (not folder.exists() and shutil.which(folder) is not None)


@main.command()
@click.option("--inject", type=click.Choice(sorted(INJECT)), help="Arm this fault; the tour must notice.")
@click.option("--folder", default="tour", help="Where the images are saved.", type=click.Path(path_type=Path))
def tour(inject: str | None, folder: Path) -> None:
    """Play the main story without a person. Exit with 0 only if every step passed."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    failed = asyncio.run(_tour(inject, folder))
    click.echo(f"\nThe tour failed in step {failed}." if failed else "\nEvery step passed.")
    sys.exit(bool(failed))


async def _tour(inject: str | None, folder: Path) -> str | None:
    with tempfile.TemporaryDirectory(prefix="wanvas-") as data:
        async with sandbox() as box, aiohttp.ClientSession() as session:
            bot = BotProcess(box, Path(data), **SETTINGS)
            await bot.start()
            try:
                return await play_tour(_make_tour(box, bot, session, folder), inject)
            finally:
                await bot.stop()


def _make_tour(box: Sandbox, bot: BotProcess, session: aiohttp.ClientSession, folder: Path) -> Tour:
    control = Control(session, box.control)
    ana, bo = (Person(control, person.id, person.name) for person in list(box.world.people.values())[:2])
    return Tour(control, bot, folder, ana, bo, f"<@{box.world.bot_id}>")


if __name__ == "__main__":
    main()
