"""CI fails on a gross loss, and only on one."""

from __future__ import annotations

from benchmarks import quick

KNOWN = {"CPU per image, times the floor": 5.0, "statements per image": 80.0}


def test_twice_the_known_value_is_no_loss_and_more_is_one() -> None:
    assert quick.losses(KNOWN, {"CPU per image, times the floor": 10.0, "statements per image": 81.0}) == []
    assert quick.losses(KNOWN, {"CPU per image, times the floor": 10.1, "statements per image": 81.0}) == [
        "CPU per image, times the floor: 10.1, more than twice the known 5.0"
    ]


def test_a_value_that_is_only_known_or_only_measured_is_named() -> None:
    assert quick.losses(KNOWN, {"CPU per image, times the floor": 5.0, "threads": 1.0}) == [
        "statements per image: only known or only measured", "threads: only known or only measured"
    ]  # fmt: skip
