"""A PDF has each image as it is, one a page, and its table says where each object begins."""

from __future__ import annotations

import io
import re

import pytest
from PIL import Image

from imagegen.imaging.pdf import MAX_POINTS, PdfWriter


def jpeg(size: tuple[int, int]) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, "JPEG")
    return out.getvalue()


def pdf_of(*sizes: tuple[int, int]) -> bytes:
    out = io.BytesIO()
    writer = PdfWriter(out)
    for size in sizes:
        writer.add_page(jpeg(size), *size)
    writer.close()
    return out.getvalue()


@pytest.mark.parametrize("pages", [0, 1, 12])
def test_the_table_of_objects_says_where_each_begins(pages: int) -> None:
    data = pdf_of(*[(64, 48)] * pages)

    table = int(data.rsplit(b"startxref\n", 1)[1].split()[0])
    rows = re.findall(rb"(\d{10}) \d{5} n \n", data[table:])

    assert data[table:].startswith(b"xref\n0 %d\n" % (3 + 3 * pages))
    for number, row in enumerate(rows, start=1):
        assert data[int(row) :].startswith(b"%d 0 obj\n" % number)
    assert b"/Count %d >>" % pages in data


def test_each_image_is_in_the_file_byte_for_byte() -> None:
    data = pdf_of((640, 480), (48, 64))

    streams = re.findall(rb"/DCTDecode /Length (\d+) >>\nstream\n", data)

    assert [int(length) for length in streams] == [len(jpeg((640, 480))), len(jpeg((48, 64)))]
    assert jpeg((640, 480)) in data
    assert b"/MediaBox [0 0 307.20 230.40]" in data


def test_no_page_is_larger_than_the_standard_allows() -> None:
    data = pdf_of((40_000, 10))

    assert f"/MediaBox [0 0 {MAX_POINTS:.2f} 3.60]".encode() in data
