"""Build small files that unpack to very much."""

from __future__ import annotations

import struct
import zlib

from tests.imagegen.imaging.files import chunk

MEGABYTE = 1_000_000


def zeros(count: int) -> bytes:
    """Return a zlib stream of *count* zeros, at least a megabyte. Compressing all of them would take a second."""
    packer = zlib.compressobj(9)
    first, further, rest = (
        packer.compress(bytes(length)) + packer.flush(zlib.Z_FULL_FLUSH)
        for length in (MEGABYTE, MEGABYTE, count % MEGABYTE)
    )
    check = count % 65521 << 16 | 1  # Adler-32 of zeros: RFC 1950, section 8.2
    return first + further * (count // MEGABYTE - 1) + rest + b"\x03\x00" + struct.pack(">I", check)


def png_bomb(side: int) -> bytes:
    """Return a valid one-bit PNG of side * side pixels in some kilobytes. *side* is at least 2830."""
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    rows = zeros(((side + 7) // 8 + 1) * side)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
