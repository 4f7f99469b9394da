"""Images that fit are uploaded unchanged; others shrink as little as possible."""

from __future__ import annotations

import io
import os
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageStat

from imagegen.imaging.fitting import fit_uploads
from imagegen.imaging.images import Decoder
from imagegen.model import ResultImage, Shrink
from tests.imagegen.imaging.drawn import encoded

MIB = 1024 * 1024


async def cut(image: ResultImage, most_bytes: int) -> ResultImage:
    """Shrink to exactly the limit."""
    return ResultImage(image.data[:most_bytes], "jpeg", 1, 1, Shrink.SAVED)


def images(*sizes: int) -> list[ResultImage]:
    return [ResultImage(bytes(size), "png", 1, 1) for size in sizes]


def noise(side_px: int, kind: str = "PNG") -> ResultImage:
    """Return noise: the image of its size with the most bytes."""
    data = encoded(Image.frombytes("RGB", (side_px, side_px), Random(1).randbytes(3 * side_px * side_px)), kind)
    return ResultImage(data, kind.lower(), side_px, side_px)


@given(st.lists(st.integers(0, 400), min_size=1, max_size=4), st.integers(1, 300), st.integers(4, 600))
async def test_every_upload_fits_and_images_that_fit_stay_untouched(
    sizes: list[int], file_bytes: int, together_bytes: int
) -> None:
    made = images(*sizes)

    kept = await fit_uploads(made, file_bytes=file_bytes, together_bytes=together_bytes, shrink=cut)

    assert all(len(image.data) <= file_bytes for image in kept)
    assert sum(len(image.data) for image in kept) <= together_bytes
    if sum(sizes) <= together_bytes:
        assert all(new is old for new, old in zip(kept, made, strict=True) if len(old.data) <= file_bytes)


async def test_the_largest_image_shrinks_first_and_the_others_stay_untouched() -> None:
    made = images(9, 3, 8, 3)

    kept = await fit_uploads(made, file_bytes=10, together_bytes=20, shrink=cut)

    assert [image.shrink for image in kept] == [Shrink.SAVED, None, None, None]
    assert [len(image.data) for image in kept] == [6, 3, 8, 3]


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
async def test_a_large_image_becomes_a_jpeg_that_looks_the_same(kind: str) -> None:
    image = ResultImage(encoded(_photo(1024), kind, **({"lossless": True} if kind == "WEBP" else {})), "png", 1, 1)

    small = await Decoder().shrink(image, len(image.data) // 2)

    saved = Image.open(io.BytesIO(small.data))
    assert saved.format == "JPEG"
    assert small.extension == "jpeg"
    assert len(small.data) <= len(image.data) // 2
    assert (small.width_px, small.height_px, small.shrink) == (1024, 1024, Shrink.SAVED)
    assert max(ImageStat.Stat(ImageChops.difference(saved, _photo(1024))).mean) < 4


async def test_pixels_are_reduced_only_if_no_quality_is_small_enough() -> None:
    image = noise(1024)

    saved, reduced = await Decoder().shrink(image, 3 * MIB // 2), await Decoder().shrink(image, 200_000)

    assert (saved.shrink, saved.width_px) == (Shrink.SAVED, 1024)
    assert (reduced.shrink, reduced.width_px < 1024) == (Shrink.REDUCED, True)
    assert len(reduced.data) <= 200_000
    assert Image.open(io.BytesIO(reduced.data)).size == (reduced.width_px, reduced.height_px)


@pytest.mark.parametrize("data", [b"", b"no image at all", os.urandom(1000)])
async def test_an_image_that_cannot_shrink_stays_untouched(data: bytes) -> None:
    image = ResultImage(data, "png", 1, 1)

    assert await Decoder().shrink(image, 10) is image
    assert await Decoder(timeout_s=0).shrink(noise(64), 10) == noise(64)


def _photo(side_px: int) -> Image.Image:
    """Return soft shapes with grain, like a painting."""
    soft = Image.radial_gradient("L").resize((side_px, side_px))
    grain = Image.effect_noise((side_px, side_px), 6)
    return Image.merge("RGB", [ImageChops.add(soft, grain, scale=2, offset=offset) for offset in (0, 20, -20)])
