"""Run ``python -m sandbox serve``, ``play`` or ``tour``. See README.md in this folder."""

from __future__ import annotations

import asyncio
import shutil
import signal
import sys
import tempfile
from pathlib import Path

import aiohttp
import click

from sandbox.bot_process import BotExited, BotProcess
from sandbox.people import Control, Person
from sandbox.run import Sandbox, sandbox
from sandbox.tour import INJECT, SETTINGS
from sandbox.tour import play as play_tour
from sandbox.tour_guide import Tour

PLAY_DELAY_S = 3.0  # long enough to watch the status card
PLAY_MODELS = ("wan2.6-image", "wan2.6-t2i", "wan2.7-image", "qwen-image-2.0", "qwen-image-edit-plus", "z-image-turbo")


@click.group()
def main() -> None:
    """Run a local Discord and a local Wan on 127.0.0.1."""


def _stop_signal() -> asyncio.Event:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
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


@main.command()
def play() -> None:
    """Run both with the real bot, and print the page's address."""
    sys.exit(asyncio.run(_play()))


async def _play() -> int:
    stop = _stop_signal()
    with tempfile.TemporaryDirectory(prefix="wanvas-") as folder:
        async with sandbox() as box:
            box.set_delay(PLAY_DELAY_S)
            bot = BotProcess(box, Path(folder), MODELS=", ".join(PLAY_MODELS))
            try:
                await bot.start()
            except BotExited as error:
                click.echo(f"The bot exited before it was ready:\n{error}", err=True)
                return 1
            click.echo(f"\nOpen {box.control} in a browser, then type /imagine. Press Ctrl-C to stop.\n")
            sys.stdout.flush()
            return await _wait_for_end(stop, bot)


async def _wait_for_end(stop: asyncio.Event, bot: BotProcess) -> int:
    if bot.process is None:
        return 1
    ended, stopped = asyncio.create_task(bot.process.wait()), asyncio.create_task(stop.wait())
    await asyncio.wait({ended, stopped}, return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if ended.done():
        click.echo(f"The bot exited:\n{bot.log.read_text(encoding='utf-8')[-2000:]}", err=True)
        return 1
    await bot.stop()
    await ended
    return 0


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
