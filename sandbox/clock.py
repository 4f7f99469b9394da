"""The sandbox's own clock. Deadlines, tokens, links and limits age by it, and control can move it."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta


class Clock:
    """Runs as fast as the machine's, from the moment it was made, and can be moved forward."""

    def __init__(self) -> None:
        self._began_at = datetime.now(UTC)
        self._began_s = time.monotonic()
        self._moved_s = 0.0

    def now(self) -> datetime:
        """Aware, UTC."""
        return self._began_at + timedelta(seconds=self.elapsed_s())

    def elapsed_s(self) -> float:
        """Seconds since the sandbox began, moves counted."""
        return time.monotonic() - self._began_s + self._moved_s

    def advance(self, seconds: float) -> None:
        """Move forward. ValueError when *seconds* is negative: this clock never runs back."""
        if seconds < 0:
            raise ValueError("the sandbox's clock only moves forward")
        self._moved_s += seconds
