"""Decode one image from outside. Runs in a child process, because the image may be hostile.

The answer is one line of JSON, ``{"width_px", "height_px", "notes"}``, followed by the data URI, or
``{"reason", …facts}`` alone. The zygote imports this module: import only Pillow and the standard library here.
"""

from __future__ import annotations

import base64
import io
import json
from contextlib import suppress
from dataclasses import dataclass, replace
from math import ceil

from PIL import Image

from imagegen.imaging import _colors, _depth
from imagegen.imaging._file_kinds import UnreadKind, file_kind
from imagegen.imaging._file_parts import (
    MAX_PROFILE_BYTES,
    ORIENTATION,
    ImageMetadata,
    avif_code_points,
    orientation_of,
    separate_metadata,
)

MAX_MEGAPIXELS = 64
# libwebp and libavif keep several copies of an image in memory. These limits fit into the memory of one child.
MAX_MEGAPIXELS_OF = {"WEBP": 24, "AVIF": 24, "CMYK JPEG": 50}
OUT_OF_MEMORY = ("decoder error -9", "out of memory error")  # messages of Pillow's ImageFile; some libraries give none
MIN_SIDE_PX, MAX_LONG_SIDE_PX = 240, 8000  # limits of the service (API reference of mid-2026, read 2026-11-22)
MAX_SIDE_PX = 2048  # an edit generates nothing larger, so more pixels only add bytes
MAX_BYTES = 2_300_000  # of one image; images.py allows fewer where a request has more than four
BAND_PIXELS = 4_000_000
JPEG_QUALITIES = (92, 85, 75, 60)
LOSSY = ("JPEG", "AVIF")  # a PNG of a lossy image is larger and no better
MAX_FRAMES_SEARCHED = 20
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class ImageRejected(Exception):
    """An image that cannot be used: the value of a Reason, and its facts."""

    def __init__(self, reason: str, **facts: int | str) -> None:
        super().__init__(reason)
        self.reason, self.facts = reason, facts


@dataclass(frozen=True)
class NormalizedImage:
    """The image in Wan's format, and notes on what was changed."""

    data_uri: bytes
    width_px: int
    height_px: int
    notes: tuple[str, ...]


def answer(data: bytes, most_bytes: int = MAX_BYTES) -> bytes:
    """Return the answer to the bot for *data*: an image of at most *most_bytes*, before base64."""
    try:
        image = normalize(data, most_bytes)
    except ImageRejected as rejected:
        return _refusal(rejected.reason, **rejected.facts)
    except MemoryError:
        return _refusal("image_too_complex")
    except OSError as error:
        is_large = str(error).startswith(OUT_OF_MEMORY)
        return _refusal("image_too_complex" if is_large else "image_truncated")
    except Exception:  # broken files raise nearly anything in Pillow: RuntimeError and IndexError too
        return _refusal("image_truncated")
    head = {"width_px": image.width_px, "height_px": image.height_px, "notes": image.notes}
    return b"%b\n%b" % (json.dumps(head).encode(), image.data_uri)


def _refusal(reason: str, **facts: int | str) -> bytes:
    """Return the answer for an image that cannot be used."""
    return json.dumps({"reason": reason, **facts}).encode()


def normalize(data: bytes, most_bytes: int = MAX_BYTES) -> NormalizedImage:
    """Return the image in Wan's format: 8-bit RGB, upright, sRGB, at most 2,048 px and *most_bytes*.

    Raise ImageRejected or an exception of Pillow's for an image that cannot be used.
    """
    kind = file_kind(data)
    if isinstance(kind, UnreadKind):
        raise ImageRejected(kind.reason, **({"kind": kind.kind} if kind.kind else {}))
    pixels, metadata = separate_metadata(data, kind)
    image: Image.Image = Image.open(io.BytesIO(pixels), formats=(kind,))
    metadata = _with_pillow_metadata(image, metadata, data)
    _check_header(image, kind)
    size, notes = image.size, _notes(image, metadata)
    image.draft("RGB", _fitted(size))  # a large JPEG is decoded small
    image = _reduced_frame(image)
    image, correction = _colors.to_srgb(image, metadata)
    image, flattened = _opaque(image)
    if metadata.orientation in TURNS and kind != "TIFF":
        image = image.transpose(TURNS[metadata.orientation])
    notes += [correction] if correction and correction not in notes else []
    notes += ["flattened"] if flattened else []
    image, data_uri = _saved(image, kind in LOSSY, most_bytes)
    notes += ["reduced"] if max(image.size) < max(size) else []
    return NormalizedImage(data_uri, *image.size, tuple(notes))


def _with_pillow_metadata(image: Image.Image, metadata: ImageMetadata, data: bytes) -> ImageMetadata:
    """Return *metadata* with what Pillow reads from the kinds that separate_metadata leaves as they are."""
    if image.format in ("PNG", "JPEG", "WEBP"):
        return replace(metadata, is_animated=metadata.is_animated or getattr(image, "is_animated", False))
    icc = image.info.get("icc_profile") or b""
    return replace(
        metadata,
        icc=icc if isinstance(icc, bytes) and len(icc) <= MAX_PROFILE_BYTES else b"",
        cicp=None if icc or image.format != "AVIF" else avif_code_points(data),
        orientation=_orientation(image),
        is_animated=getattr(image, "is_animated", False),
    )


def _orientation(image: Image.Image) -> int:
    """Return the EXIF orientation of an AVIF or a TIFF.

    Pillow also reads the transforms of AVIF itself, and turns a TIFF upright itself.
    """
    if image.format != "TIFF":
        return orientation_of(image.info.get("exif") or b"")
    found: object = getattr(image, "tag_v2", {}).get(ORIENTATION)
    return found if isinstance(found, int) and found in TURNS else 1


def _check_header(image: Image.Image, kind: str) -> None:
    """Raise ImageRejected if the header claims a size that is out of range, before any pixel is decoded."""
    width, height = image.size
    if image.mode == "CMYK" and image.info.get("progressive"):  # libjpeg keeps all coefficients in memory
        kind = "CMYK JPEG"
    limit = MAX_MEGAPIXELS_OF.get(kind, MAX_MEGAPIXELS)
    if width * height > limit * 1_000_000:
        megapixels = ceil(width * height / 1_000_000)
        raise ImageRejected("image_too_large", kind=kind, megapixels=megapixels, limit_megapixels=limit)
    if min(width, height) < MIN_SIDE_PX:
        raise ImageRejected("image_too_small", width_px=width, height_px=height, limit_px=MIN_SIDE_PX)


def _notes(image: Image.Image, metadata: ImageMetadata) -> list[str]:
    """Return what will be changed, as far as the header shows."""
    changes = {
        "first_frame": metadata.is_animated,
        "turned": metadata.orientation != 1,
        "converted": image.mode in ("CMYK", "LAB") or _depth.is_deep(image),
    }
    return [note for note, is_needed in changes.items() if is_needed]


def _reduced_frame(image: Image.Image) -> Image.Image:
    """Return the first frame that shows anything, decoded and at its final size."""
    image.load()
    frame = _reduced(image)
    with suppress(EOFError):
        for number in range(1, MAX_FRAMES_SEARCHED):
            if frame.mode != "RGBA" or frame.getchannel("A").getextrema() != (0, 0):
                break
            image.seek(number)
            frame = _reduced(image)
    return frame


def _fitted(size: tuple[int, int]) -> tuple[int, int]:
    """Return the final size: at most 2,048 px, at least 240 px.

    A very long image keeps a longer side; an image beyond 33:1 is squeezed.
    """
    scale = min(1.0, max(MAX_SIDE_PX / max(size), MIN_SIDE_PX / min(size)))
    width, height = (min(MAX_LONG_SIDE_PX, max(MIN_SIDE_PX, round(side * scale))) for side in size)
    return width, height


def _reduced(image: Image.Image) -> Image.Image:
    """Return *image* with 8 bits a channel and at its final size.

    Work in bands: the memory has no room for a second copy of 64 megapixels.
    """
    target = _fitted(image.size)
    factors = max(1, image.width // target[0]), max(1, image.height // target[1])
    value_range = _depth.range_of(image) if _depth.is_deep(image) else None
    rows = factors[1] * max(1, BAND_PIXELS // (image.width * factors[1]))
    small = Image.new("RGB", (1, 1))
    for top in range(0, image.height, rows):
        band = image.crop((0, top, image.width, min(image.height, top + rows)))
        band = _depth.to_eight_bits(band, value_range).reduce(factors)
        if not top:
            small = Image.new(band.mode, (ceil(image.width / factors[0]), ceil(image.height / factors[1])))
        small.paste(band, (0, top // factors[1]))
    return small if small.size == target else small.resize(target, Image.Resampling.LANCZOS)


def _opaque(image: Image.Image) -> tuple[Image.Image, bool]:
    """Return *image* as RGB, and whether transparency became white: the service accepts none."""
    if image.mode != "RGBA":
        return image, False
    background = Image.new("RGBA", image.size, (255, 255, 255, 255))
    return Image.alpha_composite(background, image).convert("RGB"), image.getchannel("A").getextrema() != (255, 255)


def _saved(image: Image.Image, lossy: bool, most_bytes: int) -> tuple[Image.Image, bytes]:
    """Return *image* and its data URI: a PNG if it is small enough and better than a JPEG, else the best JPEG that is.

    Only reduce its pixels if no JPEG is small enough.
    """
    jpegs = [("jpeg", {"quality": quality}) for quality in JPEG_QUALITIES]
    for kind, options in jpegs if lossy else [("png", {}), *jpegs]:
        out = io.BytesIO()
        image.save(out, kind, **options)
        if out.tell() <= most_bytes:
            return image, b"data:image/%b;base64,%b" % (kind.encode(), base64.b64encode(out.getbuffer()))
    smaller = max(1, image.width * 3 // 4), max(1, image.height * 3 // 4)
    return _saved(image.resize(smaller, Image.Resampling.LANCZOS), True, most_bytes)
