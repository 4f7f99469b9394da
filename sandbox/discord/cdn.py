"""The CDN: files behind signed links that expire."""

from __future__ import annotations

import asyncio
import io
from functools import cache

from aiohttp import web
from PIL import Image

from sandbox.faults import Faults, declare
from sandbox.record import Record
from sandbox.world import World

AVATAR_COLORS = ("#2f6b6c", "#8a4b2a", "#5a4a94", "#3f6b2f", "#97355c", "#3a5f95")  # as in page/style/base.css
# Discord serves a posted page or script as text. A drawing (SVG) is drawn, but runs no script:
# https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Content-Security-Policy/sandbox (2026-11-29)
ACTIVE = (
    "text/html",
    "application/xhtml+xml",
    "text/javascript",
    "application/javascript",
    "text/xml",
    "application/xml",
)
HEADERS = {
    "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'",
    "X-Content-Type-Options": "nosniff",
}
MISSING = declare("cdn_missing", "The next file is answered with 404.")
SLOW = declare("cdn_slow", "The next file is sent late, by *seconds* of real time.", seconds=1.0)

BARE = declare("cdn_removes_metadata", "The next image is sent without its metadata.")
IN_PIECES = declare(
    "cdn_in_pieces", "The second half of the next file follows after *seconds* of real time.", seconds=0.1
)


def add_cdn(app: web.Application, world: World, faults: Faults, record: Record) -> None:
    """Add the routes of attachments. They answer 404 for an expired, altered or unknown link."""

    async def serve(request: web.Request) -> web.StreamResponse:
        entry = record.add("cdn", at=world.clock.now().isoformat(), path=request.path, status=404)
        file = world.files.get(request.match_info["file_id"])
        expires = request.query.get("ex", "")
        signed = request.query.get("hm") == world.signature(request.path, expires)
        if file is None or not signed or int(expires, 16) < world.clock.now().timestamp():
            return web.Response(status=404)
        if faults.take(MISSING) is not None:
            return web.Response(status=404)
        if (armed := faults.take(SLOW)) is not None:
            await asyncio.sleep(float(armed["seconds"]))
        entry["status"], kind = 200, _shown_as(str(world.file_json(file)["content_type"]))
        if (armed := faults.take(IN_PIECES)) is not None:
            return await _in_pieces(request, file.data, kind, float(armed["seconds"]))
        data = file.data if faults.take(BARE) is None else _bare(file.data)
        return web.Response(body=data, content_type=kind, headers=HEADERS)

    async def serve_avatar(request: web.Request) -> web.Response:
        return web.Response(body=_avatar(int(request.match_info["index"])), content_type="image/png")

    app.router.add_get("/embed/avatars/{index:[0-5]}.png", serve_avatar)
    for kind in ("attachments", "ephemeral-attachments"):
        app.router.add_get(f"/{kind}/{{channel_id}}/{{file_id}}/{{filename}}", serve)


def _shown_as(kind: str) -> str:
    return "text/plain" if kind in ACTIVE else kind


def _bare(data: bytes) -> bytes:
    """Return the pixels of an image as a PNG, without anything else."""
    image = Image.open(io.BytesIO(data))
    image.load()
    image.info.clear()
    image.save(out := io.BytesIO(), "PNG")
    return out.getvalue()


@cache
def _avatar(index: int) -> bytes:
    """Return the avatar of a user who has set none. https://discord.com/developers/docs/reference#image-formatting"""
    out = io.BytesIO()
    Image.new("RGB", (128, 128), AVATAR_COLORS[index]).save(out, "PNG")
    return out.getvalue()


async def _in_pieces(request: web.Request, data: bytes, kind: str, seconds: float) -> web.StreamResponse:
    """Send a file in two pieces, as a network cuts it."""
    answer = web.StreamResponse(headers={"Content-Type": kind, "Content-Length": str(len(data)), **HEADERS})
    await answer.prepare(request)
    await answer.write(data[: len(data) // 2])
    await asyncio.sleep(seconds)
    await answer.write(data[len(data) // 2 :])
    return answer
