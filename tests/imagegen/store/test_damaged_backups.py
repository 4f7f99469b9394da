"""A file that is not a whole backup of Wanvas makes no database, and is refused in one sentence."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from imagegen.errors import StoreUnusable
from imagegen.store.backup_file import verify
from imagegen.store.restore import restore

NOW = datetime(2026, 11, 30, tzinfo=UTC)
DAMAGED = r"wanvas\.backup is not a backup of Wanvas, or it is damaged$"


def swap(file: Path, old: bytes, new: bytes) -> None:
    content = file.read_bytes()
    assert old in content
    file.write_bytes(content.replace(old, new))


def as_sql(file: Path, statement: str) -> None:
    with closing(sqlite3.connect(file)) as raw, raw:
        raw.execute(statement)


def pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


def folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


# How a file can be wrong, and what the sentence says.
WRONG: dict[str, tuple[Callable[[Path], object], str]] = {
    "one letter": (lambda file: swap(file, b"a lighthouse", b"a lightroute"), DAMAGED),
    "one number": (lambda file: as_sql(file, "UPDATE ledger SET amount = amount + 1 WHERE id = 30"), DAMAGED),
    "a row less": (lambda file: as_sql(file, "DELETE FROM grants WHERE id = 2"), DAMAGED),
    "a row twice": (lambda file: as_sql(file, "INSERT INTO turns SELECT * FROM turns LIMIT 1"), DAMAGED),
    "a table less": (lambda file: as_sql(file, "DROP TABLE turns"), DAMAGED),
    "half": (lambda file: file.write_bytes(file.read_bytes()[: file.stat().st_size // 2]), DAMAGED),
    "not ended": (lambda file: as_sql(file, "DELETE FROM wanvas_backup"), DAMAGED),
    "other words": (lambda file: as_sql(file, "UPDATE wanvas_backup SET contents = '{}'"), DAMAGED),
    "no JSON": (lambda file: as_sql(file, "UPDATE wanvas_backup SET contents = 'x'"), DAMAGED),
    "text": (lambda file: file.write_text("hello" * 1000), DAMAGED),
    "empty": (lambda file: file.write_bytes(b""), DAMAGED),
    "a column named otherwise": (lambda file: swap(file, b"delivered", b"delivexed"), DAMAGED),
    "a type named otherwise": (
        lambda file: swap(file, b'"price_microusd" INTEGER', b'"price_microusd" INXEGER'),
        DAMAGED,
    ),
    "a table named otherwise": (lambda file: swap(file, b'TABLE "turns"', b'TABLE "turnz"'), DAMAGED),
    "a schema that is no text": (lambda file: swap(file, b'TABLE "turns"', b'TABLE "\xffurns"'), DAMAGED),
    "a schema that is no SQL": (lambda file: swap(file, b'CREATE TABLE "turns"', b'CREATX TABLE "turns"'), DAMAGED),
    "a pipe": (pipe, "is not a file"),
    "a folder": (folder, "is not a file"),
    "not there": (lambda file: file.unlink(), "does not exist"),
    "another database": (lambda file: as_sql(file, "DROP TABLE wanvas_backup"), DAMAGED),
    "a newer format": (
        lambda file: as_sql(
            file, "UPDATE wanvas_backup SET contents = replace(contents, '\"format\": 1', '\"format\": 2')"
        ),
        "newer version",
    ),
    "a newer schema": (
        lambda file: as_sql(file, "UPDATE wanvas_backup SET contents = replace(contents, '\"000', '\"900')"),
        "newer version",
    ),
}


@pytest.mark.parametrize("damage", WRONG)
def test_a_damaged_backup_makes_no_database(tmp_path: Path, taken: Path, damage: str) -> None:
    break_it, words = WRONG[damage]
    break_it(taken)
    (tmp_path / "new").mkdir()

    with pytest.raises(StoreUnusable, match=words):
        restore(f"sqlite:///{tmp_path}/new/wanvas.db", taken, replace=False, now=NOW)

    assert [path.name for path in (tmp_path / "new").iterdir() if path.suffix != ".lock"] == []


def test_one_flipped_bit_is_refused_or_changes_nothing(taken: Path) -> None:
    content, dice, refused = taken.read_bytes(), Random(12), 0  # no secret
    whole = verify(taken)

    for _ in range(200):
        broken, place = bytearray(content), dice.randrange(36_864)  # the pages of the schema
        broken[place] ^= 1 << dice.randrange(8)
        taken.write_bytes(broken)
        try:
            assert verify(taken).tallies == whole.tallies
        except StoreUnusable as error:
            assert re.search(DAMAGED, str(error.facts["cause"]))
            refused += 1

    assert refused > 5
