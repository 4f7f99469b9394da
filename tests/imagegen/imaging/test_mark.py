"""A child process draws numbered cells and boxes over an image, to be seen on light and on dark."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pytest
from PIL import Image, ImageChops

from imagegen.errors import ImageRefused, Reason
from imagegen.image_request import Box, InputImage
from imagegen.imaging import _mark, parts
from imagegen.imaging._mark import MAX_SIDE_PX
from imagegen.imaging.images import Decoder
from imagegen.policy.parts import grid_for
from tests.imagegen.imaging.decoding import normalized
from tests.imagegen.imaging.drawn import encoded, halves


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB")


def edges(boxes: Sequence[Box]) -> list[int]:
    return [edge for box in boxes for edge in (box.left, box.top, box.right, box.bottom)]


def contrast(image: Image.Image) -> int:
    darkest, lightest = image.convert("L").getextrema()
    assert isinstance(lightest, int)
    assert isinstance(darkest, int)
    return lightest - darkest


@pytest.mark.parametrize("color", ["black", "white", "gray"])
def test_each_cell_has_a_number_that_shows_on_any_color(color: str) -> None:
    grid = grid_for(1000, 1000)

    drawn = opened(_mark.numbered(encoded(Image.new("RGB", (1000, 1000), color), "PNG"), *edges(grid.cells)))

    middles = [drawn.crop((c.left + 50, c.top + 50, c.right - 50, c.bottom - 50)) for c in grid.cells]
    assert all(contrast(middle) > 200 for middle in middles)
    assert len({middle.tobytes() for middle in middles}) == 25


@pytest.mark.parametrize("size", [(2048, 1365), (240, 3000), (640, 480)])
def test_a_grid_is_drawn_over_images_of_any_size(size: tuple[int, int]) -> None:
    drawn = opened(_mark.numbered(encoded(halves(size), "JPEG"), *edges(grid_for(*size).cells)))

    assert max(drawn.size) <= MAX_SIDE_PX
    assert drawn.width / drawn.height == pytest.approx(size[0] / size[1], rel=0.02)


async def test_a_box_is_framed_where_it_is() -> None:
    image = await normalized(encoded(Image.new("RGB", (800, 600), "gray"), "PNG"))

    async with Decoder() as decoder:
        grid = opened(await parts.numbered(decoder, image, grid_for(800, 600).cells))
        drawn = opened(await parts.outlined(decoder, image, [Box(200, 100, 500, 400), Box(799, 599, 800, 600)]))

    assert grid.size == drawn.size == (800, 600)

    changed = ImageChops.difference(drawn, Image.new("RGB", drawn.size, "gray")).point(lambda value: 255 * (value > 60))
    assert changed.getbbox() == (200, 100, 500, 400)
    assert contrast(drawn.crop((240, 140, 460, 360))) < 30


async def test_what_cannot_be_drawn_in_time_is_refused() -> None:
    image = InputImage("data:image/png;base64,", 1, 1)

    with pytest.raises(ImageRefused) as refused:
        await parts.numbered(Decoder(timeout_s=0), image, [Box(0, 0, 9, 9)])

    assert refused.value.reason is Reason.IMAGE_TOO_COMPLEX
