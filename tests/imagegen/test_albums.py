"""A part of an album never has more bytes than its limit, and nothing of it has a name on the disk."""

from __future__ import annotations

import io
import os
import tempfile
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from imagegen.albums import HEAD_BYTES, AlbumFormat, AlbumImage, AlbumPart
from imagegen.model import ResultImage

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
LIMIT = HEAD_BYTES + 200_000


def image(number: int, size: int) -> AlbumImage:
    data = os.urandom(size)
    return AlbumImage(f"{number}.png", io.BytesIO(data), size, NOON, ResultImage(data, "jpeg", 64, 48))


def filled(part: AlbumPart, size: int, about: str = "about 灯塔\n") -> int:
    """Add images until the part has no more room. Return how many."""
    added = 0
    while part.has_room(one := image(added, size), about):
        part.add(one, about)
        added += 1
    return added


@pytest.mark.parametrize("kind", AlbumFormat)
@pytest.mark.parametrize("size", [1, 5_000, 60_000])
def test_a_full_part_fits_its_limit(kind: AlbumFormat, size: int) -> None:
    part = AlbumPart(kind, LIMIT)

    added = filled(part, size)
    file, index = part.finished(["Left out:", *(f"#{number}: gone" for number in range(1000))])

    assert added >= min(200, 180_000 // (size + 500))
    beside = len(index) if kind is AlbumFormat.PDF else 0
    assert file.seek(0, os.SEEK_END) + beside <= LIMIT
    part.close()


def test_a_zip_has_the_files_as_they_are_and_an_index() -> None:
    part, one = AlbumPart(AlbumFormat.ZIP, LIMIT), image(7, 1000)

    part.add(one, "7.png\n  灯塔\n")
    file, index = part.finished(["end"])

    with zipfile.ZipFile(file) as found:
        assert found.namelist() == ["7.png", "index.txt"]
        assert found.getinfo("7.png").compress_type == zipfile.ZIP_STORED
        assert found.read("7.png") == one.file.getvalue()  # type: ignore[attr-defined]  # a BytesIO here
        assert found.read("index.txt") == index
    assert index.decode() == "7.png\n  灯塔\n\nend"
    part.close()


def test_a_part_leaves_nothing_on_the_disk_even_if_it_is_never_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    part = AlbumPart(AlbumFormat.ZIP, LIMIT)
    part.add(image(1, 1000), "")

    assert list(tmp_path.iterdir()) == []
    part.close()
