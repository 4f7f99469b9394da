"""Separate a file's pixels from its metadata, and read the metadata, in plain Python.

Broken metadata must never make us reject the pixels: wrong checksums, very long texts, EXIF that is none. Pillow reads
all of it and raises errors. So rewrite a PNG, a JPEG and a WEBP with the pixels alone before Pillow opens them. PNG:
https://www.w3.org/TR/png-3/; JPEG: https://www.w3.org/Graphics/JPEG/itu-t81.pdf, appendix B; WEBP:
https://developers.google.com/speed/webp/docs/riff_container (all 2026-11-25).
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile

from imagegen.imaging._file_kinds import first_tags

ORIENTATION = 0x0112  # of EXIF; 1 is upright
MAX_PROFILE_BYTES = 4 * 1024 * 1024  # a large profile, for a printing press, has 2 MB
PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
PNG_HEAD = (b"IHDR", b"PLTE", b"tRNS")
PNG_READ = frozenset(
    (*PNG_HEAD, b"IDAT", b"iCCP", b"sRGB", b"gAMA", b"cHRM", b"cICP", b"eXIf", b"acTL", b"fcTL", b"fdAT")
)
FILLING = re.compile(rb"\xff+")
WEBP_PIXELS = (b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF")
WEBP_BESIDE = (b"ICCP", b"EXIF")
NO_BODY = frozenset((0x00, 0x01, *range(0xD0, 0xD9)))


@dataclass(frozen=True)
class ImageMetadata:
    """The metadata that says how the pixels look."""

    icc: bytes = b""
    icc_is_broken: bool = False
    is_srgb: bool = False
    cicp: tuple[int, int] | None = None  # primaries and transfer, by ITU-T H.273
    gamma: float = 0.0  # in PNG's form: 0.45455 for a display with gamma 2.2
    chromaticities: tuple[float, ...] = ()  # x and y of white, red, green and blue
    orientation: int = 1
    is_animated: bool = False


def separate_metadata(data: bytes, kind: str) -> tuple[bytes, ImageMetadata]:
    """Return *data* with the pixels alone, and its metadata. Return formats other than PNG, JPEG and WEBP unchanged."""
    separate = {"PNG": _png, "JPEG": _jpeg, "WEBP": _webp}.get(kind)
    return separate(data) if separate else (data, ImageMetadata())


def orientation_of(exif: bytes) -> int:
    """Return the EXIF orientation, 1 to 8: how to turn the image upright."""
    found = first_tags(exif.removeprefix(b"Exif\0\0")).get(ORIENTATION, 1)
    return found if found in range(1, 9) else 1


def avif_code_points(data: bytes) -> tuple[int, int] | None:
    """Return primaries and transfer from the color box of an AVIF (ISO/IEC 23008-12, 6.5.5), if it has one."""
    at = data.find(b"colrnclx", 0, 65536)
    return struct.unpack_from(">HH", data, at + 8) if 0 <= at <= len(data) - 12 else None


def _png(data: bytes) -> tuple[bytes, ImageMetadata]:
    """Separate a PNG."""
    chunks = list(_png_chunks(data))
    names = [name for name, _, _ in chunks]
    head = chunks[: names.index(b"IDAT")] if b"IDAT" in names else chunks
    metadata = {name: bytes(body[: 2 * MAX_PROFILE_BYTES]) for name, body, is_whole in reversed(chunks) if is_whole}
    pixels = [(name, body) for name, body, _ in head if name in PNG_HEAD]
    pixels += _first_frame(chunks, names) or [(name, body) for name, body, _ in chunks if name == b"IDAT"]
    icc = _inflated(metadata[b"iCCP"]) if b"iCCP" in metadata else b""
    return _png_file([*pixels, (b"IEND", memoryview(b""))]), ImageMetadata(
        icc=icc,
        icc_is_broken=b"iCCP" in metadata and not icc,
        is_srgb=b"sRGB" in metadata,
        cicp=_pair(metadata.get(b"cICP", b"")),
        gamma=int.from_bytes(metadata.get(b"gAMA", b"")[:4], "big") / 100_000,
        chromaticities=tuple(
            part[0] / 100_000 for part in struct.iter_unpack(">I", _of(32, metadata.get(b"cHRM", b"")))
        ),
        orientation=orientation_of(metadata.get(b"eXIf", b"")),
        is_animated=int.from_bytes(metadata.get(b"acTL", b"")[:4], "big") > 1,
    )


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, memoryview, bool]]:
    """Yield the name and body of each useful chunk, cut where the file is cut, and whether its checksum is right."""
    view, at = memoryview(data), 8
    while at + 8 <= len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        if name in PNG_READ:
            body = view[at + 8 : at + 8 + length]
            checksum = data[at + 8 + length : at + 12 + length]
            yield name, body, checksum == struct.pack(">I", zlib.crc32(body, zlib.crc32(name)))
        elif not name.isalpha():
            return
        at += 12 + length


def _png_file(chunks: list[tuple[bytes, memoryview]]) -> bytes:
    """Return a PNG of *chunks* with correct checksums: a wrong checksum says nothing about the pixels."""
    parts: list[bytes | memoryview] = [PNG_MAGIC]
    for name, body in chunks:
        checksum = zlib.crc32(body, zlib.crc32(name))
        parts += [struct.pack(">I4s", len(body), name), body, struct.pack(">I", checksum)]
    return b"".join(parts)


def _first_frame(
    chunks: list[tuple[bytes, memoryview, bool]], names: list[bytes]
) -> list[tuple[bytes, memoryview]] | None:
    """Return the pixels of an animation's first frame if the still image is no frame of it and has the same size.

    People see the animation. The still image is for programs that cannot play it.
    """
    if not {b"acTL", b"fcTL", b"IDAT"} <= set(names) or names.index(b"fcTL") < names.index(b"IDAT"):
        return None
    first = names.index(b"fcTL")
    if bytes(chunks[first][1][4:20]) != bytes(chunks[0][1][:8]) + bytes(8):  # width and height, at 0, 0
        return None
    frame = takewhile(lambda part: part[0] != b"fcTL", chunks[first + 1 :])
    return [(b"IDAT", body[4:]) for name, body, _ in frame if name == b"fdAT"]


def _inflated(profile: bytes) -> bytes:
    """Return the ICC profile of an iCCP chunk; empty if it is broken or too large."""
    _, _, packed = profile.partition(b"\0")
    inflater = zlib.decompressobj()
    try:
        icc = inflater.decompress(packed[1:], MAX_PROFILE_BYTES)
    except zlib.error:
        return b""
    return b"" if inflater.unconsumed_tail else icc


def _pair(cicp: bytes) -> tuple[int, int] | None:
    """Return primaries and transfer of a cICP chunk, if it is valid."""
    return (cicp[0], cicp[1]) if len(cicp) == 4 else None


def _of(length: int, body: bytes) -> bytes:
    """Return *body* if it has *length* bytes, else nothing."""
    return body if len(body) == length else b""


def _jpeg(data: bytes) -> tuple[bytes, ImageMetadata]:
    """Separate a JPEG."""
    parts: list[bytes | memoryview] = [data[:2]]
    exif, icc = b"", dict[int, bytes]()
    for marker, segment, body in _jpeg_segments(data):
        if marker == 0xE1 and body.startswith(b"Exif\0\0"):
            exif = exif or body
        elif marker == 0xE2 and body.startswith(b"ICC_PROFILE\0") and len(body) > 14:
            icc.setdefault(body[12], body[13:])
        elif _says_colors(marker, body):
            parts.append(segment)
    whole = b"".join(icc[number][1:] for number in sorted(icc))
    is_broken = bool(icc) and (
        sorted(icc) != [*range(1, next(iter(icc.values()))[0] + 1)] or len(whole) > MAX_PROFILE_BYTES
    )
    metadata = ImageMetadata(icc=b"" if is_broken else whole, icc_is_broken=is_broken, orientation=orientation_of(exif))
    return b"".join(parts), metadata


def _says_colors(marker: int, body: bytes) -> bool:
    """Return whether a segment is needed for the pixels.

    Of the application segments, JFIF's and Adobe's name the color model.
    """
    if marker == 0xE0:
        return body.startswith(b"JFIF\0") and len(body) >= 14
    if marker == 0xEE:
        return body.startswith(b"Adobe") and len(body) >= 12
    return marker not in range(0xE1, 0xF0) and marker != 0xFE


def _jpeg_segments(data: bytes) -> Iterator[tuple[int, memoryview, bytes]]:
    """Yield each segment's marker, all its bytes, and its body; from the first scan on, all the rest as one segment."""
    view, at = memoryview(data), 2
    while (at := data.find(b"\xff", at)) >= 0 and at + 4 <= len(data):
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if marker in (0xDA, 0xD9):
            yield marker, view[at:], b""
            return
        if marker == 0xFF and (filling := FILLING.match(data, at)):
            at = filling.end() - 1
            continue
        if marker in NO_BODY or length < 2:
            at += 2
            continue
        yield marker, view[at : at + 2 + length], data[at + 4 : at + 2 + length]
        at += 2 + length


def _webp(data: bytes) -> tuple[bytes, ImageMetadata]:
    """Separate a WEBP."""
    metadata: dict[bytes, bytes] = {}
    parts: list[bytes | memoryview] = []
    view, at = memoryview(data), 12
    while at + 8 <= len(data):
        name, length = struct.unpack_from("<4sI", data, at)
        chunk = view[at : at + 8 + length + length % 2]
        if name in WEBP_BESIDE:
            metadata.setdefault(name, bytes(chunk[8 : 8 + length]))
        elif name in WEBP_PIXELS:
            parts.append(_without_flags(chunk) if name == b"VP8X" else chunk)
        at += len(chunk)
    body = b"WEBP" + b"".join(parts)
    icc = metadata.get(b"ICCP", b"")
    is_large = len(icc) > MAX_PROFILE_BYTES
    return struct.pack("<4sI", b"RIFF", len(body)) + body, ImageMetadata(
        icc=b"" if is_large else icc, icc_is_broken=is_large, orientation=orientation_of(metadata.get(b"EXIF", b""))
    )


def _without_flags(extended: memoryview) -> bytes:
    """Return the VP8X chunk without the flags for a profile (0x20), EXIF (0x08) and XMP (0x04)."""
    changed = bytearray(extended)
    if len(changed) > 8:
        changed[8] &= 0xFF ^ 0x2C
    return bytes(changed)
