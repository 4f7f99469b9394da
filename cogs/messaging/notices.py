"""Notices: what the bot says without a live interaction, for a while in a channel, or in a direct message."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import discord
import structlog
from discord.ext import commands

from cogs.messaging.discord_away import DiscordAway
from cogs.messaging.outcomes import ReplyRefused, RouteClosed, call_discord
from cogs.ui import ids
from cogs.ui.views import NOTHING
from imagegen.errors import DeliverLater

log = structlog.get_logger(__name__)

NOTICE_S = 30.0  # how long a notice stays in a channel
GIVE_UP_S = 3600.0  # a notice that could not be removed for so long stays
REMOVE_EVERY_S = 1.0
FAILURES = 3  # after so many failures in a row Discord is away, not one channel: leave the rest for the next time

Key = tuple[int, int]  # of a notice: its channel and its message


@dataclass(frozen=True)
class Said:
    """What a notice says. *offer* holds further arguments of the message, such as a view with a button."""

    text: str
    offer: Mapping[str, Any] = field(default_factory=dict)


class Notices:
    """Sends notices to one person. ``remove_expired`` removes those that it sent to channels."""

    def __init__(self, bot: commands.AutoShardedBot, away: DiscordAway, notice_s: float = NOTICE_S) -> None:
        self._bot, self._away, self._notice_s = bot, away, notice_s
        self._expires_at_s: dict[Key, float] = {}

    async def notify(
        self,
        channel_id: int | None,
        user_id: int,
        public: Said,
        private: Said,
        reply_to: int | None = None,
        *,
        nonce: str | None = None,
        stay_s: float | None = None,
    ) -> bool:
        """Send *public* to the channel, else the text of *private* directly, each in the language of its readers.

        *public* stays for *stay_s* seconds; None: as long as any notice.

        Return False if neither is possible. Raises DeliverLater. A notice with the *nonce* of an earlier one is not
        sent again for some minutes; without *nonce*, each *reply_to* has its own.
        """
        nonce = nonce or (None if reply_to is None else ids.nonce("r", reply_to))
        if channel_id is not None and await self._post(channel_id, user_id, public, reply_to, nonce, stay_s):
            return True
        return await self.send_direct(user_id, private.text, nonce=nonce)

    async def notify_in_private(
        self,
        channel_id: int | None,
        user_id: int,
        public: Said,
        private: Said,
        reply_to: int | None,
        *,
        nonce: str,
    ) -> bool:
        """Send *private* directly; if that person takes no direct message, send *public* to the channel.

        Return False if neither is possible. Raises DeliverLater.
        """
        if await self.send_direct(user_id, private.text, nonce=nonce, offer=private.offer):
            return True
        return channel_id is not None and await self._post(channel_id, user_id, public, reply_to, nonce)

    async def send_direct(
        self, user_id: int, text: str, *, nonce: str | None = None, offer: Mapping[str, Any] = NOTHING
    ) -> bool:
        """Send a direct message; return False if that person takes none. Raises DeliverLater."""
        try:
            channel = await call_discord(self._bot.create_dm, discord.Object(user_id))
            await call_discord(partial(channel.send, text, nonce=nonce, **offer))
        except RouteClosed:
            return False
        return True

    async def _post(
        self,
        channel_id: int,
        user_id: int,
        said: Said,
        reply_to: int | None,
        nonce: str | None,
        stay_s: float | None = None,
    ) -> bool:
        """Send a notice that mentions only *user_id* to a channel; return False if the channel is closed."""
        recipient = discord.AllowedMentions(everyone=False, roles=False, users=[discord.Object(user_id)])
        send = partial(
            self._bot.get_partial_messageable(channel_id).send,
            f"<@{user_id}> {said.text}", allowed_mentions=recipient, nonce=nonce, **said.offer,
        )  # fmt: skip
        try:
            message = await self._reply(send, channel_id, reply_to)
        except RouteClosed:
            return False
        self._expires_at_s[channel_id, message.id] = time.monotonic() + (stay_s or self._notice_s)
        return True

    @staticmethod
    async def _reply(
        send: Callable[..., Awaitable[discord.Message]], channel_id: int, reply_to: int | None
    ) -> discord.Message:
        """Send as a reply to the message *reply_to*; without such a message, or if Discord rejects replies, plainly."""
        if reply_to is not None:
            with suppress(ReplyRefused):
                message = discord.MessageReference(message_id=reply_to, channel_id=channel_id, fail_if_not_exists=False)
                return await call_discord(send, reference=message)
        return await call_discord(send)

    async def run(self) -> None:
        """Remove notices from channels when their time is over, until canceled."""
        while True:
            try:
                await self.remove_expired()
            except DeliverLater as error:
                log.warning("notices_not_removed", why=str(error))
                await asyncio.sleep(error.delay_s)
            await asyncio.sleep(REMOVE_EVERY_S)

    async def remove_expired(self) -> None:
        """Remove the notices whose time is over. Raises DeliverLater if some are left for the next time."""
        failures: list[DeliverLater] = []
        for key in [key for key, expires_at_s in self._expires_at_s.items() if expires_at_s <= time.monotonic()]:
            try:
                self._away.check()
                await self._remove(key)
            except DeliverLater as error:
                failures.append(error)
            if len(failures) >= FAILURES:
                break
        if failures:
            raise failures[-1]

    async def _remove(self, key: Key) -> None:
        """Remove one notice. Raises DeliverLater: the notice is then the last to be tried again, until GIVE_UP_S."""
        expires_at_s = self._expires_at_s.pop(key)
        try:
            with suppress(RouteClosed):  # a moderator may have removed the notice
                await call_discord(self._bot.http.delete_message, *key)
        except DeliverLater:
            if time.monotonic() - expires_at_s < GIVE_UP_S:
                self._expires_at_s[key] = expires_at_s
            raise
