"""Draw a contact sheet and its tiles. Runs in a child process, like _decode.py.

The answer is a JPEG. The text has digits only: Pillow's own font has few others.
"""

from __future__ import annotations

import io
from math import ceil

from PIL import Image, ImageDraw, ImageFont, ImageOps

MAX_PIXELS = 64_000_000
TILE_PX, GAP_PX, COLUMNS = 400, 12, 3
GROUND, EMPTY, INK, BADGE = "#23272e", "#3a404a", "#e8eaed", "#101216"  # readable on light and dark pages
QUALITY = 88


def tile(data: bytes) -> bytes:
    """Return *data* as a small JPEG, whole and without borders."""
    image: Image.Image = Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP"))
    if image.width * image.height > MAX_PIXELS:
        raise ValueError(f"{image.width} × {image.height} pixels")
    image.draft("RGB", (TILE_PX, TILE_PX))
    image = image.convert("RGB")
    image.thumbnail((TILE_PX, TILE_PX))
    return _save_jpeg(image)


def sheet(data: bytes, *sizes: int) -> bytes:
    """Return tiles in rows, each with its number from 1. *data* has the tiles one after another, of *sizes* in bytes.

    An empty tile shows its number alone.
    """
    stream = io.BytesIO(data)
    tiles = [stream.read(size) for size in sizes]
    columns, rows = min(COLUMNS, len(tiles)), ceil(len(tiles) / COLUMNS)
    step = TILE_PX + GAP_PX
    image = Image.new("RGB", (columns * step + GAP_PX, rows * step + GAP_PX), GROUND)
    for index, drawn in enumerate(tiles):
        corner = (GAP_PX + index % COLUMNS * step, GAP_PX + index // COLUMNS * step)
        image.paste(_draw_cell(drawn, index + 1), corner)
    return _save_jpeg(image)


def _draw_cell(data: bytes, number: int) -> Image.Image:
    """Draw one cell of the sheet: the tile with its number in a corner, or the number alone."""
    cell = Image.new("RGB", (TILE_PX, TILE_PX), GROUND if data else EMPTY)
    draw = ImageDraw.Draw(cell)
    if not data:
        draw.text((TILE_PX / 2, TILE_PX / 2), str(number), INK, ImageFont.load_default(120), "mm")
        return cell
    cell.paste(ImageOps.pad(Image.open(io.BytesIO(data), formats=("JPEG",)), cell.size, color=GROUND))
    draw.rounded_rectangle((10, 10, 70, 62), 10, BADGE)
    draw.text((40, 36), str(number), INK, ImageFont.load_default(36), "mm")
    return cell


def _save_jpeg(image: Image.Image) -> bytes:
    """Return *image* as a JPEG."""
    out = io.BytesIO()
    image.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()
