"""Measure how long a call computes, whatever else the machine does meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable

LEAST_S = 0.002  # below, the clock's own error is measured
LONGER = 8
SLOWEST_GROWTH = 24  # between linear and quadratic, with room for a cache that is too small on either side


def cost_s(call: Callable[[], object], times: int = 3) -> float:
    """Return the seconds of this thread's own processor time that *call* takes, at best of *times*."""
    return min(_once_s(call) for _ in range(times))


def _once_s(call: Callable[[], object]) -> float:
    began_s = time.thread_time()
    call()
    return time.thread_time() - began_s


def grows(call: Callable[[str], object], text: str) -> float:
    """Return how many times longer *call* takes for LONGER times *text*: as many for linear work, 64 for quadratic."""
    short_s, long_s = cost_s(lambda: call(text)), cost_s(lambda: call(text * LONGER))
    return long_s / max(short_s, LEAST_S / LONGER)
