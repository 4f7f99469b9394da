"""Count Discord's answers, and measure how long an interaction waits for its acknowledgement."""

from __future__ import annotations

import re

import aiohttp
import discord

from cogs.messaging.discord_away import SWITCHING_PROTOCOLS, UNANSWERED
from imagegen import metrics

# https://discord.com/developers/docs/interactions/receiving-and-responding#create-interaction-response (2026-11-29)
_ACKNOWLEDGEMENT = re.compile(r"/interactions/(\d+)/[^/]+/callback$")


def count(trace: aiohttp.TraceConfig) -> None:
    """Count every call that a session makes. Add this before anything that raises for an answer."""
    trace.on_request_end.append(_answered)
    trace.on_request_exception.append(_unanswered)


async def _answered(_session: object, _context: object, ended: aiohttp.TraceRequestEndParams) -> None:
    status = ended.response.status
    if status == SWITCHING_PROTOCOLS:  # the gateway's connection is no REST call
        return
    metrics.DISCORD_RESPONSES.labels(status=status_class(status)).inc()
    if found := _ACKNOWLEDGEMENT.search(ended.url.path):
        _acknowledged(int(found[1]), status)


async def _unanswered(_session: object, _context: object, failed: aiohttp.TraceRequestExceptionParams) -> None:
    """Count a call without an answer, also one that was given up. Our own exceptions about an answer come here too."""
    if isinstance(failed.exception, UNANSWERED):
        metrics.DISCORD_RESPONSES.labels(status="none").inc()


def status_class(status: int) -> str:
    """Return the label of an HTTP status: the status if it has a meaning of its own, else its class, such as 2xx."""
    return str(status) if str(status) in metrics.DISCORD_STATUSES else f"{status // 100}xx"


def _acknowledged(interaction_id: int, status: int) -> None:
    """Measure from the moment in the interaction's id, by Discord's clock: Discord's 3 s begin then."""
    if status == 404:
        metrics.ACKNOWLEDGED_LATE.inc()
    elif status < 400:
        took = discord.utils.utcnow() - discord.utils.snowflake_time(interaction_id)
        metrics.ACKNOWLEDGED_S.observe(max(0.0, took.total_seconds()))
