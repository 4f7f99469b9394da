"""A file says that it is AI-generated, its pixels stay byte for byte, and no file stops or slows the marking."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from imagegen.imaging.marks import marked, packet_for_copy, packet_of, seen_mark, with_packet
from imagegen.imaging.xmp import EDIT, WORDS, SeenMark, read_mark, with_mark
from tests.imagegen.imaging.drawn import encoded, halves
from tests.imagegen.imaging.files import chunk, riff, segment, with_chunks
from tests.imagegen.imaging.marking import MARK, chunks, decoded, judge, pixel_bytes

SMALL = halves((60, 40))
CLEAR = SMALL.convert("RGBA")
CLEAR.putalpha(128)
TURNED = Image.Exif()
TURNED[0x0112] = 6
XMP = b"XML:com.adobe.xmp\0\0\0\0\0"
WANS = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description rdf:about="" xmlns:TC260="http://www.tc260.org.cn/ns/AIGC/1.0/">'
    b'<TC260:AIGC>{"Label":"1"}</TC260:AIGC></rdf:Description></rdf:RDF></x:xmpmeta>'
)
FILES = {
    "png": encoded(SMALL, "PNG"),
    "png with a palette": encoded(CLEAR.quantize(8), "PNG"),
    "jpeg": encoded(SMALL, "JPEG"),
    "jpeg with EXIF": encoded(SMALL, "JPEG", exif=TURNED),
    "progressive jpeg": encoded(SMALL, "JPEG", progressive=True),
    "webp": encoded(SMALL, "WEBP"),
    "lossless webp": encoded(SMALL, "WEBP", lossless=True),
    "lossless webp with alpha": encoded(CLEAR, "WEBP", lossless=True),
    "webp with alpha": encoded(CLEAR, "WEBP"),
    "webp with EXIF": encoded(SMALL, "WEBP", exif=TURNED),
    "webp with XMP": encoded(SMALL, "WEBP", xmp=WANS),
    "animated webp": encoded(SMALL, "WEBP", save_all=True, append_images=[halves((60, 40), "lime")]),
}


@pytest.mark.parametrize("data", FILES.values(), ids=FILES.keys())
def test_a_marked_file_says_what_it_is_and_keeps_its_pixels(data: bytes) -> None:
    made = marked(data, MARK)

    assert seen_mark(made) == SeenMark(WORDS, "wan2.6-t2i", MARK.made_at, 123)
    assert pixel_bytes(made) == pixel_bytes(data)
    assert decoded(made) == decoded(data) is not None
    assert marked(made, MARK) == made


@pytest.mark.parametrize("name", ["png", "jpeg with EXIF", "lossless webp with alpha"])
def test_other_programs_find_the_mark(name: str) -> None:
    made = Image.open(io.BytesIO(marked(FILES[name], replace(MARK, is_edit=True))))

    packet = made.info["xmp"]
    (described,) = ElementTree.fromstring(packet)[0]  # noqa: S314 - our own packet
    values = {child.tag: child.text for child in described}
    assert values["{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}DigitalSourceType"] == EDIT
    assert values["{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}AISystemUsed"] == "wan2.6-t2i"
    assert values["{http://ns.adobe.com/xap/1.0/}CreateDate"] == "2026-11-30T05:51:07Z"
    assert made.info.get("exif", b"") == (TURNED.tobytes() if name == "jpeg with EXIF" else b"")


WANS_FILES = {
    "png": with_chunks(FILES["png"], chunk(b"tEXt", b"AIGC\0{}"), chunk(b"iTXt", XMP + WANS)),
    "png, behind its pixels": FILES["png"][:-12] + chunk(b"iTXt", XMP + WANS) + FILES["png"][-12:],
    "jpeg": FILES["jpeg"][:2] + segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + WANS) + FILES["jpeg"][2:],
    "webp": FILES["webp with XMP"],
}


@pytest.mark.parametrize("data", WANS_FILES.values(), ids=WANS_FILES.keys())
def test_the_marks_of_wan_are_kept_beside_ours_in_one_packet(data: bytes) -> None:
    made = marked(data, MARK)

    packet = packet_of(made)
    assert b'<TC260:AIGC>{"Label":"1"}</TC260:AIGC>' in packet
    assert read_mark(packet) == SeenMark(WORDS, "wan2.6-t2i", MARK.made_at, 123)
    assert made.count(b"<rdf:RDF") == 1
    assert (b"AIGC\0{}" in made) == (b"AIGC\0{}" in data)
    assert decoded(made) == decoded(data)


def test_what_wan_says_of_the_source_is_not_said_twice() -> None:
    wans = WANS.replace(b"TC260:AIGC", b"Iptc4xmpExt:DigitalSourceType").replace(b'{"Label":"1"}', EDIT.encode())

    packet = with_mark(MARK, wans)

    assert packet.count(b"<Iptc4xmpExt:DigitalSourceType>") == 1
    assert read_mark(packet) == SeenMark(EDIT, "wan2.6-t2i", MARK.made_at, 123)


def test_a_copy_as_a_jpeg_has_the_marks_of_its_original() -> None:
    packet = packet_for_copy(WANS_FILES["png"], MARK)

    copy = with_packet(FILES["jpeg"], packet)

    assert b"TC260:AIGC" in copy
    assert seen_mark(copy) == SeenMark(WORDS, "wan2.6-t2i", MARK.made_at, 123)
    assert len(copy) == len(FILES["jpeg"]) + len(packet) + 33


def test_a_copy_keeps_the_label_that_a_png_has_as_a_text() -> None:
    label = '{"Label":"1","ContentProducer":"<Wan & co>"}\x00\n'
    labeled = with_chunks(FILES["png"], chunk(b"tEXt", b"AIGC\0" + label.encode()))

    copy = Image.open(io.BytesIO(with_packet(FILES["jpeg"], packet_for_copy(labeled, MARK))))

    described = ElementTree.fromstring(copy.info["xmp"])[0]  # noqa: S314 - our own packet
    values = {child.tag: child.text for part in described for child in part}
    assert values["{http://www.tc260.org.cn/ns/AIGC/1.0/}AIGC"] == '{"Label":"1","ContentProducer":"<Wan & co>"}'
    assert values["{urn:wanvas:1.0:}Job"] == "123"


def test_a_packet_that_no_jpeg_holds_is_replaced_in_a_copy_by_ours() -> None:
    large = with_mark(MARK, WANS.replace(b"Label", b"x" * 65_000))

    packet = packet_for_copy(with_packet(FILES["png"], large), MARK)

    assert seen_mark(with_packet(FILES["jpeg"], packet)) == SeenMark(WORDS, "wan2.6-t2i", MARK.made_at, 123)


SIGNED = {
    "png": with_chunks(FILES["png"], chunk(b"caBX", b"\0\0\0\x10jumb")),
    "jpeg": FILES["jpeg"][:2] + segment(0xEB, b"JP\0\1\0\0\0\1") + FILES["jpeg"][2:],
    "webp": b"RIFF" + struct.pack("<I", len(FILES["webp"]) + 2) + FILES["webp"][8:] + riff((b"C2PA", b"ab")),
}


@pytest.mark.parametrize("data", SIGNED.values(), ids=SIGNED.keys())
def test_a_signed_file_stays_as_it_is(data: bytes) -> None:
    assert marked(data, MARK) == data


OTHERS = {
    **{kind: encoded(SMALL, kind) for kind in ("GIF", "BMP", "AVIF")},
    "nothing": b"",
    "a cut png": FILES["png"][:-1],
    "a cut jpeg": FILES["jpeg"][:-2],
    "a cut webp": FILES["webp"][:-2],
    "a png without pixels": FILES["png"][:33] + FILES["png"][-12:],
    "compressed XMP": with_chunks(FILES["png"], chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(WANS))),
    "XMP that is none": with_chunks(FILES["png"], chunk(b"iTXt", XMP + b"<rdf:RDF>")),
    "XMP in UTF-16": with_chunks(FILES["png"], chunk(b"iTXt", XMP + WANS.decode().encode("utf-16"))),
    "XMP of 1 MB": with_chunks(FILES["png"], chunk(b"iTXt", XMP + WANS.replace(b"Label", b"x" * 1_000_000))),
    "XMP of 1 MB in a webp": encoded(SMALL, "WEBP", xmp=WANS.replace(b"Label", b"x" * 1_000_000)),
    "XMP without room in a jpeg": encoded(SMALL, "JPEG", xmp=WANS.replace(b"Label", b"x" * 65_100)),
}


@pytest.mark.parametrize("data", OTHERS.values(), ids=OTHERS.keys())
def test_a_file_that_cannot_be_marked_stays_as_it_is(data: bytes) -> None:
    assert marked(data, MARK) == data


HOSTILE = {
    "two million chunks": with_chunks(FILES["png"], chunk(b"tEXt", b"") * 2_000_000),
    "a million texts with our keyword": with_chunks(FILES["png"], chunk(b"iTXt", XMP) * 800_000),
    "filling": FILES["jpeg"][:2] + b"\xff" * 25_000_000 + FILES["jpeg"][2:],
    "six million segments": FILES["jpeg"][:2] + segment(0xE5, b"") * 6_000_000 + FILES["jpeg"][2:],
    "three million chunks": b"RIFF" + struct.pack("<I", 24_000_000 + 4) + b"WEBP" + riff((b"ALPH", b"")) * 3_000_000,
    "a chunk of 4 GB": FILES["png"][:33] + b"\xff\xff\xff\xffiTXt" + FILES["png"][33:],
    "names without a value": with_packet(FILES["png"], b"Iptc4xmpExt:DigitalSourceType>" * 2_000 + b"</rdf:RDF>"),
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_file_takes_no_time(data: bytes) -> None:
    assert judge(data)


@given(st.sampled_from([*FILES.values(), *WANS_FILES.values()]), st.randoms(use_true_random=False), st.binary())
@settings(max_examples=150, deadline=None)
def test_any_bytes_stay_as_they_are_or_are_read_with_the_same_pixels(data: bytes, random: Random, more: bytes) -> None:
    at = random.randrange(len(data))
    end = at + random.choice((0, 1, 4, len(data)))

    assert judge(data[:at] + more + data[end:])


@given(st.binary(max_size=300))
def test_any_packet_is_read_without_an_error(packet: bytes) -> None:
    read_mark(packet)
    read_mark(with_mark(MARK, packet))


def test_a_date_of_another_zone_or_without_one_is_read() -> None:
    def date(text: str) -> datetime | None:
        seen = read_mark(f'<a Iptc4xmpExt:DigitalSourceType="{WORDS}" xmp:CreateDate="{text}"/>'.encode())
        return None if seen is None else seen.made_at

    assert date("2026-11-30T13:51:07+08:00") == date("2026-11-30T05:51:07") == MARK.made_at
    assert date("0001-01-01T00:00:00+23:59") == date("soon") is None
    assert date("2026-11-30") == datetime(2026, 11, 30, tzinfo=UTC)


def test_the_chunk_comes_before_the_pixels_so_that_a_head_is_enough_to_find_it() -> None:
    names = [name for name, _ in chunks(marked(FILES["png"], MARK))]

    assert names.index(b"iTXt") < names.index(b"IDAT")
    assert seen_mark(marked(FILES["png"], MARK)[:1500]) == seen_mark(marked(FILES["jpeg"], MARK)[:1500]) is not None
