"""A gateway connection: plain text frames, or one zlib stream if the client asks for it.

https://discord.com/developers/docs/events/gateway#transport-compression (2026-11-24). A client that asks for zstd
gets text, which clients accept beside any compression.
"""

from __future__ import annotations

import json
import zlib

from aiohttp import web

from sandbox.records import Json


class GatewaySocket:
    """Sends payloads in the client's chosen encoding."""

    def __init__(self, request: web.Request, response: web.WebSocketResponse, *, compressed: bool) -> None:
        self._request, self.response = request, response
        # One context for the whole connection, as Discord has: a client with a new one for each message fails.
        self._deflate = zlib.compressobj() if compressed else None

    @classmethod
    async def accept(cls, request: web.Request, max_bytes: int) -> GatewaySocket:
        """Complete the WebSocket handshake. Longer messages than *max_bytes* close the connection."""
        response = web.WebSocketResponse(max_msg_size=max_bytes)
        await response.prepare(request)
        return cls(request, response, compressed=request.query.get("compress") == "zlib-stream")

    @property
    def closed(self) -> bool:
        """Return whether the connection is closed."""
        return self.response.closed

    async def send(self, payload: Json) -> None:
        """Send one payload. ConnectionError if the client is gone."""
        text = json.dumps(payload)
        if self._deflate is None:
            await self.response.send_str(text)
        else:
            data = self._deflate.compress(text.encode()) + self._deflate.flush(zlib.Z_SYNC_FLUSH)
            await self.response.send_bytes(data)

    async def close(self, code: int, reason: str = "") -> None:
        """Close the connection with one of the gateway's close codes."""
        await self.response.close(code=code, message=reason.encode())

    def abort(self) -> None:
        """Cut the connection without a close frame, as a lost network does: the client sees 1006."""
        if self._request.transport is not None:
            self._request.transport.abort()
