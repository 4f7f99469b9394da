"""Bring any mode of Pillow's down to 8 bits a channel: deep and floating images by the range that they hold."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import cast

from PIL import Image

CEILINGS = (1.0, 255.0, 1023.0, 4095.0, 16383.0, 65535.0, 2.0**24 - 1, 2.0**31 - 1)
PNG_CEILING = 65535.0
SAMPLE_PX = 256
PHOTOMETRIC, WHITE_IS_ZERO = 262, 0
SIMPLE = ("L", "RGB", "RGBA", "CMYK", "LAB")


@dataclass(frozen=True)
class ValueRange:
    """Which numbers of a deep image are black and white, and which one is transparent."""

    black: float
    white: float
    clear: int | None = None


def is_deep(image: Image.Image) -> bool:
    return image.mode == "F" or image.mode.startswith("I")


def range_of(image: Image.Image) -> ValueRange:
    """Return the range that a deep *image* holds. A PNG says how deep it is; a TIFF of 12 bits says 16, of light
    anything."""
    if image.format == "PNG":
        clear = image.info.get("transparency")
        return ValueRange(0.0, PNG_CEILING, clear if isinstance(clear, int) else None)
    low, high = _extrema(image)
    held = ValueRange(low, high) if low < 0 else ValueRange(0.0, _ceiling(high, has_fractions=image.mode == "F"))
    tags = getattr(image, "tag_v2", {})
    is_negative = tags.get(PHOTOMETRIC) == WHITE_IS_ZERO
    return ValueRange(held.white, held.black) if is_negative else held


def _extrema(image: Image.Image) -> tuple[float, float]:
    """Return the least and the greatest number; of a sample of those that are numbers, where some are not."""
    low, high = cast(tuple[float, float], image.getextrema())  # a deep image has one channel
    if isfinite(low) and isfinite(high) and low <= high:
        return low, high
    sample = image.resize((SAMPLE_PX, SAMPLE_PX), Image.Resampling.NEAREST)
    numbers = [value for value in cast(tuple[float, ...], sample.get_flattened_data()) if isfinite(value)]
    return min(numbers, default=0.0), max(numbers, default=1.0)


def _ceiling(high: float, *, has_fractions: bool) -> float:
    """Return the white that numbers up to *high* were written for: a usual one where they come near it."""
    for ceiling in CEILINGS[0 if has_fractions else 1 :]:
        if high <= ceiling:
            return ceiling if high > ceiling / 8 else high or ceiling
    return high


def to_eight_bits(image: Image.Image, held: ValueRange | None) -> Image.Image:
    """Return *image* as L, RGB, RGBA, CMYK or LAB. *held* is the range of the whole where it is deep."""
    if held is not None:
        return _scaled(image, held)
    if image.has_transparency_data:
        return image.convert("RGBA")
    if image.mode in SIMPLE:
        return image
    return image.convert("L" if image.mode == "1" else "RGB")


def _scaled(image: Image.Image, held: ValueRange) -> Image.Image:
    numbers = image if image.mode == "F" else image.convert("I")
    scale = 255 / ((held.white - held.black) or 1)
    gray = numbers.point(lambda value: value * scale + (0.5 - held.black * scale)).convert("L")
    if held.clear is None:
        return gray
    seen = numbers.point([0 if value == held.clear else 255 for value in range(65536)], "L")
    return Image.merge("RGBA", (gray, gray, gray, seen))
