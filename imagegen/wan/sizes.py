"""Choose the ``size`` to send for an aspect ratio. It is valid for the model that the request goes to. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor, sqrt

from imagegen.errors import ImageRefused, Reason
from imagegen.image_request import AspectRatio, InputImage, Quality
from imagegen.wan.record import Mode

STEP_PX = 16  # the service rounds sides to multiples of this [image] [qwen-edit]
NEAR = 0.01  # aspect ratios that differ by less are the same
RATIOS = {
    AspectRatio.SQUARE: 1.0,
    AspectRatio.PORTRAIT: 3 / 4,
    AspectRatio.LANDSCAPE: 4 / 3,
    AspectRatio.TALL: 9 / 16,
    AspectRatio.WIDE: 16 / 9,
    AspectRatio.PHOTO: 3 / 2,
    AspectRatio.PHOTO_PORTRAIT: 2 / 3,
    AspectRatio.CINEMA: 21 / 9,
}


def aspect_ratios(mode: Mode) -> tuple[AspectRatio, ...]:
    """Return the aspect ratios that a request to the model can name."""
    same = (AspectRatio.SAME,) if mode.images[1] else ()
    if not mode.takes_size:
        return same
    return same + tuple(name for name, ratio in RATIOS.items() if _has(mode, ratio))


def _has(mode: Mode, ratio: float) -> bool:
    if mode.sizes:
        return any(abs(_ratio(size) / ratio - 1) < NEAR for size in mode.sizes)
    return 1 / mode.max_aspect <= ratio <= mode.max_aspect


def _ratio(size: str) -> float:
    width, _, height = size.partition("*")
    return int(width) / int(height)


def size_for(mode: Mode, aspect_ratio: AspectRatio, quality: Quality, images: Sequence[InputImage]) -> str:
    """Return the ``size`` to send: a keyword if the service then follows the right image, else a valid ``W*H``.

    Return "" for a mode that takes none. The keyword follows the *last* of several images, and people mean the first.
    If the two differ in aspect ratio, send the ratio of the first in numbers.
    """
    if not mode.takes_size:
        return ""
    if aspect_ratio is AspectRatio.SAME and mode.follow_keywords and images and _same_aspect(images[0], images[-1]):
        return mode.follow_keywords[quality]
    ratio = images[0].width_px / images[0].height_px if aspect_ratio is AspectRatio.SAME else RATIOS[aspect_ratio]
    if mode.sizes:
        return min(mode.sizes, key=lambda size: abs(_ratio(size) / ratio - 1))
    width, height = _sides(min(mode.max_aspect, max(1 / mode.max_aspect, ratio)), mode.area_for(quality), mode)
    return f"{width}*{height}"


def _same_aspect(first: InputImage, last: InputImage) -> bool:
    """Return whether two images have the same aspect ratio, within 1 %."""
    return abs(first.width_px * last.height_px / (first.height_px * last.width_px) - 1) < NEAR


def _sides(ratio: float, area_px: int, mode: Mode) -> tuple[int, int]:
    """Return the sides nearest to *ratio* and *area_px*, in steps of 16 px and within the mode's bounds."""
    area_px = min(area_px, round(mode.side_px[1] ** 2 / max(ratio, 1 / ratio)))
    ideal = sqrt(area_px * ratio)
    widths = range(floor(ideal / STEP_PX - 4) * STEP_PX, ceil(ideal / STEP_PX + 4) * STEP_PX, STEP_PX)
    candidates = [
        (width, height)
        for width in widths
        for height in (floor(width / ratio / STEP_PX) * STEP_PX, ceil(width / ratio / STEP_PX) * STEP_PX)
        if is_valid(mode, width, height)
    ]
    return min(candidates, key=lambda side: abs(side[0] / side[1] / ratio - 1) + abs(side[0] * side[1] / area_px - 1))


def is_valid(mode: Mode, width: int, height: int) -> bool:
    """Return whether the model accepts ``width*height``."""
    if width <= 0 or height <= 0 or not 1 / mode.max_aspect <= width / height <= mode.max_aspect:
        return False
    if not mode.side_px[0] <= min(width, height) <= max(width, height) <= mode.side_px[1]:
        return False
    least, most = mode.area_px
    return least - mode.tolerance_px <= width * height <= most


def accepts_size(mode: Mode, size: str) -> bool:
    """Return whether the model accepts *size*, a keyword or ``W*H``."""
    width, _, height = size.partition("*")
    if mode.sizes or not mode.takes_size:
        return size in mode.sizes
    if width.isdecimal() and height.isdecimal():
        return is_valid(mode, int(width), int(height))
    return size in mode.keywords


def check_images(mode: Mode, images: Sequence[InputImage]) -> None:
    """Raise ImageRefused for an image whose aspect ratio the model rejects.

    The decoder has fixed sides and bytes already.
    """
    if mode.max_image_aspect is None:
        return
    for position, image in enumerate(images, start=1):
        long, short = max(image.width_px, image.height_px), min(image.width_px, image.height_px)
        if long > mode.max_image_aspect * short:
            raise ImageRefused(Reason.IMAGE_TOO_LONG, position=position, limit=round(mode.max_image_aspect))
