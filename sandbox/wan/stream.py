"""Stream a story as server-sent events, at a pace, until the client disconnects.

help.aliyun.com/zh/model-studio/wan-image-generation-api-reference, streamed output (2026-11-22): no space after a
colon, the status in a comment line, ``finish_reason`` the string "null" until the last chunk says "stop".
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from sandbox.faults import Argument
from sandbox.wan import answers, generation, story
from sandbox.wan import faults as named
from sandbox.wan.errors import documented
from sandbox.wan.requests import AcceptedRequest
from sandbox.wan.state import ENTRY, REQUEST_ID, WAN

CONTENT_TYPE = "text/event-stream;charset=UTF-8"


def frame(number: int, event: str, status: int, body: Mapping[str, Any]) -> bytes:
    """Return the bytes of one event, with its blank line."""
    data = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return f"id:{number}\nevent:{event}\n:HTTP_STATUS/{status}\ndata:{data}\n\n".encode()


def split_inside_character(raw: bytes) -> tuple[bytes, bytes]:
    """Split bytes inside a multi-byte character if there is one: a client must not take a write for a frame."""
    inside = [position for position, byte in enumerate(raw) if byte & 0b1100_0000 == 0b1000_0000]
    position = inside[len(inside) // 2] if inside else len(raw) // 2
    return raw[:position], raw[position:]


class _StreamEnded(Exception):
    """A fault has ended the stream early."""


async def stream_story(request: web.Request, accepted: AcceptedRequest) -> web.StreamResponse:
    """Stream the story. After the client disconnects, nothing more is generated or billed."""
    wan, entry = request.app[WAN], request[ENTRY]
    faults = {name: found for name in _FAULTS if (found := wan.faults.take(name)) is not None}
    images = max(0, generation.image_count(wan, accepted) - (wan.faults.take(named.FEWER_IMAGES) is not None))
    response = web.StreamResponse(status=_status(faults), headers={"Content-Type": CONTENT_TYPE})
    response.headers["x-request-id"] = request[REQUEST_ID]
    await response.prepare(request)
    entry["status"] = response.status
    try:
        await _StoryStream(request, accepted, response, images, faults).run()
    except _StreamEnded:
        pass
    except (asyncio.CancelledError, ConnectionResetError):
        entry["disconnected"] = True
        raise
    return response


_FAULTS = (named.STREAM_SLOW, named.STREAM_ERROR, named.STREAM_DISCONNECT, named.FINISHED_EVERYWHERE)


def _status(faults: Mapping[str, Mapping[str, Argument]]) -> int:
    """Return the HTTP status: an error before the first chunk may have its own instead of 200."""
    error = faults.get(named.STREAM_ERROR)
    return int(error["status"]) if error and not error["after"] else 200


@dataclass
class _StoryStream:
    """A stream, how far it is, and the faults that are still to come."""

    request: web.Request
    accepted: AcceptedRequest
    response: web.StreamResponse
    images: int
    faults: dict[str, Mapping[str, Argument]]
    sent_chunks: int = 0
    sent_images: int = 0
    tokens: int = 0

    async def run(self) -> None:
        """Send every chunk. Raises _StreamEnded if a fault ends the stream."""
        parts = generation.story_parts(self.request.app[WAN], self.accepted, self.images)
        pieces = list(story.fragments(parts, self.accepted.parsed.seed))
        for position, piece in enumerate(pieces):
            await self._inject_faults()
            item = await self._content_item(piece)
            await self._send("result", 200, self._chunk(item, last=position == len(pieces) - 1))

    async def _content_item(self, piece: story.StoryPart) -> dict[str, Any]:
        """Wait, then return the next item of ``content``. An image is billed once it is generated."""
        wan = self.request.app[WAN]
        if isinstance(piece, str):
            await asyncio.sleep(wan.settings.chunk_s)
            self.tokens += 1
            return {"type": "text", "text": piece}
        await wan.wait_for_image()
        item = await generation.generate_image(self.request, self.accepted, piece)
        self.sent_images += 1
        self.tokens += generation.TOKENS_PER_IMAGE
        self.accepted.bill(self.request[ENTRY], self.sent_images)
        return item

    def _chunk(self, item: dict[str, Any], *, last: bool) -> dict[str, Any]:
        everywhere = named.FINISHED_EVERYWHERE in self.faults
        message = {"role": "assistant", "content": [item]}
        choice = {"message": message, "finish_reason": "stop" if last else "null"}
        images = self.images if everywhere else self.sent_images
        return {
            "output": {"choices": [choice], "finished": last or everywhere},
            "usage": answers.sized_usage(self.accepted, images, len(self.accepted.parsed.prompt), self.tokens),
            "request_id": self.request[REQUEST_ID],
        }

    async def _send(self, event: str, status: int, body: Mapping[str, Any]) -> None:
        self.sent_chunks += 1
        self.request[ENTRY]["chunks"] = self.sent_chunks
        for piece in split_inside_character(frame(self.sent_chunks, event, status, body)):
            await self.response.write(piece)
            await asyncio.sleep(0)  # so that they leave as two writes

    async def _inject_faults(self) -> None:
        """Apply the faults that are due at this point of the stream."""
        if arguments := self._due_fault(named.STREAM_SLOW):
            await asyncio.sleep(float(arguments["seconds"]))
        if arguments := self._due_fault(named.STREAM_ERROR):
            refusal = documented(str(arguments["code"]))
            await self._send("error", refusal.status, refusal.body(self.request[REQUEST_ID]))
            raise _StreamEnded
        if arguments := self._due_fault(named.STREAM_DISCONNECT):
            if not arguments["clean"] and self.request.transport is not None:
                self.request.transport.abort()
            raise _StreamEnded

    def _due_fault(self, name: str) -> Mapping[str, Argument] | None:
        found = self.faults.get(name)
        if found is None or self.sent_chunks < int(found["after"]) or self.sent_images < int(found["images"]):
            return None
        self.request[ENTRY]["fault"] = name
        return self.faults.pop(name)
