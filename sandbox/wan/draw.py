"""Draw images. A prompt and seed always give the same image, and an edit visibly contains its input images."""

from __future__ import annotations

import hashlib
import io
import math
from collections.abc import Sequence
from functools import lru_cache
from random import Random

from PIL import Image, ImageDraw, ImageFont, ImageOps

PALETTES = (
    ("#10243e", "#d8744f", "#f6c77d", "#0b1626"),
    ("#233b6e", "#7fb3d5", "#f4efe1", "#17302b"),
    ("#3a1c4a", "#c8558a", "#f7b267", "#1b0f24"),
    ("#0f3b3a", "#58a399", "#e9e4c9", "#0a2222"),
    ("#402218", "#b5543a", "#f2d7a0", "#1f100b"),
)
SIMPLIFIED = 2  # the face's index in Noto's collection


@lru_cache(maxsize=32)
def draw(
    prompt: str, seed: int, width: int, height: int, inputs: tuple[bytes, ...] = (), *, watermark: bool = False
) -> bytes:
    """Return a PNG of exactly *width* by *height* px. *inputs* are encoded images, shown side by side in frames."""
    digest = hashlib.sha256(f"{prompt}\0{seed}".encode()).digest()
    rng = Random(digest)
    image = _scene(rng, width, height)
    if inputs:
        _paste_inputs(image, inputs, rng)
    _sign(image, prompt, watermark)
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=1)
    return out.getvalue()


def _scene(rng: Random, width: int, height: int) -> Image.Image:
    """Draw a sky with a light, ridges and lamps, small and then enlarged: that is fast and looks soft."""
    top, middle, glow, ground = rng.choice(PALETTES)
    small = Image.new("RGB", (max(8, width // 4), max(8, height // 4)))
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
        pen.ellipse((lamp_x - 1, lamp_y - 1, lamp_x + 1, lamp_y + 1), fill=glow)
    return small.resize((width, height), Image.Resampling.BICUBIC)


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
