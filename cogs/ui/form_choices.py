"""The outlines that people choose from, and how a request of words is named in an id."""

from __future__ import annotations

from imagegen.model import ImageRequest, Shape

SHAPES = {
    Shape.SAME: "same as the first picture",
    Shape.SQUARE: "square 1:1",
    Shape.PORTRAIT: "portrait 3:4",
    Shape.LANDSCAPE: "landscape 4:3",
    Shape.TALL: "tall 9:16",
    Shape.WIDE: "wide 16:9",
}
_BY_DIGIT = (None, *SHAPES)


def words_form(what: str, request: ImageRequest) -> str:
    """The form of a request that stands in no message: ``words:<pictures given><count><shape>``, or ``story:...``.

    A digit each; the first is left out where no picture was given.
    """
    given = min(len(request.pictures), 9)
    return f"{what}:{given or ''}{request.count}{_BY_DIGIT.index(request.shape)}"


def count_and_shape(its_id: int) -> tuple[int, Shape | None]:
    """What such an id holds; ids may be made up."""
    count, digit = divmod(its_id % 100, 10)
    return count, _BY_DIGIT[digit] if digit < len(_BY_DIGIT) else None


def had_pictures(its_id: int) -> bool:
    """Whether such an id is of a request that came with pictures: what is made of words alone would not be it."""
    return its_id >= 100
