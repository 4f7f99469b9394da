"""Judge what marking does to any bytes: they stay as they are, or only the metadata of a file that is read changes."""

from __future__ import annotations

import io
import struct
import time
import warnings
from contextlib import suppress
from datetime import UTC, datetime

from PIL import Image

from imagegen.imaging.marks import marked, packet_for_copy, seen_mark
from imagegen.imaging.xmp import read_mark
from imagegen.model import AiMark

MARK = AiMark("wan2.6-t2i", datetime(2026, 11, 30, 5, 51, 7, tzinfo=UTC), 123, is_edit=False)
MOST_S = 2.0  # for 25 MB on a busy machine; a quadratic loop takes minutes
MOST_PX = 1_000_000
PIXELS = (b"VP8 ", b"VP8L", b"ALPH", b"ANMF", b"ANIM", b"ICCP")


def judge(data: bytes) -> str:
    """Mark *data*, and return in a word what that did. Fail if it harms the file, or takes long."""
    began = time.process_time()
    made, seen, of_copy = marked(data, MARK), seen_mark(data), packet_for_copy(data, MARK)
    assert time.process_time() - began < MOST_S
    assert read_mark(of_copy) is not None
    if made == data:
        return "unchanged, says something" if seen else "unchanged"
    assert pixel_bytes(made) == pixel_bytes(data)
    assert decoded(data) in (None, decoded(made))  # a broken packet is replaced by one that is read
    assert seen_mark(made) is not None
    assert marked(made, MARK) == made
    return "marked"


def decoded(data: bytes) -> bytes | None:
    """Return the pixels as Pillow decodes them; None if it does not, or if they are too many to be worth the time.

    Of a PNG with a wrong checksum, Pillow decodes other pixels each time.
    """
    with suppress(Exception), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP")).verify()
        image = Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP"))
        return image.convert("RGBA").tobytes() if image.width * image.height <= MOST_PX else None
    return None


def pixel_bytes(data: bytes) -> bytes:
    """Return the compressed pixels of a file: the chunks of a PNG or WEBP, and a JPEG from its first scan on."""
    if data.startswith(b"\xff\xd8"):
        return data[_scan_at(data) :]
    return b"".join(body for name, body in chunks(data) if name in (*PIXELS, b"IDAT", b"fdAT", b"PLTE", b"IHDR"))


def _scan_at(data: bytes) -> int:
    at = 2
    while data[at + 1] != 0xDA:
        at += 1 if data[at + 1] == 0xFF else 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return at


def chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    """Return the chunks of a PNG or a WEBP, in order."""
    is_png, found = data.startswith(b"\x89PNG"), list[tuple[bytes, bytes]]()
    at = 8 if is_png else 12
    while at + 8 <= len(data):
        name, length = data[at + 4 : at + 8], int.from_bytes(data[at : at + 4], "big")
        if not is_png:
            name, length = struct.unpack_from("<4sI", data, at)
        found.append((name, data[at + 8 : at + 8 + length]))
        at += 12 + length if is_png else 8 + length + length % 2
        if name == b"IEND":
            break
    return found
