"""Measure the processor time of a call, independent of the load on the machine."""

from __future__ import annotations

import time
from collections.abc import Callable
from math import inf

LEAST_S = 0.002  # shorter times would measure the error of the clock
LONGER = 8
SLOWEST_GROWTH = 24  # between linear growth (8) and quadratic growth (64), with room for cache misses


def cost_s(call: Callable[[], object], times: int = 3, enough_s: float = 0.0) -> float:
    """Return the processor time in seconds of this thread for *call*: the least of *times* runs.

    End with the first run that takes less than *enough_s*.
    """
    least_s = inf
    for _ in range(times):
        least_s = min(least_s, _once_s(call))
        if least_s < enough_s:
            break
    return least_s


def _once_s(call: Callable[[], object]) -> float:
    started_s = time.thread_time()
    call()
    return time.thread_time() - started_s


def assert_linear(call: Callable[[str], object], text: str, most_s: float) -> None:
    """Assert that *call* takes less than *most_s* for *text*, and grows linearly with the length of the text.

    For LONGER times the text, linear work takes 8 times as long, quadratic work 64 times.
    """
    took_s = cost_s(lambda: call(text))
    assert took_s < most_s
    most_long_s = SLOWEST_GROWTH * max(took_s, LEAST_S / LONGER)
    assert cost_s(lambda: call(text * LONGER), enough_s=most_long_s) < most_long_s
