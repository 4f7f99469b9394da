"""The child that decodes one picture: ``python -m imagegen._decode <bytes of memory>``, the picture on stdin.

A picture from outside is hostile: it is opened here, in a process that has no secrets, little memory and little time.
Answers one line of JSON, ``{"width_px", "height_px", "notes"}`` and behind it the data URI, or ``{"reason", …facts}``
alone. Imports Pillow and the standard library only, so that it starts quickly.
"""

from __future__ import annotations

import base64
import io
import json
import resource
import sys
import warnings
from dataclasses import dataclass
from math import ceil

from PIL import Image, ImageOps, UnidentifiedImageError

MAX_CPU_S = 20  # the parent kills by the clock; this is for a parent that died first
MAX_PIXELS = 64_000_000
MIN_SIDE_PX, MAX_LONG_SIDE_PX = 240, 8000  # what the service takes (API reference of mid-2026, read 2026-11-22)
MAX_SIDE_PX = 2048  # it draws nothing larger, so more is only weight
MAX_BYTES = 2_300_000  # four of them as base64, and the words, stay within one request of 12 MiB
BAND_ROWS = 256
JPEG_QUALITIES = (92, 85, 75, 60)
LOSSY = ("JPEG", "MPO", "AVIF")  # a photograph gains nothing by becoming a PNG
FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "TIFF", "BMP", "AVIF")
HEIC_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")
ORIENTATION = 0x0112  # of EXIF; 1 is upright


class NotTaken(Exception):
    """A picture that cannot be taken: a reason's word, and its facts."""

    def __init__(self, reason: str, **facts: int) -> None:
        super().__init__(reason)
        self.reason, self.facts = reason, facts


@dataclass(frozen=True)
class Normalised:
    """The picture as Wan takes it, and what was put right on the way."""

    data_uri: str
    width_px: int
    height_px: int
    notes: tuple[str, ...]


def limit_this_process(max_memory_bytes: int) -> None:
    """Little memory, little time, and nobody's picture left on the disk."""
    resource.setrlimit(resource.RLIMIT_AS, (max_memory_bytes, max_memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_CPU_S, MAX_CPU_S))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    warnings.simplefilter("ignore")  # Pillow warns of what is judged below
    Image.MAX_IMAGE_PIXELS = None  # its own bound has another number, and a looser one


def main(max_memory_bytes: int) -> None:
    limit_this_process(max_memory_bytes)
    sys.stdout.write(answer(sys.stdin.buffer.read()))


def answer(data: bytes) -> str:
    """What is said to the parent of *data*."""
    try:
        made = normalised(data)
    except NotTaken as refused:
        return json.dumps({"reason": refused.reason, **refused.facts})
    except UnidentifiedImageError:
        return json.dumps({"reason": "picture_not_a_picture"})
    except MemoryError:
        return json.dumps({"reason": "picture_too_complex"})
    except Exception:  # broken files raise nearly anything in Pillow: OSError mostly, RuntimeError and IndexError too
        return json.dumps({"reason": "picture_truncated"})
    head = {"width_px": made.width_px, "height_px": made.height_px, "notes": made.notes}
    return f"{json.dumps(head)}\n{made.data_uri}"


def normalised(data: bytes) -> Normalised:
    """8-bit RGB, upright, at most 2,048 px and 2.3 MB. NotTaken, or an exception of Pillow's, otherwise."""
    if is_heic(data):
        raise NotTaken("picture_heic")
    image: Image.Image = Image.open(io.BytesIO(data), formats=FORMATS)
    _check_header(image)
    size, lossy, notes = image.size, image.format in LOSSY, _notes(image)
    image.draft("RGB", _fitted(size))  # a large JPEG is decoded small
    image.load()
    orientation = image.getexif().get(ORIENTATION)  # a TIFF has turned itself by now
    image, flattened = _reduced(image)
    image = _upright(image, orientation)
    notes += ["flattened"] if flattened else []
    notes += ["reduced"] if max(image.size) < max(size) else []
    return Normalised(_data_uri(image, lossy), *image.size, tuple(notes))


def is_heic(data: bytes) -> bool:
    """By the file's brand; an AVIF may carry the general one, and names itself among the compatible ones."""
    brands = data[8 : min(int.from_bytes(data[:4], "big"), 64)]
    return data[4:8] == b"ftyp" and brands[:4] in HEIC_BRANDS and b"avif" not in brands


def _check_header(image: Image.Image) -> None:
    """Judge the size that the header claims, before a pixel is decoded."""
    width, height = image.size
    if width * height > MAX_PIXELS:
        megapixels = ceil(width * height / 1_000_000)
        raise NotTaken("picture_too_large", megapixels=megapixels, limit_megapixels=MAX_PIXELS // 1_000_000)
    if min(width, height) < MIN_SIDE_PX:
        raise NotTaken("picture_too_small", width_px=width, height_px=height, limit_px=MIN_SIDE_PX)


def _notes(image: Image.Image) -> list[str]:
    """What will be put right, as far as the header tells."""
    wrongs = {
        "first_frame": getattr(image, "is_animated", False) and image.format != "MPO",  # MPO: two lenses, one moment
        "turned": image.getexif().get(ORIENTATION) in range(2, 9),
        "converted": image.mode in ("CMYK", "F") or image.mode.startswith("I"),
    }
    return [note for note, is_wrong in wrongs.items() if is_wrong]


def _fitted(size: tuple[int, int]) -> tuple[int, int]:
    """2,048 px at most, but never below 240: a very long picture is longer, and one beyond 33:1 is squeezed."""
    scale = min(1.0, max(MAX_SIDE_PX / max(size), MIN_SIDE_PX / min(size)))
    width, height = (min(MAX_LONG_SIDE_PX, max(MIN_SIDE_PX, round(side * scale))) for side in size)
    return width, height


def _reduced(image: Image.Image) -> tuple[Image.Image, bool]:
    """*image* opaque and at its fitted size, and whether anything shone through.

    Worked in bands: a second whole copy of 64 megapixels would not fit into the memory.
    """
    target, flattened = _fitted(image.size), False
    factor = max(1, min(image.width // target[0], image.height // target[1]))
    small = Image.new("RGB", (ceil(image.width / factor), ceil(image.height / factor)))
    for top in range(0, image.height, BAND_ROWS * factor):
        bottom = min(image.height, top + BAND_ROWS * factor)
        band, shone = _opaque(image.crop((0, top, image.width, bottom)))
        small.paste(band.reduce(factor), (0, top // factor))
        flattened = flattened or shone
    return (small if small.size == target else small.resize(target, Image.Resampling.LANCZOS)), flattened


def _opaque(image: Image.Image) -> tuple[Image.Image, bool]:
    """8-bit RGB, and whether transparency became white: the service takes none."""
    if image.mode.startswith("I"):
        # Pillow's own conversion clips 16 bits to white; the upper byte is the picture.
        return image.convert("I").point(lambda value: value / 256).convert("L").convert("RGB"), False
    if not image.has_transparency_data:
        return (image.convert("L") if image.mode == "F" else image).convert("RGB"), False
    over = image.convert("RGBA")
    ground = Image.new("RGBA", over.size, "white")
    return Image.alpha_composite(ground, over).convert("RGB"), over.getchannel("A").getextrema() != (255, 255)


def _upright(image: Image.Image, orientation: int | None) -> Image.Image:
    image.getexif()[ORIENTATION] = orientation or 1
    return ImageOps.exif_transpose(image)


def _data_uri(image: Image.Image, lossy: bool) -> str:
    """PNG where that is small enough and says more than a JPEG, else the best JPEG that is."""
    jpegs = [("jpeg", {"quality": quality}) for quality in JPEG_QUALITIES]
    for kind, options in jpegs if lossy else [("png", {}), *jpegs]:
        out = io.BytesIO()
        image.save(out, kind, **options)
        if out.tell() <= MAX_BYTES:
            return f"data:image/{kind};base64," + base64.b64encode(out.getvalue()).decode()
    raise NotTaken("picture_too_complex")


if __name__ == "__main__":
    main(int(sys.argv[1]))
