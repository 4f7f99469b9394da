"""The child that decodes one image: ``python -m imagegen.imaging._decode <bytes of memory>``, the image on stdin.

An image from outside is hostile: it is opened here, in a process that has no secrets, little memory and little time.
Answers one line of JSON, ``{"width_px", "height_px", "notes"}`` and behind it the data URI, or ``{"reason", …facts}``
alone. Imports Pillow and the standard library only, so that it starts quickly.
"""

from __future__ import annotations

import base64
import io
import json
import sys
from contextlib import suppress
from dataclasses import dataclass, replace
from math import ceil

from PIL import Image

from imagegen.imaging import _colors, _depth
from imagegen.imaging._codecs import load_codecs
from imagegen.imaging._file_kinds import UnreadKind, file_kind
from imagegen.imaging._file_parts import (
    MAX_PROFILE_BYTES,
    ORIENTATION,
    ImageMetadata,
    avif_code_points,
    orientation_of,
    separate_metadata,
)
from imagegen.imaging.isolation import isolate, limit_this_process

MAX_MEGAPIXELS = 64
# libwebp and libavif hold an image several times over: this is what fits into the memory of one child.
MAX_MEGAPIXELS_OF = {"WEBP": 24, "AVIF": 24, "CMYK JPEG": 50}
OUT_OF_MEMORY = ("decoder error -9", "out of memory error")  # of Pillow's ImageFile; not every library says so
MIN_SIDE_PX, MAX_LONG_SIDE_PX = 240, 8000  # what the service takes (API reference of mid-2026, read 2026-11-22)
MAX_SIDE_PX = 2048  # it draws nothing larger, so more is only weight
MAX_BYTES = 2_300_000  # four of them as base64, and the words, stay within one request of 12 MiB
BAND_PIXELS = 4_000_000
JPEG_QUALITIES = (92, 85, 75, 60)
LOSSY = ("JPEG", "AVIF")  # a photograph gains nothing by becoming a PNG
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
    """An image that cannot be taken: a reason's word, and its facts."""

    def __init__(self, reason: str, **facts: int | str) -> None:
        super().__init__(reason)
        self.reason, self.facts = reason, facts


@dataclass(frozen=True)
class NormalizedImage:
    """The image as Wan takes it, and what was put right on the way."""

    data_uri: str
    width_px: int
    height_px: int
    notes: tuple[str, ...]


def main(max_memory_bytes: int) -> None:
    limit_this_process(max_memory_bytes)
    data = sys.stdin.buffer.read()
    load_codecs(str(file_kind(data)))
    isolate()
    sys.stdout.write(answer(data))


def answer(data: bytes) -> str:
    """What is said to the parent of *data*."""
    try:
        made = normalize(data)
    except ImageRejected as refused:
        return json.dumps({"reason": refused.reason, **refused.facts})
    except MemoryError:
        return json.dumps({"reason": "image_too_complex"})
    except OSError as error:
        is_large = str(error).startswith(OUT_OF_MEMORY)
        return json.dumps({"reason": "image_too_complex" if is_large else "image_truncated"})
    except Exception:  # broken files raise nearly anything in Pillow: RuntimeError and IndexError too
        return json.dumps({"reason": "image_truncated"})
    head = {"width_px": made.width_px, "height_px": made.height_px, "notes": made.notes}
    return f"{json.dumps(head)}\n{made.data_uri}"


def normalize(data: bytes) -> NormalizedImage:
    """8-bit RGB, upright, in sRGB, at most 2,048 px and 2.3 MB. NotTaken, or an exception of Pillow's, otherwise."""
    kind = file_kind(data)
    if isinstance(kind, UnreadKind):
        raise ImageRejected(kind.reason, **({"kind": kind.kind} if kind.kind else {}))
    pixels, beside = separate_metadata(data, kind)
    image: Image.Image = Image.open(io.BytesIO(pixels), formats=(kind,))
    beside = _with_pillow_metadata(image, beside, data)
    _check_header(image, kind)
    size, notes = image.size, _notes(image, beside)
    image.draft("RGB", _fitted(size))  # a large JPEG is decoded small
    image = _reduced_frame(image)
    image, correction = _colors.to_srgb(image, beside)
    image, flattened = _opaque(image)
    if beside.orientation in TURNS and kind != "TIFF":
        image = image.transpose(TURNS[beside.orientation])
    notes += [correction] if correction and correction not in notes else []
    notes += ["flattened"] if flattened else []
    notes += ["reduced"] if max(image.size) < max(size) else []
    return NormalizedImage(_data_uri(image, kind in LOSSY), *image.size, tuple(notes))


def _with_pillow_metadata(image: Image.Image, beside: ImageMetadata, data: bytes) -> ImageMetadata:
    """Add what Pillow reads beside the pixels of the kinds that are not sieved."""
    if image.format in ("PNG", "JPEG", "WEBP"):
        return replace(beside, is_animated=beside.is_animated or getattr(image, "is_animated", False))
    icc = image.info.get("icc_profile") or b""
    return replace(
        beside,
        icc=icc if isinstance(icc, bytes) and len(icc) <= MAX_PROFILE_BYTES else b"",
        cicp=None if icc or image.format != "AVIF" else avif_code_points(data),
        orientation=_orientation(image),
        is_animated=getattr(image, "is_animated", False),
    )


def _orientation(image: Image.Image) -> int:
    """Return how an AVIF or a TIFF is turned: Pillow reads the first's own turns too, and turns the second itself."""
    if image.format != "TIFF":
        return orientation_of(image.info.get("exif") or b"")
    found: object = getattr(image, "tag_v2", {}).get(ORIENTATION)
    return found if isinstance(found, int) and found in TURNS else 1


def _check_header(image: Image.Image, kind: str) -> None:
    """Judge the size that the header claims, before a pixel is decoded."""
    width, height = image.size
    if image.mode == "CMYK" and image.info.get("progressive"):  # libjpeg holds all its coefficients
        kind = "CMYK JPEG"
    limit = MAX_MEGAPIXELS_OF.get(kind, MAX_MEGAPIXELS)
    if width * height > limit * 1_000_000:
        megapixels = ceil(width * height / 1_000_000)
        raise ImageRejected("image_too_large", kind=kind, megapixels=megapixels, limit_megapixels=limit)
    if min(width, height) < MIN_SIDE_PX:
        raise ImageRejected("image_too_small", width_px=width, height_px=height, limit_px=MIN_SIDE_PX)


def _notes(image: Image.Image, beside: ImageMetadata) -> list[str]:
    """What will be put right, as far as the header tells."""
    wrongs = {
        "first_frame": beside.is_animated,
        "turned": beside.orientation != 1,
        "converted": image.mode in ("CMYK", "LAB") or _depth.is_deep(image),
    }
    return [note for note, is_wrong in wrongs.items() if is_wrong]


def _reduced_frame(image: Image.Image) -> Image.Image:
    """The first frame in which there is anything to see, decoded and at its fitted size."""
    image.load()
    made = _reduced(image)
    with suppress(EOFError):
        for number in range(1, MAX_FRAMES_SEARCHED):
            if made.mode != "RGBA" or made.getchannel("A").getextrema() != (0, 0):
                break
            image.seek(number)
            made = _reduced(image)
    return made


def _fitted(size: tuple[int, int]) -> tuple[int, int]:
    """2,048 px at most, but never below 240: a very long image is longer, and one beyond 33:1 is squeezed."""
    scale = min(1.0, max(MAX_SIDE_PX / max(size), MIN_SIDE_PX / min(size)))
    width, height = (min(MAX_LONG_SIDE_PX, max(MIN_SIDE_PX, round(side * scale))) for side in size)
    return width, height


def _reduced(image: Image.Image) -> Image.Image:
    """*image* in 8 bits a channel and at its fitted size.

    Worked in bands: a second whole copy of 64 megapixels would not fit into the memory.
    """
    target = _fitted(image.size)
    factors = max(1, image.width // target[0]), max(1, image.height // target[1])
    held = _depth.range_of(image) if _depth.is_deep(image) else None
    rows = factors[1] * max(1, BAND_PIXELS // (image.width * factors[1]))
    small = Image.new("RGB", (1, 1))
    for top in range(0, image.height, rows):
        band = image.crop((0, top, image.width, min(image.height, top + rows)))
        band = _depth.to_eight_bits(band, held).reduce(factors)
        if not top:
            small = Image.new(band.mode, (ceil(image.width / factors[0]), ceil(image.height / factors[1])))
        small.paste(band, (0, top // factors[1]))
    return small if small.size == target else small.resize(target, Image.Resampling.LANCZOS)


def _opaque(image: Image.Image) -> tuple[Image.Image, bool]:
    """RGB, and whether transparency became white: the service takes none."""
    if image.mode != "RGBA":
        return image, False
    ground = Image.new("RGBA", image.size, (255, 255, 255, 255))
    return Image.alpha_composite(ground, image).convert("RGB"), image.getchannel("A").getextrema() != (255, 255)


def _data_uri(image: Image.Image, lossy: bool) -> str:
    """PNG where that is small enough and says more than a JPEG, else the best JPEG that is."""
    jpegs = [("jpeg", {"quality": quality}) for quality in JPEG_QUALITIES]
    for kind, options in jpegs if lossy else [("png", {}), *jpegs]:
        out = io.BytesIO()
        image.save(out, kind, **options)
        if out.tell() <= MAX_BYTES:
            return f"data:image/{kind};base64," + base64.b64encode(out.getvalue()).decode()
    raise ImageRejected("image_too_complex")


if __name__ == "__main__":
    main(int(sys.argv[1]))
