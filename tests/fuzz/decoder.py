"""Images that were bent, cut and mixed, read by the decoder in a child of its own, as the bot's child reads them.

Whatever the bytes are, the decoder answers with an image or with a refusal of ours, within its memory and time, and no
exception comes out of a line of ours.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import resource
import sys
import time
import traceback
from contextlib import suppress
from functools import cache
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random

from PIL import Image

from imagegen import _decode
from imagegen._codecs import load_codecs
from imagegen._kinds import kind_of
from imagegen.errors import Reason
from imagegen.isolation import isolate, limit_this_process
from imagegen.pictures import DECODE_MEMORY_BYTES, DECODE_S
from tests.imagegen.drawn import encoded, halves

# A process without threads that has everything imported, and forks once for each case.
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload([__name__])
OURS = str(Path(_decode.__file__).parent)


def target(random: Random) -> str:
    kind = random.choice(list(samples()))
    data = bent(bytearray(random.choice(samples()[kind])), random)
    return f"{kind}: {outcome(data)}"


@cache
def samples() -> dict[str, list[bytes]]:
    """Valid images of each kind that is read, small so that many can be tried."""
    size = (260, 250)
    rgb, gray, clear = halves(size), halves(size).convert("L"), halves(size).convert("RGBA")
    clear.paste((0, 0, 0, 0), (0, 0, 100, 100))
    exif = Image.Exif()
    exif[0x0112] = 6
    return {
        "PNG": [
            encoded(rgb, "PNG", exif=exif),
            encoded(clear.quantize(8), "PNG"),
            encoded(gray.convert("I;16"), "PNG"),
            encoded(gray.convert("1"), "PNG"),
            animated("PNG", size),
        ],
        "JPEG": [
            encoded(rgb, "JPEG", exif=exif),
            encoded(rgb, "JPEG", progressive=True),
            encoded(rgb.convert("CMYK"), "JPEG"),
            animated("MPO", size),
        ],
        "WEBP": [encoded(clear, "WEBP", lossless=True, exif=exif), animated("WEBP", size)],
        "GIF": [encoded(clear, "GIF"), animated("GIF", size)],
        "BMP": [encoded(rgb, "BMP"), encoded(gray.convert("1"), "BMP"), encoded(clear, "BMP")],
        "TIFF": [
            *(encoded(rgb, "TIFF", compression=name) for name in ("raw", "tiff_lzw", "jpeg", "tiff_adobe_deflate")),
            encoded(gray.convert("1"), "TIFF", compression="group4"),
            encoded(gray.convert("F"), "TIFF"),
            encoded(gray.convert("I;16"), "TIFF"),
            animated("TIFF", size),
        ],
        "AVIF": [encoded(rgb, "AVIF", speed=10)],
    }


def animated(kind: str, size: tuple[int, int]) -> bytes:
    return encoded(halves(size), kind, save_all=True, append_images=[halves(size, left="lime")])


def bent(data: bytearray, random: Random) -> bytes:
    """*data* with a few faults: mostly near its head, where the lengths and counts stand."""
    for _ in range(random.choice((1, 1, 2, 3, 8, 30))):
        random.choice((flip, number, cut, repeat, insert))(data, random)
    return bytes(data)


def place(data: bytearray, random: Random) -> int:
    near = min(len(data), 600 if random.random() < 0.7 else len(data))
    return random.randrange(near) if near else 0


def flip(data: bytearray, random: Random) -> None:
    if data:
        data[place(data, random)] ^= 1 << random.randrange(8)


def number(data: bytearray, random: Random) -> None:
    """Put one of the numbers at which arithmetic breaks over 1, 2 or 4 bytes."""
    width = random.choice((1, 2, 4))
    value = random.choice((0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 2**31 - 1, 2**31, 2**32 - 1))
    at = place(data, random)
    data[at : at + width] = (value % 256**width).to_bytes(width, random.choice(("big", "little")))


def cut(data: bytearray, random: Random) -> None:
    at = place(data, random)
    del data[at : at + random.choice((1, 4, 100, len(data)))]


def repeat(data: bytearray, random: Random) -> None:
    at, to = place(data, random), place(data, random)
    data[to:to] = data[at : at + random.choice((4, 12, 200, 2000))]


def insert(data: bytearray, random: Random) -> None:
    at = place(data, random)
    data[at:at] = random.randbytes(random.choice((1, 4, 50)))


def outcome(data: bytes) -> str:
    """What the decoder says of *data*, in a child that is limited as the bot's own. AssertionError where it crashes."""
    began = time.monotonic()
    reading, writing = FORKS.Pipe(duplex=False)
    child = FORKS.Process(target=_say, args=(data, writing))
    child.start()
    writing.close()
    said, peak_kib = _heard(reading)
    child.join(DECODE_S)
    child.kill()
    child.join()
    assert not child.exitcode, f"the child ended by {child.exitcode}: {data[:64].hex()}"
    assert time.monotonic() - began < DECODE_S
    assert peak_kib * 1024 < DECODE_MEMORY_BYTES, f"{peak_kib} KiB"
    assert not said.startswith("defect"), said
    return said if said == "taken" else Reason(said)


def _heard(reading: Connection) -> tuple[str, int]:
    """What the child sent within its time: its outcome, and the memory that it took."""
    with suppress(EOFError):
        if reading.poll(DECODE_S):
            said, peak_kib = reading.recv()
            return said, peak_kib
    return "defect: no answer", 0


def _say(data: bytes, writing: Connection) -> None:
    """In the child: decode, and send the outcome."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())  # libtiff complains there
    limit_this_process(DECODE_MEMORY_BYTES)
    load_codecs(str(kind_of(data)))
    isolate()
    said = _said(data)
    writing.send((said, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss))
    os._exit(0)


def _said(data: bytes) -> str:
    """The outcome, or the traceback of what was raised by a line of ours: a broken file may make Pillow raise."""
    head = json.loads(_decode.answer(data).partition("\n")[0])
    if head.get("reason") == Reason.PICTURE_TRUNCATED:
        try:
            _decode.normalised(data)
        except Exception as error:
            where = traceback.extract_tb(error.__traceback__)[-1].filename
            is_ours = where.startswith(OURS) or isinstance(error, ImportError | PermissionError)
            return f"defect {traceback.format_exc()}" if is_ours else Reason.PICTURE_TRUNCATED
    return str(head.get("reason", "taken"))
