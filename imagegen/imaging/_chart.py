"""The child that draws a chart: ``python -m imagegen.imaging._chart <bytes of memory>``, JSON on stdin, answers a PNG.

Its ground is its own, dark enough for a light page and light enough for a dark one; digits and Latin letters only, for
the font that comes with Pillow has no others.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

from imagegen.imaging._codecs import load_codecs
from imagegen.imaging.isolation import isolate, limit_this_process

WIDTH, HEIGHT = 1200, 480
LEFT, RIGHT, TOP, BOTTOM = 96, 32, 56, 72
FONT = 34  # a telephone shows the chart at a third of its width
GROUND, GRID, BAR, INK = "#23272e", "#454c57", "#63b3b4", "#e8eaed"
LABELS = 7  # days named under the bars, at most
LINES = 4


def main(max_memory_bytes: int) -> None:
    limit_this_process(max_memory_bytes)
    days: list[tuple[str, int]] = [(str(day), int(images)) for day, images in json.load(sys.stdin)]
    load_codecs()
    isolate()
    out = io.BytesIO()
    draw_chart(days).save(out, "PNG")
    sys.stdout.buffer.write(out.getvalue())


def draw_chart(days: Sequence[tuple[str, int]]) -> Image.Image:
    """A bar a day, with the number above it where it is not 0."""
    image = Image.new("RGB", (WIDTH, HEIGHT), GROUND)
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(FONT)
    most = axis_maximum(max(images for _, images in days))
    for line in range(LINES + 1):
        y = _y(most * line / LINES, most)
        pen.line((LEFT, y, WIDTH - RIGHT, y), GRID, 2)
        pen.text((LEFT - 12, y), f"{most * line // LINES}", INK, font, "rm")
    step, every = (WIDTH - LEFT - RIGHT) / len(days), -(-len(days) // LABELS)
    for number, (day, images) in enumerate(days):
        middle = LEFT + step * (number + 0.5)
        if images:
            half = min(step * 0.36, 48)
            pen.rounded_rectangle((middle - half, _y(images, most), middle + half, HEIGHT - BOTTOM), 4, BAR)
        if images and step > pen.textlength(str(most), font) + 8:
            pen.text((middle, _y(images, most) - 6), str(images), INK, font, "mb")
        if (len(days) - 1 - number) % every == 0:
            pen.text((middle, HEIGHT - BOTTOM + 14), day, INK, font, "mt")
    return image


def axis_maximum(most: int) -> int:
    """The top line: a multiple of LINES, so that each line is a whole number."""
    return max(LINES, -(-most // LINES) * LINES)


def _y(images: float, most: int) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * images / most


if __name__ == "__main__":
    main(int(sys.argv[1]))
