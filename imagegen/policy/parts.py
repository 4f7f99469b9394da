"""Parts of an image to edit: a numbered grid, the boxes of its cells or of strokes, and boxes in words. Pure.

Wan 2.7 takes at most two boxes for each input image.
https://help.aliyun.com/zh/model-studio/wan-image-generation-and-editing-api-reference (2026-11-20)
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from math import ceil, log

from imagegen.image_request import Box, ImageRequest

MAX_BOXES = 2
# A select of Discord has at most 25 options. https://discord.com/developers/docs/components/reference (2026-11-29)
MAX_CELLS = 25
MIN_BOX_SHARE = 16  # a box is at least this part of the short side, wide and high: no document names the smallest box
MAX_WORDS_CHARS = 400  # the most that ``words_for`` returns for one image
ANY_PART = ImageRequest("·", boxes=((Box(0, 0, 1, 1),),))  # an edit of a part, of which nothing else is known yet


@dataclass(frozen=True)
class Grid:
    """Cells over an image of *width_px* × *height_px*, numbered from 1 in reading order."""

    width_px: int
    height_px: int
    columns: int
    rows: int

    def cell(self, number: int) -> Box:
        """Return the pixels of a cell."""
        row, column = divmod(number - 1, self.columns)
        across, down = (self.width_px, self.columns), (self.height_px, self.rows)
        return Box(_edge(column, *across), _edge(row, *down), _edge(column + 1, *across), _edge(row + 1, *down))

    @property
    def cells(self) -> tuple[Box, ...]:
        """Return all cells in the order of their numbers."""
        return tuple(self.cell(number) for number in self.numbers)

    @property
    def numbers(self) -> range:
        """Return the numbers of the cells."""
        return range(1, self.columns * self.rows + 1)

    def boxes(self, numbers: Collection[int]) -> tuple[Box, ...]:
        """Return at most two boxes that cover the cells of *numbers*. Ignore numbers that no cell has."""
        groups = _connected({divmod(number - 1, self.columns) for number in numbers if number in self.numbers})
        return joined([self._around(group) for group in groups])

    def numbers_in(self, boxes: Collection[Box]) -> tuple[int, ...]:
        """Return the numbers of the cells that *boxes* of this grid cover."""
        return tuple(number for number in self.numbers if any(_covers(box, self.cell(number)) for box in boxes))

    def _around(self, places: Collection[tuple[int, int]]) -> Box:
        """Return the box around cells, which are given as (row, column)."""
        first, last = (
            self.cell(pick(row for row, _ in places) * self.columns + pick(column for _, column in places) + 1)
            for pick in (min, max)
        )
        return around(first, last)


def _covers(box: Box, cell: Box) -> bool:
    return box.left <= cell.left and cell.right <= box.right and box.top <= cell.top and cell.bottom <= box.bottom


def _edge(place: int, side_px: int, places: int) -> int:
    """Return where the cell at *place* begins."""
    return place * side_px // places


def grid_for(width_px: int, height_px: int) -> Grid:
    """Return a grid of at most 25 cells that are nearly square, for an image of any aspect ratio from 1:25 to 25:1."""
    shapes = [(columns, rows) for columns in range(1, MAX_CELLS + 1) for rows in range(1, MAX_CELLS // columns + 1)]
    aspect = width_px / height_px

    def cost(shape: tuple[int, int]) -> float:
        columns, rows = shape
        return abs(log(aspect * rows / columns)) - columns * rows / MAX_CELLS  # many cells are worth it

    return Grid(width_px, height_px, *min(shapes, key=cost))


def _connected(places: set[tuple[int, int]]) -> Iterator[set[tuple[int, int]]]:
    """Yield groups of places that share an edge."""
    left = set(places)
    while left:
        group, to_visit = set[tuple[int, int]](), [min(left)]
        while to_visit:
            row, column = place = to_visit.pop()
            if place in left:
                left.remove(place)
                group.add(place)
                to_visit += [(row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)]
        yield group


def around(one: Box, other: Box) -> Box:
    """Return the smallest box around two."""
    return Box(
        min(one.left, other.left),
        min(one.top, other.top),
        max(one.right, other.right),
        max(one.bottom, other.bottom),
    )


def joined(boxes: Sequence[Box]) -> tuple[Box, ...]:
    """Return at most two boxes that cover *boxes*, in reading order.

    Join the two whose box adds the least area, until two are left and to join them would add area.
    """
    found = list(boxes)
    while len(found) > 1:
        one, other = min(combinations(found, 2), key=lambda pair: _added_px(*pair))
        if len(found) <= MAX_BOXES and _added_px(one, other) > 0:
            break
        found.remove(one)
        found.remove(other)
        found.append(around(one, other))
    return tuple(sorted(found, key=lambda box: (box.top, box.left)))


def _added_px(one: Box, other: Box) -> int:
    """Return the area that the box around two adds; below 0 if they overlap enough."""
    return around(one, other).area_px - one.area_px - other.area_px


def within(box: Box, width_px: int, height_px: int) -> Box:
    """Return the part of *box* inside an image; if none is, the pixels of the image that are nearest to the box."""
    left, top = min(box.left, width_px - 1), min(box.top, height_px - 1)
    return Box(left, top, max(left + 1, min(box.right, width_px)), max(top + 1, min(box.bottom, height_px)))


def scaled(box: Box, from_px: tuple[int, int], to_px: tuple[int, int]) -> Box:
    """Return *box* of an image of *from_px* (width, height) on a copy of *to_px*. Round to the outside."""
    (width, height), (to_width, to_height) = from_px, to_px
    whole = Box(
        box.left * to_width // width,
        box.top * to_height // height,
        ceil(box.right * to_width / width),
        ceil(box.bottom * to_height / height),
    )
    return within(whole, to_width, to_height)


def not_tiny(box: Box, width_px: int, height_px: int) -> Box:
    """Return *box* grown around its center to a sixteenth of the image's short side, wide and high."""
    least = max(1, min(width_px, height_px) // MIN_BOX_SHARE)
    left, right = _grown(box.left, box.right, least, width_px)
    top, bottom = _grown(box.top, box.bottom, least, height_px)
    return Box(left, top, right, bottom)


def _grown(begin: int, end: int, least: int, side: int) -> tuple[int, int]:
    """Return an interval of *least* px or more around another, within *side*."""
    begin = max(0, min(begin - max(0, least - (end - begin)) // 2, side - least))
    return begin, min(side, max(end, begin + least))


class Place(StrEnum):
    """Where a box lies in its image. The value is English, for a model."""

    UPPER_LEFT = "upper left"
    UPPER = "upper"
    UPPER_RIGHT = "upper right"
    LEFT = "left"
    CENTER = "central"
    RIGHT = "right"
    LOWER_LEFT = "lower left"
    LOWER = "lower"
    LOWER_RIGHT = "lower right"


_PLACES = tuple(Place)


def place_of(box: Box, width_px: int, height_px: int) -> Place:
    """Return the third of the image, across and down, in which the center of *box* lies."""
    row = min(2, (box.top + box.bottom) * 3 // (2 * height_px))
    column = min(2, (box.left + box.right) * 3 // (2 * width_px))
    return _PLACES[row * 3 + column]


def words_for_boxes(count: int, number: int | None = None) -> str:
    """Return the sentence that limits an edit to *count* boxes that the model gets beside the prompt.

    *number* is the image's among several.
    """
    boxes = "box" if count == 1 else f"{count} boxes"
    return f"Change only what is inside the {boxes}{'' if number is None else f' of image {number}'}."


def words_for(boxes: Sequence[Box], width_px: int, height_px: int, number: int | None = None) -> str:
    """Return the sentences that limit an edit to *boxes*, for a model that takes no boxes.

    *number* is the image's among several.
    """
    image = "the image" if number is None else f"image {number}"
    parts = " and ".join(_part(box, width_px, height_px) for box in boxes)
    return f"Change only the {parts} of {image}. Keep everything else exactly as it is."


def _part(box: Box, width_px: int, height_px: int) -> str:
    place = place_of(box, width_px, height_px)
    across = f"{_percent(box.left, width_px)}% to {_percent(box.right, width_px)}% of the width from the left"
    down = f"{_percent(box.top, height_px)}% to {_percent(box.bottom, height_px)}% of the height from the top"
    return f"{place} part ({across}, {down})"


def _percent(edge: int, side: int) -> int:
    return round(edge * 100 / side)
