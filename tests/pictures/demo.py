"""Film the bot in the sandbox's page, for the README: ``make demo``. The bot, its answers and their times are real."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

import aiohttp
import click
from playwright.async_api import Browser, Locator

from sandbox.bot_process import BotProcess
from sandbox.people import Control
from sandbox.run import sandbox
from tests.chromium import Missing, chromium
from tests.page import newcomer
from tests.pictures.film import Film
from tests.pictures.listing import FOLDER
from tests.pictures.stage import PROPS, Stage, new_stage
from tests.pictures.views import ALL_DRAWN, View, require, viewed

FILE = FOLDER / "demo.gif"
MOST_BYTES = 3_000_000
VIEW = View("dark", 860, 720)
GENERATES_S = 4.0  # of the local Wan: longer than the 1.5 s after which a status card appears


async def play(stage: Stage, film: Film) -> None:
    """One person generates an image and edits it."""
    await newcomer.composer(film.page).wait_for()
    await film.roll(0.6)
    await newcomer.take_command(film, "imagine", "ima")
    await film.write(newcomer.option(film.page, "prompt"), stage.props.lighthouse)
    await film.roll(0.5)
    await newcomer.send(film)
    first = await _result(film, stage.props.lighthouse)
    await film.roll(1.5)
    await newcomer.edit(film, first, stage.props.winter)
    await _result(film, stage.props.winter)
    await film.roll(2.5)


async def _result(film: Film, prompt: str) -> Locator:
    """Film until the page shows the result of a prompt with its images, and return it."""
    found = newcomer.results(film.page, prompt)

    async def there() -> bool:
        return await found.count() > 0 and bool(await found.last.evaluate(ALL_DRAWN))

    await film.roll_until(there, f"the result of {prompt}")
    return found.last


async def film_it(eye: Browser, session: aiohttp.ClientSession, folder: Path) -> Film:
    """Start a sandbox and the bot, and return the film of a first request."""
    async with sandbox() as box:
        control = Control(session, box.control)
        operator = await control.person("Cy", locale="en-US")
        bot = BotProcess(box, folder, OPERATOR_IDS=operator.id)
        await bot.start()
        try:
            stage = await new_stage(control, "en-US", str(box.world.bot_id), folder / "wanvas.db", operator)
            for name in PROPS["en-US"].rooms:
                await stage.room(name)
            await control.post("/wan/settings", delay_s=GENERATES_S)
            async with viewed(eye, f"{control.url}/?person={stage.me.id}&channel={stage.channel}", VIEW) as page:
                film = Film(page)
                await play(stage, film)
                return film
        finally:
            await bot.stop()


async def run() -> None:
    require()
    with tempfile.TemporaryDirectory(prefix="wanvas-demo-") as folder:
        async with aiohttp.ClientSession() as session, chromium() as eye:
            film = await film_it(eye, session, Path(folder))
    film.write_gif(FILE)
    click.echo(f"{FILE.name}: {len(film.frames)} frames, {FILE.stat().st_size:,} bytes")
    if FILE.stat().st_size > MOST_BYTES:
        sys.exit(f"{FILE.name} is larger than {MOST_BYTES:,} bytes.")


@click.command()
def main() -> None:
    """Write docs/pictures/demo.gif."""
    try:
        asyncio.run(run())
    except Missing as missing:
        sys.exit(str(missing))


if __name__ == "__main__":
    main()
