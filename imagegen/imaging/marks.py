"""Put a mark that an image is AI-generated into a PNG, JPEG or WEBP file, and find it there, without its pixels.

Only the bytes around the pixels change: nothing is decoded or encoded again. Every file is somebody else's, so each
function is total: a file that it does not understand stays as it is, in linear time. A file signed by C2PA stays as it
is too: it says itself that it is AI-generated, and one changed byte would make its signature invalid
(https://spec.c2pa.org/specifications/specifications/2.2/specs/C2PA_Specification.html, 2026-11-30).
PNG: https://www.w3.org/TR/png-3/; JPEG: ISO 16684-3; WEBP: https://developers.google.com/speed/webp/docs/riff_container.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from imagegen.imaging.xmp import MAX_PACKET_BYTES, SeenMark, read_mark, with_label, with_mark
from imagegen.model import AiMark
from imagegen.wan.results import image_kind

MAX_PARTS = 20_000  # chunks of a file; 64 MB in chunks of 8 KB, as libpng writes them, are 8,000
SEGMENT_BYTES = 33  # around a packet in a JPEG
MAX_LABEL_BYTES, LABEL_KEYWORD = 4096, b"AIGC\0"
PNG_KEYWORD = b"XML:com.adobe.xmp\0"
JPEG_KEYWORD = b"http://ns.adobe.com/xap/1.0/\0"
HAS_XMP, HAS_ALPHA = 0x04, 0x10  # flags of VP8X


@dataclass(frozen=True)
class _Place:
    """Where the XMP of a file is, or belongs: ``data[start:end]``, with its packet.

    *may_change*: the file is complete, not signed, and its packet can be read.
    """

    start: int
    end: int
    packet: bytes = b""
    may_change: bool = False


def marked(data: bytes, mark: AiMark) -> bytes:
    """Return *data* with *mark* in its XMP, beside what is there; unchanged if that is impossible."""
    return _changed(data, lambda packet: with_mark(mark, packet))


def with_packet(data: bytes, packet: bytes) -> bytes:
    """Return *data* with *packet* as its XMP; unchanged if that is impossible or if *packet* is empty."""
    return _changed(data, lambda _: packet) if packet else data


def packet_of(data: bytes) -> bytes:
    """Return the XMP packet of a file, or of the head of a file; empty if there is none."""
    form = _FORMATS.get(image_kind(data))
    place = None if form is None else form.find(data)
    return b"" if place is None else place.packet


def seen_mark(data: bytes) -> SeenMark | None:
    """Return what a file, or its head, says of its origin; None if it says nothing."""
    return read_mark(packet_of(data))


def packet_for_copy(data: bytes, mark: AiMark | None) -> bytes:
    """Return the packet for a JPEG that shows the same as *data*: its own, which may be Wan's, with *mark*."""
    packet = packet_of(data)
    if label := _label_of(data):
        packet = with_label(label, packet)
    whole = packet if mark is None else with_mark(mark, packet)
    is_read = mark is None or read_mark(whole) is not None  # a packet in another encoding takes no mark
    if is_read and len(whole) + SEGMENT_BYTES <= _JPEG_MOST_BYTES:
        return whole
    return b"" if mark is None else with_mark(mark)


def _label_of(data: bytes) -> str:
    """Return the label for AI-generated content of a PNG that has it as a text, which no JPEG has."""
    at = 8 if image_kind(data) == "png" else len(data)
    for _ in range(MAX_PARTS):
        if at + 12 > len(data):
            break
        length, name = struct.unpack_from(">I4s", data, at)
        if name == b"tEXt" and length <= MAX_LABEL_BYTES and data.startswith(LABEL_KEYWORD, at + 8):
            return data[at + 8 + len(LABEL_KEYWORD) : at + 8 + length].decode("utf-8", "replace")
        at += 12 + length
    return ""


def _changed(data: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """Return *data* with its XMP packet changed."""
    form = _FORMATS.get(image_kind(data))
    place = None if form is None else form.find(data)
    if form is None or place is None or not place.may_change:
        return data
    packet = change(place.packet)
    if packet == place.packet or len(packet) > MAX_PACKET_BYTES:
        return data
    chunk = form.wrap(packet)
    return form.join(data, place, chunk) if chunk else data


def _joined(data: bytes, place: _Place, chunk: bytes) -> bytes:
    """Return *data* with *chunk* at *place*."""
    view = memoryview(data)
    return b"".join((view[: place.start], chunk, view[place.end :]))


def _find_png(data: bytes) -> _Place | None:
    """Find the XMP of a PNG, or the place before its pixels. A second XMP chunk counts as another text."""
    at, pixels, found, is_signed, is_readable = 8, 0, _Place(0, 0), False, data[12:16] == b"IHDR"
    for _ in range(MAX_PARTS):
        if at + 12 > len(data):
            break
        length, name = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if name == b"IDAT":
            pixels = pixels or at
        elif name == b"caBX":
            is_signed = True
        elif name == b"iTXt" and not found.end and data.startswith(PNG_KEYWORD, at + 8):
            packet = _png_packet(data[at + 8 : min(end - 4, at + 8 + 2 * MAX_PACKET_BYTES)])
            found, is_readable = _Place(at, end, packet), is_readable and bool(packet)
        if name == b"IEND" and end <= len(data) and pixels:
            place = found if found.end else _Place(pixels, pixels)
            return replace(place, may_change=is_readable and not is_signed)
        at = end
    return found if found.end else None


def _png_packet(body: bytes) -> bytes:
    """Return the text of an iTXt chunk; nothing if it is compressed, broken or too large."""
    parts = body[len(PNG_KEYWORD) :].split(b"\0", 4)  # flag, method and two empty texts, each before a zero byte
    is_plain = len(parts) == 5 and not any(parts[:2])
    return parts[4] if is_plain and len(parts[4]) <= MAX_PACKET_BYTES else b""


def _png_chunk(packet: bytes) -> bytes:
    body = PNG_KEYWORD + bytes(4) + packet
    return struct.pack(">I4s", len(body), b"iTXt") + body + struct.pack(">I", zlib.crc32(body, zlib.crc32(b"iTXt")))


def _find_jpeg(data: bytes) -> _Place | None:
    """Find the XMP of a JPEG, or the place behind JFIF's and EXIF's segments."""
    at, place, is_signed = 2, _Place(2, 2), False
    for _ in range(MAX_PARTS):
        if at + 4 > len(data) or data[at] != 0xFF or data[at + 1] in (0x00, 0x01, *range(0xD0, 0xDA)):
            break
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if marker == 0xFF:
            at += 1
            continue
        if marker == 0xDA:
            is_whole = data.find(b"\xff\xd9", at) >= 0
            return replace(place, may_change=is_whole and not is_signed)
        body, end = at + 4, at + 2 + length
        if length < 2 or end > len(data):
            break
        if marker == 0xE1 and not place.packet and data.startswith(JPEG_KEYWORD, body, end):
            place = _Place(at, end, data[body + len(JPEG_KEYWORD) : end])
        elif not place.packet and (marker == 0xE0 or (marker == 0xE1 and data.startswith(b"Exif\0", body, end))):
            place = _Place(end, end)
        is_signed |= marker == 0xEB and data.startswith(b"JP", body, end)
        at = end
    return place if place.packet else None


_JPEG_MOST_BYTES = 0xFFFF + 2


def _jpeg_segment(packet: bytes) -> bytes:
    """Return the segment of a packet; nothing if it is too large for one."""
    length = 2 + len(JPEG_KEYWORD) + len(packet)
    return struct.pack(">HH", 0xFFE1, length) + JPEG_KEYWORD + packet if length <= 0xFFFF else b""


def _find_webp(data: bytes) -> _Place | None:
    """Find the XMP of a WEBP, or the end of its chunks, if the file is complete."""
    at, ends, found, is_signed = 12, 8 + int.from_bytes(data[4:8], "little"), _Place(0, 0), False
    if ends > len(data) or not _webp_head(data):
        return None
    for _ in range(MAX_PARTS):
        if at == ends:
            place = found if found.end else _Place(ends, ends)
            return replace(place, may_change=not is_signed and bool(found.packet) == bool(found.end))
        if at + 8 > ends:
            return None
        name, length = struct.unpack_from("<4sI", data, at)
        end = at + 8 + length + length % 2
        if name == b"XMP " and not found.end:
            found = _Place(at, end, data[at + 8 : at + 8 + length] if length <= MAX_PACKET_BYTES else b"")
        is_signed |= name == b"C2PA"
        at = end
    return None


def _webp_chunk(packet: bytes) -> bytes:
    return struct.pack("<4sI", b"XMP ", len(packet)) + packet + bytes(len(packet) % 2)


def _webp_head(data: bytes) -> bytes:
    """Return the VP8X chunk, with the flag for XMP, that this WEBP has or needs; nothing if its head is broken."""
    name, body = data[12:16], data[20:30]
    if len(body) < 10:
        return b""
    flags, width, height = 0, 0, 0
    if name == b"VP8X":
        return data[12:20] + bytes((body[0] | HAS_XMP,)) + body[1:] if data[16:20] == b"\x0a\0\0\0" else b""
    if name == b"VP8 " and body[3:6] == b"\x9d\x01\x2a":
        width, height = (side & 0x3FFF for side in struct.unpack_from("<HH", body, 6))
    elif name == b"VP8L" and body[0] == 0x2F:
        bits = int.from_bytes(body[1:5], "little")
        width, height, flags = 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF), HAS_ALPHA * (bits >> 28 & 1)
    if not width or not height:
        return b""
    sides = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"VP8X\x0a\0\0\0" + bytes((flags | HAS_XMP, 0, 0, 0)) + sides


def _join_webp(data: bytes, place: _Place, chunk: bytes) -> bytes:
    """Return the file with *chunk*, a head that announces the chunk, and its new length."""
    view, head = memoryview(data), _webp_head(data)
    rest = 30 if data[12:16] == b"VP8X" else 12
    growth = len(head) - (rest - 12) + len(chunk) - (place.end - place.start)
    ends = struct.pack("<I", int.from_bytes(data[4:8], "little") + growth)
    return b"".join((data[:4], ends, data[8:12], head, view[rest : place.start], chunk, view[place.end :]))


@dataclass(frozen=True)
class _Format:
    """How a file format keeps XMP."""

    find: Callable[[bytes], _Place | None]
    wrap: Callable[[bytes], bytes]
    join: Callable[[bytes, _Place, bytes], bytes] = _joined


_FORMATS: Mapping[str, _Format] = {
    "png": _Format(_find_png, _png_chunk),
    "jpeg": _Format(_find_jpeg, _jpeg_segment),
    "webp": _Format(_find_webp, _webp_chunk, _join_webp),
}
