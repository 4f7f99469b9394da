"""The sandbox's clock. Deadlines, tokens, links and limits follow it, and the control port can advance it."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

MAX_AHEAD_S = 10 * 365 * 86400.0


class Clock:
    """Run at the speed of the machine's clock, and jump forward on request."""

    def __init__(self) -> None:
        self._started_at = datetime.now(UTC)
        self._started_s = time.monotonic()
        self._ahead_s = 0.0

    def now(self) -> datetime:
        """Return the time, aware and in UTC."""
        return self._started_at + timedelta(seconds=self.elapsed_s())

    def elapsed_s(self) -> float:
        """Return the seconds since the sandbox started, jumps included."""
        return time.monotonic() - self._started_s + self._ahead_s

    @property
    def ahead_s(self) -> float:
        """Return how many seconds the clock has jumped, all jumps together."""
        return self._ahead_s

    def advance(self, seconds: float) -> None:
        """Jump forward. ValueError if *seconds* is negative, or leads more than ten years ahead."""
        if not 0 <= seconds <= MAX_AHEAD_S - self._ahead_s:
            raise ValueError("the sandbox's clock only moves forward, and at most ten years ahead")
        self._ahead_s += seconds
