"""Limit how often one person may do the same thing: a token bucket for each key."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable

ROUNDING_S = 1e-3  # (now + every) - now is not always exactly every


class TokenBuckets:
    """Each key may take *most* tokens at once, and one more every *every_s* seconds.

    Only keys whose bucket is not full are kept: a key is forgotten at the first take after ``most * every_s`` seconds.
    """

    def __init__(self, most: int, every_s: float, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._most_s, self._every_s, self._clock_s = most * every_s, every_s, clock_s
        self._full_at_s: dict[Hashable, float] = {}  # in the order of the last take

    def __len__(self) -> int:
        return len(self._full_at_s)

    def take(self, key: Hashable, cost: int = 1) -> float:
        """Take *cost* tokens and return 0; with fewer left, take none and return the seconds until there are enough."""
        now_s = self._clock_s()
        full_at_s = max(now_s, self._full_at_s.get(key, now_s)) + cost * self._every_s
        if (wait_s := full_at_s - now_s - self._most_s) > ROUNDING_S:
            return wait_s
        self._full_at_s.pop(key, None)
        self._full_at_s[key] = full_at_s
        self._forget(now_s)
        return 0.0

    def _forget(self, now_s: float) -> None:
        while self._full_at_s[oldest := next(iter(self._full_at_s))] <= now_s:
            del self._full_at_s[oldest]
