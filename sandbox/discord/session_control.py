"""Show the gateway's sessions, and interrupt one as Discord does.

https://discord.com/developers/docs/topics/opcodes-and-status-codes#gateway (2026-11-29)
"""

from __future__ import annotations

from sandbox.discord.gateway import Gateway
from sandbox.discord.gateway_socket import GatewaySocket
from sandbox.discord.session import Session, intent_names
from sandbox.records import Json

SHORT_ID = 6  # characters: enough to tell sessions apart, too few to resume one
MAX_SESSIONS = 20
RECONNECT: Json = {"op": 7, "d": None, "s": None, "t": None}
LOST = 1006  # no close frame: the connection is cut
RESUMABLE = (LOST, 4000)
# Discord ends the session with these. After 4004 and 4014 a client must not connect again.
ENDING = (1000, 4009, 4004, 4014)


class SessionControl:
    """What the control port can do to the sessions of a gateway. A session is named by the begin of its id."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def sessions(self) -> list[Json]:
        """Return the newest sessions, oldest first, as ``GET /gateway/sessions`` answers."""
        return [_as_json(session) for session in list(self._gateway.sessions.values())[-MAX_SESSIONS:]]

    async def drop(self, name: str, code: int) -> None:
        """Close a session's connection with *code*, or cut it for 1006.

        ValueError for an unknown session or another code, or if the session is not connected.
        """
        if code not in (*RESUMABLE, *ENDING):
            raise ValueError(f"the code must be one of {[*RESUMABLE, *ENDING]}, not {code}")
        session = self._session(name)
        socket, session.socket = _socket(session), None
        if code in ENDING:
            del self._gateway.sessions[session.id]
        if code == LOST:
            socket.abort()
        else:
            await socket.close(code, "closed by the sandbox's panel")

    async def ask_for_reconnect(self, name: str) -> None:
        """Send a session opcode 7: the client is to connect again, and to resume. Errors as for ``drop``."""
        await _socket(self._session(name)).send(RECONNECT)

    def refuse_resume(self, name: str) -> None:
        """Refuse the session's next resume, which ends the session. ValueError for an unknown session."""
        self._session(name).refuses_resume = True

    def _session(self, name: str) -> Session:
        found = [session for session in self._gateway.sessions.values() if session.id[:SHORT_ID] == name]
        if not found:
            raise ValueError(f"there is no session {name!r}")
        return found[0]


def _socket(session: Session) -> GatewaySocket:
    if session.socket is None or session.socket.closed:
        raise ValueError(f"session {session.id[:SHORT_ID]} is not connected")
    return session.socket


def _as_json(session: Session) -> Json:
    return {
        "id": session.id[:SHORT_ID],
        "shard": list(session.shard),
        "intents": intent_names(session.intents),
        "connected": session.socket is not None and not session.socket.closed,
        "events": session.sequence,
        "heartbeat_at": session.heartbeat_at,
        "refuses_resume": session.refuses_resume,
    }
