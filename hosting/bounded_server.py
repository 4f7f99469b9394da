"""An HTTP server whose callers cannot take the bot's memory, descriptors or log.

aiohttp 3.14.5 itself bounds the bytes of a request (8 KB a line, 128 lines) and the requests that wait on a connection.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from aiohttp import web
from aiohttp.http import HttpProcessingError

if TYPE_CHECKING:
    from aiohttp.web_protocol import RequestHandler

MAX_CONNECTIONS = 32
IDLE_S = 5.0  # for a request to arrive whole, and between two requests
SHUTDOWN_S = 0.5

log = logging.getLogger(__name__)


def _is_about_us(record: logging.LogRecord) -> bool:
    """Leave out malformed requests: their lines quote what was sent, and fill a disk."""
    return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))


log.addFilter(_is_about_us)


class BoundedServer(web.Server):
    """Keeps the newest MAX_CONNECTIONS connections and aborts older ones, so that a new caller is always answered."""

    def __init__(self, answer: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]) -> None:
        super().__init__(
            answer, handler_cancellation=True, access_log=None, logger=log, keepalive_timeout=IDLE_S, lingering_time=0
        )
        self._open: dict[RequestHandler, asyncio.Transport] = {}

    def connection_made(self, handler: RequestHandler, transport: asyncio.Transport) -> None:
        """Abort the oldest connection if there is one too many. To close it would wait until its caller has read."""
        super().connection_made(handler, transport)
        self._open[handler] = transport
        for oldest in list(self._open.values())[:-MAX_CONNECTIONS]:
            oldest.abort()

    def connection_lost(self, handler: RequestHandler, exc: BaseException | None = None) -> None:
        """Forget the connection."""
        super().connection_lost(handler, exc)
        del self._open[handler]

    async def shutdown(self, timeout: float | None = None) -> None:  # noqa: ASYNC109  # as aiohttp calls it
        """Give requests *timeout* seconds to be answered, then abort every connection."""
        await super().shutdown(timeout)
        for left in self._open.values():
            left.abort()
