"""The gateway: hello, identify, ready, events, heartbeats, resume. Events are plain text frames.

https://discord.com/developers/docs/events/gateway (2026-11-22)
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from sandbox.discord import posting
from sandbox.faults import Faults, declare
from sandbox.record import Record
from sandbox.world import Channel, Json, World

HEARTBEAT_MS = 41_250
GUILDS, GUILD_MESSAGES, DM_MESSAGES, MESSAGE_CONTENT = 1 << 0, 1 << 9, 1 << 12, 1 << 15
PRIVILEGED = (1 << 1) | (1 << 8) | MESSAGE_CONTENT

DROPS = declare("gateway_drops", "The connection is dropped before the next event; a resume replays it.")
INVALID_SESSION = declare("gateway_invalid_session", "The next resume is refused: identify anew.")
DUPLICATE = declare("duplicate_event", "The next event is delivered twice.")


@dataclass
class Session:
    """What a resume needs: every event since identify."""

    id: str
    intents: int
    shard: tuple[int, int]
    events: list[Json] = field(default_factory=list)
    socket: web.WebSocketResponse | None = None

    @property
    def sequence(self) -> int:
        return len(self.events)

    def wants(self, name: str, channel: Channel | None) -> bool:
        server_id = channel.server_id if channel else None
        shard = (int(server_id) >> 22) % self.shard[1] if server_id else 0
        if shard != self.shard[0]:
            return False
        if name.startswith("MESSAGE"):
            return bool(self.intents & (GUILD_MESSAGES if server_id else DM_MESSAGES))
        return name == "INTERACTION_CREATE" or bool(self.intents & GUILDS)


class Gateway:
    """All sessions of the bot. Registered with the world, whose every event passes through ``publish``."""

    def __init__(self, world: World, faults: Faults, record: Record, token: str) -> None:
        self._world, self._faults, self._record, self._token = world, faults, record, token
        self.sessions: dict[str, Session] = {}
        self._outbox: list[tuple[Session, Json]] = []
        world.on_event.append(self.publish)

    @property
    def ready(self) -> bool:
        return any(session.socket is not None for session in self.sessions.values())

    def publish(self, name: str, body: Json, channel: Channel | None) -> None:
        """Give an event to every session that wants it; sent by ``flush``, in order."""
        for session in self.sessions.values():
            if not session.wants(name, channel):
                continue
            seen = body
            if name in ("MESSAGE_CREATE", "MESSAGE_UPDATE") and channel and not session.intents & MESSAGE_CONTENT:
                seen = posting.censored(self._world, body, channel)
            for _ in range(2 if self._faults.take(DUPLICATE) is not None else 1):
                self._event(session, name, seen)

    def _event(self, session: Session, name: str, body: Json) -> None:
        event = {"op": 0, "s": session.sequence + 1, "t": name, "d": body}
        session.events.append(event)
        self._outbox.append((session, event))

    async def flush(self) -> None:
        """Send what was published. A dead socket keeps its events for the resume."""
        while self._outbox:
            session, event = self._outbox.pop(0)
            socket = session.socket
            if socket is None or socket.closed:
                continue
            if self._faults.take(DROPS) is not None:
                session.socket = None
                await socket.close(code=4000, message=b"rehearsed")
                continue
            try:
                await socket.send_str(json.dumps(event))
            except ConnectionError:
                session.socket = None

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(max_msg_size=4096 + 1)
        await socket.prepare(request)
        await socket.send_str(json.dumps({"op": 10, "d": {"heartbeat_interval": HEARTBEAT_MS}, "s": None, "t": None}))
        session: Session | None = None
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                break
            payload = json.loads(message.data)
            self._record.add("gateway", op=payload["op"], at=self._world.clock.now().isoformat())
            session = await self._take(request, socket, session, payload)
        if session is not None and session.socket is socket:
            session.socket = None
            if socket.close_code in (1000, 1001):  # the client's own goodbye ends its session
                self.sessions.pop(session.id, None)
        return socket

    async def _take(
        self, request: web.Request, socket: web.WebSocketResponse, session: Session | None, payload: Json
    ) -> Session | None:
        match payload["op"]:
            case 1:
                await socket.send_str(json.dumps({"op": 11, "d": None, "s": None, "t": None}))
            case 2 if session is not None:
                await socket.close(code=4005, message=b"Already authenticated.")
            case 2:
                return await self._identify(request, socket, payload["d"])
            case 6:
                return await self._resume(socket, payload["d"])
            case 3 | 4 | 8:
                pass
            case _:
                await socket.close(code=4001, message=b"Unknown opcode.")
        return session

    async def _identify(self, request: web.Request, socket: web.WebSocketResponse, asked: Json) -> Session | None:
        code = self._refusal(asked)
        if code is not None:
            await socket.close(code=code)
            return None
        number, count = asked.get("shard") or (0, 1)
        session = Session(secrets.token_hex(8), int(asked["intents"]), (number, count), socket=socket)
        self.sessions[session.id] = session
        servers = [self._world.server_json()] if (int(self._world.server_id) >> 22) % count == number else []
        ready: dict[str, Any] = {
            "v": 10,
            "user": self._world.user_json(self._world.bot_id),
            "guilds": [{"id": server["id"], "unavailable": True} for server in servers],
            "session_id": session.id,
            "resume_gateway_url": f"ws://{request.host}/gateway",
            "shard": [number, count],
            "application": {"id": self._world.bot_id, "flags": 0},
        }
        self._event(session, "READY", ready)
        for server in servers:
            self._event(session, "GUILD_CREATE", server)
        await self.flush()
        return session

    def _refusal(self, asked: Json) -> int | None:
        """The close code of an identify that is refused."""
        if asked.get("token") != self._token:
            return 4004
        shard = asked.get("shard") or (0, 1)
        if not 0 <= shard[0] < shard[1]:
            return 4010
        granted = MESSAGE_CONTENT if self._world.message_content else 0
        return 4014 if int(asked["intents"]) & PRIVILEGED & ~granted else None

    async def _resume(self, socket: web.WebSocketResponse, asked: Json) -> Session | None:
        session = self.sessions.get(str(asked.get("session_id")))
        if session is None or self._faults.take(INVALID_SESSION) is not None:
            await socket.send_str(json.dumps({"op": 9, "d": False, "s": None, "t": None}))
            return None
        session.socket = socket
        for event in session.events[int(asked["seq"]) :]:
            await socket.send_str(json.dumps(event))
        self._event(session, "RESUMED", {})
        await self.flush()
        return session
