"""What both the bot and its checks connect to: the application at Discord, and the Wan endpoint."""

from __future__ import annotations

import aiohttp
import discord

from imagegen.settings import Settings
from imagegen.wan.client import Timeouts, WanClient


async def application(settings: Settings) -> discord.AppInfo:
    """Return the bot's application, read before identify. discord.LoginFailure when the token is refused."""
    async with discord.Client(intents=discord.Intents.none()) as client:
        await client.login(settings.discord_token.get_secret_value())
        return await client.application_info()


def grants_message_content(app: discord.AppInfo) -> bool:
    """Return whether Discord grants the message-content intent: asking without the grant closes with 4014."""
    return app.flags.gateway_message_content or app.flags.gateway_message_content_limited


def wan_client(session: aiohttp.ClientSession, settings: Settings) -> WanClient:
    timeouts = Timeouts(answer_s=settings.wan_answer_s)
    url, key = settings.dashscope_http_base_url, settings.dashscope_api_key
    return WanClient(session, url, key, timeouts, workspace=settings.wan_workspace)
