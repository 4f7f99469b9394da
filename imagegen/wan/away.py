"""Notice that Wan answers no call, for the log and the health page. Each request fails by itself, with a sentence."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog

log = structlog.get_logger(__name__)

FAILURES = 3  # in a row: fewer may be the trouble of one request
FORGET_S = 900.0  # without a request, nobody knows whether Wan is still away


class WanAway:
    """Counts calls that got no answer, or a 5xx."""

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s, self._failures, self._why = now_s, 0, ""
        self._since_s = self._failed_s = float("-inf")

    @property
    def trouble(self) -> str:
        """What the last call met, if the last few failed, and not long ago; otherwise empty."""
        ago_s = self._now_s() - self._failed_s
        if self._failures < FAILURES or ago_s > FORGET_S:
            return ""
        return f"no answer to {self._failures} calls, the last {ago_s:.0f} s ago ({self._why})"

    def failed(self, why: str) -> None:
        """Record a call without an answer."""
        self._failed_s, self._why = self._now_s(), why
        if not self._failures:
            self._since_s = self._failed_s
        self._failures += 1
        if self._failures == FAILURES:
            log.error("wan_away", failures=FAILURES, why=why)

    def answered(self) -> None:
        """Record that Wan answered a call, if only with a refusal."""
        if self._failures >= FAILURES:
            away_s = self._now_s() - self._since_s
            log.info("wan_answers_again", failures=self._failures, away_s=round(away_s))
        self._failures = 0
