"""Give the tests of messaging a clock that they set."""

from __future__ import annotations

import pytest


class Clock:
    now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()
