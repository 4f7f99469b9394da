"""The budget of status card edits, so that cards never use up the rate limits that results need.

A channel takes 5 edits in 5 s by the bot's own token, and the whole bot 50 requests a second.
https://discord.com/developers/docs/topics/rate-limits (2026-11-22)
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

# Over all cards. Edits by an interaction's own token count here too, though Discord counts them separately.
PER_S, BURST = 25.0, 50.0
IN_CHANNEL, WINDOW_S = 3, 5.0  # the other two of five are for results


class EditBudget:
    """Counts the edits that have begun. *clock* returns seconds. A channel is forgotten when its window is over."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._left, self._counted_s = clock, BURST, clock()
        self._begun: dict[int, deque[float]] = {}  # by channel, in the order of the last edit

    def __len__(self) -> int:
        return len(self._begun)

    def take(self, channel_id: int | None) -> bool:
        """Count an edit and return True, if one may begin now. *channel_id* None: no channel's limit applies."""
        now_s = self._clock()
        self._left = min(BURST, self._left + (now_s - self._counted_s) * PER_S)
        self._counted_s = now_s
        if self._left < 1 or not self.take_in(channel_id):
            return False
        self._left -= 1
        return True

    def take_in(self, channel_id: int | None) -> bool:
        """Count an edit and return True, if one may begin in this channel now; ignore the limit over all cards."""
        if channel_id is None:
            return True
        now_s = self._clock()
        self._forget_idle(now_s)
        begun = self._begun.get(channel_id, deque())
        while begun and begun[0] <= now_s - WINDOW_S:
            begun.popleft()
        if len(begun) >= IN_CHANNEL:
            return False
        begun.append(now_s)
        self._begun.pop(channel_id, None)
        self._begun[channel_id] = begun
        return True

    def _forget_idle(self, now_s: float) -> None:
        while self._begun and self._begun[oldest := next(iter(self._begun))][-1] <= now_s - WINDOW_S:
            del self._begun[oldest]
