"""The child that decodes one picture: ``python -m imagegen._decode``, the picture on stdin, JSON on stdout.

A picture from outside is hostile: it is opened here, in a process that has no secrets, little memory and little time.
Answers ``{"data_uri", "width_px", "height_px", "notes"}`` or ``{"reason", …facts}``. Imports Pillow and the standard
library only, so that it starts quickly.
"""

from __future__ import annotations

import base64
import io
import json
import resource
import sys
import warnings
from typing import Any

from PIL import Image, ImageOps, UnidentifiedImageError

MAX_MEMORY_BYTES = 512 * 1024 * 1024
MAX_CPU_S = 10
MAX_PIXELS = 64_000_000
MIN_SIDE_PX = 240  # the service takes 240 to 8,000 px (API reference of mid-2026, read 2026-11-22)
MAX_SIDE_PX = 2048  # it draws nothing larger, so more is only weight
MAX_BYTES = 3 * 1024 * 1024
JPEG_QUALITIES = (92, 85, 75, 60)
FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "TIFF", "BMP", "AVIF")
HEIC_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")


class NotTaken(Exception):
    """A picture that cannot be taken: a reason's word, and its facts."""

    def __init__(self, reason: str, **facts: int) -> None:
        super().__init__(reason)
        self.answer: dict[str, str | int] = {"reason": reason, **facts}


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_CPU_S, MAX_CPU_S))
    warnings.simplefilter("ignore")  # Pillow warns of what is judged below
    Image.MAX_IMAGE_PIXELS = None  # its own bound has another number, and a looser one
    try:
        answer = normalised(sys.stdin.buffer.read())
    except NotTaken as refused:
        answer = refused.answer
    except UnidentifiedImageError:
        answer = {"reason": "picture_not_a_picture"}
    except (OSError, SyntaxError, ValueError, EOFError, MemoryError):
        # What Pillow raises in the middle of a picture that it has identified.
        answer = {"reason": "picture_truncated"}
    json.dump(answer, sys.stdout)


def normalised(data: bytes) -> dict[str, Any]:
    """The picture as Wan takes it: 8-bit RGB, upright, at most 2,048 px and 3 MB. NotTaken otherwise."""
    if data[4:8] == b"ftyp" and data[8:12] in HEIC_BRANDS:
        raise NotTaken("picture_heic")
    image: Image.Image = Image.open(io.BytesIO(data), formats=FORMATS)
    _check_header(image)
    notes = ["first_frame"] if getattr(image, "is_animated", False) and image.format != "MPO" else []
    image.seek(0)
    image.draft("RGB", (MAX_SIDE_PX, MAX_SIDE_PX))  # a large JPEG is decoded small
    image.load()
    image, turned = _upright(image)
    notes += turned
    image, flattened = _opaque(image)
    notes += flattened
    image, reduced = _reduced(image)
    notes += reduced
    return {"data_uri": _data_uri(image), "width_px": image.width, "height_px": image.height, "notes": notes}


def _check_header(image: Image.Image) -> None:
    """Judge the size that the header claims, before a pixel is decoded."""
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise NotTaken(
            "picture_too_large", megapixels=width * height // 1_000_000, limit_megapixels=MAX_PIXELS // 1_000_000
        )
    if min(width, height) < MIN_SIDE_PX:
        raise NotTaken("picture_too_small", width_px=width, height_px=height, limit_px=MIN_SIDE_PX)


def _upright(image: Image.Image) -> tuple[Image.Image, list[str]]:
    turned = ImageOps.exif_transpose(image)
    return (turned, ["turned"]) if image.getexif().get(0x0112, 1) != 1 else (image, [])


def _opaque(image: Image.Image) -> tuple[Image.Image, list[str]]:
    """8-bit RGB; what is transparent becomes white, for the service takes no alpha."""
    if image.has_transparency_data:
        over = image.convert("RGBA")
        ground = Image.new("RGBA", over.size, "white")
        return Image.alpha_composite(ground, over).convert("RGB"), ["flattened"]
    if image.mode.startswith("I;16") or image.mode in ("I", "F"):
        # Pillow's own conversion clips 16 bits to white; the upper byte is the picture.
        return image.convert("I").point(lambda value: value / 256).convert("L").convert("RGB"), ["converted"]
    if image.mode in ("RGB", "L", "P", "1"):
        return image.convert("RGB"), []
    return image.convert("RGB"), ["converted"]


def _reduced(image: Image.Image) -> tuple[Image.Image, list[str]]:
    """At most 2,048 px, but never below 240: a very long picture is squeezed no further than the service allows."""
    scale = min(1.0, max(MAX_SIDE_PX / max(image.size), MIN_SIDE_PX / min(image.size)))
    if scale == 1.0:
        return image, []
    size = (max(MIN_SIDE_PX, round(image.width * scale)), max(MIN_SIDE_PX, round(image.height * scale)))
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0), ["reduced"]


def _data_uri(image: Image.Image) -> str:
    """PNG where it is small enough, else the best JPEG that is."""
    for kind, options in (("png", {}), *(("jpeg", {"quality": quality}) for quality in JPEG_QUALITIES)):
        out = io.BytesIO()
        image.save(out, kind, **options)
        if out.tell() <= MAX_BYTES:
            return f"data:image/{kind};base64," + base64.b64encode(out.getvalue()).decode()
    raise NotTaken("picture_too_heavy", limit_mb=MAX_BYTES // 1024**2)


if __name__ == "__main__":
    main()
