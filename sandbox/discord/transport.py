"""What all REST routes share: the token, rate limits, bodies, errors, the record, and faults of transport."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import struct
import time
from collections.abc import Awaitable, Callable, Mapping
from http.client import responses
from typing import Any, NoReturn

from aiohttp import BodyPartReader, web

from sandbox import json_input
from sandbox.discord import openapi
from sandbox.discord.errors import REFUSALS, DiscordError, invalid, refusal, unauthorized
from sandbox.discord.message_rules import Upload
from sandbox.discord.rate_limits import RateLimits, rate_limited
from sandbox.faults import Argument, Faults, declare, noted_in
from sandbox.record import Entry, Record
from sandbox.records import Json
from sandbox.world import World

Answer = tuple[int, Any]
Handler = Callable[[web.Request, "Call"], Awaitable[Answer] | Answer]
Route = tuple[str, str, Handler]  # method, path under /api/v10, handler


def _is_an_error(arguments: Mapping[str, Argument]) -> None:
    if arguments["code"] not in REFUSALS:
        raise ValueError(f"code must be one of {list(REFUSALS)}, not {arguments['code']}")


TOO_MANY_REQUESTS = declare(
    "too_many_requests",
    "Answers 429 with retry_after_s. scope: user, global or shared; code: 20028 or 20029 for a write limit.",
    match="", retry_after_s=0.2, scope="user", code=0,
)  # fmt: skip
BANNED = declare(
    "banned", "Answers 429 without JSON, as Cloudflare does to a banned address.", match="", retry_after_s=60
)
SERVER_ERROR = declare("server_error_before", "Answers a 5xx; the call has no effect.", match="", status=500)
SERVER_ERROR_AFTER = declare("server_error_after", "Answers a 5xx; the call has taken effect.", match="", status=502)
DISCORD_ERROR = declare(
    "discord_error", "Answers one of Discord's error codes; the call has no effect.", _is_an_error,
    match="", code=50013,
)  # fmt: skip
RESET_AFTER = declare("discord_reset_after", "Resets the connection after the call has taken effect.", match="")
RESET_BEFORE = declare("discord_reset_before", "Resets the connection while the request arrives; no effect.", match="")
SLOW_REST = declare("slow_rest", "Waits *seconds* of real time before the call takes effect.", match="", seconds=1.0)
SLOW_BODY = declare(
    "slow_body", "Takes effect at once; half of the answer is *seconds* late, in real time.", match="", seconds=1.0
)
SLOW_READER = declare(
    "slow_reader", "Reads a request's files slowly: 64 KB, then a pause of *pause_s* real seconds.",
    match="", pause_s=0.1,
)  # fmt: skip

UNKNOWN_ROUTE = "/{rest}"  # answered with 404 and the route's name

# What a request's ``check`` says about Discord's description. A request that was limited or failed before is not read.
NO_DESCRIPTION, NOT_READ, NO_ROUTE, KEPT, BROKEN = "no description", "not read", "no route", "kept", "broken"

CHUNK_BYTES = 64 * 1024


class Call:
    """A request that was read: its JSON, its files, and its entry in the record."""

    def __init__(self, payload: Json, uploads: list[Upload], entry: Entry) -> None:
        self.payload, self.uploads, self.entry = payload, uploads, entry


class Transport:
    """Turns handlers into routes."""

    def __init__(self, world: World, faults: Faults, record: Record, token: str) -> None:
        self.world, self.faults, self.record, self.token = world, faults, record, token
        self._rate_limits = RateLimits(world)
        self._openapi = openapi.load()

    def route(
        self, handler: Handler, *, with_token: bool = True
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """Wrap a handler. Routes of interactions take no bot token: pass ``with_token=False``."""

        async def handle(request: web.Request) -> web.StreamResponse:
            began_s = time.monotonic()
            entry = self._add_entry(request)
            try:
                with noted_in(entry):
                    return await self._respond(request, handler, entry, with_token)
            finally:
                entry["duration_ms"] = round((time.monotonic() - began_s) * 1000)

        return handle

    def _add_entry(self, request: web.Request) -> Entry:
        at, check = self.world.clock.now().isoformat(), NO_DESCRIPTION if self._openapi is None else NOT_READ
        return self.record.add("discord", at=at, method=request.method, path=_without_token(request.path), check=check)

    async def _respond(
        self, request: web.Request, handler: Handler, entry: Entry, with_token: bool
    ) -> web.StreamResponse:
        endpoint = f"{request.method} {request.path}"
        if (armed := self.faults.take(BANNED, endpoint)) is not None:
            entry["status"], headers = 429, {"Retry-After": str(armed["retry_after_s"])}
            return web.Response(status=429, text="error code: 1015", headers=headers)
        try:
            status, body, headers = await self._answer(request, handler, endpoint, entry, with_token)
        except DiscordError as error:
            status, body, headers = error.status, error.body, {}
        entry["status"] = status
        self._check_answer(request, status, body, entry)
        answer = self._inject_after(request, endpoint) or _json(status, body, headers)
        if (armed := self.faults.take(SLOW_BODY, endpoint)) is not None:
            return await _send_slowly(request, answer, float(armed["seconds"]))
        return answer

    async def _answer(
        self, request: web.Request, handler: Handler, endpoint: str, entry: Entry, with_token: bool
    ) -> tuple[int, Any, dict[str, str]]:
        if with_token and request.headers.get("Authorization") != f"Bot {self.token}":
            raise unauthorized()
        if (armed := self.faults.take(TOO_MANY_REQUESTS, endpoint)) is not None:
            return rate_limited(float(armed["retry_after_s"]), str(armed["scope"]), int(armed["code"]))
        await self._inject_before(request, endpoint)
        token = None if with_token else request.match_info["token"]
        headers, limited = self._rate_limits.spend(request.method, request.path, token)
        if limited is not None:
            return limited
        armed = self.faults.take(SLOW_READER, endpoint)
        payload, uploads = await _read_body(
            request, _read_whole if armed is None else _slow_reader(request, float(armed["pause_s"]))
        )
        entry["body"] = payload
        entry["files"] = [{"filename": upload.filename, "bytes": len(upload.data)} for upload in uploads]
        self._check_request(request, payload, entry)
        outcome = handler(request, Call(payload, uploads, entry))
        status, body = outcome if isinstance(outcome, tuple) else await outcome
        return status, body, headers

    async def _inject_before(self, request: web.Request, endpoint: str) -> None:
        """Misbehave before the handler runs."""
        if self.faults.take(RESET_BEFORE, endpoint) is not None:
            _reset_connection(request)
        if (armed := self.faults.take(SLOW_REST, endpoint)) is not None:
            await asyncio.sleep(float(armed["seconds"]))
        if (armed := self.faults.take(DISCORD_ERROR, endpoint)) is not None:
            await request.read()
            raise refusal(int(armed["code"]))
        if (armed := self.faults.take(SERVER_ERROR, endpoint)) is not None:
            await request.read()
            status = int(armed["status"])
            raise DiscordError(status, 0, f"{status}: {responses.get(status, 'Unknown')}")

    def _check_request(self, request: web.Request, payload: Json, entry: Entry) -> None:
        if self._openapi is None:
            return
        if _path_template(request) == UNKNOWN_ROUTE:
            entry["check"] = NO_ROUTE
            return
        entry["check"] = KEPT
        if (violation := self._openapi.request_violation(request.method, _path_template(request), payload)) is not None:
            entry["check"], entry["violation"] = BROKEN, violation
            self._add_violation(entry, "bot", violation)
            if not self._openapi.tolerates(request.method, _path_template(request), payload):
                raise invalid("openapi", "DESCRIPTION", violation)

    def _check_answer(self, request: web.Request, status: int, body: Any, entry: Entry) -> None:
        if self._openapi is None or status >= 300 or body is None:
            return
        template = _path_template(request)
        if (violation := self._openapi.answer_violation(request.method, template, status, body)) is not None:
            entry["answer_violation"] = violation
            self._add_violation(entry, "sandbox", violation)

    def _add_violation(self, entry: Entry, side: str, what: str) -> None:
        self.record.add("violations", method=entry["method"], path=entry["path"], side=side, what=what)

    def _inject_after(self, request: web.Request, endpoint: str) -> web.Response | None:
        """Return what is answered instead, after the handler ran; None without a fault."""
        if self.faults.take(RESET_AFTER, endpoint) is not None:
            _reset_connection(request)
        if (armed := self.faults.take(SERVER_ERROR_AFTER, endpoint)) is None:
            return None
        return web.Response(status=int(armed["status"]), text="<html>", headers={"Via": "sandbox"})


def _reset_connection(request: web.Request) -> NoReturn:
    """Reset the connection: the client sees errno 104."""
    if request.transport is not None:
        linger = struct.pack("ii", 1, 0)
        request.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        request.transport.abort()
    raise asyncio.CancelledError


async def _send_slowly(request: web.Request, answer: web.Response, seconds: float) -> web.StreamResponse:
    """Send the same answer, with its second half late."""
    stream = web.StreamResponse(status=answer.status, headers=answer.headers)
    raw = answer.body if isinstance(answer.body, bytes) else b""
    stream.content_length = len(raw)
    await stream.prepare(request)
    await stream.write(raw[: len(raw) // 2])
    await asyncio.sleep(seconds)
    await stream.write(raw[len(raw) // 2 :])
    return stream


def _path_template(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return "" if resource is None else resource.canonical.removeprefix("/api/v10")


def _without_token(path: str) -> str:
    """Return a path without its interaction token."""
    return re.sub(r"(/(?:webhooks|interactions)/\d+/)[^/]+", r"\1…", path)


def _json(status: int, body: Any, headers: dict[str, str]) -> web.Response:
    """Build an answer. discord.py needs exactly this content type, and without Via takes a 429 for Cloudflare's."""
    if body is None:
        return web.Response(status=status, headers={"Via": "1.1 sandbox", **headers})
    raw = json.dumps(body).encode()
    return web.Response(
        status=status, body=raw, headers={"Content-Type": "application/json", "Via": "1.1 sandbox", **headers}
    )


async def _read_whole(part: BodyPartReader) -> bytes:
    return bytes(await part.read())


def _slow_reader(request: web.Request, pause_s: float) -> Callable[[BodyPartReader], Awaitable[bytes]]:
    """Return a reader with a small buffer, so that the sender waits as on a slow connection."""
    if request.transport is not None:
        request.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, CHUNK_BYTES)

    async def read(part: BodyPartReader) -> bytes:
        data = bytearray()
        while piece := await part.read_chunk(CHUNK_BYTES):
            data += piece
            await asyncio.sleep(pause_s)
        return bytes(data)

    return read


async def _read_body(
    request: web.Request, read: Callable[[BodyPartReader], Awaitable[bytes]]
) -> tuple[Any, list[Upload]]:
    if not request.content_type.startswith("multipart/"):
        raw = await request.read()
        return (_payload(raw) if raw else {}), []
    payload: Json = {}
    uploads: list[Upload] = []
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            raise DiscordError(400, 50035, "Invalid Form Body")
        data = await read(part)
        if part.name == "payload_json":
            payload = _payload(data)
        elif (found := re.fullmatch(r"files\[(\d+)\]", part.name or "")) is not None:
            uploads.append(Upload(found[1], part.filename or "file", data))
    return payload, uploads


def _payload(raw: bytes) -> Any:
    try:
        return json_input.load(raw)
    except ValueError:
        raise DiscordError(400, 50109, "The request body contains invalid JSON.") from None
