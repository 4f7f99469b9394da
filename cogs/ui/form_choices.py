"""The aspect ratios and qualities that members choose from, and the id of a form that repeats a prompt."""

from __future__ import annotations

from discord.app_commands import Choice

from imagegen.model import AspectRatio, ImageRequest, Quality

ASPECT_RATIOS = {
    AspectRatio.SAME: "same as input image",
    AspectRatio.SQUARE: "1:1 square",
    AspectRatio.PORTRAIT: "3:4 portrait",
    AspectRatio.LANDSCAPE: "4:3 landscape",
    AspectRatio.TALL: "9:16 tall",
    AspectRatio.WIDE: "16:9 wide",
    AspectRatio.PHOTO: "3:2 photo",
    AspectRatio.PHOTO_PORTRAIT: "2:3 photo portrait",
    AspectRatio.CINEMA: "21:9 cinema",
}
QUALITIES = {Quality.NORMAL: "normal", Quality.HIGH: "high", Quality.FOUR_K: "4K"}
ASPECT_RATIO_CHOICES = [Choice(name=name, value=ratio.value) for ratio, name in ASPECT_RATIOS.items()]
_BY_DIGIT = (None, *ASPECT_RATIOS)
_QUALITIES = tuple(QUALITIES)


def aspect_ratio_name(request: ImageRequest) -> str:
    """Return the aspect ratio of *request* as members choose it, in English."""
    return ASPECT_RATIOS[request.aspect_ratio or AspectRatio.SQUARE]


def prompt_form(what: str, request: ImageRequest) -> str:
    """Return the form of a request that no message holds: ``words:<quality><inputs><count><aspect ratio>``.

    One digit each. Those in front are left out if the quality is normal, and if there was no input image either. A
    story's form is ``story:...``.
    """
    quality, given, count = (
        _QUALITIES.index(request.quality),
        min(len(request.images), 9),
        min(max(request.count, 0), 9),
    )
    its_id = int(f"{quality}{given}{count}{_BY_DIGIT.index(request.aspect_ratio)}")
    return f"{what}:{its_id}"


def count_and_aspect_ratio(its_id: int) -> tuple[int, AspectRatio | None]:
    """Return what such an id holds. Ids may be made up."""
    count, digit = divmod(its_id % 100, 10)
    return count, _BY_DIGIT[digit] if digit < len(_BY_DIGIT) else None


def quality_in(its_id: int) -> Quality:
    """Return the quality that such an id holds."""
    digit = its_id // 1000
    return _QUALITIES[digit] if digit < len(_QUALITIES) else Quality.NORMAL


def had_images(its_id: int) -> bool:
    """Return whether the request came with input images: a prompt alone would be another request."""
    return its_id // 100 % 10 > 0
