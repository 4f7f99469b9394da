"""Child process that draws a contact sheet.

``python -m imagegen.imaging._sheet <memory bytes> tile`` reads one image from stdin and answers a tile;
``… <memory bytes> <size>,<size>,…`` reads that many tiles from stdin, one after another (size 0: an empty cell), and
answers the sheet. Like _decode.py, it opens images in a process without secrets, with little memory and little time.
It answers a JPEG, or nothing if the image cannot be read. It writes digits only: Pillow's own font has few others.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from math import ceil

from PIL import Image, ImageDraw, ImageFont, ImageOps

from imagegen.imaging._codecs import load_codecs
from imagegen.imaging.isolation import isolate, limit_this_process

MAX_PIXELS = 64_000_000
TILE_PX, GAP_PX, COLUMNS = 400, 12, 3
GROUND, EMPTY, INK, BADGE = "#23272e", "#3a404a", "#e8eaed", "#101216"  # readable on light and dark pages
QUALITY = 88


def main(max_memory_bytes: int, what: str) -> None:
    """Draw a tile or a sheet from stdin and write it to stdout."""
    limit_this_process(max_memory_bytes)
    given = sys.stdin.buffer.read()
    load_codecs("WEBP")
    isolate()
    sys.stdout.buffer.write(tile(given) if what == "tile" else sheet(_split_tiles(given, what)))


def _split_tiles(tiles: bytes, sizes: str) -> list[bytes]:
    """Split *tiles* by the *sizes* of the command line."""
    stream = io.BytesIO(tiles)
    return [stream.read(int(size)) for size in sizes.split(",")]


def tile(data: bytes) -> bytes:
    """Return *data* as a small JPEG, whole and without borders."""
    image: Image.Image = Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP"))
    if image.width * image.height > MAX_PIXELS:
        raise ValueError(f"{image.width} × {image.height} pixels")
    image.draft("RGB", (TILE_PX, TILE_PX))
    image = image.convert("RGB")
    image.thumbnail((TILE_PX, TILE_PX))
    return _save_jpeg(image)


def sheet(tiles: Sequence[bytes]) -> bytes:
    """Return the tiles in rows, each with its number from 1. An empty tile shows its number alone."""
    columns, rows = min(COLUMNS, len(tiles)), ceil(len(tiles) / COLUMNS)
    step = TILE_PX + GAP_PX
    image = Image.new("RGB", (columns * step + GAP_PX, rows * step + GAP_PX), GROUND)
    for index, data in enumerate(tiles):
        corner = (GAP_PX + index % COLUMNS * step, GAP_PX + index // COLUMNS * step)
        image.paste(_draw_cell(data, index + 1), corner)
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


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
