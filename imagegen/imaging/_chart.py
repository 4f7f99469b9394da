"""Draw a bar chart. Runs in a child process.

The answer is a PNG. The background suits light and dark pages. The text has digits and Latin letters only, because
Pillow's own font has few others.
"""

from __future__ import annotations

import io
import json
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT = 1200, 480
LEFT, RIGHT, TOP, BOTTOM = 96, 32, 56, 72
FONT = 34  # a phone shows the chart at a third of its width
GROUND, GRID, BAR, INK = "#23272e", "#454c57", "#63b3b4", "#e8eaed"
LABELS = 7  # the most days that are named under the bars
LINES = 4


def chart(data: bytes) -> bytes:
    """Return the chart of the days in *data*, which is JSON: [[day, images], …]."""
    days: list[tuple[str, int]] = [(str(day), int(images)) for day, images in json.loads(data)]
    out = io.BytesIO()
    draw_chart(days).save(out, "PNG")
    return out.getvalue()


def draw_chart(days: Sequence[tuple[str, int]]) -> Image.Image:
    """Draw one bar for each day, with its number above if that is not 0."""
    image = Image.new("RGB", (WIDTH, HEIGHT), GROUND)
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(FONT)
    top = axis_maximum(max(images for _, images in days))
    for line in range(LINES + 1):
        y = _y(top * line / LINES, top)
        draw.line((LEFT, y, WIDTH - RIGHT, y), GRID, 2)
        draw.text((LEFT - 12, y), f"{top * line // LINES}", INK, font, "rm")
    step, every = (WIDTH - LEFT - RIGHT) / len(days), -(-len(days) // LABELS)
    for number, (day, images) in enumerate(days):
        middle = LEFT + step * (number + 0.5)
        if images:
            half = min(step * 0.36, 48)
            draw.rounded_rectangle((middle - half, _y(images, top), middle + half, HEIGHT - BOTTOM), 4, BAR)
        if images and step > draw.textlength(str(top), font) + 8:
            draw.text((middle, _y(images, top) - 6), str(images), INK, font, "mb")
        if (len(days) - 1 - number) % every == 0:
            draw.text((middle, HEIGHT - BOTTOM + 14), day, INK, font, "mt")
    return image


def axis_maximum(highest: int) -> int:
    """Return the value of the top line: a multiple of LINES, so that each line is a whole number."""
    return max(LINES, -(-highest // LINES) * LINES)


def _y(images: float, top: int) -> float:
    """Return the height in the image at which *images* are drawn."""
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * images / top
