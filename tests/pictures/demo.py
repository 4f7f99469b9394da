"""Film the bot in the sandbox's page, for the README: ``make demo``. The bot, its answers and their times are real."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from pathlib import Path

import aiohttp
import click

from sandbox.bot_process import BotProcess
from sandbox.people import Control, Json, components_of
from sandbox.run import sandbox
from tests.pictures.browser import Browser, Missing, View, browser
from tests.pictures.film import Film
from tests.pictures.listing import FOLDER
from tests.pictures.stage import PROPS, Stage, has, is_result, new_stage

FILE = FOLDER / "demo.gif"
MOST_BYTES = 3_000_000
VIEW = View("dark", 860, 720)
GENERATES_S = 4.0  # of the local Wan: longer than the 1.5 s after which a status card appears
COMPOSER, SEND = "#words", "dialog[open] button[type=submit]"
FIELD = "dialog[open] textarea"


async def play(stage: Stage, film: Film) -> None:
    """One person generates an image and edits it."""
    await film.browser.box(COMPOSER)
    await film.roll(0.6)
    await film.click(COMPOSER)
    await film.type(f"/imagine {stage.props.lighthouse}")
    await film.roll(0.5)
    await film.browser.press_enter()
    await film.roll(0.8)
    await film.click(SEND)
    first = await _result(stage, film, number=1)
    await film.roll(1.5)
    await _press(film, first, "edit")
    await film.browser.box(FIELD)
    await film.click(FIELD)
    await film.type(stage.props.winter)
    await film.click(SEND)
    await _result(stage, film, number=2)
    await film.roll(2.5)


async def _result(stage: Stage, film: Film, number: int) -> Json:
    """Film until the page shows so many results; return the newest."""

    async def there() -> bool:
        results = [message for message in await stage.me.messages(stage.channel) if is_result(message)]
        return len(results) >= number and await film.browser.evaluate(_shows(results[-1]))

    await film.roll_until(there, f"result {number}")
    return [message for message in await stage.me.messages(stage.channel) if is_result(message)][-1]


def _shows(message: Json) -> str:
    """Return a JavaScript expression: whether the page shows the message's images."""
    article = f"document.querySelector('#m{message['id']}')"
    return f"[...({article}?.querySelectorAll('.gallery img') ?? [])].some((one) => one.complete)"


async def _press(film: Film, message: Json, verb: str) -> None:
    """Click the button of a verb under a message, whatever its label is."""
    assert has(message, verb)
    label = next(
        part["label"] for part in components_of(message) if str(part.get("custom_id")).startswith(f"w1:{verb}:")
    )
    mark = f"""[...document.querySelectorAll('#m{message["id"]} button')]
        .find((one) => one.textContent === {json.dumps(label)}).dataset.filmed = {json.dumps(verb)}"""
    await film.browser.evaluate(mark)
    await film.click(f'[data-filmed="{verb}"]')


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
            await eye.open(f"{control.url}/?person={stage.me.id}&channel={stage.channel}", VIEW)
            film = Film(eye)
            await play(stage, film)
            return film
        finally:
            await bot.stop()


async def run() -> None:
    with tempfile.TemporaryDirectory(prefix="wanvas-demo-") as folder:
        async with aiohttp.ClientSession() as session, browser(session) as eye:
            film = await film_it(eye, session, Path(folder))
    film.write(FILE)
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
