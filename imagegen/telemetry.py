"""Logs, metrics and health checks.

Never pass a prompt, a token, a key or a signed link to a log or metric. Log the job id instead.
"""

from __future__ import annotations

import asyncio
import logging
import re
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, MutableMapping
    from typing import Any

    from aiohttp import web

REGISTRY = CollectorRegistry()

REQUESTS = Counter("wanvas_requests", "Requests, by outcome.", ["outcome"], registry=REGISTRY)
ENDED = Counter("wanvas_jobs_ended", "Jobs that ended, by state and reason.", ["state", "reason"], registry=REGISTRY)
DELIVERED = Counter("wanvas_images_delivered", "Images delivered to members.", registry=REGISTRY)
BILLED = Counter("wanvas_images_billed", "Images that Wan bills.", ["model"], registry=REGISTRY)
IN_DOUBT = Counter("wanvas_jobs_in_doubt", "Jobs that may have been paid but gave no image.", registry=REGISTRY)
WAN_S = Histogram(
    "wanvas_wan_seconds",
    "Seconds from sending a request to Wan's answer.",
    ["model"],
    buckets=(1, 2, 5, 10, 20, 30, 60, 120, 300),
    registry=REGISTRY,
)
JOB_S = Histogram(
    "wanvas_job_seconds",
    "Seconds from the request to the delivered image.",
    buckets=(1, 2, 5, 10, 20, 30, 60, 120, 300, 900),
    registry=REGISTRY,
)
LOOP_STALL_S = Gauge("wanvas_loop_stall_seconds", "Longest stall of the event loop so far.", registry=REGISTRY)

# Paths and queries carry signed links and interaction tokens, so both are removed from logged addresses.
# https://discord.com/developers/docs/interactions/receiving-and-responding (2026-11-22): tokens stand in the path.
_TOKEN = re.compile(r"(/(?:webhooks|interactions)/\d+/)[^/\s'\"?]+")
_LINK = re.compile(r"https?://[^\s'\"]+")  # with its query: one pass over a link that contains links
_KEY = re.compile(r"\bsk-[\w-]+")


def redact(text: str) -> str:
    """Return *text* without interaction tokens, queries of links, and API keys."""
    bare = _LINK.sub(lambda found: _without_query(found[0]), _TOKEN.sub(r"\1…", text))
    return _KEY.sub("…", bare)


def _without_query(link: str) -> str:
    path, query, _ = link.partition("?")
    return path + ("…" if query else "")


def _redact_event(_logger: object, _name: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    return {name: redact(value) if isinstance(value, str) else value for name, value in event.items()}


def set_up_logs(log_format: str) -> None:
    """Write one line per event to standard error: JSON or text, as *log_format* says; auto: text on a terminal."""
    as_json = log_format == "json" or (log_format == "auto" and not sys.stderr.isatty())
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _redact_event,
    ]
    renderer = (
        structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.PositionalArgumentsFormatter(), *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)
    # discord.py's INFO events repeat our own, and alembic's are of no use to an operator.
    for name in ("discord", "alembic", "aiohttp.access"):
        logging.getLogger(name).setLevel(logging.WARNING)


async def watch_loop(interval_s: float = 0.25) -> None:
    """Measure the longest stall of the event loop, in seconds, until canceled."""
    loop = asyncio.get_running_loop()
    longest_s = 0.0
    while True:
        due_s = loop.time() + interval_s
        await asyncio.sleep(interval_s)
        longest_s = max(longest_s, loop.time() - due_s)
        LOOP_STALL_S.set(longest_s)


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
