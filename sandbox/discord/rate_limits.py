"""Decide when a REST call is rate limited, and write Discord's headers and 429s.

https://discord.com/developers/docs/topics/rate-limits (2026-11-22)
"""

from __future__ import annotations

import re
from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import Any

from sandbox.records import Json
from sandbox.world import World

Limited = tuple[int, Any, dict[str, str]]  # status, body, headers

# How many calls are allowed in how many seconds.
PER_CHANNEL = (5, 5.0)  # posts and edits in a channel
PER_TOKEN = (5, 2.0)  # of one interaction: not documented; reported from its rate limit headers
PER_REACTION = (1, 0.25)  # of a channel; not documented; reported from its rate limit headers
PER_ROUTE = (50, 1.0)


@dataclass
class RateLimits:
    """The recent calls, by bucket."""

    world: World
    used: defaultdict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def spend(self, method: str, path: str, token: str | None) -> tuple[dict[str, str], Limited | None]:
        """Count a call. Return its bucket's headers, and the 429 if the bucket is empty.

        *token* is that of an interaction, whose calls do not count toward the global limit.
        """
        if token is None and (wait_s := self._wait_s("global", (self.world.settings.calls_per_s, 1.0))):
            return {}, rate_limited(wait_s, "global")
        bucket = _bucket(method, path, token)
        if bucket is None:
            return {}, None
        name, limit, kind = bucket
        if wait_s := self._wait_s(name, limit):
            return {}, rate_limited(wait_s, "user")
        return self._headers(name, limit, kind), None

    def _headers(self, name: str, limit: tuple[int, float], kind: str) -> dict[str, str]:
        used, now_s = self.used[name], self.world.clock.elapsed_s()
        reset_s = used[0] + limit[1] - now_s
        return {
            "X-RateLimit-Limit": str(limit[0]),
            "X-RateLimit-Remaining": str(limit[0] - len(used)),
            "X-RateLimit-Reset": f"{self.world.clock.now().timestamp() + reset_s:.3f}",
            "X-RateLimit-Reset-After": f"{reset_s:.3f}",
            "X-RateLimit-Bucket": kind,
        }

    def _wait_s(self, name: str, limit: tuple[int, float]) -> float:
        """Take one call from a bucket and return 0, or return the seconds until there is room."""
        used, now_s = self.used[name], self.world.clock.elapsed_s()
        while used and used[0] <= now_s - limit[1]:
            used.popleft()
        if len(used) >= limit[0]:
            return used[0] + limit[1] - now_s
        used.append(now_s)
        return 0.0


def _bucket(method: str, path: str, token: str | None) -> tuple[str, tuple[int, float], str] | None:
    """Return a bucket's name, limit and public name; None for an interaction's calls that are not limited."""
    is_write = method in ("POST", "PATCH")
    if token is not None:
        return (f"{method}:{token}", PER_TOKEN, f"{method}t") if "/webhooks/" in path and is_write else None
    channel = re.fullmatch(r".*/channels/(\d+)/messages.*", path)
    if channel and "/reactions" in path and method != "GET":
        return f"reactions:{channel[1]}", PER_REACTION, "reactions"
    kind = f"{method}{'c' if channel else ''}"
    if channel and is_write:
        return f"{method}:{channel[1]}", PER_CHANNEL, kind
    return f"{method}:{path}", PER_ROUTE, kind


def rate_limited(retry_after_s: float, scope: str, code: int = 0) -> Limited:
    """Return a 429 as Discord answers it. *scope* is user, global or shared."""
    is_global = scope == "global"
    body: Json = {
        "message": "You are being rate limited.",
        "retry_after": round(retry_after_s, 3),
        "global": is_global,
    }
    if code:
        body["code"] = code
    headers = {"Retry-After": str(max(1, round(retry_after_s))), "X-RateLimit-Scope": scope}
    return 429, body, {**headers, **({"X-RateLimit-Global": "true"} if is_global else {})}
