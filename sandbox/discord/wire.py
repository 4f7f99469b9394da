"""What every REST route shares: the token, rate limits, bodies, errors, the record, misbehaviours in transport."""

from __future__ import annotations

import asyncio
import json
import re
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import BodyPartReader, web

from sandbox.discord import description
from sandbox.discord.errors import DiscordError, invalid, unauthorized
from sandbox.discord.posting import Upload
from sandbox.faults import Faults, declare
from sandbox.nouns import Json
from sandbox.record import Entry, Record
from sandbox.world import World

Answer = tuple[int, Any]
Handler = Callable[[web.Request, "Call"], Awaitable[Answer] | Answer]
Route = tuple[str, str, Handler]  # method, path under /api/v10, handler

TOO_MANY_REQUESTS = declare("too_many_requests", "429, to be tried again shortly.", match="", retry_after_s=0.2)
SERVER_ERROR = declare("server_error_before", "500 before anything was done.", match="")
SERVER_ERROR_AFTER = declare("server_error_after", "502 after it was done.", match="")
CUT = declare("discord_cut", "Done, then the connection is reset.", match="")
SLOW_REST = declare("slow_rest", "Answers late, by real seconds.", match="", seconds=1.0)

PER_CHANNEL = (5, 5.0)  # messages and edits in a channel: 5 in 5 s
ELSEWHERE = (50, 1.0)


class Call:
    """One request, read: its JSON, its files, and its entry in the record."""

    def __init__(self, payload: Json, uploads: list[Upload], entry: Entry) -> None:
        self.payload, self.uploads, self.entry = payload, uploads, entry


class Wire:
    """Wraps handlers into routes."""

    def __init__(self, world: World, faults: Faults, record: Record, token: str) -> None:
        self.world, self.faults, self.record, self.token = world, faults, record, token
        self._used: defaultdict[str, deque[float]] = defaultdict(deque)
        self._described = description.load()

    def route(self, handler: Handler, *, with_token: bool = True) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            place = f"{request.method} {request.path}"
            entry = self.record.add(
                "discord", at=self.world.clock.now().isoformat(), method=request.method, path=_hidden(request.path)
            )
            try:
                status, body, headers = await self._answer(request, handler, place, entry, with_token)
            except DiscordError as error:
                status, body, headers = error.status, error.body, {}
            entry["status"] = status
            self._check_answer(request, status, body)
            await self._misbehave_after(request, place, entry)
            return _json(status, body, headers)

        return handle

    async def _answer(
        self, request: web.Request, handler: Handler, place: str, entry: Entry, with_token: bool
    ) -> tuple[int, Any, dict[str, str]]:
        if with_token and request.headers.get("Authorization") != f"Bot {self.token}":
            raise unauthorized()
        if (armed := self._take(TOO_MANY_REQUESTS, place, entry)) is not None:
            return _limited(float(armed["retry_after_s"]))
        if (armed := self._take(SLOW_REST, place, entry)) is not None:
            await asyncio.sleep(float(armed["seconds"]))
        if self._take(SERVER_ERROR, place, entry) is not None:
            return 500, {"message": "500: Internal Server Error", "code": 0}, {}
        headers, wait_s = self._spend(request) if with_token else ({}, 0.0)
        if wait_s:
            return _limited(wait_s)
        payload, uploads = await _read(request)
        entry["body"] = payload
        entry["files"] = [{"filename": upload.filename, "bytes": len(upload.data)} for upload in uploads]
        self._check_request(request, payload, entry)
        made = handler(request, Call(payload, uploads, entry))
        status, body = made if isinstance(made, tuple) else await made
        return status, body, headers

    def _take(self, name: str, place: str, entry: Entry) -> dict[str, Any] | None:
        armed = self.faults.take(name, place)
        if armed is None:
            return None
        entry["fault"] = name
        return dict(armed)

    def _spend(self, request: web.Request) -> tuple[dict[str, str], float]:
        """Its bucket's headers, and how long to wait when the bucket is empty."""
        channel = re.fullmatch(r".*/channels/(\d+)/messages.*", request.path)
        limit, per_s = PER_CHANNEL if channel and request.method in ("POST", "PATCH") else ELSEWHERE
        bucket = f"{request.method}:{channel[1] if channel else request.path}"
        used, now_s = self._used[bucket], self.world.clock.elapsed_s()
        while used and used[0] <= now_s - per_s:
            used.popleft()
        if len(used) >= limit:
            return {}, used[0] + per_s - now_s
        used.append(now_s)
        reset_s = used[0] + per_s - now_s
        return {
            "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Remaining": str(limit - len(used)),
            "X-RateLimit-Reset": f"{self.world.clock.now().timestamp() + reset_s:.3f}",
            "X-RateLimit-Reset-After": f"{reset_s:.3f}",
            "X-RateLimit-Bucket": f"{request.method}{'c' if channel else ''}",
        }, 0.0

    def _check_request(self, request: web.Request, payload: Json, entry: Entry) -> None:
        if self._described is None or not payload:
            return
        if (wrong := self._described.request(request.method, _template(request), payload)) is not None:
            entry["violation"] = wrong
            self.record.add("violations", method=request.method, path=_hidden(request.path), side="bot", what=wrong)
            raise invalid("openapi", "DESCRIPTION", wrong)

    def _check_answer(self, request: web.Request, status: int, body: Any) -> None:
        if self._described is None or status >= 300 or body is None:
            return
        if (wrong := self._described.answer(request.method, _template(request), status, body)) is not None:
            self.record.add("violations", method=request.method, path=_hidden(request.path), side="sandbox", what=wrong)

    async def _misbehave_after(self, request: web.Request, place: str, entry: Entry) -> None:
        if self._take(SERVER_ERROR_AFTER, place, entry) is not None:
            raise web.HTTPBadGateway(text="<html>", headers={"Via": "sandbox"})
        if self._take(CUT, place, entry) is not None:
            if request.transport is not None:
                request.transport.abort()
            raise asyncio.CancelledError


def _template(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return "" if resource is None else resource.canonical.removeprefix("/api/v10")


def _hidden(path: str) -> str:
    """A path without the interaction token that it carries."""
    return re.sub(r"(/(?:webhooks|interactions)/\d+/)[^/]+", r"\1…", path)


def _limited(retry_after_s: float) -> tuple[int, Any, dict[str, str]]:
    body = {"message": "You are being rate limited.", "retry_after": round(retry_after_s, 3), "global": False}
    headers = {"Retry-After": str(max(1, round(retry_after_s))), "X-RateLimit-Scope": "user"}
    return 429, body, headers


def _json(status: int, body: Any, headers: dict[str, str]) -> web.Response:
    """discord.py reads JSON only under exactly this content type; without Via it takes a 429 for Cloudflare's."""
    if body is None:
        return web.Response(status=status, headers={"Via": "1.1 sandbox", **headers})
    raw = json.dumps(body).encode()
    return web.Response(
        status=status, body=raw, headers={"Content-Type": "application/json", "Via": "1.1 sandbox", **headers}
    )


async def _read(request: web.Request) -> tuple[Any, list[Upload]]:
    if not request.content_type.startswith("multipart/"):
        raw = await request.read()
        try:
            return (json.loads(raw) if raw else {}), []
        except ValueError:
            raise DiscordError(400, 50109, "The request body contains invalid JSON.") from None
    payload: Json = {}
    uploads: list[Upload] = []
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            raise DiscordError(400, 50035, "Invalid Form Body")
        data = bytes(await part.read())
        if part.name == "payload_json":
            payload = json.loads(data)
        elif (found := re.fullmatch(r"files\[(\d+)\]", part.name or "")) is not None:
            uploads.append(Upload(found[1], part.filename or "file", data))
    return payload, uploads
