"""One socket of the gateway: plain text frames, or one zlib stream over all of them where the client asks for it.

https://discord.com/developers/docs/events/gateway#transport-compression (2026-11-24). A client that asks for zstd
gets text, which clients take beside any compression.
"""

from __future__ import annotations

import json
import zlib

from aiohttp import web

from sandbox.records import Json


class GatewaySocket:
    """Sends payloads the way that its client asked for."""

    def __init__(self, response: web.WebSocketResponse, *, compressed: bool) -> None:
        self.response = response
        # One context for the whole connection: a client that began a new one for each message would fail.
        self._deflate = zlib.compressobj() if compressed else None

    @classmethod
    async def accept(cls, request: web.Request, max_bytes: int) -> GatewaySocket:
        response = web.WebSocketResponse(max_msg_size=max_bytes)
        await response.prepare(request)
        return cls(response, compressed=request.query.get("compress") == "zlib-stream")

    @property
    def closed(self) -> bool:
        return self.response.closed

    async def send(self, payload: Json) -> None:
        text = json.dumps(payload)
        if self._deflate is None:
            await self.response.send_str(text)
        else:
            data = self._deflate.compress(text.encode()) + self._deflate.flush(zlib.Z_SYNC_FLUSH)
            await self.response.send_bytes(data)

    async def close(self, code: int, reason: str = "") -> None:
        await self.response.close(code=code, message=reason.encode())
