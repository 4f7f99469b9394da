"""The outlines that people choose from, and how a request of words is named in an id."""

from __future__ import annotations

from imagegen.model import AspectRatio, ImageRequest

ASPECT_RATIOS = {
    AspectRatio.SAME: "same as input image",
    AspectRatio.SQUARE: "1:1 square",
    AspectRatio.PORTRAIT: "3:4 portrait",
    AspectRatio.LANDSCAPE: "4:3 landscape",
    AspectRatio.TALL: "9:16 tall",
    AspectRatio.WIDE: "16:9 wide",
}
_BY_DIGIT = (None, *ASPECT_RATIOS)


def prompt_form(what: str, request: ImageRequest) -> str:
    """The form of a request that stands in no message: ``words:<images given><count><shape>``, or ``story:...``.

    A digit each; the first is left out where no image was given.
    """
    given = min(len(request.images), 9)
    return f"{what}:{given or ''}{request.count}{_BY_DIGIT.index(request.shape)}"


def count_and_aspect_ratio(its_id: int) -> tuple[int, AspectRatio | None]:
    """What such an id holds; ids may be made up."""
    count, digit = divmod(its_id % 100, 10)
    return count, _BY_DIGIT[digit] if digit < len(_BY_DIGIT) else None


def had_images(its_id: int) -> bool:
    """Whether such an id is of a request that came with images: what is made of words alone would not be it."""
    return its_id >= 100
