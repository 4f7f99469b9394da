"""A file that is being written stands beside its later name, and is removed if it is never finished."""

from __future__ import annotations

from pathlib import Path

from imagegen.store.files import beside


def test_what_a_killed_process_left_is_removed_by_the_next_one(tmp_path: Path) -> None:
    for name in (".one.left.unfinished", ".other.left.unfinished", ".one.mine"):
        (tmp_path / name).touch()

    with beside(tmp_path / "one") as new:
        there = {path.name for path in tmp_path.iterdir()}

    assert there == {new.name, ".other.left.unfinished", ".one.mine"}


def test_what_another_process_still_writes_stays(tmp_path: Path) -> None:
    with beside(tmp_path / "one") as first, beside(tmp_path / "one") as second:
        there = set(tmp_path.iterdir())

    assert there == {first, second}
    assert list(tmp_path.iterdir()) == []
