"""Damage, cut and mix images, and decode each in a child of its own, as the bot does.

Promise: for any bytes, the decoder answers with an image or with a refusal of ours, within its memory and time, and no
exception comes from our own code.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import resource
import sys
import time
import traceback
import zlib
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random

from PIL import Image

from imagegen.errors import Reason
from imagegen.imaging import _decode
from imagegen.imaging._codecs import load_codecs
from imagegen.imaging._file_parts import PNG_MAGIC
from imagegen.imaging.images import DECODE_MEMORY_BYTES, DECODE_S, MAX_ANSWER_BYTES
from imagegen.imaging.isolation import isolate, limit_this_process
from tests.imagegen.imaging.drawn import encoded, halves
from tests.imagegen.imaging.files import P3, chunk, png, rgb_profile, riff, segment, with_chunks

# One process without threads imports everything, and forks for each case.
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload([__name__])
OURS = str(Path(_decode.__file__).parent)


def target(random: Random) -> str:
    """Decode one damaged image, or an intact image with random metadata."""
    kind = random.choice(list(samples()))
    data = random.choice(samples()[kind])
    if kind in ADD_METADATA and random.random() < 0.2:
        said = outcome(ADD_METADATA[kind](data, random))
        assert said == "accepted", f"{said} because of metadata"
        return f"{kind} with random metadata: {said}"
    changed = damaged(bytearray(data), random)
    return f"{kind}: {outcome(with_checksums(changed) if random.random() < 0.5 else changed)}"


@cache
def samples() -> dict[str, list[bytes]]:
    """Return valid images of each format that we read, small so that many cases run."""
    size = (260, 250)
    rgb, gray, clear = halves(size), halves(size).convert("L"), halves(size).convert("RGBA")
    clear.paste((0, 0, 0, 0), (0, 0, 100, 100))
    exif = Image.Exif()
    exif[0x0112] = 6
    icc = rgb_profile(P3, 2.2)
    hdr = (chunk(b"cICP", bytes([9, 16, 0, 1])), chunk(b"gAMA", bytes((0, 1, 0x86, 0xA0))))
    deep = png(size, 16, 0, (b"\0" + b"\x12\x34" * size[0]) * size[1], chunk(b"tRNS", b"\0\0"))
    return {
        "PNG": [
            encoded(rgb, "PNG", exif=exif),
            encoded(clear.quantize(8), "PNG"),
            encoded(gray.convert("I;16"), "PNG"),
            encoded(gray.convert("1"), "PNG"),
            animated("PNG", size),
            encoded(rgb, "PNG", icc_profile=icc),
            with_chunks(encoded(rgb, "PNG"), *hdr),
            deep,
        ],
        "JPEG": [
            encoded(rgb, "JPEG", exif=exif),
            encoded(rgb, "JPEG", progressive=True),
            encoded(rgb.convert("CMYK"), "JPEG"),
            encoded(rgb, "JPEG", icc_profile=icc),
            encoded(rgb.convert("CMYK"), "JPEG", icc_profile=icc, progressive=True),
            animated("MPO", size),
        ],
        "WEBP": [
            encoded(rgb, "WEBP", icc_profile=icc),
            encoded(clear, "WEBP", lossless=True, exif=exif),
            animated("WEBP", size),
        ],
        "GIF": [encoded(clear, "GIF"), animated("GIF", size)],
        "BMP": [encoded(rgb, "BMP"), encoded(gray.convert("1"), "BMP"), encoded(clear, "BMP")],
        "TIFF": [
            *(encoded(rgb, "TIFF", compression=name) for name in ("raw", "tiff_lzw", "jpeg", "tiff_adobe_deflate")),
            encoded(gray.convert("1"), "TIFF", compression="group4"),
            encoded(gray.convert("F"), "TIFF"),
            encoded(rgb.convert("CMYK"), "TIFF", icc_profile=icc),
            encoded(rgb.convert("LAB"), "TIFF"),
            encoded(clear, "TIFF", compression="tiff_lzw"),
            encoded(gray.convert("I;16"), "TIFF"),
            animated("TIFF", size),
        ],
        "AVIF": [encoded(rgb, "AVIF", speed=10), encoded(clear, "AVIF", speed=10, icc_profile=icc, exif=exif)],
    }


def animated(kind: str, size: tuple[int, int]) -> bytes:
    """Return an animation of two frames."""
    return encoded(halves(size), kind, save_all=True, append_images=[halves(size, left="lime")])


def damaged(data: bytearray, random: Random) -> bytes:
    """Return *data* with a few faults, mostly near its head, where lengths and counts are."""
    for _ in range(random.choice((1, 1, 2, 3, 8, 30))):
        random.choice((flip, number, cut, repeat, insert))(data, random)
    return bytes(data)


def with_checksums(data: bytes) -> bytes:
    """Return a PNG with correct checksums, so that the decoder reads damaged chunks. Other files stay unchanged."""
    if not data.startswith(PNG_MAGIC):
        return data
    made, at = bytearray(data), 8
    while at + 12 <= len(made):
        end = at + 8 + int.from_bytes(made[at : at + 4], "big")
        made[end : end + 4] = zlib.crc32(made[at + 4 : end]).to_bytes(4, "big")[: max(0, len(made) - end)]
        at = end + 4
    return bytes(made)


def with_metadata_png(data: bytes, random: Random) -> bytes:
    """Return a PNG with one random chunk more."""
    name = random.choice((b"iCCP", b"gAMA", b"cHRM", b"cICP", b"eXIf", b"sRGB", b"acTL", b"tEXt", b"zTXt", b"iTXt"))
    at = random.choice((33, len(data) - 12))
    wrong = random.choice((None, None, 12345))
    return data[:at] + chunk(name, random.randbytes(random.choice((0, 4, 32, 300))), wrong) + data[at:]


def with_metadata_jpeg(data: bytes, random: Random) -> bytes:
    """Return a JPEG with one random segment more."""
    names = (b"Exif\0\0II*\0", b"ICC_PROFILE\0\1\1", b"MPF\0", b"JFIF\0", b"Photoshop 3.0\0", b"")
    marker = random.choice((*range(0xE0, 0xEE), 0xEF, 0xFE))  # not Adobe's, which defines how the colors are stored
    body = random.choice(names) + random.randbytes(random.choice((0, 4, 32, 300)))
    return data[:2] + segment(marker, body) + data[2:] + random.randbytes(random.choice((0, 30)))


def with_metadata_webp(data: bytes, random: Random) -> bytes:
    """Return a WEBP with one random chunk more."""
    name = random.choice((b"ICCP", b"EXIF", b"XMP ", b"junk"))
    return data + riff((name, random.randbytes(random.choice((0, 3, 300)))))


ADD_METADATA: dict[str, Callable[[bytes, Random], bytes]] = {
    "PNG": with_metadata_png,
    "JPEG": with_metadata_jpeg,
    "WEBP": with_metadata_webp,
}


def position(data: bytearray, random: Random) -> int:
    """Return a position in *data*, mostly near its head."""
    near = min(len(data), 600 if random.random() < 0.7 else len(data))
    return random.randrange(near) if near else 0


def flip(data: bytearray, random: Random) -> None:
    """Flip one bit."""
    if data:
        data[position(data, random)] ^= 1 << random.randrange(8)


def number(data: bytearray, random: Random) -> None:
    """Write one of the numbers at which arithmetic breaks over 1, 2 or 4 bytes."""
    width = random.choice((1, 2, 4))
    value = random.choice((0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 2**31 - 1, 2**31, 2**32 - 1))
    at = position(data, random)
    data[at : at + width] = (value % 256**width).to_bytes(width, random.choice(("big", "little")))


def cut(data: bytearray, random: Random) -> None:
    """Remove a few bytes, or the rest."""
    at = position(data, random)
    del data[at : at + random.choice((1, 4, 100, len(data)))]


def repeat(data: bytearray, random: Random) -> None:
    """Copy some bytes to another position."""
    at, to = position(data, random), position(data, random)
    data[to:to] = data[at : at + random.choice((4, 12, 200, 2000))]


def insert(data: bytearray, random: Random) -> None:
    """Insert random bytes."""
    at = position(data, random)
    data[at:at] = random.randbytes(random.choice((1, 4, 50)))


def outcome(data: bytes) -> str:
    """Decode *data* in a child with the bot's limits, and return the outcome. AssertionError if the child crashes."""
    began = time.monotonic()
    reading, writing = FORKS.Pipe(duplex=False)
    child = FORKS.Process(target=_decode_in_child, args=(data, writing))
    child.start()
    writing.close()
    said, peak_kib = _receive(reading)
    child.join(DECODE_S)
    child.kill()
    child.join()
    assert not child.exitcode, f"the child ended by {child.exitcode}: {data[:64].hex()}"
    assert time.monotonic() - began < DECODE_S
    assert peak_kib * 1024 < DECODE_MEMORY_BYTES, f"{peak_kib} KiB"
    assert not said.startswith("defect"), said
    return said if said == "accepted" else Reason(said)


def _receive(reading: Connection) -> tuple[str, int]:
    """Return what the child sent in time: its outcome and its memory in KiB."""
    with suppress(EOFError):
        if reading.poll(DECODE_S):
            said, peak_kib = reading.recv()
            return said, peak_kib
    return "defect: no answer", 0


def _decode_in_child(data: bytes, writing: Connection) -> None:
    """Decode in the child, and send the outcome."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())  # libtiff writes warnings there
    limit_this_process(DECODE_MEMORY_BYTES, MAX_ANSWER_BYTES)
    load_codecs()
    isolate()
    said = _outcome_of(data)
    writing.send((said, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss))
    os._exit(0)


def _outcome_of(data: bytes) -> str:
    """Return the outcome, or the traceback of an exception in our own code. A broken file may make Pillow raise."""
    head = json.loads(_decode.answer(data).partition(b"\n")[0])
    if head.get("reason") == Reason.IMAGE_TRUNCATED:
        try:
            _decode.normalize(data)
        except Exception as error:
            where = traceback.extract_tb(error.__traceback__)[-1].filename
            is_ours = where.startswith(OURS) or isinstance(error, ImportError | PermissionError)
            return f"defect {traceback.format_exc()}" if is_ours else Reason.IMAGE_TRUNCATED
    return str(head.get("reason", "accepted"))
