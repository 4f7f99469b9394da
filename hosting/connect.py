"""What both the bot and its checks connect to: the application at Discord, and the Wan endpoint."""

from __future__ import annotations

import asyncio

import aiohttp
import discord
import structlog

from imagegen.settings import Settings
from imagegen.wan.client import Timeouts, WanClient

log = structlog.get_logger(__name__)


BAN_S = 60.0  # where Discord turns this address away and tells no time


async def application_when_let_in(settings: Settings) -> discord.AppInfo:
    """Return the bot's application; while Discord turns this address away, wait for as long as it says.

    A process that died of it would be started again at once, and be banned again.
    """
    while True:
        try:
            return await application(settings)
        except discord.HTTPException as error:
            if error.status != 429 and not (error.status == 403 and not error.code):
                raise
            told = error.response.headers.get("Retry-After", "")
            wait_s = float(told) if told.replace(".", "", 1).isdigit() else BAN_S
            log.error("discord_turns_us_away", status=error.status, wait_s=round(wait_s))
        await asyncio.sleep(wait_s)


async def application(settings: Settings) -> discord.AppInfo:
    """Return the bot's application, read before identify. discord.LoginFailure when the token is refused."""
    async with discord.Client(intents=discord.Intents.none()) as client:
        await client.login(settings.discord_token.get_secret_value())
        return await client.application_info()


def grants_message_content(app: discord.AppInfo) -> bool:
    """Return whether Discord grants the message-content intent: asking without the grant closes with 4014."""
    return app.flags.gateway_message_content or app.flags.gateway_message_content_limited


def wan_client(session: aiohttp.ClientSession, settings: Settings) -> WanClient:
    timeouts = Timeouts(answer_timeout_s=settings.wan_answer_s)
    url, key = settings.dashscope_http_base_url, settings.dashscope_api_key
    return WanClient(session, url, key, timeouts, workspace=settings.wan_workspace)
