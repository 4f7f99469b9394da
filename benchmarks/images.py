"""The images of the measurements: a result as Wan sends it, and a photo as a member attaches it."""

from __future__ import annotations

import io
from functools import cache

from PIL import Image

from benchmarks.discord_objects import INPUT_PX

RESULT_PX = (1280, 1280)


@cache
def result() -> bytes:
    """Return a PNG of 1280*1280 and about 1.9 MB."""
    out = io.BytesIO()
    _grainy(RESULT_PX, 2).save(out, "PNG", compress_level=1)
    return out.getvalue()


@cache
def photo() -> bytes:
    """Return a JPEG of 4000*3000 and about 8 MB."""
    out = io.BytesIO()
    _grainy(INPUT_PX, 32).save(out, "JPEG", quality=95)
    return out.getvalue()


def numbered(jpeg: bytes, number: int) -> bytes:
    """Return *jpeg* with a comment, so that no two are equal."""
    text = str(number).encode()
    return jpeg[:2] + b"\xff\xfe" + (len(text) + 2).to_bytes(2, "big") + text + jpeg[2:]


def _grainy(size_px: tuple[int, int], grain: float) -> Image.Image:
    """Return a gradient with film grain: it has details everywhere, as a photo has."""
    noise = Image.effect_noise(size_px, grain)
    gradient = Image.linear_gradient("L").resize(size_px)
    bands = [Image.blend(noise, gradient, share) for share in (0.3, 0.4, 0.5)]
    return Image.merge("RGB", bands)
