"""What the bot says where no interaction is alive: in the channel for a while, or directly."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

import discord
import structlog
from discord.ext import commands

from cogs.messaging.outcomes import ReplyRefused, RouteClosed, call_discord
from cogs.ui import ids
from imagegen.errors import DeliverLater

log = structlog.get_logger(__name__)

NOTHING: Mapping[str, Any] = {}
SAID_FOR_S = 30.0  # how long a sentence stands in a channel
GIVE_UP_S = 3600.0  # a sentence that could not be taken away for so long stays
REMOVE_EVERY_S = 1.0
FAILURES = 3  # in a row, and the others are left for the next time: Discord is away, not one channel


class Notices:
    """Says sentences to one person. What it said in a channel, ``take_back`` takes away in time."""

    def __init__(self, bot: commands.AutoShardedBot, said_for_s: float = SAID_FOR_S) -> None:
        self._bot, self._said_for_s = bot, said_for_s
        self._said: dict[tuple[int, int], float] = {}

    async def tell(
        self,
        channel_id: int | None,
        user_id: int,
        text: str,
        reply_to: int | None = None,
        *,
        nonce: str | None = None,
        offer: Mapping[str, Any] = NOTHING,
    ) -> bool:
        """In the channel, else directly; False when that person cannot be reached. Raises DeliverLater.

        The same *nonce* again (None: one of its own for each *reply_to*) within some minutes says nothing twice.
        """
        nonce = nonce or (None if reply_to is None else ids.nonce("r", reply_to))
        if channel_id is not None and await self._openly(channel_id, user_id, text, reply_to, nonce, offer):
            return True
        return await self.directly(user_id, text, nonce=nonce)

    async def tell_alone(
        self,
        channel_id: int | None,
        user_id: int,
        text: str,
        instead: str,
        reply_to: int | None,
        *,
        nonce: str,
        offer: Mapping[str, Any] = NOTHING,
    ) -> bool:
        """What concerns nobody else: directly, and where that person takes nothing, *instead* in the channel."""
        if await self.directly(user_id, text, nonce=nonce, offer=offer):
            return True
        return channel_id is not None and await self._openly(channel_id, user_id, instead, reply_to, nonce)

    async def _openly(
        self,
        channel_id: int,
        user_id: int,
        text: str,
        reply_to: int | None,
        nonce: str | None,
        offer: Mapping[str, Any] = NOTHING,
    ) -> bool:
        """A sentence that pings only *user_id*; False when it cannot be said there."""
        requester = discord.AllowedMentions(everyone=False, roles=False, users=[discord.Object(user_id)])
        say = partial(
            self._bot.get_partial_messageable(channel_id).send,
            f"<@{user_id}> {text}", allowed_mentions=requester, nonce=nonce, **offer,
        )  # fmt: skip
        try:
            message = await self._said_to(say, channel_id, reply_to)
        except RouteClosed:
            return False
        self._said[channel_id, message.id] = time.monotonic() + self._said_for_s
        return True

    @staticmethod
    async def _said_to(
        say: Callable[..., Awaitable[discord.Message]], channel_id: int, to: int | None
    ) -> discord.Message:
        """As a reply, where that is allowed and there is something to reply to."""
        if to is not None:
            with suppress(ReplyRefused):
                there = discord.MessageReference(message_id=to, channel_id=channel_id, fail_if_not_exists=False)
                return await call_discord(say, reference=there)
        return await call_discord(say)

    async def directly(
        self, user_id: int, text: str, *, nonce: str | None = None, offer: Mapping[str, Any] = NOTHING
    ) -> bool:
        """A direct message; False when that person takes none. Raises DeliverLater."""
        try:
            channel = await call_discord(self._bot.create_dm, discord.Object(user_id))
            await call_discord(partial(channel.send, text, nonce=nonce, **offer))
        except RouteClosed:
            return False
        return True

    async def run(self) -> None:
        """Remove notices from channels when their time is over, until canceled."""
        while True:
            try:
                await self.take_back()
            except DeliverLater as error:
                log.warning("notices_not_removed", why=str(error))
                await asyncio.sleep(error.delay_s)
            await asyncio.sleep(REMOVE_EVERY_S)

    async def take_back(self) -> None:
        """Take away what has stood long enough. Raises DeliverLater where some of it was left for the next time."""
        left: list[DeliverLater] = []
        for place in [place for place, until_s in self._said.items() if until_s <= time.monotonic()]:
            try:
                await self._take_away(place)
            except DeliverLater as error:
                left.append(error)
            if len(left) >= FAILURES:
                break
        if left:
            raise left[-1]

    async def _take_away(self, place: tuple[int, int]) -> None:
        """Raises DeliverLater. It goes behind the others then, until it is given up."""
        until_s = self._said.pop(place)
        try:
            with suppress(RouteClosed):  # somebody else may have taken it away
                await call_discord(self._bot.http.delete_message, *place)
        except DeliverLater:
            if time.monotonic() - until_s < GIVE_UP_S:
                self._said[place] = until_s
            raise
