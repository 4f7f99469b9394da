"""Mark parts of an input image: numbered cells, or the boxes of an edit. Runs in a child process, like _decode.py.

*data* is an image as _decode.py saved it. The answer is a JPEG of at most 1,280 px. Lines and numbers are white with
black edges, to be seen on any image; Pillow's own font has the digits.
"""

from __future__ import annotations

import io
from math import ceil

from PIL import Image, ImageDraw, ImageFont

MAX_SIDE_PX = 1280
THIN, THICK = 1280, 240  # a line is this part of the long side
NUMBER_SHARE, SMALLEST_NUMBER_PX = 0.36, 14  # of a cell's short side
WHITE, BLACK = "#ffffff", "#000000"
QUALITY = 85
Edges = tuple[int, int, int, int]


def numbered(data: bytes, *edges: int) -> bytes:
    """Return the image with cells and their numbers from 1. Each cell is four edges: left, top, right, bottom."""
    image, cells = _opened(data, edges)
    pen = ImageDraw.Draw(image)
    for number, cell in enumerate(cells, start=1):
        _frame(pen, cell, ceil(max(image.size) / THIN))
        left, top, right, bottom = cell
        size_px = max(SMALLEST_NUMBER_PX, round(min(right - left, bottom - top) * NUMBER_SHARE))
        at = ((left + right) / 2, (top + bottom) / 2)
        font, edge_px = ImageFont.load_default(size_px), max(1, size_px // 9)
        pen.text(at, str(number), WHITE, font, "mm", stroke_width=edge_px, stroke_fill=BLACK)
    return _save_jpeg(image)


def outlined(data: bytes, *edges: int) -> bytes:
    """Return the image with a frame in each box, which is four edges as in ``numbered``."""
    image, boxes = _opened(data, edges)
    for box in boxes:
        _frame(ImageDraw.Draw(image), box, ceil(max(image.size) / THICK))
    return _save_jpeg(image)


def _opened(data: bytes, edges: tuple[int, ...]) -> tuple[Image.Image, list[Edges]]:
    """Return the image as it is drawn on, and the boxes of *edges* on it."""
    image = Image.open(io.BytesIO(data), formats=("PNG", "JPEG")).convert("RGB")
    width, height = image.size
    image.thumbnail((MAX_SIDE_PX, MAX_SIDE_PX))
    across, down = image.width / width, image.height / height
    boxes = [
        (round(left * across), round(top * down), round(right * across), round(bottom * down))
        for left, top, right, bottom in zip(*[iter(edges)] * 4, strict=True)
    ]
    return image, boxes


def _frame(pen: ImageDraw.ImageDraw, box: Edges, line_px: int) -> None:
    """Draw a white line with black edges inside *box*, as far as the box has room for it."""
    left, top, right, bottom = box
    room = min(right - left, bottom - top)
    for color, inset, width in ((BLACK, 0, 3 * line_px), (WHITE, line_px, line_px)):
        if room > 2 * (inset + width):
            pen.rectangle((left + inset, top + inset, right - 1 - inset, bottom - 1 - inset), None, color, width)


def _save_jpeg(image: Image.Image) -> bytes:
    """Return *image* as a JPEG."""
    out = io.BytesIO()
    image.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()
