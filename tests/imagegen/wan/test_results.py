"""A result is complete if it reaches the end of its format, whatever follows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagegen.wan.results import image_kind, is_complete, png_sides
from tests.imagegen.imaging.drawn import encoded, halves

FILES = {
    "png": encoded(halves(), "PNG"),
    "jpeg": encoded(halves(), "JPEG"),
    "webp": encoded(halves(), "WEBP"),
    "gif": encoded(halves(), "GIF"),
    "bmp": encoded(halves(), "BMP"),
    "avif": encoded(halves(), "AVIF"),
}
PROGRESSIVE = encoded(halves(), "JPEG", progressive=True, quality=95)
ANIMATED = encoded(halves(), "GIF", save_all=True, append_images=[halves(left="lime")])


@pytest.mark.parametrize("kind", FILES)
def test_a_file_is_known_by_its_first_bytes_and_complete_with_its_end(kind: str) -> None:
    data = FILES[kind]

    assert (image_kind(data), is_complete(data)) == (kind, True)
    assert not is_complete(data[:-3])
    assert not is_complete(data[: len(data) // 2])


def test_the_sides_are_read_from_a_png_alone() -> None:
    data = encoded(halves().resize((30, 20)), "PNG")

    assert png_sides(data) == (30, 20)
    assert {png_sides(other) for other in (data[:20], b"", FILES["jpeg"], FILES["webp"])} == {None}


@pytest.mark.parametrize("behind", [b"\n", b'{"AIGC":{"Label":"1"}}', bytes(512), b"\xff\xd9;IEND"])
@pytest.mark.parametrize("kind", FILES)
def test_bytes_after_the_end_leave_a_file_complete(kind: str, behind: bytes) -> None:
    assert is_complete(FILES[kind] + behind)


@pytest.mark.parametrize("data", [PROGRESSIVE, ANIMATED], ids=["progressive", "animated"])
def test_a_file_of_several_scans_or_images_ends_with_the_last(data: bytes) -> None:
    assert is_complete(data)
    assert not is_complete(data[:-2])


def test_the_end_of_a_thumbnail_does_not_complete_a_cut_jpeg() -> None:
    thumbnail = b"Exif\0\0" + FILES["jpeg"]
    segment = b"\xff\xe1" + (len(thumbnail) + 2).to_bytes(2, "big") + thumbnail
    whole = FILES["jpeg"][:2] + segment + FILES["jpeg"][2:]

    assert is_complete(whole)
    assert not is_complete(whole[:-10])


@pytest.mark.parametrize(
    "data", [b"", b"<html>maintenance</html>", b'{"code":"x"}', b"\xff\xd8\xff", b"BM" + bytes(20)]
)
def test_a_file_that_is_no_image_is_never_complete(data: bytes) -> None:
    assert not is_complete(data)


HEADS = st.sampled_from([data[:at] for data in FILES.values() for at in (4, 12, 40)])


@given(HEADS, st.binary(max_size=300))
def test_no_bytes_break_the_check(head: bytes, rest: bytes) -> None:
    assert is_complete(head + rest) in (True, False)
