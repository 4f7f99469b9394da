"""Where a bot can be killed: before, while and after each kind of request is answered, and after each state of a job.

A kind is the request as the sandbox sees it. One that no kind matches fails the run by name, so that a new kind of
request cannot come without its kill points.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from aiohttp import web

BEFORE, BETWEEN, AFTER = "before", "between", "after"  # between: committed there, not answered
PHASES = (BEFORE, BETWEEN, AFTER)

CALL, STREAM, CREATE = "wan call", "wan stream", "task create"
_REST, _WAN = "/api/v10", r"/api/v1/services/aigc"
_KINDS = {
    "callback": f"POST {_REST}/interactions/.+/callback",
    "edit by token": f"PATCH {_REST}/webhooks/.+/messages/.+",
    "delete by token": f"DELETE {_REST}/webhooks/.+/messages/.+",
    "read by token": f"GET {_REST}/webhooks/.+/messages/.+",
    "follow-up": rf"POST {_REST}/webhooks/\d+/[^/]+",
    "message": rf"POST {_REST}/channels/\d+/messages",
    "edit": rf"PATCH {_REST}/channels/\d+/messages/\d+",
    "delete": rf"DELETE {_REST}/channels/\d+/messages/\d+",
    "read": rf"GET {_REST}/channels/\d+/messages/\d+",
    "history": rf"GET {_REST}/channels/\d+/messages",
    "open direct": f"POST {_REST}/users/@me/channels",
    "commands": f"PUT {_REST}/applications/.+/commands",
    "file": "GET /(ephemeral-)?attachments/.+",
    CALL: f"POST {_WAN}/multimodal-generation/generation/?",
    CREATE: f"POST {_WAN}/image-generation/generation/?",
    "task query": "GET /api/v1/tasks/[^/]+/?",
    "result download": "GET /results/.+",
}
DIRECT = "direct message"
KINDS = (*_KINDS, DIRECT, STREAM)
# Read once at a start, before anything is at stake; the gateway is a socket, not a request.
AT_START = re.compile(f"GET ({_REST}/(users/@me|oauth2/applications/@me|applications/@me|gateway/bot)|/gateway)")

STATES = ("asked", "queued", "submitting", "submitted", "made", "done", "failed", "cancelled")
ADOPTED, TOLD = "adopted", "told"  # no states, and as good a moment to die
ANY = "any moment"


@dataclass(frozen=True)
class Point:
    """*phase* is empty for a state."""

    what: str
    phase: str = ""

    def __str__(self) -> str:
        return f"{self.what}, {self.phase}" if self.phase else self.what


def kind_of(request: web.Request, direct_channels: set[str]) -> str | None:
    """None for what is read at a start. ValueError for a request of no known kind."""
    seen = f"{request.method} {request.path}"
    if AT_START.fullmatch(seen):
        return None
    kind = next((name for name, pattern in _KINDS.items() if re.fullmatch(pattern, seen)), None)
    if kind is None:
        raise ValueError(f"a kind of request without a kill point: {seen}")
    if kind == "message" and request.path.split("/")[-2] in direct_channels:
        return DIRECT
    if kind == CALL and request.headers.get("X-DashScope-SSE") == "enable":
        return STREAM
    return kind


def all_points(*, stories: bool) -> list[Point]:
    """Every point there is. *stories*: whether this version of the bot asks for streams."""
    kinds = [kind for kind in KINDS if stories or kind != STREAM]
    asked = [Point(kind, phase) for kind in kinds for phase in PHASES]
    return [*asked, *map(Point, (*STATES, ADOPTED, TOLD, ANY))]


def plan(points: list[Point], rng: Random) -> Iterator[Point]:
    """Every point once in random order, and again, and again."""
    while True:
        yield from rng.sample(points, len(points))
