"""The gateway: hello, identify, ready, events, heartbeats, resume.

https://discord.com/developers/docs/events/gateway (2026-11-24)
"""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from contextlib import suppress
from typing import Any

from aiohttp import WSMsgType, web

from sandbox import json_input
from sandbox.discord import members, message_rules
from sandbox.discord.event_faults import MESSAGES, EventFaults
from sandbox.discord.gateway_socket import GatewaySocket
from sandbox.discord.session import (
    GUILD_MEMBERS,  # fmt: skip
    GUILD_PRESENCES,
    KNOWN_INTENTS,
    MESSAGE_CONTENT,
    PRIVILEGED,
    Session,
)
from sandbox.faults import Faults, declare
from sandbox.record import Record
from sandbox.records import Channel, Json
from sandbox.world import EventTarget, World

MAX_PAYLOAD = 4096
# No network answers a heartbeat at once. discord.py notes the time of a heartbeat in another thread after sending it
# (2.7.1, gateway.py): an answer that is sooner is measured from the heartbeat before, and "Can't keep up" is logged.
ROUND_TRIP_S = 0.03
MAX_SENDS, SEND_WINDOW_S = 120, 60.0
INVALID_SESSION_PAYLOAD: Json = {"op": 9, "d": False, "s": None, "t": None}

DISCONNECT = declare("gateway_disconnect", "The connection closes before the next event; a resume replays the event.")
INVALID_SESSION = declare("gateway_invalid_session", "The next resume is refused, so that the bot must identify again.")
DUPLICATE = declare("duplicate_event", "The next event is sent twice.")


class Gateway:
    """All sessions of the bot. The world calls ``publish`` for each event."""

    def __init__(self, world: World, faults: Faults, record: Record, token: str) -> None:
        self._world, self._faults, self._record, self.token = world, faults, record, token
        self._event_faults = EventFaults(world, faults)
        self.sessions: dict[str, Session] = {}
        self._outbox: list[tuple[Session, Json]] = []
        self._identified_s = -1e9
        world.on_event.append(self.publish)

    @property
    def ready(self) -> bool:
        """Return whether the bot has an open connection."""
        return any(session.socket is not None for session in self.sessions.values())

    def publish(self, name: str, body: Json, where: EventTarget) -> None:
        """Queue an event for every session that wants it. ``flush`` sends the queue in order."""
        if not self._reaches_bot(name, where):
            return
        if self._event_faults.loses(name):
            return
        body = self._event_faults.tampered(name, body)
        faulty = self._event_faults.without_intent(name, body)
        channel = where if isinstance(where, Channel) else None
        own_member = name == "GUILD_MEMBER_UPDATE" and body["user"]["id"] == self._world.bot_id
        for session in self.sessions.values():
            server_id = where.server_id if where else None
            if not (session.wants(name, server_id) or (own_member and session.has_server(server_id))):
                continue
            visible = body
            if name in MESSAGES and channel and not session.intents & MESSAGE_CONTENT:
                visible = faulty or message_rules.without_content(self._world, body, channel)
            for _ in range(2 if self._faults.take(DUPLICATE) is not None else 1):
                self._queue(session, name, visible)

    def _reaches_bot(self, name: str, where: EventTarget) -> bool:
        """Return whether the bot may get an event. Interactions reach it even where it is not a member."""
        if name in ("INTERACTION_CREATE", "GUILD_DELETE") or where is None:
            return True
        if isinstance(where, Channel) and name.startswith(("MESSAGE", "THREAD")):
            return self._world.sees(self._world.bot_id, where)
        return where.server_id is None or self._world.servers[where.server_id].with_bot

    def _queue(self, session: Session, name: str, body: Json) -> None:
        event = {"op": 0, "s": session.sequence + 1, "t": name, "d": body}
        session.events.append(event)
        self._outbox.append((session, event))

    async def flush(self) -> None:
        """Send the queued events. A closed connection's events wait for the resume."""
        while self._outbox and not self._world.settings.gateway_silent:
            session, event = self._outbox.pop(0)
            socket = session.socket
            if socket is None or socket.closed:
                continue
            if self._faults.take(DISCONNECT) is not None:
                session.socket = None
                await socket.close(4000, "injected")
                continue
            try:
                await socket.send(event)
            except ConnectionError:
                session.socket = None

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        """Serve one connection until it closes. A client that closes with 1000 or 1001 ends its session."""
        socket = await self._accept(request)
        session: Session | None = None
        sent: deque[float] = deque(maxlen=MAX_SENDS)
        async for message in socket.response:
            if message.type is not WSMsgType.TEXT:
                break
            if (payload := _payload(message.data)) is None:
                await socket.close(4002, "Error while decoding payload.")
                break
            if self._is_rate_limited(sent):
                await socket.close(4008, "You are being rate limited.")
                break
            self._record.add("gateway", op=payload["op"], at=self._world.clock.now().isoformat())
            session = await self._handle_payload(request, socket, session, payload)
        if session is not None and session.socket is socket:
            session.socket = None
            if socket.response.close_code in (1000, 1001):  # the client closed, which ends its session
                self.sessions.pop(session.id, None)
        self._world.changed()  # the page shows whether the bot is connected
        return socket.response

    async def _accept(self, request: web.Request) -> GatewaySocket:
        """Open a connection and send hello."""
        socket = await GatewaySocket.accept(request, 16 * MAX_PAYLOAD)
        interval_ms = round(self._world.settings.heartbeat_s * 1000)
        await socket.send({"op": 10, "d": {"heartbeat_interval": interval_ms}, "s": None, "t": None})
        return socket

    def _is_rate_limited(self, sent: deque[float]) -> bool:
        now_s = self._world.clock.elapsed_s()
        if len(sent) == MAX_SENDS and sent[0] > now_s - SEND_WINDOW_S:
            return True
        sent.append(now_s)
        return False

    async def _handle_payload(
        self, request: web.Request, socket: GatewaySocket, session: Session | None, payload: Json
    ) -> Session | None:
        if payload["op"] == 1 and session is not None:
            session.heartbeat_at = self._world.clock.now().isoformat()
        match payload["op"]:
            case 1 if self._world.settings.gateway_silent:
                pass
            case 1:
                await asyncio.sleep(ROUND_TRIP_S)
                await socket.send({"op": 11, "d": None, "s": None, "t": None})
            case 2 if session is not None:
                await socket.close(4005, "Already authenticated.")
            case 2:
                return await self._identify(request, socket, payload["d"])
            case 6:
                return await self._resume(socket, payload["d"])
            case 3 | 4 | 8 if session is None:
                await socket.close(4003, "Not authenticated.")
            case 8 if session is not None:
                await self._list_members(session, payload["d"])
            case 3 | 4:
                pass
            case _:
                await socket.close(4001, "Unknown opcode.")
        return session

    async def _identify(self, request: web.Request, socket: GatewaySocket, data: Json) -> Session | None:
        code = self._close_code(data)
        if code is not None:
            await socket.close(code)
            return None
        if self._world.clock.elapsed_s() - self._identified_s < self._world.settings.identify_every_s:
            await socket.send(INVALID_SESSION_PAYLOAD)
            return None
        self._identified_s = self._world.clock.elapsed_s()
        number, count = data.get("shard") or (0, 1)
        session = Session(secrets.token_hex(8), int(data["intents"]), (number, count), socket=socket)
        self.sessions[session.id] = session
        self._queue_ready(session, request.host)
        self._world.changed()
        await self.flush()
        return session

    def _queue_ready(self, session: Session, host: str) -> None:
        """Queue READY, and GUILD_CREATE for each server of the session's shard."""
        world = self._world
        here = [server for server in world.servers.values() if server.with_bot and session.has_server(server.id)]
        servers = [
            members.server_json(world, server, all_members=bool(session.intents & GUILD_PRESENCES)) for server in here
        ]
        ready: Json = {
            "v": 10,
            "user": world.user_json(world.bot_id),
            "guilds": [{"id": server["id"], "unavailable": True} for server in servers],
            "session_id": session.id,
            "resume_gateway_url": f"ws://{host}/gateway",
            "shard": list(session.shard),
            "application": {"id": world.bot_id, "flags": 0},
        }
        self._queue(session, "READY", ready)
        for server in servers:
            self._queue(session, "GUILD_CREATE", server)

    async def _list_members(self, session: Session, asked: Json) -> None:
        """Answer a request for members. Discord ignores one for a server that the bot is not in."""
        with suppress(KeyError, TypeError, ValueError):
            self._queue(session, "GUILD_MEMBERS_CHUNK", members.chunk(self._world, asked))
        await self.flush()

    def _close_code(self, data: Json) -> int | None:
        """Return the close code for an identify that Discord refuses, or None."""
        if data.get("token") != self.token:
            return 4004
        shard = data.get("shard") or (0, 1)
        if not 0 <= shard[0] < shard[1]:
            return 4010
        intents = data.get("intents")
        if not isinstance(intents, int) or intents & ~KNOWN_INTENTS:
            return 4013
        settings = self._world.settings
        granted = MESSAGE_CONTENT if settings.message_content else 0
        granted |= GUILD_MEMBERS | GUILD_PRESENCES if settings.member_intents else 0
        return 4014 if intents & PRIVILEGED & ~granted else None

    async def _resume(self, socket: GatewaySocket, data: Json) -> Session | None:
        session = self.sessions.get(str(data.get("session_id")))
        if session is None or session.refuses_resume or self._faults.take(INVALID_SESSION) is not None:
            self.sessions.pop(str(data.get("session_id")), None)
            await socket.send(INVALID_SESSION_PAYLOAD)
            return None
        session.socket = socket
        self._world.changed()
        for event in session.events[int(data["seq"]) :]:
            await socket.send(event)
        self._queue(session, "RESUMED", {})
        await self.flush()
        return session


def _payload(text: str) -> Json | None:
    """Return what a client sent; None if it is over 4096 bytes or not a payload."""
    try:
        payload: Any = json_input.load(text)
    except ValueError:
        return None
    is_valid = len(text.encode()) <= MAX_PAYLOAD and isinstance(payload, dict) and isinstance(payload.get("op"), int)
    return payload if is_valid else None
