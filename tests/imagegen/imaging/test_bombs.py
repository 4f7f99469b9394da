"""The bombs of the tests are what they say."""

from __future__ import annotations

import io
import zlib

import pytest
from PIL import Image

from tests.imagegen.imaging.bombs import png_bomb, zeros


@pytest.mark.parametrize("count", [1_000_000, 3_000_000, 3_000_007])
def test_the_stream_unpacks_to_so_many_zeros(count: int) -> None:
    assert zlib.decompress(zeros(count)) == bytes(count)


@pytest.mark.parametrize("side", [3000, 3001])
def test_the_image_is_whole_and_black(side: int) -> None:
    image = Image.open(io.BytesIO(png_bomb(side)))

    assert (image.size, image.mode) == ((side, side), "1")
    assert image.getextrema() == (0, 0)
