"""The limits within which a model's queue is sent. Pure."""

from __future__ import annotations

from dataclasses import dataclass

# Requests take different times to reach Wan, so those sent within a second may come within less: count a second of a
# rate limit as 1.2 s, and a minute as 62 s.
SECOND_S, MINUTE_S = 1.2, 62.0


@dataclass(frozen=True)
class ModelQueue:
    """A model's limits, over all processes: requests in flight at once, and requests a second.

    If the model is no longer offered, only jobs that were accepted before are left in its queue.
    """

    model: str
    in_flight: int
    per_s: float
    is_offered: bool = True

    @property
    def spacing_s(self) -> float:
        """Seconds between two requests. Even for "2 a minute", no two are sent at once: each second one would wait."""
        return (SECOND_S if self.per_s >= 1 else MINUTE_S / 60) / self.per_s
