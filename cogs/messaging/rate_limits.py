"""One gate for every call to Discord: after a refusal that concerns all calls, hold the others back.

After a ban by Cloudflare (a 429 or 403 without Discord's JSON), discord.py raises in the call that met it and holds no
other call back (2.7.1, http.py and webhook/async_.py); its calls by webhook tokens share no limit. A client that keeps
calling is banned again: https://github.com/discord/discord-api-docs/issues/5385 (2026-11-25).
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

from cogs.messaging.discord_away import DiscordAway
from imagegen import metrics

log = structlog.get_logger(__name__)

BAN_S = (60.0, 24 * 3600.0)  # the wait after a ban of unknown length, doubled with each in a row; and the longest
# Discord bans an IP address after 10,000 answers of 401, 403 or 429 in 10 minutes. Stop well before.
# https://discord.com/developers/docs/topics/rate-limits#invalid-request-limit-aka-cloudflare-bans (2026-11-22)
INVALID_STATUSES = (401, 403, 429)
MAX_INVALID, INVALID_WINDOW_S = 5_000, 600.0


class CallHeldBack(aiohttp.ClientError):
    """A call was not made: the gate is closed for another *wait_s* seconds."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(f"wait_s={wait_s:.0f}")
        self.wait_s = wait_s


class RateLimitGate:
    """Holds back every call after a ban; calls by the bot's own token after a global limit, and forever after a 401."""

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self.token_refused = asyncio.Event()
        self.away = DiscordAway(now_s)
        self._now_s = now_s
        self._all_until_s = self._bot_until_s = -inf
        self._bans = 0  # in a row
        self._invalid, self._since_s = 0, -inf

    def watch(self, trace: aiohttp.TraceConfig) -> None:
        """Make every call of a session pass this gate."""
        self.away.watch(trace)
        trace.on_request_start.append(self._before)
        trace.on_request_end.append(self._after)

    @property
    def held_s(self) -> float:
        """For how many more seconds no call is made at all; 0 if calls are made."""
        return max(0.0, self._all_until_s - self._now_s())

    def check(self, *, as_bot: bool) -> None:
        """Return if a call may be made, with the bot's own token or without it. Raises CallHeldBack otherwise."""
        until_s = max(self._all_until_s, self._bot_until_s if as_bot else -inf)
        if (wait_s := until_s - self._now_s()) > 0:
            raise CallHeldBack(min(wait_s, BAN_S[1]))

    def answered(self, status: int, headers: Mapping[str, str], raw: bytes, *, as_bot: bool) -> None:
        """Read an answer of Discord, and close the gate if the answer concerns other calls too."""
        if status < 400:
            self._bans = 0
            return
        body = parsed(raw)
        if status in INVALID_STATUSES and headers.get("x-ratelimit-scope") != "shared":
            self._count()
        if status in (403, 429) and not body:
            self._ban(_retry_after_s(headers))
        elif status == 401 and as_bot:
            self._refuse_token()
        elif status == 429 and body.get("global"):
            self._hold(_number(body.get("retry_after")) or BAN_S[0], as_bot=as_bot, why="global_limit")

    def _ban(self, retry_after_s: float | None) -> None:
        first_s, longest_s = BAN_S
        self._hold(retry_after_s or min(longest_s, first_s * 2.0 ** min(self._bans, 20)), as_bot=False, why="banned")
        self._bans += 1

    def _refuse_token(self) -> None:
        self._bot_until_s = inf
        if not self.token_refused.is_set():
            log.error("token_refused")
        self.token_refused.set()

    def _count(self) -> None:
        """Count an answer that counts towards a ban, and close the gate before the ban."""
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
        if before_s <= self._now_s():  # log once, though calls that had begun come back with the same
            metrics.DISCORD_HOLDS.labels(why=why).inc()
            log.error("discord_calls_held", wait_s=round(wait_s), as_bot=as_bot, why=why)

    async def _before(self, _session: object, _context: object, start: aiohttp.TraceRequestStartParams) -> None:
        self.check(as_bot="authorization" in start.headers)

    async def _after(self, _session: object, _context: object, ended: aiohttp.TraceRequestEndParams) -> None:
        answer = ended.response
        raw = await answer.read() if answer.status in INVALID_STATUSES else b""
        self.answered(answer.status, answer.headers, raw, as_bot="authorization" in ended.headers)


def parsed(raw: bytes) -> dict[str, Any]:
    """Return the JSON object that Discord sent; an empty one for anything else, such as a proxy's page."""
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and 0 < value < inf else None


def _retry_after_s(headers: Mapping[str, str]) -> float | None:
    try:
        return _number(float(headers.get("retry-after", "")))
    except ValueError:
        return None
