"""Plays the scenes with the real bot and takes their pictures into docs/pictures/."""

from __future__ import annotations

import asyncio
import io
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path

import aiohttp
import click
from PIL import Image
from playwright.async_api import Browser

from sandbox.bot_process import BotProcess
from sandbox.people import Control
from sandbox.run import sandbox
from tests.chromium import Missing, chromium
from tests.pictures.cards import Card
from tests.pictures.listing import CARDS, FOLDER, LOOKS, file_name, listing, view, widths
from tests.pictures.models import OFFERED
from tests.pictures.stage import LOCALES, PROPS, Shot, Stage, new_stage
from tests.pictures.views import View, capture, require, viewed

MOST_BYTES = 60_000
GAP_PX = 16  # between messages in one picture
GAP = {"light": "white", "dark": "black"}
SETTINGS = {"MEMBER_IMAGES_PER_DAY": "8", "MODELS": OFFERED}


class Photographer:
    """One house of one language, and a browser that looks at it."""

    def __init__(self, control: Control, eye: Browser, locale: str, new: Callable[[], Awaitable[Stage]]) -> None:
        self._control, self._eye, self._locale, self._new = control, eye, locale, new

    async def take(self, card: Card) -> None:
        shot = await card.play(await self._new())
        theme = LOOKS[self._locale]
        for width in widths(card):
            at = view(card, theme, width)
            parts = [await self._capture(part, at, whole=card.whole) for part in (*shot.above, shot)]
            data = reduced(stacked(parts, GAP[theme]))
            name = file_name(card, self._locale, theme, width)
            (FOLDER / name).write_bytes(data)
            click.echo(f"  {name:<48}{len(data):>7,} bytes")
        await self._control.post("/wan/settings", delay_s=0.05)  # a scene may have left an image unfinished

    async def _capture(self, shot: Shot, at: View, *, whole: bool) -> Image.Image:
        async with viewed(self._eye, self._address(shot), at) as page:
            return await capture(page.locator("body" if whole else shot.shows))

    def _address(self, shot: Shot) -> str:
        return f"{self._control.url}/?person={shot.person.id}&channel={shot.channel_id}"


def stacked(parts: Sequence[Image.Image], gap: str) -> Image.Image:
    """Return one image of *parts*, the first on top, with the color *gap* between them."""
    height = sum(part.height for part in parts) + GAP_PX * (len(parts) - 1)
    whole = Image.new("RGB", (max(part.width for part in parts), height), gap)
    top = 0
    for part in parts:
        whole.paste(part, (0, top))
        top += part.height + GAP_PX
    return whole


def reduced(image: Image.Image) -> bytes:
    """A palette PNG of at most MOST_BYTES: fewer colours first, then fewer pixels."""
    while True:
        for colours in (256, 128, 64):
            out = io.BytesIO()
            image.quantize(colours, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
            if out.tell() <= MOST_BYTES:
                return out.getvalue()
        image = image.resize((round(image.width * 0.8), round(image.height * 0.8)), Image.Resampling.LANCZOS)


async def make(cards: Sequence[Card], locale: str, eye: Browser, session: aiohttp.ClientSession) -> None:
    """The pictures of one language, in a sandbox of its own."""
    with tempfile.TemporaryDirectory(prefix="wanvas-pictures-") as folder:
        async with sandbox() as box:
            control = Control(session, box.control)
            operator = await control.person(PROPS[locale].me, locale=locale)
            bot = BotProcess(box, Path(folder), OPERATOR_IDS=operator.id, **SETTINGS)
            await bot.start()
            try:
                database = Path(folder) / "wanvas.db"
                new = partial(new_stage, control, locale, str(box.world.bot_id), database, operator)
                photographer = Photographer(control, eye, locale, new)
                for card in cards:
                    await photographer.take(card)
            finally:
                await bot.kill()  # the last card is never done, so it would wait for it


async def run(cards: Sequence[Card]) -> None:
    require()
    async with aiohttp.ClientSession() as session, chromium() as eye:
        for locale in LOCALES:
            await make(cards, locale, eye, session)


@click.command()
@click.argument("names", nargs=-1, type=click.Choice([card.name for card in CARDS]))
def main(names: tuple[str, ...]) -> None:
    """Make the pictures of the cards named, or of all, and the list of all."""
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "README.md").write_text(listing(), encoding="utf-8")
    try:
        asyncio.run(run([card for card in CARDS if card.name in names or not names]))
    except Missing as missing:
        click.echo(str(missing), err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
