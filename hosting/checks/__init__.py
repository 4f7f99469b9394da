"""Find everything that is wrong with a set-up, before the bot runs. Reads only, and works beside a running bot."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial

from hosting.checks import application, database, endpoint, health_page, limits, models
from hosting.checks.endpoint import LIMIT_S
from hosting.configuration import WHERE_TO_GET, Configuration
from hosting.problems import Exit, Finding, explained
from imagegen.settings import Settings


@dataclass(frozen=True)
class Check:
    """One check. It is left out if one of the settings that it *needs* is wrong: it would judge a default instead."""

    name: str
    found: Callable[[Settings], Awaitable[Sequence[Finding]]]
    needs: tuple[str, ...]


CHECKS = (
    Check("Discord", application.found, ("DISCORD_TOKEN", "MESSAGE_CONTENT", "SHARD_COUNT", "ALLOWED_SERVERS")),
    Check("Wan", endpoint.found, ("DASHSCOPE_API_KEY", "DASHSCOPE_HTTP_BASE_URL", "WAN_WORKSPACE", "MODELS")),
    Check("the models", models.found, ("MODELS", "WAN_CALL", "WAN_ANSWER_S", "WATERMARK")),
    Check("the database", database.found, ()),
    Check("the health page", health_page.found, ("HEALTH_HOST", "HEALTH_PORT")),
    *(Check("the limits", partial(limits.found, part), judged) for part, judged in limits.PARTS),
)


async def findings(configuration: Configuration, *, limit_s: float = LIMIT_S) -> list[Finding]:
    """Return what every check finds, each within *limit_s* seconds; no problem among it when the bot can run."""
    reading = configuration.reading
    able = [check for check in CHECKS if reading.doubtful.isdisjoint(check.needs)]
    found = await asyncio.gather(*(_found(check, reading.settings, limit_s) for check in able))
    settings = [*configuration.stopping, *configuration.missing(WHERE_TO_GET), *configuration.names]
    return [*settings, *configuration.notes, *(finding for part in found for finding in part)]


async def _found(check: Check, settings: Settings, limit_s: float) -> Sequence[Finding]:
    try:
        async with asyncio.timeout(limit_s):
            return await check.found(settings)
    except Exception as error:
        if (finding := explained(error)) is not None:
            return (finding,)
        if not isinstance(error, TimeoutError):
            raise
        return (Finding(f"The check of {check.name} was not done within {limit_s:g} s. Try again later.", Exit.RUN),)
