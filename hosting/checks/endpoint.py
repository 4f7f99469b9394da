"""Check the key and the address of the Wan endpoint, with a call that costs nothing."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

import aiohttp

from hosting.connect import wan_client
from hosting.problems import Exit, Finding
from imagegen.settings import Settings
from imagegen.wan.hosts import is_loopback, names_region


async def found(settings: Settings) -> Sequence[Finding]:
    """Ask Wan for a list of one task. Raise WanError if Wan refuses that, or cannot be reached."""
    if settings.dashscope_api_key.get_secret_value():
        async with aiohttp.ClientSession() as session:
            await wan_client(session, settings).check_key()
    return [] if _region_is_known(settings) else [_unknown_region(settings)]


def _region_is_known(settings: Settings) -> bool:
    url = settings.dashscope_http_base_url
    return bool(settings.wan_region) or names_region(url) or is_loopback(url)


def _unknown_region(settings: Settings) -> Finding:
    host = urlsplit(settings.dashscope_http_base_url).hostname
    return Finding(
        f"{host} names no region, so {settings.region}'s prices and limits apply. Set WAN_REGION if that is wrong.",
        Exit.GOOD,
    )
