"""Stands around every request to the sandbox: kills whoever sent the one that is armed, and writes down what was sent
to Wan, by whom, and whether its answer was given."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from random import Random
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from sqlalchemy import RowMapping

from tests.chaos.bots import ChaosBot, requester
from tests.chaos.points import AFTER, BEFORE, BETWEEN, CALL, CREATE, EFFECTS, STREAM, Point, kind_of

# What an event in the world was caused by: the kind of the request, its process, and when it came.
CAUSE: ContextVar[tuple[str, int, float]] = ContextVar("cause")
NOBODY = -1  # the process of a request that was read when its sender had died
AFTER_AT_MOST_S = 0.02  # an answer on its way is read, or is not
STREAMS_AT_MOST_S = 0.5


@dataclass
class Sent:
    """One request for images. *billed* is known when the local Wan has made them."""

    prompt: str
    seed: int
    kind: str
    pid: int
    at_s: float
    handled: bool = False
    refused: bool = False  # by an error body of Wan's own
    answered: bool = False
    task_id: str = ""
    request_id: str = ""

    def is_of(self, job: RowMapping) -> bool:
        """Whether it asked for what that row asks for: Again has the same words and another seed."""
        request = json.loads(job["request"])
        return bool(self.prompt == request["prompt"] and self.seed == request["seed"])


class Trigger:
    """Armed with one point at a time. ``middleware`` is what the sandbox is started with."""

    def __init__(self) -> None:
        self.bots: list[ChaosBot] = []
        self.direct_channels: Callable[[], set[str]] = set
        self.sent: list[Sent] = []
        self.wrong: list[str] = []
        self.fired: ChaosBot | None = None
        self._point: Point | None = None
        self._skip = 0
        self._act: Callable[[ChaosBot], None] = ChaosBot.die
        self._rng = Random(0)
        self._going_on: set[asyncio.Task[Any]] = set()

    def arm(
        self, point: Point | None, rng: Random, skip: int = 0, act: Callable[[ChaosBot], None] = ChaosBot.die
    ) -> None:
        """Do *act* to whoever sends the next request of that kind, after *skip* others. None disarms."""
        self._point, self._rng, self._skip, self._act, self.fired = point, rng, skip, act, None

    @property
    def middleware(self) -> Middleware:
        @web.middleware
        async def around(request: web.Request, handler: Handler) -> web.StreamResponse:
            try:
                kind = kind_of(request, self.direct_channels())
            except ValueError as error:
                self.wrong.append(str(error))
                kind = None
            if kind is None:
                response: web.StreamResponse = await handler(request)
                return response
            return await self._watched(kind, request, handler)

        return around

    async def _watched(self, kind: str, request: web.Request, handler: Handler) -> web.StreamResponse:
        phase = self._aimed(kind)
        if kind in EFFECTS:
            sender = requester(request, self.bots)
            CAUSE.set((kind, NOBODY if sender is None else sender.pid, time.time()))
        sent = await self._noted(kind, request) if kind in (CALL, STREAM, CREATE) else None
        victim = None if phase is None else requester(request, self.bots)  # once answered, its socket may be gone
        if phase == BEFORE:
            self._fire(victim)
            self._cut(request)
        if phase == BETWEEN and kind == STREAM:
            delay_s = self._rng.uniform(0.01, STREAMS_AT_MOST_S)
            asyncio.get_running_loop().call_later(delay_s, self._fire, victim)
            phase = None
        ended = (lambda: self._fire_soon(victim)) if phase == AFTER and kind == STREAM else None
        response = await self._handled(request, handler, sent, ended)
        if phase == BETWEEN:
            self._fire(victim)
            self._cut(request)
        if phase == AFTER and kind != STREAM:
            await response.prepare(request)
            await response.write_eof()
            self._fire_soon(victim)
        if sent is not None:
            sent.answered = True
        return response

    def _aimed(self, kind: str) -> str | None:
        if self._point is None or self.fired is not None or self._point.what != kind:
            return None
        if self._skip:
            self._skip -= 1
            return None
        phase, self._point = self._point.phase, None
        return phase

    def _fire(self, victim: ChaosBot | None) -> None:
        self.fired = victim
        if victim is not None:
            self._act(victim)

    @staticmethod
    def _cut(request: web.Request) -> None:
        if request.transport is not None:
            request.transport.abort()
        raise asyncio.CancelledError

    def _fire_soon(self, victim: ChaosBot | None) -> None:
        """Not awaited: a client that hangs up ends the task that answers it, as it does at the end of a stream."""
        asyncio.get_running_loop().call_later(self._rng.uniform(0, AFTER_AT_MOST_S), self._fire, victim)

    async def _handled(
        self, request: web.Request, handler: Handler, sent: Sent | None, ended: Callable[[], None] | None
    ) -> web.StreamResponse:
        """To its end, also when the client has died meanwhile: what was asked of the real ones goes on, too."""
        task = asyncio.ensure_future(handler(request))
        self._going_on.add(task)
        task.add_done_callback(self._ended)
        if ended is not None:
            task.add_done_callback(lambda _: ended())
        if sent is not None:
            task.add_done_callback(lambda ended: _write_down(sent, ended))
        response: web.StreamResponse = await asyncio.shield(task)
        return response

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._going_on.discard(task)
        if not task.cancelled():
            task.exception()  # a dead client's: nobody else asks for it

    async def quiet(self) -> None:
        """Until nothing that was asked goes on any more."""
        while self._going_on:
            await asyncio.wait(self._going_on)

    async def _noted(self, kind: str, request: web.Request) -> Sent:
        body = json.loads(await request.read())
        texts = [part["text"] for message in body["input"]["messages"] for part in message["content"] if "text" in part]
        bot = requester(request, self.bots)
        seed = int(body["parameters"].get("seed", -1))
        sent = Sent(" ".join(texts), seed, kind, NOBODY if bot is None else bot.pid, time.time())
        self.sent.append(sent)
        return sent


def _write_down(sent: Sent, ended: asyncio.Task[web.StreamResponse]) -> None:
    sent.handled = True
    if ended.cancelled() or ended.exception() is not None:
        return
    response = ended.result()
    sent.request_id = response.headers.get("x-request-id", "")
    body = json.loads(response.body) if isinstance(response, web.Response) and isinstance(response.body, bytes) else {}
    sent.refused = response.status >= 400 and bool(body.get("code"))
    sent.task_id = str((body.get("output") or {}).get("task_id") or "")
