"""CI fails on a gross loss, and only on one."""

from __future__ import annotations

import json

from benchmarks import quick

KNOWN = {"CPU per image, times the floor": 5.0, "statements per image": 80.0}


def test_twice_the_known_value_is_no_loss_and_more_is_one() -> None:
    assert quick.losses(KNOWN, {"CPU per image, times the floor": 10.0, "statements per image": 81.0}) == []
    assert quick.losses(KNOWN, {"CPU per image, times the floor": 10.1, "statements per image": 81.0}) == [
        "CPU per image, times the floor: 10.1, more than twice the known 5.0"
    ]


async def test_each_known_value_is_measured() -> None:
    assert set(await quick.measured(rounds=1)) == set(json.loads(quick.KNOWN.read_text(encoding="utf-8")))
