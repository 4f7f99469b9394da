"""Check ``size``, and compute the size of a result. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import sqrt

from sandbox.wan.errors import Refusal, invalid
from sandbox.wan.models.records import Sizes
from sandbox.wan.requests import InputImage, ParsedRequest

KEYWORDS = ("1K", "2K", "4K")


def check(sizes: Sizes, size: object) -> None:
    """Raise Refusal for a ``size`` that the mode does not take."""
    keywords = sizes.keywords or {}
    if size is None or (isinstance(size, str) and size in keywords):
        return
    if not sizes.taken:
        raise invalid("size is not supported by this model")
    if keywords and size in KEYWORDS:
        raise invalid(f"Maximum supported size is {max(keywords)}")
    width, height = _parsed(sizes, size)
    if not _fits(sizes, str(size), width, height):
        raise _refused(sizes.range_message, sizes, size, width * height)


def _fits(sizes: Sizes, size: str, width: int, height: int) -> bool:
    if sizes.listed:
        return size in sizes.listed
    if sizes.side_px:
        return all(sizes.side_px[0] <= side <= sizes.side_px[1] for side in (width, height))
    low, high = sizes.area_px
    widest = sizes.aspect or float("inf")
    return low <= width * height <= high and 1 / widest <= width / height <= widest


def _refused(message: str, sizes: Sizes, size: object, area: int) -> Refusal:
    low, high = sizes.area_px
    return invalid(message.format(size=size, area=area, low=low, high=high))


def sides(parsed: ParsedRequest, size: str | None, images: Sequence[InputImage]) -> tuple[int, int]:
    """Return width and height in pixels.

    A keyword or an area follows the ratio of the *last* input image, and is square without one. An edit with boxes has
    exactly the ``W*H`` that was asked for, so that nothing outside the boxes has to move.
    """
    sizes, last = parsed.mode.sizes, images[-1] if images else None
    wanted = size or sizes.default
    if wanted is None:
        return _same_as(last, sizes)
    if area := wanted if isinstance(wanted, int) else (sizes.keywords or {}).get(wanted):
        return _scaled(last.width / last.height if last else 1.0, area, sizes.multiple_px)
    width, height = _parsed(sizes, wanted)
    multiple_px = 1 if any(parsed.boxes) else sizes.multiple_px
    return _rounded(width, multiple_px), _rounded(height, multiple_px)


def _same_as(image: InputImage | None, sizes: Sizes) -> tuple[int, int]:
    """Return the image's size, reduced to the largest area; without an image, the largest square."""
    most = sizes.area_px[1]
    if image is None:
        return _scaled(1.0, most, sizes.multiple_px)
    return _scaled(image.width / image.height, min(most, image.width * image.height), sizes.multiple_px)


def _parsed(sizes: Sizes, size: object) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{2,5})\*(\d{2,5})", str(size))
    if not found:
        raise _refused(sizes.form_message, sizes, size, 0)
    return int(found[1]), int(found[2])


def _scaled(ratio: float, area: int, multiple_px: int) -> tuple[int, int]:
    width = sqrt(area * ratio)
    return _rounded(width, multiple_px), _rounded(width / ratio, multiple_px)


def _rounded(side: float, multiple_px: int) -> int:
    return max(multiple_px, round(side / multiple_px) * multiple_px)
