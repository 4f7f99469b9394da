"""Convert every Pillow mode to 8 bits a channel. Deep and floating images are scaled by their range of values."""

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
    """The values of a deep image that mean black, white and, if any, transparent."""

    black: float
    white: float
    clear: int | None = None


def is_deep(image: Image.Image) -> bool:
    """Return whether *image* has more than 8 bits a channel."""
    return image.mode == "F" or image.mode.startswith("I")


def range_of(image: Image.Image) -> ValueRange:
    """Return the value range of a deep *image*.

    A PNG says how deep it is. A TIFF of 12 bits says 16, and a TIFF of light may have any range.
    """
    if image.format == "PNG":
        clear = image.info.get("transparency")
        return ValueRange(0.0, PNG_CEILING, clear if isinstance(clear, int) else None)
    low, high = _extrema(image)
    found = ValueRange(low, high) if low < 0 else ValueRange(0.0, _ceiling(high, has_fractions=image.mode == "F"))
    tags = getattr(image, "tag_v2", {})
    is_negative = tags.get(PHOTOMETRIC) == WHITE_IS_ZERO
    return ValueRange(found.white, found.black) if is_negative else found


def _extrema(image: Image.Image) -> tuple[float, float]:
    """Return the lowest and the highest value. If some values are no numbers, judge a sample of those that are."""
    low, high = cast(tuple[float, float], image.getextrema())  # a deep image has one channel
    if isfinite(low) and isfinite(high) and low <= high:
        return low, high
    sample = image.resize((SAMPLE_PX, SAMPLE_PX), Image.Resampling.NEAREST)
    numbers = [value for value in cast(tuple[float, ...], sample.get_flattened_data()) if isfinite(value)]
    return min(numbers, default=0.0), max(numbers, default=1.0)


def _ceiling(high: float, *, has_fractions: bool) -> float:
    """Return the white that values up to *high* were written for: a usual one if they come near it."""
    for ceiling in CEILINGS[0 if has_fractions else 1 :]:
        if high <= ceiling:
            return ceiling if high > ceiling / 8 else high or ceiling
    return high


def to_eight_bits(image: Image.Image, value_range: ValueRange | None) -> Image.Image:
    """Return *image* as L, RGB, RGBA, CMYK or LAB. *value_range* is the range of the whole image if it is deep."""
    if value_range is not None:
        return _scaled(image, value_range)
    if image.has_transparency_data:
        return image.convert("RGBA")
    if image.mode in SIMPLE:
        return image
    return image.convert("L" if image.mode == "1" else "RGB")


def _scaled(image: Image.Image, value_range: ValueRange) -> Image.Image:
    """Return *image* scaled from *value_range* to 8 bits."""
    numbers = image if image.mode == "F" else image.convert("I")
    scale = 255 / ((value_range.white - value_range.black) or 1)
    gray = numbers.point(lambda value: value * scale + (0.5 - value_range.black * scale)).convert("L")
    if value_range.clear is None:
        return gray
    opacity = numbers.point([0 if value == value_range.clear else 255 for value in range(65536)], "L")
    return Image.merge("RGBA", (gray, gray, gray, opacity))
