"""Notices when the bot is taken out of a server, and when it is taken back."""

from __future__ import annotations

import discord
import structlog
from discord.ext import commands

from cogs.interactions.context import AppBot
from imagegen.errors import StoreUnavailable

log = structlog.get_logger(__name__)


class ServerDepartures(commands.Cog):
    """An outage of Discord's comes as another event, and is no removal. The next ready catches up."""

    def __init__(self, bot: AppBot) -> None:
        self._bot = bot

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        try:
            await self._bot.context.service.departures.left(guild.id)
        except StoreUnavailable as error:
            log.warning("departure_not_kept", why=str(error))

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        try:
            await self._bot.context.service.departures.came_back(guild.id)
        except StoreUnavailable as error:
            log.warning("return_not_kept", why=str(error))

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """Discord has told all servers of this process's shards by now, also those that are out of reach."""
        try:
            await self._bot.context.service.departures.compare([guild.id for guild in self._bot.guilds], self._is_ours)
        except StoreUnavailable as error:
            log.warning("servers_not_compared", why=str(error))

    def _is_ours(self, server_id: int) -> bool:
        """Whether one of our shards is told of it.

        https://discord.com/developers/docs/events/gateway#sharding (2026-11-25)
        """
        return (server_id >> 22) % (self._bot.shard_count or 1) in self._bot.shards
