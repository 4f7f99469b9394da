"""Read a result's file format from its bytes, and check that the file is complete. Pure.

The documents promise a PNG. Ignore what follows the end of a file: labels and padding are put there, and every viewer
skips them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

_PNG = b"\x89PNG\r\n\x1a\n"
_AVIF = (b"avif", b"avis", b"mif1", b"msf1")
_WITHOUT_LENGTH = (0x01, *range(0xD0, 0xD8))  # JPEG markers without a length


def image_kind(data: bytes) -> str:
    """Return the file extension of the image that *data* begins as; "" if Discord cannot show such a file."""
    if data.startswith(_PNG):
        return "png"
    if data.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    if data[:6] in (b"GIF87a", b"GIF89a"):
        return "gif"
    if data[4:8] == b"ftyp" and data[8:12] in _AVIF:
        return "avif"
    return "bmp" if data[:2] == b"BM" and data[6:10] == bytes(4) else ""


def png_sides(data: bytes) -> tuple[int, int] | None:
    """Return width and height in pixels as a PNG's first chunk says; None for another kind of file."""
    if not data.startswith(_PNG) or data[12:16] != b"IHDR" or len(data) < 24:
        return None
    return int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")


def is_complete(data: bytes) -> bool:
    """Return whether *data* is an image that reaches the end that its format defines, whatever follows."""
    check = _COMPLETE_CHECKS.get(image_kind(data))
    return check is not None and check(data)


def _png(data: bytes) -> bool:
    """Return whether the chunks reach IEND."""
    at = len(_PNG)
    while at + 12 <= len(data):
        length, name = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        at += 12 + length
        if name == b"IEND":
            return at <= len(data)
    return False


def _jpeg(data: bytes) -> bool:
    """Return whether an end marker follows the start of the scan.

    Skip the segments before it: a thumbnail in one of them has an end marker of its own. The compressed pixels contain
    none.
    """
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xDA:
            return data.find(b"\xff\xd9", at) != -1
        if marker in (0xFF, *_WITHOUT_LENGTH):
            at += 1 if marker == 0xFF else 2
        else:
            at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return False


def _webp(data: bytes) -> bool:
    """Return whether the RIFF chunk is complete."""
    return len(data) >= 8 + int.from_bytes(data[4:8], "little")


def _bmp(data: bytes) -> bool:
    """Return whether the file has the length that its header names."""
    return len(data) >= int.from_bytes(data[2:6], "little") > 0


def _gif(data: bytes) -> bool:
    """Return whether the blocks reach the trailer.

    Each block is a head and a chain of pieces that ends with an empty one.
    """
    at = 13 + _color_table_bytes(data, 10)
    while at < len(data):
        if data[at] == 0x3B:
            return True
        if data[at] == 0x2C:
            at += 11 + _color_table_bytes(data, at + 9)
        elif data[at] == 0x21:
            at += 2
        else:
            return False
        while at < len(data) and data[at]:
            at += 1 + data[at]
        at += 1
    return False


def _color_table_bytes(data: bytes, at: int) -> int:
    """Return the bytes of the color table that the flags at *at* announce."""
    flags = data[at] if at < len(data) else 0
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _avif(data: bytes) -> bool:
    """Return whether the box with the pixels is complete.

    A box of size 0 reaches the end of the file; size 1 means 64 bits.
    """
    at = 0
    while at + 8 <= len(data):
        size, name = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        if size == 1:
            size = int.from_bytes(data[at + 8 : at + 16], "big")
        if name == b"mdat":
            return size == 0 or at + size <= len(data)
        if size < 8:
            return False
        at += size
    return False


_COMPLETE_CHECKS: Mapping[str, Callable[[bytes], bool]] = {
    "png": _png, "jpeg": _jpeg, "webp": _webp, "gif": _gif, "bmp": _bmp, "avif": _avif,
}  # fmt: skip
