"""Convert an image to sRGB as color-managed viewers show it, with Little CMS (Pillow's ImageCms).

Sources of the colors, first to last: cICP, ICC, sRGB, gAMA with cHRM (https://www.w3.org/TR/png-3/#color-chunks,
2026-11-25). cICP, gAMA and cHRM become an ICC profile of three colorants and a curve, so that one function converts all
of them.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence
from math import exp

from PIL import Image, ImageCms

from imagegen.imaging._file_parts import ImageMetadata

# ITU-T H.273, table 2: x and y of white, red, green and blue. 1: BT.709, 9: BT.2020, 11 and 12: P3, 5 and 6: BT.601.
D65 = (0.3127, 0.3290)
PRIMARIES = {
    1: (*D65, 0.640, 0.330, 0.300, 0.600, 0.150, 0.060),
    5: (*D65, 0.640, 0.330, 0.290, 0.600, 0.150, 0.060),
    6: (*D65, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070),
    9: (*D65, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046),
    11: (0.314, 0.351, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
    12: (*D65, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
}
UNSPECIFIED = 2
PQ, HLG = 16, 18
LIKE_SRGB = (1, 6, 13, 14, 15)  # browsers show television curves as sRGB
GAMMAS = {4: 2.2, 5: 2.8, 8: 1.0}
WHITE_NITS = 203  # of paper in an HDR image: ITU-R BT.2408, 2.2
KNEE = 0.7  # light above this is compressed if the image has light above white
D50 = (0.9642, 1.0, 0.8249)
BRADFORD = ((0.8951, 0.2664, -0.1614), (-0.7502, 1.7135, 0.0367), (0.0389, -0.0685, 1.0296))
INTENT = ImageCms.Intent.RELATIVE_COLORIMETRIC
FLAGS = ImageCms.Flags.BLACKPOINTCOMPENSATION
SRGB_GAMMA = 0.45455
Matrix = tuple[tuple[float, ...], ...]


def to_srgb(image: Image.Image, metadata: ImageMetadata) -> tuple[Image.Image, str]:
    """Return *image* in sRGB as RGB or RGBA, and a note: "converted", "uncorrected" or ""."""
    alpha = image.getchannel("A") if "A" in image.getbands() and image.mode != "LAB" else None
    plain = image.convert({"RGBA": "RGB", "LA": "L"}.get(image.mode, image.mode))
    try:
        converted, note = _corrected(plain, metadata)
    except (ImageCms.PyCMSError, ArithmeticError, OSError, ValueError):
        converted, note = plain.convert("RGB"), "uncorrected"
    if alpha is not None:
        converted.putalpha(alpha)
    return converted, note


def _corrected(image: Image.Image, metadata: ImageMetadata) -> tuple[Image.Image, str]:
    """Return *image* as RGB, and a note. Raise an error if its colors cannot be converted."""
    if image.mode == "LAB" or (image.mode == "CMYK" and not metadata.icc):
        return image.convert("RGB"), "converted"
    if metadata.cicp and metadata.cicp[0] and image.mode != "CMYK":
        return _by_code_points(image.convert("RGB"), *metadata.cicp)
    if metadata.icc:
        return _by_profile(image, metadata.icc), "converted" if image.mode == "CMYK" else ""
    if metadata.icc_is_broken:
        return image.convert("RGB"), "uncorrected"
    if metadata.is_srgb or not (metadata.gamma or metadata.chromaticities):
        return image.convert("RGB"), ""
    return _by_gamma(image.convert("RGB"), metadata.gamma or SRGB_GAMMA, metadata.chromaticities), ""


def _by_profile(image: Image.Image, icc: bytes) -> Image.Image:
    """Convert *image* by its ICC profile. ValueError if the profile is for another color model."""
    profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
    space = profile.profile.xcolor_space.strip()
    if image.mode == "L" and space == "RGB":
        image = image.convert("RGB")
    if image.mode == "RGB" and space == "GRAY":
        image = image.convert("L")
    if {"RGB": "RGB", "L": "GRAY", "CMYK": "CMYK"}.get(image.mode) != space:
        raise ValueError(f"a profile for {space}, an image in {image.mode}")
    return _through(image, profile)


def _through(image: Image.Image, profile: ImageCms.ImageCmsProfile) -> Image.Image:
    """Convert *image* from *profile* to sRGB."""
    converted = ImageCms.profileToProfile(
        image, profile, ImageCms.createProfile("sRGB"), renderingIntent=INTENT, outputMode="RGB", flags=FLAGS
    )
    return converted or image  # Pillow returns None only after an in-place conversion


def _by_code_points(image: Image.Image, primaries: int, transfer: int) -> tuple[Image.Image, str]:
    """Convert *image* by cICP, and note "converted" if its light was compressed."""
    if transfer in (PQ, HLG):
        curve = tone_mapped([_nits(transfer, step / 255) for step in range(256)], _brightest(image))
    elif transfer in LIKE_SRGB or transfer == UNSPECIFIED:
        curve = [_linear(step / 255) for step in range(256)]
    else:
        curve = [(step / 255) ** GAMMAS[transfer] for step in range(256)] if transfer in GAMMAS else []
    chromaticities = PRIMARIES.get(1 if primaries == UNSPECIFIED else primaries, ())
    if not curve or not chromaticities:
        raise ValueError(f"primaries {primaries}, transfer {transfer}")
    if transfer in LIKE_SRGB and chromaticities == PRIMARIES[1]:
        return image, ""
    converted = _through(image, _profile(chromaticities, curve))
    return converted, "converted" if transfer in (PQ, HLG) else ""


def _by_gamma(image: Image.Image, gamma: float, chromaticities: Sequence[float]) -> Image.Image:
    """Convert *image* by gAMA and cHRM. A gamma within 5 % of sRGB's means sRGB's curve, as in libpng."""
    is_like_srgb = abs(gamma / SRGB_GAMMA - 1) < 0.05
    chosen = tuple(chromaticities) or PRIMARIES[1]
    if is_like_srgb and max(abs(a - b) for a, b in zip(chosen, PRIMARIES[1], strict=True)) < 0.002:
        return image
    curve = [_linear(step / 255) if is_like_srgb else (step / 255) ** (1 / gamma) for step in range(256)]
    return _through(image, _profile(chosen, curve))


def _brightest(image: Image.Image) -> int:
    """Return the highest value that more than one pixel in 10,000 reaches in any channel."""
    brightest, pixels = 0, image.width * image.height
    for channel in range(3):
        counts, above = image.getchannel(channel).histogram(), 0
        for value in range(255, brightest, -1):
            above += counts[value]
            if above * 10_000 > pixels:
                brightest = value
                break
    return brightest


def _nits(transfer: int, signal: float) -> float:
    """Return the light that *signal* stands for: PQ by SMPTE ST 2084, HLG by ITU-R BT.2100 at 1,000 nits."""
    if transfer == PQ:
        root = signal ** (1 / 78.84375)
        part = max(0.0, root - 0.8359375) / (18.8515625 - 18.6875 * root)
        return float(10_000 * part ** (1 / 0.1593017578125))
    scene = signal**2 / 3 if signal <= 0.5 else (exp((signal - 0.55991073) / 0.17883277) + 0.28466892) / 12
    return float(1000 * scene**1.2)


def tone_mapped(nits: Sequence[float], brightest: int) -> list[float]:
    """Return light from 0 to 1 for each of *nits*. White is 1.

    If the image is brighter than white, its highlights share the range above the knee (Reinhard's extended curve, with
    a slope of 1 at the knee).
    """
    most = (nits[brightest] / WHITE_NITS - KNEE) / (1 - KNEE)
    light = [value / WHITE_NITS for value in nits]
    if most <= 1.1:
        return [min(1.0, value) for value in light]
    over = [(value - KNEE) / (1 - KNEE) for value in light]
    return [
        value if value <= KNEE else min(1.0, KNEE + (1 - KNEE) * part * (1 + part / most**2) / (1 + part))
        for value, part in zip(light, over, strict=True)
    ]


def _linear(value: float) -> float:
    """Return the light of a value in sRGB (IEC 61966-2-1)."""
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)


def _profile(chromaticities: Sequence[float], curve: Sequence[float]) -> ImageCms.ImageCmsProfile:
    """Return an ICC profile, version 2.4, of these primaries and this curve (ICC.1:2001-04, 6.3.1.2)."""
    colorants = _colorants(chromaticities)
    bodies = {b"desc": _text(b"desc"), b"cprt": b"text\0\0\0\0none\0", b"wtpt": _xyz(D50)}
    for channel, name in enumerate((b"r", b"g", b"b")):
        bodies[name + b"XYZ"] = _xyz([row[channel] for row in colorants])
        bodies[name + b"TRC"] = struct.pack(">8sI", b"curv", len(curve)) + b"".join(
            struct.pack(">H", round(value * 65535)) for value in curve
        )
    table, body, at = b"", b"", 132 + 12 * len(bodies)
    for name, part in bodies.items():
        table += name + struct.pack(">II", at + len(body), len(part))
        body += part + bytes(-len(part) % 4)
    head = struct.pack(">I4sI12s", at + len(body), b"", 0x02400000, b"mntrRGB XYZ ") + bytes(12) + b"acsp" + bytes(28)
    head += _xyz(D50)[8:]
    return ImageCms.ImageCmsProfile(io.BytesIO(head.ljust(128, b"\0") + struct.pack(">I", len(bodies)) + table + body))


def _text(kind: bytes) -> bytes:
    """Return a text element of a profile."""
    return kind + bytes(4) + struct.pack(">I", 5) + b"none\0" + bytes(78)


def _xyz(values: Sequence[float]) -> bytes:
    """Return an XYZ element of a profile."""
    return b"XYZ \0\0\0\0" + b"".join(struct.pack(">i", round(value * 65536)) for value in values)


def _colorants(chromaticities: Sequence[float]) -> Matrix:
    """Return the matrix from linear RGB to XYZ, adapted to D50 by Bradford."""
    white, *primaries = (_from_xy(*chromaticities[at : at + 2]) for at in range(0, 8, 2))
    matrix = tuple(zip(*primaries, strict=True))
    shares = _times(_inverse(matrix), white)
    scaled = tuple(tuple(value * share for value, share in zip(row, shares, strict=True)) for row in matrix)
    here, there = _times(BRADFORD, white), _times(BRADFORD, D50)
    gains = tuple(tuple(value * to / of for value in row) for row, of, to in zip(BRADFORD, here, there, strict=True))
    return _product(_inverse(BRADFORD), _product(gains, scaled))


def _from_xy(x: float, y: float) -> tuple[float, float, float]:
    """Return XYZ of a chromaticity at full luminance."""
    return x / y, 1.0, (1 - x - y) / y


def _times(matrix: Matrix, vector: Sequence[float]) -> tuple[float, ...]:
    """Return *matrix* times *vector*."""
    return tuple(sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix)


def _product(one: Matrix, other: Matrix) -> Matrix:
    """Return the product of two matrices."""
    columns = tuple(zip(*other, strict=True))
    return tuple(_times(columns, row) for row in one)


def _inverse(matrix: Matrix) -> Matrix:
    """Return the inverse of a 3 by 3 matrix. ZeroDivisionError if it has none."""
    (a, b, c), (d, e, f), (g, h, i) = matrix
    determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
    rows = (
        (e * i - f * h, c * h - b * i, b * f - c * e),
        (f * g - d * i, a * i - c * g, c * d - a * f),
        (d * h - e * g, b * g - a * h, a * e - b * d),
    )
    return tuple(tuple(value / determinant for value in row) for row in rows)
