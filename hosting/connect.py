"""Connect to the application at Discord and to the Wan endpoint, for the bot and for its checks."""

from __future__ import annotations

import asyncio
from typing import cast

import aiohttp
import discord
import structlog

from imagegen.settings import Settings
from imagegen.wan.client import Timeouts, WanClient

log = structlog.get_logger(__name__)

BAN_S = 60.0  # how long to wait where Discord bans this address without saying for how long


async def application_when_allowed(settings: Settings) -> discord.AppInfo:
    """Return the bot's application; while Discord bans this address, wait for as long as Discord says.

    A process that exited instead would be restarted at once, and banned again.
    """
    while True:
        try:
            return await application(settings)
        except discord.HTTPException as error:
            if error.status != 429 and not (error.status == 403 and not error.code):
                raise
            retry_after = error.response.headers.get("Retry-After", "")
            wait_s = float(retry_after) if retry_after.replace(".", "", 1).isdigit() else BAN_S
            log.error("discord_banned_address", status=error.status, wait_s=round(wait_s))
        await asyncio.sleep(wait_s)


async def application(settings: Settings) -> discord.AppInfo:
    """Return the bot's application, without a gateway connection. Raises discord.LoginFailure for a refused token."""
    async with discord.Client(intents=discord.Intents.none()) as client:
        await client.login(settings.discord_token.get_secret_value())
        return cast(discord.AppInfo, client.application)  # a login fetches it


def grants_message_content(app: discord.AppInfo) -> bool:
    """Return whether Discord grants the message-content intent: without it, requesting the intent fails with 4014."""
    return app.flags.gateway_message_content or app.flags.gateway_message_content_limited


def wan_client(session: aiohttp.ClientSession, settings: Settings) -> WanClient:
    """Return a client of the Wan endpoint that the settings name."""
    timeouts = Timeouts(answer_timeout_s=settings.wan_answer_s)
    url, key = settings.dashscope_http_base_url, settings.dashscope_api_key
    return WanClient(session, url, key, timeouts, workspace=settings.wan_workspace)
