"""Serve the bot's health and metrics over HTTP.

/healthz answers 200 as long as the process answers. Nothing outside of the process changes that: a bot that waits
for Discord or for its database is not restarted, and a restart would mend neither. A part of the bot that dies ends the
process by itself (running.py).
/readyz answers 503 and a line for each part that does not work now, or 200.
/metrics has the numbers of imagegen/metrics.py in Prometheus's text format.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from hosting.health import SERVER
from hosting.shared_answer import SharedAnswer
from imagegen.metrics import REGISTRY

if TYPE_CHECKING:
    from aiohttp import web


NUMBERS_KEPT_S = 1.0  # several scrapes at once cost no more than one


class HealthServerFailed(RuntimeError):
    """The health page's address cannot be used. ``str()`` says which address, why, and what to do."""


async def _starting() -> Sequence[str]:
    return ["bot: starting"]


async def _nothing_to_read() -> None:
    """Read nothing: while the bot starts, there is no database to read metrics from."""


@dataclass
class Health:
    """What the health page asks. Both functions take a few seconds at most, and never raise.

    *troubles* returns a line for each part that does not work now; *refresh* reads into the metrics what is only read
    when Prometheus asks.
    """

    troubles: Callable[[], Awaitable[Sequence[str]]] = field(default=_starting)
    refresh: Callable[[], Awaitable[None]] = field(default=_nothing_to_read)


@asynccontextmanager
async def health_server(host: str, port: int, health: Health) -> AsyncIterator[None]:
    """Serve the pages on *host*:*port* while the block runs; serve nothing if *port* is 0.

    Raises HealthServerFailed if the address cannot be used, for example because another program uses the port.
    """
    if port == 0:
        yield
        return
    from aiohttp import web  # noqa: PLC0415  # the commands, and a bot without the page, save its 2 MB

    from hosting.bounded_server import MAX_CONNECTIONS, SHUTDOWN_S, BoundedServer  # noqa: PLC0415  # as above

    async with _pages(health) as answer:
        runner = web.ServerRunner(BoundedServer(answer), shutdown_timeout=SHUTDOWN_S)
        await runner.setup()
        try:
            await _listen(web.TCPSite(runner, host, port, backlog=MAX_CONNECTIONS), host, port)
            yield
        finally:
            await runner.cleanup()


async def _listen(site: web.TCPSite, host: str, port: int) -> None:
    try:
        await site.start()
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else str(error)
        raise HealthServerFailed(
            f"The health page cannot use {host} port {port} ({why}). Set another HEALTH_PORT or HEALTH_HOST in .env, "
            "or HEALTH_PORT=0 for no health page."
        ) from error


@asynccontextmanager
async def _pages(health: Health) -> AsyncIterator[Callable[[web.BaseRequest], Awaitable[web.Response]]]:
    """Yield the function that answers requests."""
    from aiohttp import web  # noqa: PLC0415  # as above

    async def ask() -> Sequence[str]:
        return await health.troubles()  # of the bot's parts, once they exist

    async def read() -> bytes:
        await health.refresh()
        return await asyncio.to_thread(generate_latest, REGISTRY)

    async def healthz() -> web.Response:
        return web.Response(text="ok")

    async def readyz() -> web.Response:
        found = await troubles.get()
        return web.Response(text="\n".join(found) or "ok", status=503 if found else 200)

    async def metrics() -> web.Response:
        return web.Response(body=await numbers.get(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def answer(request: web.BaseRequest) -> web.Response:
        page = pages.get(request.path) if request.method in ("GET", "HEAD") else None
        found = await page() if page else web.Response(text="not found", status=404)
        found.headers["Server"] = SERVER
        return found

    pages = {"/healthz": healthz, "/readyz": readyz, "/metrics": metrics}
    async with SharedAnswer(ask) as troubles, SharedAnswer(read, NUMBERS_KEPT_S) as numbers:
        yield answer
