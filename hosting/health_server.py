"""Serve the bot's health and metrics over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from prometheus_client import generate_latest

from imagegen.metrics import REGISTRY

if TYPE_CHECKING:
    from aiohttp import web


@asynccontextmanager
async def health_server(port: int, troubles: Callable[[], Awaitable[Sequence[str]]]) -> AsyncIterator[None]:
    """Serve /healthz and /metrics on 127.0.0.1:*port* while the block runs; serve nothing if *port* is 0.

    *troubles* returns a line for each part that is not healthy. /healthz answers 503 with these lines, or 200.
    """
    if port == 0:
        yield
        return
    from aiohttp import web  # noqa: PLC0415  # the commands, and a bot without the page, save its 2 MB

    app = web.Application()

    async def healthz(_request: web.Request) -> web.Response:
        found = await troubles()
        return web.Response(text="\n".join(found) or "ok", status=503 if found else 200)

    async def metrics(_request: web.Request) -> web.Response:
        return web.Response(body=generate_latest(REGISTRY), content_type="text/plain")

    app.router.add_get("/healthz", healthz)
    app.router.add_get("/metrics", metrics)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        yield
    finally:
        await runner.cleanup()
