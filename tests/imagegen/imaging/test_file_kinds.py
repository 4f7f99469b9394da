"""A refusal names the format of a file that the bot does not read."""

from __future__ import annotations

import gzip
import struct

import pytest
from PIL import Image

from cogs.text import formatters
from imagegen.errors import ImageRefused, Reason
from tests.imagegen.imaging.decoding import normalized
from tests.imagegen.imaging.drawn import encoded, halves
from tests.imagegen.imaging.files import raw_preview, tiff


def ftyp(major: bytes, *others: bytes) -> bytes:
    return struct.pack(">I", 16 + 4 * len(others)) + b"ftyp" + major + bytes(4) + b"".join(others) + bytes(500)


async def refused(data: bytes) -> ImageRefused:
    with pytest.raises(ImageRefused) as raised:
        await normalized(data)
    return raised.value


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(500), "JPEG XL"),
        (b"\xff\x0a" + bytes(500), "JPEG XL"),
        (encoded(halves(), "JPEG2000"), "JPEG 2000"),
        (ftyp(b"j2ki", b"mif1"), "JPEG 2000"),
        (b"II\xbc\x01" + bytes(500), "JPEG XR"),
        (b"8BPS\0\1" + bytes(500), "PSD"),
        (encoded(halves(), "PDF"), "PDF"),
        (encoded(halves(), "ICO"), "ICO"),
        (encoded(halves(), "ICNS"), "ICNS"),
        (encoded(halves(), "DDS"), "DDS"),
        (encoded(halves(), "TGA"), "TGA"),
        (encoded(halves(), "TGA", compression="tga_rle"), "TGA"),
        (encoded(halves(), "PCX"), "PCX"),
        (encoded(halves(), "PPM"), "PPM"),
        (encoded(halves(), "SGI"), "SGI"),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><rect/></svg>', "SVG"),
        (b"\xef\xbb\xbf\n<svg width='10'/>", "SVG"),
        (b"<!DOCTYPE html><html>", "HTML"),
        (gzip.compress(encoded(halves(), "PNG")), "GZIP"),
        (b"PK\3\4" + bytes(500), "ZIP"),
    ],
)
async def test_an_unread_format_is_named(data: bytes, kind: str) -> None:
    error = await refused(data)

    said = formatters.sentence(error)
    assert error.reason is Reason.IMAGE_FORMAT
    assert f"is a {kind} file" in said
    assert "PNG or JPEG" in said


RAWS = {
    "DNG with a small preview": raw_preview((256, 171), (50706, 1, 4, 0x401)),
    "DNG with a large preview": raw_preview((1024, 683), (50706, 1, 4, 0x401)),
    "NEF": raw_preview((160, 120)),
    "compressed by Nikon": tiff([(256, 4, 1, 6000), (257, 4, 1, 4000), (259, 3, 1, 34713)]),
    "a sensor's own data": tiff([(256, 4, 1, 6000), (257, 4, 1, 4000), (262, 3, 1, 32803)]),
    "CR2": b"II*\0\x10\0\0\0CR\2\0" + bytes(500),
    "CR3": ftyp(b"crx ", b"isom"),
    "RAF": b"FUJIFILMCCD-RAW 0201" + bytes(500),
    "RW2": b"IIU\0\x18\0\0\0" + bytes(500),
    "ORF": b"IIRO\x08\0\0\0" + bytes(500),
    "X3F": b"FOVb" + bytes(500),
}


@pytest.mark.parametrize("data", RAWS.values(), ids=RAWS.keys())
async def test_a_camera_raw_file_is_named_and_its_thumbnail_is_not_used(data: bytes) -> None:
    error = await refused(data)

    assert error.reason is Reason.IMAGE_RAW
    assert "RAW" in formatters.sentence(error)


@pytest.mark.parametrize(
    "data",
    [
        ftyp(b"isom"),
        ftyp(b"qt  "),
        ftyp(b"mp42", b"isom"),
        b"\x1aE\xdf\xa3" + bytes(500),
        b"RIFF\0\0\0\0AVI " + bytes(500),
        b"OggS" + bytes(500),
    ],
)
async def test_a_video_is_named(data: bytes) -> None:
    error = await refused(data)

    assert error.reason is Reason.IMAGE_VIDEO
    assert "screenshot" in formatters.sentence(error)


@pytest.mark.parametrize("major", [b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"hevm", b"hevs"])
@pytest.mark.parametrize("others", [(), (b"mif1", b"heic"), (b"hevc",)])
async def test_every_brand_of_heic_is_named(major: bytes, others: tuple[bytes, ...]) -> None:
    assert (await refused(ftyp(major, *others))).reason is Reason.IMAGE_HEIC


@pytest.mark.parametrize("major", [b"mif1", b"msf1", b"mif2", b"miaf"])
async def test_a_generic_brand_is_judged_by_its_compatible_brands(major: bytes) -> None:
    assert (await refused(ftyp(major, b"heic"))).reason is Reason.IMAGE_HEIC
    assert (await refused(ftyp(major, b"avif"))).reason is Reason.IMAGE_TRUNCATED


@pytest.mark.parametrize(
    "data", [b"", b"\x89", b"words", b"version https://git-lfs.github.com/spec/v1\noid sha256:aa\nsize 12345\n"]
)
async def test_a_file_that_is_no_image_is_called_that(data: bytes) -> None:
    assert (await refused(data)).reason is Reason.IMAGE_UNREADABLE


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "AVIF"])
async def test_a_damaged_file_of_a_readable_format_is_called_truncated(kind: str) -> None:
    assert (await refused(encoded(halves(), kind)[:40])).reason is Reason.IMAGE_TRUNCATED


async def test_an_image_without_a_size_is_refused() -> None:
    data = bytearray(encoded(halves(), "PNG"))
    data[16:24] = bytes(8)

    assert (await refused(bytes(data))).reason in (Reason.IMAGE_TRUNCATED, Reason.IMAGE_TOO_SMALL)


@pytest.mark.parametrize(("kind", "side"), [("WEBP", 4900), ("AVIF", 4900)])
async def test_a_format_that_needs_more_memory_has_its_own_limit(kind: str, side: int) -> None:
    error = await refused(encoded(Image.new("RGB", (side, side)), kind, **({"speed": 10} if kind == "AVIF" else {})))

    assert error.reason is Reason.IMAGE_TOO_LARGE
    assert f"the limit for {kind} is {error.facts['limit_megapixels']}" in formatters.sentence(error)
