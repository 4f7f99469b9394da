"""Where a bot can be killed: before, while and after each kind of request is answered, and after each state of a job.

A kind is a request as the sandbox sees it. A request that matches no kind fails the run by name, so that a new kind of
request cannot come without its kill points.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from aiohttp import web

from imagegen.states import State

BEFORE, BETWEEN, AFTER = "before", "between", "after"  # between: committed there, not answered
PHASES = (BEFORE, BETWEEN, AFTER)

CALL, STREAM, CREATE, CANCEL = "wan call", "wan stream", "task create", "task cancel"
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
    CANCEL: "POST /api/v1/tasks/[^/]+/cancel/?",
    "result download": "GET /results/.+",
}
DIRECT = "direct message"
KINDS = (*_KINDS, DIRECT, STREAM)
# Read once at a start, before anything is at stake; the gateway is a socket, not a request.
AT_START = re.compile(
    f"GET ({_REST}/(users/@me|oauth2/applications/@me|applications/@me|gateway/bot)|/gateway|/api/v1/tasks)"
)

STATES = tuple(state.value for state in State)
ADOPTED, NOTIFIED, DELIVERING = "adopted", "notified", "delivering"  # no states, but moments that matter as much
ANY = "any moment"
# What the bot does to messages by itself; a callback is what a person pressed.
EFFECTS = ("edit by token", "delete by token", "follow-up", "message", "edit", "delete", DIRECT)
_ALONE = (
    CALL, STREAM, CREATE, CANCEL, "task query", "result download", "edit by token", "delete by token", "follow-up",
    "message", "edit", "delete", "history", DIRECT,
)  # fmt: skip
_MOVES = tuple(state for state in STATES if state != State.REQUESTED)


@dataclass(frozen=True)
class Point:
    """One moment for a kill. *phase* is empty for a state."""

    what: str
    phase: str = ""

    def __str__(self) -> str:
        return f"{self.what}, {self.phase}" if self.phase else self.what


def kind_of(request: web.Request, direct_channels: set[str]) -> str | None:
    """Return the kind of a request, or None for a request of the start. ValueError for an unknown kind."""
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
    """Return every point. *stories*: whether this version of the bot requests streams."""
    kinds = [kind for kind in KINDS if stories or kind != STREAM]
    asked = [Point(kind, phase) for kind in kinds for phase in PHASES]
    return [*asked, *map(Point, (*STATES, DELIVERING, ADOPTED, NOTIFIED, ANY))]


CLAIMED = Point("submitting")  # between the claim and the first byte to Wan
OWNED = (CLAIMED, Point(DELIVERING))  # whoever sleeps there owns a job for sure: that it is adopted is waited for


def sleeping_points(*, stories: bool) -> list[Point]:
    """Where a process can be put to sleep while it acts alone: behind each request that has an effect or decides on
    one, and behind each transaction that gives it a job or moves one.
    """
    kinds = [kind for kind in _ALONE if stories or kind != STREAM]
    asked = [Point(kind, phase) for kind in kinds for phase in (BETWEEN, AFTER)]
    return [*asked, *map(Point, (*_MOVES, DELIVERING, NOTIFIED))]


def plan(points: list[Point], rng: Random) -> Iterator[Point]:
    """Yield every point once in random order, again and again."""
    while True:
        yield from rng.sample(points, len(points))


def sleeping_plan(points: list[Point], rng: Random) -> Iterator[Point]:
    """As ``plan``; every run begins between the claim and the first byte to Wan, and comes back there most often."""
    while True:
        for number, point in enumerate(rng.sample(points, len(points))):
            if number % 8 == 0:
                yield CLAIMED
            yield point
