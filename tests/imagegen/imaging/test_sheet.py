"""A contact sheet has a numbered tile for each image, and a child process draws it."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from imagegen.imaging import _sheet
from imagegen.imaging._sheet import EMPTY, GAP_PX, TILE_PX
from imagegen.imaging.images import Decoder
from tests.imagegen.imaging.decoding import tiled
from tests.imagegen.imaging.drawn import encoded, halves

STEP = TILE_PX + GAP_PX


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB")


def near(image: Image.Image, at: tuple[int, int], color: str) -> bool:
    wanted = Image.new("RGB", (1, 1), color).getpixel((0, 0))
    found = image.getpixel(at)
    assert isinstance(wanted, tuple)
    assert isinstance(found, tuple)
    return all(abs(a - b) < 12 for a, b in zip(found, wanted, strict=True))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("size", [(2048, 1152), (300, 1200), (240, 240)])
async def test_a_tile_is_the_whole_image_small(kind: str, size: tuple[int, int]) -> None:
    made = opened(await tiled(encoded(halves(size), kind)))

    assert max(made.size) <= TILE_PX
    assert made.width / made.height == pytest.approx(size[0] / size[1], rel=0.02)
    assert near(made, (5, 5), "red")
    assert near(made, (made.width - 5, made.height - 5), "blue")


@pytest.mark.parametrize("data", [b"", b"this is no image", encoded(halves(), "PNG")[:200], encoded(halves(), "GIF")])
async def test_a_file_that_is_no_result_makes_no_tile(data: bytes) -> None:
    assert await tiled(data) == b""


@pytest.mark.parametrize(("number", "across", "down"), [(1, 1, 1), (2, 2, 1), (3, 3, 1), (4, 3, 2), (9, 3, 3)])
async def test_tiles_stand_in_rows_of_three(number: int, across: int, down: int) -> None:
    made = opened(await Decoder().sheet([b""] * number))

    assert made.size == (across * STEP + GAP_PX, down * STEP + GAP_PX)


async def test_each_tile_has_the_position_of_its_number() -> None:
    tile = _sheet.tile(encoded(Image.new("RGB", (800, 800), "lime"), "PNG"))

    made = opened(await Decoder().sheet([b"", tile]))

    assert near(made, (GAP_PX + 20, GAP_PX + 20), EMPTY)
    assert near(made, (GAP_PX + STEP + TILE_PX // 2, GAP_PX + TILE_PX // 2), "lime")


async def test_each_number_is_drawn() -> None:
    numbered = [opened(_sheet.sheet(b"", *[0] * 9)).crop(corner(place)).tobytes() for place in range(9)]

    assert len(set(numbered)) == 9


def corner(place: int) -> tuple[int, int, int, int]:
    left, top = GAP_PX + place % 3 * STEP, GAP_PX + place // 3 * STEP
    return left, top, left + TILE_PX, top + TILE_PX


async def test_a_sheet_that_takes_too_long_is_empty() -> None:
    slow = Decoder(timeout_s=0)

    assert await tiled(encoded(halves(), "PNG"), slow) == b""
    assert await slow.sheet([b""]) == b""
