"""Write a PDF of one JPEG a page, as the JPEGs are: nothing is decoded here.

https://opensource.adobe.com/dc-acrobat-sdk-docs/pdfstandards/PDF32000_2008.pdf, 7.5 and 8.9.5 (2026-11-30). Libraries
decode the images in this process, or take a compiled PDF engine for these forty lines (docs/decisions/0056).
"""

from __future__ import annotations

from typing import IO

POINTS_PER_PX = 0.48  # 150 pixels an inch: 1280 pixels are 21.7 cm
MAX_POINTS = 14_400  # of a page, by the standard
CATALOG, PAGES = 1, 2  # the numbers of the first objects


class PdfWriter:
    """Writes pages to a file one after another, and its table of objects at the end."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._pages = file, list[int]()
        self._starts: dict[int, int] = {}
        self._file.write(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")

    def add_page(self, jpeg: bytes, width_px: int, height_px: int) -> None:
        """Add a page with an RGB image that fills it."""
        scale = min(POINTS_PER_PX, MAX_POINTS / max(width_px, height_px))
        width, height = width_px * scale, height_px * scale
        image = (
            f"/Type /XObject /Subtype /Image /Width {width_px} /Height {height_px} /ColorSpace /DeviceRGB"
            " /BitsPerComponent 8 /Filter /DCTDecode"
        )
        first = PAGES + 1 + 3 * len(self._pages)
        self._stream(first, image, jpeg)
        self._stream(first + 1, "", f"q {width:.2f} 0 0 {height:.2f} 0 0 cm /I Do Q".encode())
        self._object(
            first + 2,
            f"<< /Type /Page /Parent {PAGES} 0 R /MediaBox [0 0 {width:.2f} {height:.2f}]"
            f" /Resources << /XObject << /I {first} 0 R >> >> /Contents {first + 1} 0 R >>",
        )
        self._pages.append(first + 2)

    def close(self) -> None:
        """Write the list of pages and the table of objects. The file stays open."""
        kids = " ".join(f"{number} 0 R" for number in self._pages)
        self._object(PAGES, f"<< /Type /Pages /Kids [{kids}] /Count {len(self._pages)} >>")
        self._object(CATALOG, f"<< /Type /Catalog /Pages {PAGES} 0 R >>")
        at, size = self._file.tell(), len(self._starts) + 1
        rows = "".join(f"{start:010} 00000 n \n" for _, start in sorted(self._starts.items()))
        trailer = f"trailer\n<< /Size {size} /Root {CATALOG} 0 R >>\nstartxref\n{at}\n%%EOF\n"
        self._file.write(f"xref\n0 {size}\n0000000000 65535 f \n{rows}{trailer}".encode())

    def _stream(self, number: int, entries: str, data: bytes) -> None:
        self._begin(number)
        self._file.write(f"<< {entries} /Length {len(data)} >>\nstream\n".encode())
        self._file.write(data)
        self._file.write(b"\nendstream\nendobj\n")

    def _object(self, number: int, body: str) -> None:
        self._begin(number)
        self._file.write(f"{body}\nendobj\n".encode())

    def _begin(self, number: int) -> None:
        self._starts[number] = self._file.tell()
        self._file.write(f"{number} 0 obj\n".encode())
