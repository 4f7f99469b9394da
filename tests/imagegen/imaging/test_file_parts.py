"""Broken metadata never makes an image unusable; missing pixels always do."""

from __future__ import annotations

import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from imagegen.imaging._decode import answer
from imagegen.imaging._file_parts import separate_metadata
from tests.imagegen.imaging.bombs import zeros
from tests.imagegen.imaging.drawn import encoded, halves
from tests.imagegen.imaging.files import chunk, differs, ramp, riff, segment, taken, with_chunks

SMALL = halves((260, 250))
PNG, JPEG, WEBP = encoded(SMALL, "PNG"), encoded(SMALL, "JPEG"), encoded(SMALL, "WEBP", lossless=True)
WORKFLOW = b'{"nodes": [' + b'{"id": 1, "type": "KSampler"},' * 60_000 + b"]}"
PROFILE_OF_2_MB = b"monitor\0\0" + zlib.compress(bytes(2_000_000))
TURNED = Image.Exif()
TURNED[0x0112] = 6

PNG_BESIDE = {
    "large compressed text": chunk(b"zTXt", b"workflow\0\0" + zlib.compress(WORKFLOW)),
    "large international text": chunk(b"iTXt", b"workflow\0\1\0\0\0" + zlib.compress(WORKFLOW)),
    "a text bomb": chunk(b"zTXt", b"bomb\0\0" + zeros(200_000_000)),
    "a profile bomb": chunk(b"iCCP", b"bomb\0\0" + zeros(200_000_000)),
    "a thousand texts": chunk(b"zTXt", b"text\0\0" + zlib.compress(bytes(1_000_000))) * 100,
    "a large profile": chunk(b"iCCP", PROFILE_OF_2_MB),
    "a profile that is no stream": chunk(b"iCCP", b"x\0\0not zlib"),
    "a profile without a name's end": chunk(b"iCCP", b"x" * 80),
    "an empty profile": chunk(b"iCCP", b""),
    "EXIF that is none": chunk(b"eXIf", b"not exif"),
    "empty EXIF": chunk(b"eXIf", b""),
    "EXIF that points nowhere": chunk(b"eXIf", b"MM\0*\xff\xff\xff\xff"),
    "a million empty texts": chunk(b"tEXt", b"") * 1_000_000,
    "a physical size cut off": chunk(b"pHYs", b"\0"),
    "an animation that is none": chunk(b"acTL", b""),
    "a gamma cut off": chunk(b"gAMA", b"\0"),
    "a gamma of 0": chunk(b"gAMA", bytes(4)),
    "chromaticities of 0": chunk(b"cHRM", bytes(32)),
    "chromaticities cut off": chunk(b"cHRM", bytes(5)),
    "an unknown code point": chunk(b"cICP", b"\xff\xff\xff\xff"),
    **{
        f"{name.decode()} with a wrong checksum": chunk(name, body, 12345)
        for name, body in ((b"iCCP", b"x\0\0"), (b"pHYs", bytes(9)), (b"tEXt", b"Comment\0hello"), (b"eXIf", b"MM"))
    },
}


@pytest.mark.parametrize("beside", PNG_BESIDE.values(), ids=PNG_BESIDE.keys())
def test_a_png_with_broken_metadata_is_accepted(beside: bytes) -> None:
    before, _ = taken(with_chunks(PNG, beside))
    behind, _ = taken(PNG[:-12] + beside + PNG[-12:])

    assert differs(before, SMALL) == 0
    assert differs(behind, SMALL) == 0


@pytest.mark.parametrize("data", [PNG, JPEG, WEBP, *(encoded(SMALL, kind) for kind in ("GIF", "BMP", "TIFF", "AVIF"))])
@pytest.mark.parametrize("trailing", [b"trailing" * 100, bytes(70_000), b"\xff\xd8\xff", PNG[:40]])
def test_bytes_after_the_end_are_ignored(data: bytes, trailing: bytes) -> None:
    image, notes = taken(data + trailing)

    assert differs(image, SMALL) < 3
    assert notes == ()


def test_a_png_without_its_end_is_accepted() -> None:
    assert differs(taken(PNG[:-12])[0], SMALL) == 0


JPEG_BESIDE = {
    "EXIF that is none": segment(0xE1, b"Exif\0\0not exif"),
    "empty EXIF": segment(0xE1, b"Exif\0\0"),
    "EXIF in a circle": segment(0xE1, b"Exif\0\0II*\0\x08\0\0\0\x01\0\x69\x87\x04\0\x01\0\0\0\x08\0\0\0\0\0\0\0"),
    "a profile in pieces that do not fit": segment(0xE2, b"ICC_PROFILE\0\x02\x05" + bytes(50)),
    "a profile of no length": segment(0xE2, b"ICC_PROFILE\0"),
    "lenses that are none": segment(0xE2, b"MPF\0II*\0\xff\xff\xff\xff"),
    "Photoshop's junk": segment(0xED, b"Photoshop 3.0\x008BIM\x03\xed\0\0\xff\xff\xff\xff"),
    "JFIF cut off": segment(0xE0, b"JFIF\0\x01"),
    "Adobe cut off": segment(0xEE, b"Adobe"),
    "a comment that is no text": segment(0xFE, b"\xff\xd8\0\x80" * 100),
    "many segments": segment(0xE5, bytes(60_000)) * 50,
    "filling": b"\xff" * 20_000_000,
    "many empty segments": segment(0xE5, b"") * 500_000,
}


@pytest.mark.parametrize("beside", JPEG_BESIDE.values(), ids=JPEG_BESIDE.keys())
def test_a_jpeg_with_broken_metadata_is_accepted(beside: bytes) -> None:
    image, _ = taken(JPEG[:2] + beside + JPEG[2:])

    assert differs(image, SMALL) < 3


@pytest.mark.parametrize(
    "beside",
    [
        riff((b"EXIF", b"not exif")),
        riff((b"ICCP", b"no profile")),
        riff((b"XMP ", bytes(3_000_000))),
        riff((b"junk", b"odd")),
        riff((b"EXIF", b"")),
        struct.pack("<4sI", b"EXIF", 1_000_000) + b"cut off",
    ],
    ids=["exif", "profile", "xmp", "unknown", "empty", "cut off"],
)
def test_a_webp_with_broken_metadata_is_accepted(beside: bytes) -> None:
    image, _ = taken(WEBP + beside)

    assert differs(image, SMALL) == 0


@settings(max_examples=60, deadline=None)
@given(
    name=st.from_regex(rb"[a-z][A-Za-z][A-Z][a-z]", fullmatch=True),
    body=st.binary(max_size=300),
    checksum=st.none() | st.integers(0, 2**32 - 1),
    is_before=st.booleans(),
)
def test_no_metadata_chunk_makes_a_png_unusable(
    name: bytes, body: bytes, checksum: int | None, is_before: bool
) -> None:
    at = 33 if is_before else len(PNG) - 12

    told = answer(PNG[:at] + chunk(name, body, checksum) + PNG[at:])

    assert b'"reason"' not in told.partition(b"\n")[0]


@settings(max_examples=60, deadline=None)
@given(marker=st.sampled_from([*range(0xE0, 0xF0), 0xFE]), body=st.binary(max_size=300))
def test_no_application_segment_makes_a_jpeg_unusable(marker: int, body: bytes) -> None:
    told = answer(JPEG[:2] + segment(marker, body) + JPEG[2:])

    assert b'"reason"' not in told.partition(b"\n")[0]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"])
@pytest.mark.parametrize("part", [0.5, 0.8, 0.95])
def test_truncated_pixels_are_refused(kind: str, part: float) -> None:
    whole = encoded(Image.effect_noise((300, 300), 90).convert("RGB"), kind)

    told = answer(whole[: int(len(whole) * part)])

    assert b"image_truncated" in told.partition(b"\n")[0]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF", "AVIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_rotated_or_mirrored_image_becomes_upright(kind: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    seen = ramp()
    back = {6: 8, 8: 6}.get(orientation, orientation)  # every other orientation is its own inverse
    options = {"lossless": True} if kind == "WEBP" else {"quality": 95} if kind in ("JPEG", "AVIF") else {}

    image, notes = taken(encoded(turned(seen, back), kind, exif=exif, **options))

    assert image.size == seen.size
    assert differs(image, seen) < 6
    assert notes == (() if orientation == 1 else ("turned",))


def turned(image: Image.Image, orientation: int) -> Image.Image:
    """Return *image* as a viewer shows it with that orientation (EXIF 2.32, 4.6.4)."""
    turn = Image.Transpose
    ways = {2: turn.FLIP_LEFT_RIGHT, 3: turn.ROTATE_180, 4: turn.FLIP_TOP_BOTTOM, 5: turn.TRANSPOSE}
    ways |= {6: turn.ROTATE_270, 7: turn.TRANSVERSE, 8: turn.ROTATE_90}
    return image.transpose(ways[orientation]) if orientation in ways else image


def test_an_animation_whose_still_image_is_no_frame_gives_its_first_frame() -> None:
    frames = [halves(left="lime"), halves(left="black")]
    data = encoded(Image.new("RGB", (400, 300), "red"), "PNG", save_all=True, append_images=frames, default_image=True)

    image, notes = taken(data)

    assert notes == ("first_frame",)
    assert differs(image, frames[0]) == 0


@pytest.mark.parametrize("kind", ["GIF", "WEBP"])
def test_an_animation_that_begins_empty_gives_the_first_visible_frame(kind: str) -> None:
    frames = [halves().convert("RGBA"), halves(left="lime").convert("RGBA")]
    data = encoded(Image.new("RGBA", (400, 300)), kind, save_all=True, append_images=frames, disposal=2, lossless=True)

    image, _ = taken(data)

    assert differs(image, frames[0]) < 1


def test_an_animation_without_its_still_image_has_no_pixels() -> None:
    still, frames = Image.new("RGB", (400, 300), "red"), [halves(left="lime"), halves(left="black")]
    data = encoded(still, "PNG", save_all=True, append_images=frames, default_image=True)

    pixels, beside = separate_metadata(data.replace(b"IDAT", b"LOST"), "PNG")

    assert beside.is_animated
    assert b"IDAT" not in pixels
    assert b"image_truncated" in answer(pixels).partition(b"\n")[0]
