"""Compute the size of a result, in multiples of 16 pixels."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import sqrt

from sandbox.wan.errors import invalid
from sandbox.wan.models import Mode
from sandbox.wan.requests import InputImage


def check(mode: Mode, size: object) -> None:
    """Raise Refusal for a ``size`` that the mode does not take."""
    if size is None or size in mode.keywords:
        return
    width, height = _parsed(size)
    low, high = mode.area_px
    if not low <= width * height <= high or not 1 / mode.aspect <= width / height <= mode.aspect:
        raise invalid(f"size {size} is out of range")


def sides(mode: Mode, size: str | None, images: Sequence[InputImage]) -> tuple[int, int]:
    """Return width and height in pixels. A keyword follows the *last* input image, and is square without one."""
    size = size or mode.default_size
    if size is None:
        return _same_as(images[-1] if images else None, mode.area_px[1])
    if size in mode.keywords:
        ratio = images[-1].width / images[-1].height if images else 1.0
        return _scaled(ratio, mode.keywords[size])
    width, height = _parsed(size)
    return _rounded(width), _rounded(height)


def _same_as(image: InputImage | None, most: int) -> tuple[int, int]:
    """Return the image's size, reduced to an area of *most*; without an image, the largest square."""
    if image is None:
        return _scaled(1.0, most)
    return _scaled(image.width / image.height, min(most, image.width * image.height))


def _parsed(size: object) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{2,5})\*(\d{2,5})", str(size))
    if not found:
        raise invalid(f"size {size!r} is not in the form of W*H")
    return int(found[1]), int(found[2])


def _scaled(ratio: float, area: int) -> tuple[int, int]:
    width = sqrt(area * ratio)
    return _rounded(width), _rounded(width / ratio)


def _rounded(side: float) -> int:
    return max(16, round(side / 16) * 16)
