"""Log that the database fails, and that it works again: a line for each outage, and one a minute while it lasts."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog

log = structlog.get_logger(__name__)

LINE_EVERY_S = 60.0
CALM_S = 20.0  # on a full disk some transactions still succeed, so one success is no end of an outage


class DatabaseAway:
    """Counts transactions that the database did not carry out. Used from one event loop."""

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s, self._failures, self._why = now_s, 0, ""
        self._since_s = self._failed_s = self._line_s = float("-inf")

    @property
    def trouble(self) -> str:
        """What the database said when it last failed; empty if it has not failed for CALM_S seconds."""
        return self._why if self._now_s() - self._failed_s < CALM_S else ""

    def failed(self, why: str) -> None:
        """Record that a transaction failed; log at most one line a minute, with the number of failures so far."""
        now_s = self._now_s()
        if not self._failures:
            self._since_s = now_s
        self._failures, self._failed_s, self._why = self._failures + 1, now_s, why
        if now_s - self._line_s >= LINE_EVERY_S:
            self._line_s = now_s
            log.error("database_away", failures=self._failures, for_s=round(now_s - self._since_s), why=why)

    def answered(self) -> None:
        """Record that a transaction succeeded, and log the end of an outage."""
        if self._failures and not self.trouble:
            log.info("database_works_again", failures=self._failures, away_s=round(self._failed_s - self._since_s))
            self._failures, self._line_s = 0, float("-inf")
