"""Check the key, its models and the address of the Wan endpoint, with calls that cost nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from urllib.parse import urlsplit

import aiohttp

from hosting.checks import models
from hosting.connect import wan_client
from hosting.problems import Exit, Finding
from imagegen.settings import Settings
from imagegen.wan.hosts import is_loopback, names_region

LIMIT_S = 15.0  # of each check
END_S = 0.5  # of that, what remains after the last answer


async def found(settings: Settings, *, limit_s: float = LIMIT_S) -> Sequence[Finding]:
    """List one task, then the models, within *limit_s*.

    Raise WanError if Wan refuses the first list, or does not answer. The others get the time that is left.
    """
    clock = asyncio.get_running_loop().time
    ends_at = clock() + limit_s - END_S
    region = [] if _region_is_known(settings) else [_unknown_region(settings)]
    if not settings.dashscope_api_key.get_secret_value():
        return region
    async with aiohttp.ClientSession() as session:
        client = wan_client(session, settings)
        await client.check_key()
        left_s = min(models.LIST_S, max(0.0, ends_at - clock()))
        lists = models.permitted(client, settings, limit_s=left_s), models.throttled(client, settings, limit_s=left_s)
        return [*region, *(finding for found in await asyncio.gather(*lists) for finding in found)]


def _region_is_known(settings: Settings) -> bool:
    url = settings.dashscope_http_base_url
    return bool(settings.wan_region) or names_region(url) or is_loopback(url)


def _unknown_region(settings: Settings) -> Finding:
    host = urlsplit(settings.dashscope_http_base_url).hostname
    return Finding(
        f"{host} names no region, so {settings.region}'s prices and limits apply. Set WAN_REGION if that is wrong.",
        Exit.GOOD,
    )
