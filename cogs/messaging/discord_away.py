"""Notice that Discord does not answer at all, and let one delivery at a time find out whether it answers again.

Without this, each waiting job would try by itself: download its images again, and call Discord by each route.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from math import inf

import aiohttp
import structlog

from imagegen.errors import DeliverLater

log = structlog.get_logger(__name__)

SWITCHING_PROTOCOLS = 101
# How a call without an answer ends. A time limit of ours cancels a call that is silent.
UNANSWERED = (aiohttp.ClientError, OSError, asyncio.CancelledError)
FAILURES = 5  # in a row, of any calls: fewer may be the trouble of one call
TEST_EVERY_S = (5.0, 60.0)  # the first wait between two tests, doubled after each; and the longest


class DiscordAway:
    """Counts calls to Discord that got no answer. Work that can wait calls ``check`` before it calls Discord."""

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._failures = 0  # since the last answer
        self._since_s = self._test_at_s = -inf
        self._wait_s = TEST_EVERY_S[0]

    @property
    def for_s(self) -> float:
        """For how many seconds Discord has answered nothing; 0 if it answers."""
        return self._now_s() - self._since_s if self._failures >= FAILURES else 0.0

    def watch(self, trace: aiohttp.TraceConfig) -> None:
        """Read the end of each call of a session."""
        trace.on_request_end.append(self._after)
        trace.on_request_exception.append(self._instead)

    def check(self) -> None:
        """Return if Discord answers, or if it is time for one caller to test that. Raises DeliverLater otherwise."""
        if self._failures < FAILURES:
            return
        if (wait_s := self._test_at_s - self._now_s()) > 0:
            raise DeliverLater(wait_s)
        self._test_at_s = self._now_s() + self._wait_s
        self._wait_s = min(TEST_EVERY_S[1], 2 * self._wait_s)

    def answered(self) -> None:
        """Record that Discord answered a call, if only with a refusal."""
        if self._failures >= FAILURES:
            log.info("discord_answers_again", away_s=round(self.for_s))
        self._failures, self._wait_s = 0, TEST_EVERY_S[0]

    def failed(self) -> None:
        """Record that a call got no answer, or a 5xx."""
        self._failures += 1
        if self._failures == 1:
            self._since_s = self._now_s()
        if self._failures == FAILURES:
            self._test_at_s = self._now_s() + self._wait_s
            log.error("discord_away", failures=FAILURES)

    async def _after(self, _session: object, _context: object, ended: aiohttp.TraceRequestEndParams) -> None:
        if ended.response.status >= 500:
            self.failed()
        elif ended.response.status != SWITCHING_PROTOCOLS:  # to a gateway that may say nothing
            self.answered()

    async def _instead(self, _session: object, _context: object, ended: aiohttp.TraceRequestExceptionParams) -> None:
        if isinstance(ended.exception, UNANSWERED):
            self.failed()
