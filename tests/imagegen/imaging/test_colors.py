"""Wan gets the colors that people see, whatever color space a file uses."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from math import log

import pytest
from PIL import Image, ImageCms

from tests.imagegen.imaging.drawn import encoded
from tests.imagegen.imaging.files import (
    ADOBE_RGB,
    P3,
    PROPHOTO,
    chunk,
    differs,
    gray_profile,
    ramp,
    rgb_profile,
    taken,
    with_chunks,
)

SEEN = ramp()
SRGB = ImageCms.createProfile("sRGB")
PROFILES = {
    "P3": rgb_profile(P3, 2.2),
    "Adobe RGB": rgb_profile(ADOBE_RGB, 2.199),
    "ProPhoto": rgb_profile(PROPHOTO, 1.8),
}
KINDS: dict[str, dict[str, object]] = {
    "PNG": {},
    "JPEG": {"quality": 97, "subsampling": 0},
    "WEBP": {"lossless": True},
    "TIFF": {},
    "AVIF": {"quality": 95, "subsampling": "4:4:4"},
}
BT2020 = (0.3127, 0.3290, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046)
BT709 = (0.3127, 0.3290, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)


def written(image: Image.Image, icc: bytes) -> Image.Image:
    """Return the values of the visible color in that profile."""
    there = ImageCms.getOpenProfile(io.BytesIO(icc))
    made = ImageCms.profileToProfile(image, SRGB, there, outputMode="RGB")
    assert made is not None
    return made


def light(value: float) -> float:
    """Return the light of a value in sRGB, from 0 to 1."""
    part = value / 255
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def curved(image: Image.Image, code: Callable[[float], float]) -> Image.Image:
    """Return *image* with another curve: *code* turns light into a value from 0 to 1."""
    return image.point([round(255 * min(1.0, code(light(value)))) for value in range(256)] * 3)


def pq(part: float, white_nits: float = 203) -> float:
    """Return the signal of a light by SMPTE ST 2084."""
    y = (part * white_nits / 10_000) ** 0.1593017578125
    return float(((0.8359375 + 18.8515625 * y) / (1 + 18.6875 * y)) ** 78.84375)


def hlg(part: float) -> float:
    """Return the signal of a light by ITU-R BT.2100, with white at 75 %."""
    scene = (part * 0.203) ** (1 / 1.2)
    return (3 * scene) ** 0.5 if scene <= 1 / 12 else 0.17883277 * log(12 * scene - 0.28466892) + 0.55991073


@pytest.mark.parametrize("name", PROFILES)
@pytest.mark.parametrize("kind", KINDS)
def test_an_icc_profile_is_applied(kind: str, name: str) -> None:
    data = encoded(written(SEEN, PROFILES[name]), kind, icc_profile=PROFILES[name], **KINDS[kind])

    image, notes = taken(data)

    assert differs(image, SEEN) < 3
    assert notes == ()


def test_an_icc_profile_is_applied_to_a_transparent_image() -> None:
    clear = written(SEEN, PROFILES["P3"]).convert("RGBA")
    clear.putalpha(Image.new("L", SEEN.size, 255))
    clear.paste((0, 0, 0, 0), (0, 200, 384, 256))

    image, notes = taken(encoded(clear, "PNG", icc_profile=PROFILES["P3"]))

    assert differs(image.crop((0, 0, 384, 200)), SEEN.crop((0, 0, 384, 200))) < 1
    assert image.getpixel((5, 250)) == (255, 255, 255)
    assert notes == ("flattened",)


def test_a_gray_icc_profile_is_applied() -> None:
    gray = SEEN.convert("L")
    linear = gray.point([round(255 * light(value)) for value in range(256)])

    image, _ = taken(encoded(linear, "PNG", icc_profile=gray_profile(1.0)))

    assert differs(image, gray) < 2


@pytest.mark.parametrize(
    ("image", "icc"),
    [(SEEN, b"no profile"), (SEEN, PROFILES["P3"][:200]), (SEEN.convert("CMYK"), PROFILES["P3"])],
    ids=["none", "cut", "of another kind"],
)
@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_an_unusable_profile_is_noted_and_the_image_is_accepted(image: Image.Image, icc: bytes, kind: str) -> None:
    read, notes = taken(encoded(image, kind, icc_profile=icc))

    assert differs(read, SEEN) < 4
    assert "uncorrected" in notes


def test_a_gamma_is_applied() -> None:
    linear = encoded(curved(SEEN, float), "PNG")

    image, notes = taken(with_chunks(linear, chunk(b"gAMA", struct.pack(">I", 100_000))))

    assert differs(image, SEEN) < 2
    assert notes == ()


@pytest.mark.parametrize("gamma", [45_455, 45_000, 46_000])
def test_a_gamma_like_srgbs_changes_nothing(gamma: int) -> None:
    chromaticities = struct.pack(">8I", *(round(value * 100_000) for value in BT709))
    beside = (chunk(b"gAMA", struct.pack(">I", gamma)), chunk(b"cHRM", chromaticities))

    image, _ = taken(with_chunks(encoded(SEEN, "PNG"), *beside))

    assert differs(image, SEEN) == 0


def test_chromaticities_are_applied() -> None:
    """sRGB cannot show BT.2020's green, but sRGB's own green written in BT.2020 stays the same."""
    chromaticities = struct.pack(">8I", *(round(value * 100_000) for value in BT2020))
    beside = (chunk(b"gAMA", struct.pack(">I", 45_455)), chunk(b"cHRM", chromaticities))
    lime_there = tuple(round(255 * (1.055 * part ** (1 / 2.4) - 0.055)) for part in (0.3293, 0.9195, 0.0880))

    image, _ = taken(with_chunks(encoded(Image.new("RGB", (300, 300), lime_there), "PNG"), *beside))

    assert differs(image, Image.new("RGB", (300, 300), "lime")) < 4


@pytest.mark.parametrize(("transfer", "code"), [(16, pq), (18, hlg)], ids=["pq", "hlg"])
def test_an_hdr_png_becomes_an_sdr_image_with_a_note(transfer: int, code: Callable[[float], float]) -> None:
    data = encoded(curved(SEEN, code), "PNG")

    image, notes = taken(with_chunks(data, chunk(b"cICP", bytes([1, transfer, 0, 1]))))

    assert differs(image, SEEN) < 3
    assert notes == ("converted",)


def test_hdr_highlights_stay_distinct_and_shadows_stay_the_same() -> None:
    lights = (0.1, 0.3, 1.0, 2.0, 4.0)
    image = Image.new("RGB", (300, 300))
    for number, part in enumerate(lights):
        image.paste((round(255 * pq(part)),) * 3, (number * 60, 0, number * 60 + 60, 300))

    made, _ = taken(with_chunks(encoded(image, "PNG"), chunk(b"cICP", bytes([1, 16, 0, 1]))))

    grays = [made.getpixel((number * 60 + 30, 100))[0] for number in range(5)]  # type: ignore[index]  # an RGB pixel
    assert grays == sorted(set(grays))
    assert light(grays[0]) == pytest.approx(0.1, rel=0.1)
    assert light(grays[1]) == pytest.approx(0.3, rel=0.1)
    assert grays[-1] > 250


@pytest.mark.parametrize(("primaries", "transfer"), [(12, 13), (1, 16)], ids=["P3", "HDR"])
def test_the_color_box_of_an_avif_is_applied(primaries: int, transfer: int) -> None:
    numbers = written(SEEN, rgb_profile(P3, 2.2)) if primaries == 12 else curved(SEEN, pq)
    data = bytearray(encoded(numbers, "AVIF", **KINDS["AVIF"]))
    at = data.index(b"colrnclx") + 8
    data[at : at + 4] = struct.pack(">HH", primaries, transfer)

    image, _ = taken(bytes(data))

    assert differs(image, SEEN) < 6


def test_code_points_win_over_a_profile_and_a_profile_over_a_gamma() -> None:
    gamma = chunk(b"gAMA", struct.pack(">I", 100_000))
    profiled = encoded(written(SEEN, PROFILES["P3"]), "PNG", icc_profile=PROFILES["P3"])
    plain = encoded(SEEN, "PNG", icc_profile=PROFILES["P3"])

    by_profile, _ = taken(with_chunks(profiled, gamma))
    by_code, _ = taken(with_chunks(plain, gamma, chunk(b"cICP", bytes([1, 13, 0, 1]))))

    assert differs(by_profile, SEEN) < 1
    assert differs(by_code, SEEN) == 0


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_cmyk_becomes_rgb(kind: str) -> None:
    image, notes = taken(encoded(SEEN.convert("CMYK"), kind, **({"quality": 97} if kind == "JPEG" else {})))

    assert differs(image, SEEN) < 3
    assert notes == ("converted",)


def test_lab_becomes_rgb() -> None:
    lab = ImageCms.profileToProfile(SEEN, SRGB, ImageCms.createProfile("LAB"), outputMode="LAB")
    assert lab is not None

    image, notes = taken(encoded(lab, "TIFF"))

    assert differs(image, SEEN) < 3
    assert notes == ("converted",)
