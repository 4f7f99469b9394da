"""How the page is looked at for a picture, and what is seen then."""

from __future__ import annotations

import io
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal

from PIL import Image
from playwright.async_api import Browser, Locator, Page, ViewportSize

from tests.chromium import Missing, program

Theme = Literal["dark", "light"]
READY_MS = 30_000.0
ALL_DRAWN = '(one) => [...one.querySelectorAll("img")].every((image) => image.complete)'
# A promise for the fonts, and for each image: it may be there before it can be drawn.
DRAWN = """(one) => Promise.all([document.fonts.ready, ...[...one.querySelectorAll("img")]
    .map((image) => image.decode().catch(() => null))]).then(() => null)"""


@dataclass(frozen=True)
class View:
    """How the page is looked at. *height_px* is more than any card needs, so that nothing is scrolled away."""

    theme: Theme
    width_px: int
    height_px: int = 4000


def require() -> None:
    """Missing if there is no Chromium, or no font with Chinese."""
    if program() is None or not _fonts():
        raise Missing("Pictures need Chromium and a font with Chinese: on Debian, apt install chromium fonts-noto-cjk.")


def _fonts() -> str:
    if (lists := shutil.which("fc-list")) is None:
        return ""
    asked = [lists, ":lang=zh-cn"]
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout  # noqa: S603  # a fixed line


@asynccontextmanager
async def viewed(browser: Browser, url: str, view: View) -> AsyncIterator[Page]:
    """Open a page as *view* says, without motion."""
    size = ViewportSize(width=view.width_px, height=view.height_px)
    context = await browser.new_context(viewport=size, color_scheme=view.theme, reduced_motion="reduce")
    try:
        context.set_default_timeout(READY_MS)
        page = await context.new_page()
        await page.goto(url)
        yield page
    finally:
        await context.close()


async def capture(found: Locator) -> Image.Image:
    """Return an image of the element, once it and its images are there."""
    await found.evaluate(DRAWN)
    return Image.open(io.BytesIO(await found.screenshot(animations="disabled"))).convert("RGB")
