"""Record when the bot leaves a server and when it returns."""

from __future__ import annotations

import discord
import structlog
from discord.ext import commands

from cogs.interactions.context import AppBot, AppContext
from imagegen.errors import StoreUnavailable

log = structlog.get_logger(__name__)


class ServerDepartures(commands.Cog):
    """Listen for servers that the bot leaves or joins.

    An outage of Discord arrives as another event and is no departure. The next ready event corrects what was missed.
    """

    def __init__(self, bot: AppBot) -> None:
        self._bot = bot

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Record that the bot left a server."""
        try:
            await self._bot.context.service.departures.left(guild.id)
        except StoreUnavailable as error:
            log.warning("departure_not_kept", why=str(error))

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Record that the bot is in a server again."""
        try:
            await self._bot.context.service.departures.came_back(guild.id)
        except StoreUnavailable as error:
            log.warning("return_not_kept", why=str(error))

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """Compare the stored servers with those that Discord named.

        By now Discord has named every server of this process's shards, also those that are unavailable.
        """
        try:
            await self._bot.context.service.departures.compare([guild.id for guild in self._bot.guilds], self._is_ours)
        except StoreUnavailable as error:
            log.warning("servers_not_compared", why=str(error))

    def _is_ours(self, server_id: int) -> bool:
        """Return whether one of this process's shards receives the events of a server.

        https://discord.com/developers/docs/events/gateway#sharding (2026-11-25)
        """
        return (server_id >> 22) % (self._bot.shard_count or 1) in self._bot.shards


async def setup(bot: AppBot, _context: AppContext) -> None:
    """Add the listener to *bot*."""
    await bot.add_cog(ServerDepartures(bot))
