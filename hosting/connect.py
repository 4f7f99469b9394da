"""Connect to the application at Discord and to the Wan endpoint, for the bot and for its checks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, cast

import aiohttp
import discord
import structlog

from hosting.problems import BANNED_STATUSES, DiscordSilent, NoBotToken
from imagegen.settings import Settings
from imagegen.wan.client import Timeouts, WanClient

log = structlog.get_logger(__name__)

BAN_S = 60.0  # how long to wait where Discord bans this address without saying for how long
COMMAND_S = 10.0  # a person waits; discord.py would retry for 25 s while Discord fails
START_S = 60.0
TOKEN_DOTS = 2  # between the id, a time and a signature
# In one answer. https://discord.com/developers/docs/resources/user#get-current-user-guilds (2026-11-29)
MAX_SERVERS = 200


@dataclass(frozen=True)
class Account:
    """What Discord says about the bot: the application, the shards that it asks for, and the sessions left today.

    *permissions* has what the bot's roles grant in each of its servers, at most MAX_SERVERS of them. *clock_ahead_s* is
    how far this machine's clock is ahead of Discord's, to a second; 0 if Discord names no date.
    """

    app: discord.AppInfo
    shards: int
    starts_left: int
    clock_ahead_s: float
    permissions: Mapping[int, discord.Permissions]


async def application_when_allowed(settings: Settings) -> discord.AppInfo:
    """Return the bot's application; while Discord bans this address, wait for as long as Discord says.

    A process that exited instead would be restarted at once, and banned again.
    """
    while True:
        try:
            return await application(settings, limit_s=START_S)
        except discord.HTTPException as error:
            if error.status not in BANNED_STATUSES or (error.status == 403 and error.code):
                raise
            retry_after = error.response.headers.get("Retry-After", "")
            wait_s = float(retry_after) if retry_after.replace(".", "", 1).isdigit() else BAN_S
            log.error("discord_banned_address", status=error.status, wait_s=round(wait_s))
        await asyncio.sleep(wait_s)


async def application(settings: Settings, *, limit_s: float | None = None) -> discord.AppInfo:
    """Return the bot's application, without a gateway connection. Raise discord.LoginFailure for a refused token."""
    async with _logged_in(settings, limit_s or COMMAND_S) as client:
        return _application_of(client)


async def account(settings: Settings) -> Account:
    """Return what Discord says about the bot. Raise what ``application`` raises."""
    dates = aiohttp.TraceConfig()
    clock_ahead_s = 0.0

    async def compare(_session: object, _context: object, params: aiohttp.TraceRequestEndParams) -> None:
        nonlocal clock_ahead_s
        if date := params.response.headers.get("Date"):
            clock_ahead_s = (datetime.now(UTC) - parsedate_to_datetime(date)).total_seconds()

    dates.on_request_end.append(compare)
    async with _logged_in(settings, COMMAND_S, http_trace=dates) as client:
        shards, _, sessions = await client.http.get_bot_gateway()
        servers = await client.http.get_guilds(MAX_SERVERS, with_counts=False)
        granted = {int(server["id"]): discord.Permissions(int(server["permissions"])) for server in servers}
        return Account(_application_of(client), shards, sessions["remaining"], clock_ahead_s, granted)


@asynccontextmanager
async def _logged_in(settings: Settings, limit_s: float, **options: Any) -> AsyncIterator[discord.Client]:
    try:
        async with asyncio.timeout(limit_s), discord.Client(intents=discord.Intents(guilds=True), **options) as client:
            await client.login(settings.discord_token.get_secret_value())
            yield client
    except discord.LoginFailure as error:
        if settings.discord_token.get_secret_value().count(".") == TOKEN_DOTS:
            raise
        raise NoBotToken("not of a bot token's form") from error
    except TimeoutError as error:
        raise DiscordSilent(f"gave no answer of use within {limit_s:g} s") from error


def _application_of(client: discord.Client) -> discord.AppInfo:
    return cast(discord.AppInfo, client.application)  # a login fetches it


def grants_message_content(app: discord.AppInfo) -> bool:
    """Return whether Discord grants the message-content intent: without it, requesting the intent fails with 4014."""
    return app.flags.gateway_message_content or app.flags.gateway_message_content_limited


def wan_client(session: aiohttp.ClientSession, settings: Settings) -> WanClient:
    """Return a client of the Wan endpoint that the settings name."""
    timeouts = Timeouts(answer_timeout_s=settings.wan_answer_s)
    url, key = settings.dashscope_http_base_url, settings.dashscope_api_key
    return WanClient(session, url, key, timeouts, workspace=settings.wan_workspace)
