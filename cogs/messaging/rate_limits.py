"""One gate for every call to Discord: what turns one call away for all turns none of the others away after it.

discord.py raises a ban of Cloudflare's (a 429 or 403 without Discord's JSON) to the call that met it, and waits for
nobody (2.7.1, http.py and webhook/async_.py); its calls by webhook tokens share no limit. Whoever goes on calling is
banned again: https://github.com/discord/discord-api-docs/issues/5385 (2026-11-25).
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from math import inf
from typing import Any

import aiohttp
import structlog

log = structlog.get_logger(__name__)

BAN_S = (60.0, 24 * 3600.0)  # where no time is told, doubled with each ban in a row; and the longest
# 10,000 answers of 401, 403 or 429 in 10 minutes get an address banned. We stop well before.
# https://discord.com/developers/docs/topics/rate-limits#invalid-request-limit-aka-cloudflare-bans (2026-11-22)
INVALID_STATUSES = (401, 403, 429)
MAX_INVALID, INVALID_WINDOW_S = 5_000, 600.0


class CallHeldBack(aiohttp.ClientError):
    """A call that was not made: the gate is closed for *wait_s* more."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(f"wait_s={wait_s:.0f}")
        self.wait_s = wait_s


class RateLimitGate:
    """Closed for everybody after a ban; for the bot's own token after a global limit, and for good after a 401."""

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self.token_refused = asyncio.Event()
        self._now_s = now_s
        self._all_until_s = self._bot_until_s = -inf
        self._bans = 0  # in a row
        self._invalid, self._since_s = 0, -inf

    def watch(self, trace: aiohttp.TraceConfig) -> None:
        """Let every call of a session pass through here."""
        trace.on_request_start.append(self._before)
        trace.on_request_end.append(self._after)

    def check(self, *, as_bot: bool) -> None:
        """Raise Held while the gate is closed to a call, with the bot's token or without it."""
        until_s = max(self._all_until_s, self._bot_until_s if as_bot else -inf)
        if (wait_s := until_s - self._now_s()) > 0:
            raise CallHeldBack(min(wait_s, BAN_S[1]))

    def answered(self, status: int, headers: Mapping[str, str], raw: bytes, *, as_bot: bool) -> None:
        """Look at an answer, and close the gate where it concerns other calls too."""
        told = parsed(raw)
        if status in INVALID_STATUSES and headers.get("x-ratelimit-scope") != "shared":
            self._count()
        if status in (403, 429) and not told:
            self._ban(_retry_after_s(headers))
        elif status == 401 and as_bot:
            self._refuse_token()
        elif status == 429 and told.get("global"):
            self._hold(_number(told.get("retry_after")) or BAN_S[0], as_bot=as_bot, why="global_limit")
        elif status < 400:
            self._bans = 0

    def _ban(self, told_s: float | None) -> None:
        first_s, most_s = BAN_S
        self._hold(told_s or min(most_s, first_s * 2.0 ** min(self._bans, 20)), as_bot=False, why="banned")
        self._bans += 1

    def _refuse_token(self) -> None:
        self._bot_until_s = inf
        if not self.token_refused.is_set():
            log.error("token_refused")
        self.token_refused.set()

    def _count(self) -> None:
        """Of all answers that count towards a ban."""
        now_s = self._now_s()
        if now_s - self._since_s > INVALID_WINDOW_S:
            self._invalid, self._since_s = 0, now_s
        self._invalid += 1
        if self._invalid >= MAX_INVALID:
            self._hold(self._since_s + INVALID_WINDOW_S - now_s, as_bot=False, why="too_many_refusals")

    def _hold(self, wait_s: float, *, as_bot: bool, why: str) -> None:
        until_s = self._now_s() + min(wait_s, BAN_S[1])
        before_s = self._bot_until_s if as_bot else self._all_until_s
        if until_s <= before_s:
            return
        if as_bot:
            self._bot_until_s = until_s
        else:
            self._all_until_s = until_s
        if before_s <= self._now_s():  # calls that were under way say it again
            log.error("discord_calls_held", wait_s=round(wait_s), as_bot=as_bot, why=why)

    async def _before(self, _session: object, _context: object, begun: aiohttp.TraceRequestStartParams) -> None:
        self.check(as_bot="authorization" in begun.headers)

    async def _after(self, _session: object, _context: object, ended: aiohttp.TraceRequestEndParams) -> None:
        answer = ended.response
        raw = await answer.read() if answer.status in INVALID_STATUSES else b""
        self.answered(answer.status, answer.headers, raw, as_bot="authorization" in ended.headers)


def parsed(raw: bytes) -> dict[str, Any]:
    """Discord's words; nothing, where it is a gateway's page instead."""
    try:
        told = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and 0 < value < inf else None


def _retry_after_s(headers: Mapping[str, str]) -> float | None:
    try:
        return _number(float(headers.get("retry-after", "")))
    except ValueError:
        return None
