"""Find the file format of some bytes from how they begin: formats that we read, and others, to name them in a refusal.

Magic numbers: https://en.wikipedia.org/wiki/List_of_file_signatures; brands: https://mp4ra.org/registered-types/brands;
TIFF tags: https://www.loc.gov/preservation/digital/formats/content/tiff_tags.shtml (all 2026-11-25).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

READ = (
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"BM", "BMP"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"II+\0", "TIFF"),
    (b"MM\0+", "TIFF"),
)
RAW = (b"FUJIFILMCCD-RAW", b"FOVb", b"IIRO", b"IIRS", b"MMOR", b"IIU\0")  # Fujifilm, Sigma, Olympus, Panasonic
VIDEO = (b"\x1aE\xdf\xa3", b"\0\0\1\xba", b"\0\0\1\xb3", b"FLV\1", b"OggS")
OTHERS = (
    (b"\0\0\0\x0cJXL ", "JPEG XL"),
    (b"\xff\x0a", "JPEG XL"),
    (b"\0\0\0\x0cjP  ", "JPEG 2000"),
    (b"\xff\x4f\xff\x51", "JPEG 2000"),
    (b"II\xbc\x01", "JPEG XR"),
    (b"8BPS", "PSD"),
    (b"%PDF-", "PDF"),
    (b"\0\0\1\0", "ICO"),
    (b"\0\0\2\0\0\0", "TGA"),
    (b"\0\0\x0a\0\0\0", "TGA"),
    (b"\x0a\x05\x01", "PCX"),
    (b"icns", "ICNS"),
    (b"DDS ", "DDS"),
    (b"v/1\x01", "OpenEXR"),
    (b"#?RADIANCE", "Radiance HDR"),
    (b"gimp xcf", "XCF"),
    (b"qoif", "QOI"),
    (b"\x01\xda", "SGI"),
    (b"\x8aMNG", "MNG"),
    (b"\xd7\xcd\xc6\x9a", "WMF"),
    (b"AT&TFORM", "DjVu"),
    (b"PK\3\4", "ZIP"),
    (b"\x1f\x8b", "GZIP"),
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf", "7z"),
    *((b"P%d" % number + space, "PPM") for number in range(1, 8) for space in (b"\n", b" ", b"\r", b"\t")),
)
HEIC_BRANDS = frozenset(
    (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"hevm", b"hevs", b"mif1", b"msf1", b"mif2", b"miaf")
)
AVIF_BRANDS = frozenset((b"avif", b"avis"))
REDUCED_IMAGE, COMPRESSION, PHOTOMETRIC, SUB_IFDS, DNG_VERSION = 254, 259, 262, 330, 50706
RAW_COMPRESSIONS = frozenset((32767, 34713, 34892, 65535))  # Sony, Nikon, lossy DNG, Pentax
SENSOR_DATA = frozenset((32803, 34892))  # photometric: a color filter array, and linear raw


@dataclass(frozen=True)
class UnreadKind:
    """A file that we do not read: the value of a Reason, and the format's name if every language has the same."""

    reason: str
    kind: str = ""


def file_kind(data: bytes) -> str | UnreadKind:
    """Return Pillow's name of a format that we read, else what *data* is instead."""
    if data[:4] == b"RIFF" and data[8:12] in (b"WEBP", b"AVI "):
        return "WEBP" if data[8:12] == b"WEBP" else UnreadKind("image_video")
    if data[4:8] == b"ftyp":
        return _by_brand(data)
    for magic, kind in READ:
        if data.startswith(magic):
            return UnreadKind("image_raw") if kind == "TIFF" and is_raw(data) else kind
    return _other(data)


def _by_brand(data: bytes) -> str | UnreadKind:
    """Judge an ISO base media file by its main brand and its compatible brands."""
    box = data[8 : min(max(16, int.from_bytes(data[:4], "big")), 128)]
    major, brands = box[:4], {box[at : at + 4] for at in (0, *range(8, len(box), 4))}
    if brands & AVIF_BRANDS:
        return "AVIF"
    if major in (b"j2ki", b"jp2 ", b"jpx "):
        return UnreadKind("image_format", "JPEG 2000")
    if major == b"crx ":  # Canon
        return UnreadKind("image_raw")
    return UnreadKind("image_heic") if brands & HEIC_BRANDS else UnreadKind("image_video")


def _other(data: bytes) -> UnreadKind:
    """Return what a file is that none of the readable formats matches."""
    if data.startswith(RAW):
        return UnreadKind("image_raw")
    if data.startswith(VIDEO):
        return UnreadKind("image_video")
    for magic, kind in OTHERS:
        if data.startswith(magic):
            return UnreadKind("image_format", kind)
    return _text(data[:2048].lstrip(b"\xef\xbb\xbf \t\r\n").lower())


def _text(begins: bytes) -> UnreadKind:
    """Judge a text file by its first characters."""
    if begins.startswith((b"<!doctype html", b"<html")):
        return UnreadKind("image_format", "HTML")
    if begins.startswith((b"<svg", b"<?xml", b"<!--", b"<!doctype svg")) and b"<svg" in begins:
        return UnreadKind("image_format", "SVG")
    return UnreadKind("image_unreadable")


def is_raw(data: bytes) -> bool:
    """Return whether a TIFF is a camera's raw file. A plain TIFF reader finds only its thumbnail."""
    if data[8:10] == b"CR":  # Canon's CR2
        return True
    tags = first_tags(data)
    has_thumbnail_first = tags.get(REDUCED_IMAGE, 0) & 1 and SUB_IFDS in tags
    is_sensors = tags.get(COMPRESSION) in RAW_COMPRESSIONS or tags.get(PHOTOMETRIC) in SENSOR_DATA
    return DNG_VERSION in tags or bool(has_thumbnail_first) or is_sensors


def first_tags(data: bytes) -> dict[int, int]:
    """Return the first value of each tag in the first directory of a TIFF or of EXIF; empty if that is broken."""
    order = {b"II": "<", b"MM": ">"}.get(data[:2])
    if order is None or len(data) < 8:
        return {}
    (at,) = struct.unpack_from(order + "I", data, 4)
    entries = data[at + 2 : at + 2 + 12 * int.from_bytes(data[at : at + 2], "little" if order == "<" else "big")]
    tags: dict[int, int] = {}
    for tag, kind, _, value in struct.iter_unpack(order + "HHI4s", entries[: len(entries) // 12 * 12]):
        width = {1: "B", 3: "H"}.get(kind, "I")
        tags.setdefault(tag, struct.unpack_from(order + width, value)[0])
    return tags
