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
GROUND, EMPTY, INK, BADGE = "#23272e", "#3a404a", "#e8eaed", "#101216"  # reads on a light page and on a dark one
QUALITY = 88


def main(max_memory_bytes: int, what: str) -> None:
    limit_this_process(max_memory_bytes)
    given = sys.stdin.buffer.read()
    load_codecs("WEBP")
    isolate()
    sys.stdout.buffer.write(tile(given) if what == "tile" else sheet(_split_tiles(given, what)))


def _split_tiles(given: bytes, sizes: str) -> list[bytes]:
    stream = io.BytesIO(given)
    return [stream.read(int(size)) for size in sizes.split(",")]


def tile(data: bytes) -> bytes:
    """*data* small enough for a tile, whole and unpadded."""
    image: Image.Image = Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP"))
    if image.width * image.height > MAX_PIXELS:
        raise ValueError(f"{image.width} × {image.height} pixels")
    image.draft("RGB", (TILE_PX, TILE_PX))
    image = image.convert("RGB")
    image.thumbnail((TILE_PX, TILE_PX))
    return _save_jpeg(image)


def sheet(tiles: Sequence[bytes]) -> bytes:
    """The tiles in rows, each with its number, from 1; those that are empty with theirs alone."""
    across, down = min(COLUMNS, len(tiles)), ceil(len(tiles) / COLUMNS)
    step = TILE_PX + GAP_PX
    image = Image.new("RGB", (across * step + GAP_PX, down * step + GAP_PX), GROUND)
    for place, data in enumerate(tiles):
        corner = (GAP_PX + place % COLUMNS * step, GAP_PX + place // COLUMNS * step)
        image.paste(_draw_cell(data, place + 1), corner)
    return _save_jpeg(image)


def _draw_cell(data: bytes, number: int) -> Image.Image:
    whole = Image.new("RGB", (TILE_PX, TILE_PX), GROUND if data else EMPTY)
    pen = ImageDraw.Draw(whole)
    if not data:
        pen.text((TILE_PX / 2, TILE_PX / 2), str(number), INK, ImageFont.load_default(120), "mm")
        return whole
    whole.paste(ImageOps.pad(Image.open(io.BytesIO(data), formats=("JPEG",)), whole.size, color=GROUND))
    pen.rounded_rectangle((10, 10, 70, 62), 10, BADGE)
    pen.text((40, 36), str(number), INK, ImageFont.load_default(36), "mm")
    return whole


def _save_jpeg(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
