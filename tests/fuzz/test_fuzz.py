"""Each fuzz target passes its first cases, and the run names a case that fails."""

from __future__ import annotations

from random import Random

import pytest

from tests.fuzz.__main__ import TARGETS, table
from tests.fuzz.run import fuzz


@pytest.mark.parametrize("name", TARGETS)
def test_the_first_cases_of_each_target_pass(name: str) -> None:
    report = fuzz(TARGETS[name], seed=1, numbers=range(60))

    assert report.failures == []
    assert report.cases == 60


def test_a_failed_case_can_be_run_again_alone() -> None:
    def odd(random: Random) -> str:
        assert random.randrange(100) != 7
        return "fine"

    number, trace = fuzz(odd, seed=3, numbers=range(1000)).failures[0]

    again = fuzz(odd, seed=3, numbers=range(number, number + 1))
    assert [failed for failed, _ in again.failures] == [number]
    assert "AssertionError" in trace
    assert "**1**" in table("odd", again)
