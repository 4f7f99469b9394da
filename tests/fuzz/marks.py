"""Damage, cut and mix image files, and mark each as AI-generated.

Promise: any file stays as it is, or gets a mark that is found again, with the same pixels. Nothing raises, and nothing
takes long.
"""

from __future__ import annotations

from random import Random

from imagegen.imaging.xmp import with_mark
from tests.fuzz.decoder import damaged, samples, with_checksums
from tests.imagegen.imaging.files import chunk, riff, segment
from tests.imagegen.imaging.marking import MARK, judge

KINDS = ("PNG", "JPEG", "WEBP", "GIF", "AVIF")
PACKET = with_mark(MARK)
PARTS = (
    chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + PACKET),
    chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + PACKET),
    chunk(b"caBX", b"jumb"),
    chunk(b"IEND", b""),
    segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + PACKET),
    segment(0xEB, b"JP\0\1"),
    segment(0xE1, b"Exif\0\0II*\0"),
    riff((b"XMP ", PACKET)),
    riff((b"C2PA", b"jumb")),
    riff((b"VP8X", bytes(10))),
)


def target(random: Random) -> str:
    """Mark one damaged file, or one with a part of another file in it."""
    kind = random.choice(KINDS)
    data = random.choice(samples()[kind])
    if random.random() < 0.5:
        at = random.choice((2, 8, 12, 20, 30, 33, random.randrange(len(data))))
        data = data[:at] + random.choice(PARTS) + data[at:]
    if random.random() < 0.8:
        data = damaged(bytearray(data), random)
    return f"{kind}: {judge(with_checksums(data) if random.random() < 0.5 else data)}"
