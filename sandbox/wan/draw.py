"""Draw images. A prompt and seed always give the same image, and an edit visibly contains its input images."""

from __future__ import annotations

import hashlib
import io
import math
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFont, ImageOps

from sandbox.wan.requests import Box, PaletteColor

PALETTES = (
    ("#10243e", "#d8744f", "#f6c77d", "#0b1626"),
    ("#233b6e", "#7fb3d5", "#f4efe1", "#17302b"),
    ("#3a1c4a", "#c8558a", "#f7b267", "#1b0f24"),
    ("#0f3b3a", "#58a399", "#e9e4c9", "#0a2222"),
    ("#402218", "#b5543a", "#f2d7a0", "#1f100b"),
)
SIMPLIFIED = 2  # the face's index in Noto's collection


@dataclass(frozen=True)
class Look:
    """What an image shows beside its prompt. *mood* is the number of the colors that the images of a set share."""

    negative_prompt: str = ""
    palette: tuple[PaletteColor, ...] = ()
    mood: int | None = None
    transparent: bool = False
    watermark: bool = False


@lru_cache(maxsize=32)
def draw(prompt: str, seed: int, width: int, height: int, inputs: tuple[bytes, ...] = (), look: Look = Look()) -> bytes:
    """Return a PNG of exactly *width* by *height* px. *inputs* are encoded images, shown side by side in frames."""
    rng = _dice(prompt, seed, look.negative_prompt)
    image = _bands(look.palette, rng, width, height) if look.palette else _scene(rng, width, height, look.mood)
    if inputs:
        _paste_inputs(image, inputs, rng)
    _sign(image, prompt, look.watermark)
    if look.transparent:
        image.putalpha(Image.linear_gradient("L").resize(image.size))
    return _png(image)


@lru_cache(maxsize=32)
def draw_inside(
    boxes: tuple[Box, ...], source: bytes, prompt: str, seed: int, width: int, height: int, look: Look = Look()
) -> bytes:
    """Return a PNG of *source* with another image inside the *boxes*, which are in pixels of the result.

    Outside, every pixel is that of the source in RGB, resized to *width* by *height* px with Pillow's LANCZOS filter:
    the source's own pixel if the size is the same. Only a watermark lies outside too. The boxes hold SANDBOX.
    """
    with Image.open(io.BytesIO(source)) as opened:
        image = opened.convert("RGB")
    image = image.resize((width, height), Image.Resampling.LANCZOS)
    for number, box in enumerate(boxes):
        patch = _scene(_dice(prompt, seed + number, look.negative_prompt), box.right - box.left, box.bottom - box.top)
        _sign(patch, prompt, watermark=False)
        image.paste(patch, (box.left, box.top))
    if look.watermark:
        _sign(image, "", watermark=True)
    return _png(image)


def _dice(prompt: str, seed: int, negative_prompt: str) -> Random:
    parts = [prompt, str(seed), *([negative_prompt] if negative_prompt else [])]
    return Random(hashlib.sha256("\0".join(parts).encode()).digest())


def _png(image: Image.Image) -> bytes:
    """Return *image*, RGB or RGBA, as a PNG whose rows are stored as differences from the rows above.

    Pillow tries five filters for each row, which takes twice as long.
    https://www.w3.org/TR/png-3/#9Filters (2026-11-30)
    """
    above = Image.new(image.mode, image.size)
    above.paste(image, (0, 1))
    differences = ImageChops.subtract_modulo(image, above).tobytes()
    row_bytes = image.width * len(image.getbands())
    rows = b"".join(b"\2" + differences[at : at + row_bytes] for at in range(0, len(differences), row_bytes))
    head = struct.pack(">IIBBBBB", *image.size, 8, 6 if image.mode == "RGBA" else 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows, 1)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*chunk) for chunk in chunks)


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(body, zlib.crc32(name)))


def _bands(palette: Sequence[PaletteColor], rng: Random, width: int, height: int) -> Image.Image:
    """Draw hills in exactly the colors of a palette, each about as large as its share."""
    image = Image.new("RGB", (width, height), palette[0].hex)
    pen = ImageDraw.Draw(image)
    above = 0
    for behind, color in pairwise(palette):
        above += behind.share
        pen.polygon(_ridge(rng, width, height, above / 100_00), fill=color.hex)
    return image


def _scene(rng: Random, width: int, height: int, mood: int | None = None) -> Image.Image:
    """Draw a sky with a light, ridges and lamps in half size, and then double each pixel: that is fast."""
    chosen = rng.choice(PALETTES)
    top, middle, glow, ground = chosen if mood is None else PALETTES[mood % len(PALETTES)]
    small = Image.new("RGB", (max(8, width // 2), max(8, height // 2)))
    w, h = small.size
    sky = Image.linear_gradient("L").resize((w, h))
    small.paste(ImageOps.colorize(sky, top, glow, mid=middle))
    pen = ImageDraw.Draw(small)
    x, y, r = rng.uniform(0.2, 0.8) * w, rng.uniform(0.25, 0.5) * h, rng.uniform(0.05, 0.1) * h
    pen.ellipse((x - r, y - r, x + r, y + r), fill=glow)
    for depth in range(4):
        pen.polygon(_ridge(rng, w, h, 0.55 + depth * 0.1), fill=_mix(middle, ground, depth / 3))
    for _ in range(rng.randrange(4, 12)):
        lamp_x, lamp_y = rng.uniform(0, w), rng.uniform(0.75, 0.95) * h
        pen.ellipse((lamp_x - 2, lamp_y - 2, lamp_x + 2, lamp_y + 2), fill=glow)
    return small.resize((width, height), Image.Resampling.NEAREST)


def _ridge(rng: Random, w: int, h: int, level: float) -> list[tuple[float, float]]:
    phases = [(rng.uniform(1, 6), rng.uniform(0, math.tau), rng.uniform(0.01, 0.05)) for _ in range(3)]
    points = []
    for step in range(41):
        t = step / 40
        rise = sum(size * math.sin(waves * math.tau * t + phase) for waves, phase, size in phases)
        points.append((t * w, (level + rise) * h))
    return [(0.0, float(h)), *points, (float(w), float(h))]


def _mix(first: str, second: str, share: float) -> tuple[int, int, int]:
    pairs = zip(bytes.fromhex(first[1:]), bytes.fromhex(second[1:]), strict=True)
    red, green, blue = (round(a + (b - a) * share) for a, b in pairs)
    return red, green, blue


def _paste_inputs(image: Image.Image, inputs: Sequence[bytes], rng: Random) -> None:
    """Paste the input images in white frames, in order from the left."""
    cell = image.width * 0.8 / len(inputs)
    tint = rng.choice(PALETTES)[2]
    for index, data in enumerate(inputs):
        with Image.open(io.BytesIO(data)) as source:
            fitted = ImageOps.contain(source.convert("RGB"), (round(cell * 0.92), round(image.height * 0.6)))
        toned = Image.blend(fitted, Image.new("RGB", fitted.size, tint), 0.15)
        framed = ImageOps.expand(toned, border=max(2, image.width // 160), fill="white")
        x = round(image.width * 0.1 + cell * index + (cell - framed.width) / 2)
        image.paste(framed, (x, round((image.height - framed.height) / 2)))


def _sign(image: Image.Image, prompt: str, watermark: bool) -> None:
    """Write the prompt's beginning as far as the font can, and SANDBOX, so that no one mistakes the image for Wan's."""
    pen = ImageDraw.Draw(image)
    size = max(12, image.height // 40)
    font, has_all = _font(size)
    text = "".join(letter if letter.isprintable() and (has_all or letter.isascii()) else "?" for letter in prompt[:60])
    right = image.width - size
    signs = [(text, "ls", size, size), ("SANDBOX", "rs", right, size)]
    if watermark:
        signs.append(("AI Generated", "rs", right, 3 * size))
    for label, anchor, x, above in signs:
        at = (x, image.height - above)
        pen.text(at, label, font=font, anchor=anchor, fill="white", stroke_width=2, stroke_fill="black")


@lru_cache(maxsize=32)
def _font(size: int) -> tuple[ImageFont.FreeTypeFont | ImageFont.ImageFont, bool]:
    """Return a font, and whether it has more than Latin letters. Only Noto's has, if it is installed."""
    try:
        return ImageFont.truetype("NotoSansCJK-Regular.ttc", size, index=SIMPLIFIED), True
    except OSError:
        return ImageFont.load_default(size), False
