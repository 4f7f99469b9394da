"""``python -m sandbox serve | play | tour``. See README.md beside this file."""

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
from sandbox.tour import DAILY_QUOTA, INJECT, Tour
from sandbox.tour import play as play_tour

PLAY_DELAY_S = 3.0  # long enough to see the card move


@click.group()
def main() -> None:
    """A local Discord and a local Wan on 127.0.0.1."""


def _stopped() -> asyncio.Event:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


@main.command()
def serve() -> None:
    """Run both without the bot, and print where everything is."""

    async def run() -> None:
        stop = _stopped()
        async with sandbox() as box:
            click.echo("\n".join(box.lines()))
            sys.stdout.flush()
            await stop.wait()

    asyncio.run(run())


@main.command()
def play() -> None:
    """Run both with the real bot, and print the address of the page."""
    sys.exit(asyncio.run(_play()))


async def _play() -> int:
    stop = _stopped()
    with tempfile.TemporaryDirectory(prefix="wanvas-") as folder:
        async with sandbox() as box:
            box.set_delay(PLAY_DELAY_S)
            bot = BotProcess(box, Path(folder))
            try:
                await bot.start()
            except BotExited as died:
                click.echo(f"The bot ended before it was ready:\n{died}", err=True)
                return 1
            click.echo(f"\nOpen {box.control} in a browser, and type /imagine. Ctrl-C ends it.\n")
            sys.stdout.flush()
            return await _until(stop, bot)


async def _until(stop: asyncio.Event, bot: BotProcess) -> int:
    if bot.process is None:
        return 1
    ended, asked = asyncio.create_task(bot.process.wait()), asyncio.create_task(stop.wait())
    await asyncio.wait({ended, asked}, return_when=asyncio.FIRST_COMPLETED)
    asked.cancel()
    if ended.done():
        click.echo(f"The bot ended by itself:\n{bot.log.read_text(encoding='utf-8')[-2000:]}", err=True)
        return 1
    await bot.stop()
    await ended
    return 0


@main.command()
@click.option("--inject", type=click.Choice(sorted(INJECT)), help="Misbehave so; the tour must notice.")
@click.option("--folder", default="tour", help="Where the pictures go.", type=click.Path(path_type=Path))
def tour(inject: str | None, folder: Path) -> None:
    """Play the main story without a person; exit 0 only if each step came out as it should."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    wrong = asyncio.run(_tour(inject, folder))
    click.echo(f"\nThe tour failed in step {wrong}." if wrong else "\nEach step came out as it should.")
    sys.exit(bool(wrong))


async def _tour(inject: str | None, folder: Path) -> str | None:
    with tempfile.TemporaryDirectory(prefix="wanvas-") as data:
        async with sandbox() as box, aiohttp.ClientSession() as session:
            bot = BotProcess(box, Path(data), MEMBER_PICTURES_PER_DAY=str(DAILY_QUOTA))
            await bot.start()
            try:
                return await play_tour(_people(box, bot, session, folder), inject)
            finally:
                await bot.stop()


def _people(box: Sandbox, bot: BotProcess, session: aiohttp.ClientSession, folder: Path) -> Tour:
    control = Control(session, box.control)
    ana, bo = (Person(control, person.id, person.name) for person in list(box.world.people.values())[:2])
    return Tour(control, bot, folder, ana, bo, f"<@{box.world.bot_id}>")


if __name__ == "__main__":
    main()
