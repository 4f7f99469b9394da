"""What the bot says where no interaction is alive: in the channel for a while, or directly."""

from __future__ import annotations

import time
from contextlib import suppress

import discord
from discord.ext import commands

from cogs._rest import WayClosed, tried

SAID_FOR_S = 30.0  # how long a sentence stands in a channel


class Voice:
    """Says sentences to one person. What it said in a channel, ``take_back`` takes away in time."""

    def __init__(self, bot: commands.AutoShardedBot, said_for_s: float = SAID_FOR_S) -> None:
        self._bot, self._said_for_s = bot, said_for_s
        self._said: dict[tuple[int, int], float] = {}

    async def tell(self, channel_id: int | None, user_id: int, text: str, reply_to: int | None = None) -> bool:
        """In the channel, else directly; False when that person cannot be reached. Raises DeliverLater."""
        if channel_id is not None and await self._openly(channel_id, user_id, text, reply_to):
            return True
        return await self.directly(user_id, text)

    async def _openly(self, channel_id: int, user_id: int, text: str, reply_to: int | None) -> bool:
        """A sentence that pings only *user_id*; False when it cannot be said there."""
        channel = self._bot.get_partial_messageable(channel_id)
        asker = discord.AllowedMentions(everyone=False, roles=False, users=[discord.Object(user_id)])
        words = f"<@{user_id}> {text}"
        try:
            if reply_to is None:
                message = await tried(channel.send, words, allowed_mentions=asker)
            else:
                there = discord.MessageReference(message_id=reply_to, channel_id=channel_id, fail_if_not_exists=False)
                message = await tried(channel.send, words, allowed_mentions=asker, reference=there)
        except WayClosed:
            return False
        self._said[channel_id, message.id] = time.monotonic() + self._said_for_s
        return True

    async def directly(self, user_id: int, text: str) -> bool:
        """A direct message; False when that person takes none. Raises DeliverLater."""
        try:
            user = await tried(self._bot.fetch_user, user_id)
            await tried(user.send, text)
        except WayClosed:
            return False
        return True

    async def take_back(self) -> None:
        """Take away what has stood long enough. Raises DeliverLater; what is left then is taken away the next time."""
        for place in [place for place, until in self._said.items() if until <= time.monotonic()]:
            with suppress(WayClosed):  # somebody else may have taken it away
                await tried(self._bot.http.delete_message, *place)
            del self._said[place]
