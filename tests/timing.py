"""Measure the processor time of a call, independent of the load on the machine."""

from __future__ import annotations

import time
from collections.abc import Callable

LEAST_S = 0.002  # shorter times would measure the error of the clock
LONGER = 8
SLOWEST_GROWTH = 24  # between linear growth (8) and quadratic growth (64), with room for cache misses


def cost_s(call: Callable[[], object], times: int = 3) -> float:
    """Return the processor time in seconds of this thread for *call*: the least of *times* runs."""
    return min(_once_s(call) for _ in range(times))


def _once_s(call: Callable[[], object]) -> float:
    started_s = time.thread_time()
    call()
    return time.thread_time() - started_s


def assert_linear(call: Callable[[str], object], text: str, most_s: float) -> None:
    """Assert that *call* takes less than *most_s* for *text*, and grows linearly with the length of the text."""
    took_s, times = cost_s(lambda: call(text)), growth(call, text)
    assert took_s < most_s, took_s
    assert times < SLOWEST_GROWTH, times


def growth(call: Callable[[str], object], text: str) -> float:
    """Return how many times longer *call* takes for LONGER times *text*: 8 for linear work, 64 for quadratic work."""
    short_s, long_s = cost_s(lambda: call(text)), cost_s(lambda: call(text * LONGER))
    return long_s / max(short_s, LEAST_S / LONGER)
