"""Albums: many results as files of a ZIP or a PDF, in parts on the disk.

A part has no name in the file system, so nothing of it stays after a kill. An image is copied from Discord to the disk
and from there into its part, in small pieces. A page of a PDF is a JPEG that the decoder's child made of the image.
"""

from __future__ import annotations

import asyncio
import io
import shutil
import tempfile
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import IO, Any

from imagegen.errors import ImageRefused
from imagegen.image_request import ImageLink
from imagegen.imaging.images import ImageReader
from imagegen.imaging.pdf import PdfWriter
from imagegen.model import ResultImage
from imagegen.wan.results import image_kind

HEAD_BYTES = 64 * 1024  # of a part, for what is written at its end
ENTRY_BYTES = 400  # of an image, beside its data: its entry in the directory, or its objects
PAGE_BYTES = 1_500_000  # of a page: a JPEG that looks like its image
INDEX = "index.txt"


class AlbumFormat(StrEnum):
    """The kind of file."""

    ZIP = "zip"
    PDF = "pdf"


@dataclass(frozen=True)
class AlbumImage:
    """An image on the disk: its name in the album, its file and its size. The caller closes the file."""

    name: str
    file: IO[bytes]
    size: int
    at: datetime
    page: ResultImage | None = None  # for a PDF


class AlbumPart:
    """One file of an album that is being written, of at most *most_bytes* together with its index."""

    def __init__(self, kind: AlbumFormat, most_bytes: int) -> None:
        self.kind, self.images, self._most_bytes, self._index = kind, 0, most_bytes, list[str]()
        self._file: Any = tempfile.TemporaryFile(prefix="wanvas-")  # noqa: SIM115  # closed by ``close``
        self._zip = zipfile.ZipFile(self._file, "w", zipfile.ZIP_STORED) if kind is AlbumFormat.ZIP else None
        self._pdf = PdfWriter(self._file) if kind is AlbumFormat.PDF else None

    def has_room(self, image: AlbumImage, about: str) -> bool:
        """Return whether *image* fits, with its lines *about* it in the index."""
        size = image.size if image.page is None else len(image.page.data)
        index = sum(len(text.encode()) for text in (*self._index, about))
        written: int = self._file.tell()
        return written + size + index + HEAD_BYTES + ENTRY_BYTES * (self.images + 1) <= self._most_bytes

    def add(self, image: AlbumImage, about: str) -> None:
        """Write *image*. *about* are its lines in the index."""
        if self._pdf is not None and image.page is not None:
            self._pdf.add_page(image.page.data, image.page.width_px, image.page.height_px)
        elif self._zip is not None:
            image.file.seek(0)
            with self._zip.open(zipfile.ZipInfo(image.name, image.at.timetuple()[:6]), "w") as out:
                shutil.copyfileobj(image.file, out, 1 << 16)
        self.images += 1
        self._index.append(about)

    def finished(self, more: Sequence[str] = ()) -> tuple[io.BufferedRandom, bytes]:
        """Complete the part. Return its file and its index, which a ZIP holds too. *more* ends the index."""
        index = "\n".join((*self._index, *more)).encode("utf-8", "replace")
        if self._zip is not None:
            self._zip.writestr(zipfile.ZipInfo(INDEX, (1980, 1, 1, 0, 0, 0)), index)
            self._zip.close()
        if self._pdf is not None:
            self._pdf.close()
        found: io.BufferedRandom = self._file
        return found, index

    def close(self) -> None:
        """Free the disk. A ZIP is completed first, because its writer would do that later, on the closed file."""
        with suppress(OSError):
            if self._zip is not None:
                self._zip.close()
        self._file.close()


class Albums:
    """Reads the images of albums from Discord."""

    def __init__(self, reader: ImageReader | None) -> None:
        self._reader = reader

    async def fetched(self, link: ImageLink, name: str, kind: AlbumFormat, at: datetime) -> AlbumImage | None:
        """Return the image behind *link*, whose *name* gets its extension; None if it cannot be read."""
        if self._reader is None:
            return None
        file: Any = tempfile.TemporaryFile(prefix="wanvas-", buffering=0)  # noqa: SIM115  # the caller closes it
        try:
            await self._reader.download(link, file)
            size = file.tell()
            file.seek(0)
            extension = image_kind(file.read(64))
            page = await self._page(file, size) if kind is AlbumFormat.PDF and extension else None
        except ImageRefused:
            extension, page = "", None
        except BaseException:
            file.close()
            raise
        if not extension or (kind is AlbumFormat.PDF and page is None):
            file.close()
            return None
        return AlbumImage(f"{name}.{extension}", file, size, at, page)

    async def _page(self, file: io.FileIO, size: int) -> ResultImage | None:
        """Return the image as a JPEG; None if the decoder cannot read it. The child reads the file itself."""
        if self._reader is None:
            return None
        file.seek(0)
        return await self._reader.decoder.page(file, PAGE_BYTES)


async def in_thread(part: AlbumPart, image: AlbumImage, about: str) -> None:
    """Write *image* into *part*: the disk may be slow."""
    await asyncio.to_thread(part.add, image, about)
