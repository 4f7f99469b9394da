"""Cells and boxes: each chosen cell is covered by at most two boxes inside the image."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagegen.image_request import Box
from imagegen.policy import parts
from imagegen.policy.parts import MAX_CELLS, MAX_WORDS_CHARS, Grid, Place, grid_for

sides = st.integers(240, 8000)
grids = st.builds(grid_for, sides, sides)


@st.composite
def boxes_in_an_image(draw: st.DrawFn) -> tuple[Box, int, int]:
    width, height = draw(sides), draw(sides)
    left, top = draw(st.integers(0, width - 1)), draw(st.integers(0, height - 1))
    return Box(left, top, draw(st.integers(left + 1, width)), draw(st.integers(top + 1, height))), width, height


def covers(box: Box, other: Box) -> bool:
    return parts.around(box, other) == box


@pytest.mark.parametrize(
    ("size", "shape"),
    [
        ((1024, 1024), (5, 5)),
        ((1280, 960), (6, 4)),
        ((960, 1280), (4, 6)),
        ((1920, 1080), (6, 4)),
        ((2048, 872), (7, 3)),
        ((2048, 256), (12, 2)),
        ((240, 8000), (1, 25)),
    ],
)
def test_a_grid_has_nearly_square_cells(size: tuple[int, int], shape: tuple[int, int]) -> None:
    grid = grid_for(*size)

    assert (grid.columns, grid.rows) == shape


@given(grids)
def test_the_cells_cover_each_pixel_once_and_fit_into_one_select(grid: Grid) -> None:
    cells = grid.cells

    assert 10 <= len(cells) <= MAX_CELLS
    assert sum(cell.area_px for cell in cells) == grid.width_px * grid.height_px
    assert len(set(cells)) == len(cells)
    assert covers(Box(0, 0, grid.width_px, grid.height_px), parts.around(cells[0], cells[-1]))


@given(grids, st.sets(st.integers(1, MAX_CELLS), min_size=1))
def test_at_most_two_boxes_cover_every_chosen_cell(grid: Grid, chosen: set[int]) -> None:
    boxes = grid.boxes(chosen)

    cells = [grid.cell(number) for number in chosen if number in grid.numbers]
    assert len(boxes) <= 2
    assert all(any(covers(box, cell) for box in boxes) for cell in cells)
    assert all(covers(Box(0, 0, grid.width_px, grid.height_px), box) for box in boxes)
    assert bool(boxes) == bool(cells)


@given(grids, st.sets(st.integers(1, MAX_CELLS), min_size=1))
def test_each_side_of_a_box_touches_a_chosen_cell(grid: Grid, chosen: set[int]) -> None:
    cells = [grid.cell(number) for number in chosen if number in grid.numbers]

    for box in grid.boxes(chosen):
        inside = [cell for cell in cells if covers(box, cell)]
        assert box.left in {cell.left for cell in inside}
        assert box.top in {cell.top for cell in inside}
        assert box.right in {cell.right for cell in inside}
        assert box.bottom in {cell.bottom for cell in inside}


SQUARE = Grid(500, 500, 5, 5)


@pytest.mark.parametrize(
    ("cells", "boxes"),
    [
        ({1, 2, 6}, (Box(0, 0, 200, 200),)),  # connected cells become their bounding box
        ({1, 25}, (Box(0, 0, 100, 100), Box(400, 400, 500, 500))),
        ({1, 7}, (Box(0, 0, 100, 100), Box(100, 100, 200, 200))),  # a shared corner does not connect
        ({1, 3, 25}, (Box(0, 0, 300, 100), Box(400, 400, 500, 500))),  # the two nearest of three are joined
        ({1, 2, 3, 6, 8, 11, 12, 13, 7}, (Box(0, 0, 300, 300),)),
        ({1, 2, 3, 8, 13, 12, 11, 6}, (Box(0, 0, 300, 300),)),
        ({1, 2, 3, 4, 5, 6, 10, 11, 15, 16, 20, 21, 22, 23, 24, 25, 13}, (Box(0, 0, 500, 500),)),  # one inside another
        ({0, 26, 99, -1}, ()),
        (set(), ()),
    ],
)
def test_cells_are_joined_to_the_boxes_with_the_least_added_area(cells: set[int], boxes: tuple[Box, ...]) -> None:
    assert SQUARE.boxes(cells) == boxes


@given(boxes_in_an_image(), sides, sides)
def test_a_box_scaled_to_a_copy_and_back_covers_itself(given_: tuple[Box, int, int], width: int, height: int) -> None:
    box, *size = given_

    copy = parts.scaled(box, (size[0], size[1]), (width, height))

    assert covers(Box(0, 0, width, height), copy)
    assert covers(parts.scaled(copy, (width, height), (size[0], size[1])), box)


@given(boxes_in_an_image(), sides, sides)
def test_any_box_fits_into_any_image(given_: tuple[Box, int, int], width: int, height: int) -> None:
    box, *_ = given_

    assert covers(Box(0, 0, width, height), parts.within(box, width, height))


@given(boxes_in_an_image())
def test_a_tiny_box_grows_and_stays_in_the_image(given_: tuple[Box, int, int]) -> None:
    box, width, height = given_

    grown = parts.not_tiny(box, width, height)

    assert covers(grown, box)
    assert covers(Box(0, 0, width, height), grown)
    assert min(grown.right - grown.left, grown.bottom - grown.top) >= min(width, height) // parts.MIN_BOX_SHARE


@pytest.mark.parametrize("edges", [(0, 0, 0, 1), (0, 5, 9, 5), (-1, 0, 1, 1), (1.0, 0, 2, 2), (True, 0, 2, 2)])
def test_a_box_has_pixels_and_whole_numbers(edges: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValueError, match="no box"):
        Box(*edges)


@pytest.mark.parametrize(
    ("box", "place"),
    [
        (Box(0, 0, 100, 100), Place.UPPER_LEFT),
        (Box(200, 0, 300, 500), Place.CENTER),
        (Box(400, 200, 500, 300), Place.RIGHT),
        (Box(0, 400, 500, 500), Place.LOWER),
        (Box(499, 499, 500, 500), Place.LOWER_RIGHT),
    ],
)
def test_a_box_lies_where_its_center_is(box: Box, place: Place) -> None:
    assert parts.place_of(box, 500, 500) is place


def test_words_name_the_place_and_its_edges() -> None:
    words = parts.words_for([Box(0, 100, 200, 200), Box(400, 400, 500, 500)], 500, 500)

    assert words == (
        "Change only the upper left part (0% to 40% of the width from the left, 20% to 40% of the height from the top)"
        " and lower right part (80% to 100% of the width from the left, 80% to 100% of the height from the top)"
        " of the image. Keep everything else exactly as it is."
    )


@given(st.lists(boxes_in_an_image(), min_size=1, max_size=2))
def test_words_have_a_known_length(given_: list[tuple[Box, int, int]]) -> None:
    _, width, height = given_[0]

    words = parts.words_for([parts.within(box, width, height) for box, *_ in given_], width, height, 9)

    assert len(words) <= MAX_WORDS_CHARS
