"""Build image files by hand: chunks, segments, tags and profiles that no library writes."""

from __future__ import annotations

import base64
import io
import struct
import zlib
from collections.abc import Sequence

from PIL import Image, ImageChops, ImageStat

from imagegen.imaging._decode import normalize

PNG_HEAD = 33  # the signature and IHDR; chunks inserted here come before the pixels
P3 = ((0.5151, 0.2412, -0.0011), (0.2920, 0.6922, 0.0419), (0.1571, 0.0666, 0.7841))
ADOBE_RGB = ((0.6097, 0.3111, 0.0195), (0.2053, 0.6257, 0.0609), (0.1492, 0.0632, 0.7446))
PROPHOTO = ((0.7977, 0.2880, 0.0), (0.1352, 0.7119, 0.0), (0.0313, 0.0001, 0.8249))
D50 = (0.9642, 1.0, 0.8249)


def taken(data: bytes) -> tuple[Image.Image, tuple[str, ...]]:
    """Return the image that Wan gets for *data*, and the notes about changes."""
    made = normalize(data)
    return Image.open(io.BytesIO(base64.b64decode(made.data_uri.partition(b",")[2]))).convert("RGB"), made.notes


def differs(one: Image.Image, other: Image.Image) -> float:
    """Return the mean difference of two images, from 0 to 255."""
    return sum(ImageStat.Stat(ImageChops.difference(one.convert("RGB"), other.convert("RGB"))).mean) / 3


def ramp(size: tuple[int, int] = (384, 256)) -> Image.Image:
    """Return every shade of gray, every mix of two colors, and some pure colors."""
    across, down = (Image.linear_gradient("L").resize(size) for _ in range(2))
    across = Image.linear_gradient("L").rotate(90).resize(size)
    image = Image.merge("RGB", (across, down, ImageChops.invert(across)))
    for number, color in enumerate(("red", "lime", "blue", "white", "black", "orange")):
        image.paste(color, (number * 64 + 8, 100, number * 64 + 56, 150))
    return image


def chunk(kind: bytes, data: bytes, checksum: int | None = None) -> bytes:
    """Return a chunk of a PNG, with its correct checksum or *checksum*."""
    right = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", right if checksum is None else checksum)


def png(size: tuple[int, int], depth: int, color_type: int, rows: bytes, *beside: bytes) -> bytes:
    """Return a PNG of raw rows, each with its filter byte. *beside* are chunks before the pixels."""
    header = struct.pack(">IIBBBBB", *size, depth, color_type, 0, 0, 0)
    parts = (chunk(b"IHDR", header), *beside, chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def with_chunks(data: bytes, *chunks: bytes) -> bytes:
    """Return a PNG with more chunks before its pixels."""
    return data[:PNG_HEAD] + b"".join(chunks) + data[PNG_HEAD:]


def segment(marker: int, body: bytes) -> bytes:
    """Return a segment of a JPEG."""
    return bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body


def riff(*chunks: tuple[bytes, bytes]) -> bytes:
    """Return the chunks of a WEBP, as they follow its first twelve bytes."""
    return b"".join(struct.pack("<4sI", name, len(body)) + body + bytes(len(body) % 2) for name, body in chunks)


def tiff(tags: Sequence[tuple[int, int, int, int]], body: bytes = b"") -> bytes:
    """Return a little-endian TIFF with one directory of (tag, kind, count, value). The value -1 is the offset of
    *body*.
    """
    at = 8 + 2 + 12 * len(tags) + 4
    entries = [struct.pack("<HHII", *tag[:3], at if tag[3] == -1 else tag[3]) for tag in sorted(tags)]
    return b"II*\0\x08\0\0\0" + struct.pack("<H", len(tags)) + b"".join(entries) + bytes(4) + body


def raw_preview(size: tuple[int, int], *more: tuple[int, int, int, int]) -> bytes:
    """Return a TIFF whose only image claims to be a reduced version of another."""
    body = Image.new("RGB", size).tobytes()
    tags = [(254, 4, 1, 1), (256, 4, 1, size[0]), (257, 4, 1, size[1]), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 2)]
    tags += [(273, 4, 1, -1), (277, 3, 1, 3), (278, 4, 1, size[1]), (279, 4, 1, len(body)), (330, 4, 1, 8)]
    return tiff([*tags, *more], body)


def profile(space: bytes, tags: dict[bytes, bytes]) -> bytes:
    """Return an ICC profile, version 2.4, for a display."""
    table, body, at = b"", b"", 132 + 12 * (len(tags) + 3)
    text = struct.pack(">I", 5) + b"test\0"
    named = {b"desc": b"desc\0\0\0\0" + text + bytes(78), b"cprt": b"text\0\0\0\0test\0", b"wtpt": xyz(D50), **tags}
    for name, part in named.items():
        table += name + struct.pack(">II", at + len(body), len(part))
        body += part + bytes(-len(part) % 4)
    head = struct.pack(">I4sI4s4s4s", at + len(body), b"lcms", 0x02400000, b"mntr", space, b"XYZ ") + bytes(12)
    head += b"acsp" + bytes(28) + xyz(D50)[8:]
    return head.ljust(128, b"\0") + struct.pack(">I", len(named)) + table + body


def rgb_profile(colorants: Sequence[Sequence[float]], gamma: float) -> bytes:
    tags = {name + b"XYZ": xyz(colorant) for name, colorant in zip((b"r", b"g", b"b"), colorants, strict=True)}
    return profile(b"RGB ", {**tags, **dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve(gamma))})


def gray_profile(gamma: float) -> bytes:
    return profile(b"GRAY", {b"kTRC": curve(gamma)})


def curve(gamma: float) -> bytes:
    return struct.pack(">8sIH", b"curv", 1, round(gamma * 256)) + b"\0\0"


def xyz(values: Sequence[float]) -> bytes:
    return b"XYZ \0\0\0\0" + b"".join(struct.pack(">i", round(value * 65536)) for value in values)
