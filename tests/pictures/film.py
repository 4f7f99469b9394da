"""A film of a browser's page: frames at their real times, with the mouse drawn in, written as a GIF."""

from __future__ import annotations

import asyncio
import io
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image, ImageDraw
from playwright.async_api import Locator, Page

from sandbox.people import WaitTimeout

FRAME_S = 0.15
KEY_S = 0.07  # between two typed letters
COLORS = 256
POINTER = ((0, 0), (0, 17), (4, 13), (7, 20), (10, 19), (7, 12), (12, 12))  # corners of an arrow, in pixels


@dataclass
class Film:
    """Hands that act slowly enough to be watched, and take a frame after each step."""

    page: Page
    frames: list[tuple[Image.Image, float]] = field(default_factory=list)  # each with the time at which it was taken
    _mouse: tuple[float, float] | None = None

    async def press(self, target: Locator) -> None:
        """Move the mouse to an element in a line, and click."""
        await self._move_to(target)
        await self.roll(0.45)
        await self.page.mouse.move(*await self._middle_of(target))  # hovering may have moved the element
        await self.page.mouse.down()
        await self.page.mouse.up()
        await self.shoot()

    async def take(self, target: Locator, within: Locator | None = None) -> None:
        """Click an entry of a list."""
        await self.press(target)

    async def open_menu(self, message: Locator) -> None:
        """Move the mouse to a message, and open its menu."""
        await self._move_to(message)
        await message.click(button="right", position={"x": 90, "y": 8})
        await self.roll(0.45)

    async def send(self, button: Locator) -> None:
        """Press Enter in the composer, as most people do."""
        await self.page.keyboard.press("Enter")
        await self.shoot()

    async def write(self, field: Locator, text: str) -> None:
        """Type letter by letter into a field, which is clicked if it has no focus."""
        if not await field.evaluate("(one) => one === document.activeElement"):
            await self.press(field)
        for number, letter in enumerate(text):
            await self.page.keyboard.type(letter)
            if number % 2:
                await self.shoot()
            await asyncio.sleep(KEY_S)
        await self.shoot()

    async def shoot(self) -> None:
        """Take a frame."""
        began = time.monotonic()
        frame = Image.open(io.BytesIO(await self.page.screenshot())).convert("RGB")
        if self._mouse is not None:
            x, y = self._mouse
            corners = [(x + dx, y + dy) for dx, dy in POINTER]
            ImageDraw.Draw(frame).polygon(corners, fill="white", outline="black")
        self.frames.append((frame, began))

    async def roll(self, seconds: float) -> None:
        """Take a frame every 150 ms for some seconds."""
        until = time.monotonic() + seconds
        while (began := time.monotonic()) < until:
            await self.shoot()
            await asyncio.sleep(max(0.0, began + FRAME_S - time.monotonic()))

    async def roll_until(self, there: Callable[[], Awaitable[bool]], what: str, most_s: float = 30.0) -> None:
        """Take frames until *there* is true. WaitTimeout after *most_s*."""
        until = time.monotonic() + most_s
        while not await there():
            if time.monotonic() > until:
                raise WaitTimeout(what)
            await self.roll(FRAME_S)

    async def _move_to(self, target: Locator, steps: int = 5) -> None:
        x0, y0 = self._mouse or (400.0, 560.0)
        x1, y1 = await self._middle_of(target)
        for step in range(1, steps + 1):
            self._mouse = x0 + (x1 - x0) * step / steps, y0 + (y1 - y0) * step / steps
            await self.page.mouse.move(*self._mouse)
            await self.shoot()

    async def _middle_of(self, target: Locator) -> tuple[float, float]:
        await target.scroll_into_view_if_needed()
        box = await target.bounding_box()
        assert box is not None
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def write_gif(self, file: Path) -> None:
        """Write a GIF that repeats for ever. Frames that are equal are one, shown for longer."""
        frames, times = zip(*self.frames, strict=True)
        ends = [*times[1:], times[-1] + 2.0]
        palette = _palette(list(frames))
        pictures = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
        shown_ms = [max(20, round((end - began) * 100) * 10) for began, end in zip(times, ends, strict=True)]
        pictures[0].save(file, save_all=True, append_images=pictures[1:], duration=shown_ms, loop=0, optimize=False)


def _palette(frames: list[Image.Image]) -> Image.Image:
    """Return an image whose palette serves all frames: one palette keeps the file small."""
    some = frames[:: max(1, len(frames) // 12)] + frames[-1:]
    width, height = some[0].size
    sheet = Image.new("RGB", (width, height * len(some)))
    for number, frame in enumerate(some):
        sheet.paste(frame, (0, height * number))
    return sheet.quantize(COLORS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
