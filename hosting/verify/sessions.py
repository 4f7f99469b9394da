"""The gateway sessions of a verification: one like the bot's, and one without the message-content intent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any

import discord

from cogs.messaging import discord_private
from cogs.messaging.outcomes import one_try
from cogs.messaging.rate_limits import RateLimitGate
from cogs.text import phrases
from cogs.text.i18n import translator_for
from hosting.connect import grants_message_content
from hosting.verify.arrivals import Inbox
from imagegen.settings import MessageContent, Settings

READY_S = 60.0


class Unverifiable(Exception):
    """The verification cannot begin. The message says why and what to do, for the operator."""


class Listener(discord.AutoShardedClient):
    """A client that answers nothing itself: what arrives goes into its inbox.

    It caches what the bot caches and nothing more, so that checks see what the bot would see.
    """

    def __init__(self, settings: Settings, inbox: Inbox, *, message_content: bool, answers: bool) -> None:
        super().__init__(
            intents=discord.Intents(
                guilds=True, guild_messages=True, dm_messages=True, message_content=message_content
            ),
            max_messages=None,
            chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags.none(),
            allowed_mentions=discord.AllowedMentions.none(),
            shard_count=settings.shard_count,
            guild_ready_timeout=0.5,
            http_trace=one_try(RateLimitGate()),
        )
        self._inbox, self._answers = inbox, answers

    async def on_message(self, message: discord.Message) -> None:
        """Keep a message of a person."""
        if not message.author.bot:
            self._inbox.messages.arrive(message)

    async def on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        """Keep an edited message of a person."""
        if not payload.message.author.bot:
            self._inbox.edits.arrive(payload.message)

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        """Hand an interaction to a check; if no check waits for it, reply in private."""
        if not self._answers or self._inbox.interactions.arrive(interaction):
            return
        if interaction.type is not discord.InteractionType.autocomplete:
            text = translator_for(interaction.locale.value)(phrases.BEING_VERIFIED)
            with suppress(discord.HTTPException):  # a bot that runs has answered
                await interaction.response.send_message(text, ephemeral=True)


class Sessions:
    """Opens, reopens and closes the sessions. *client* is the one that answers; ``reopen`` replaces it."""

    client: Listener

    def __init__(self, settings: Settings, app: discord.AppInfo) -> None:
        granted = grants_message_content(app)
        self.reads_content = granted and settings.message_content is not MessageContent.OFF
        self.inbox, self.lost = Inbox(), asyncio.Event()
        self._settings, self._main, self._second = settings, AsyncExitStack(), AsyncExitStack()
        self._plain: Inbox | None = None if self.reads_content else self.inbox

    async def open(self) -> None:
        """Open the session that answers. Raises Unverifiable, and what a login of discord.py raises."""
        listener = self._listener(self.inbox, message_content=self.reads_content, answers=True)
        self.client = await self._main.enter_async_context(self._connected(listener))

    async def reopen(self) -> None:
        """End the session that answers and open a new one, as a restart of the bot does."""
        await self._main.aclose()
        try:
            await self.open()
        except BaseException:
            self.lost.set()  # no further item could see anything
            raise

    async def without_content(self) -> Inbox:
        """Return the inbox of a session without the message-content intent, opened at the first call."""
        if self._plain is None:
            inbox = Inbox()
            listener = self._listener(inbox, message_content=False, answers=False)
            await self._second.enter_async_context(self._connected(listener))
            self._plain = inbox
        return self._plain

    async def close(self) -> None:
        """End every session."""
        await self._second.aclose()
        await self._main.aclose()

    def _listener(self, inbox: Inbox, *, message_content: bool, answers: bool) -> Listener:
        return Listener(self._settings, inbox, message_content=message_content, answers=answers)

    @asynccontextmanager
    async def _connected(self, listener: Listener) -> AsyncIterator[Listener]:
        """Connect *listener* for the length of the block. Set *lost* if its connection ends before."""
        async with listener as client:
            await client.login(self._settings.discord_token.get_secret_value())
            discord_private.check(client)
            running = asyncio.create_task(client.connect(), name="gateway")
            try:
                await _until_ready(client, running)
                running.add_done_callback(self._lose)
                yield client
            finally:
                running.remove_done_callback(self._lose)
                await client.close()
                await asyncio.gather(running, return_exceptions=True)

    def _lose(self, _running: asyncio.Task[None]) -> None:
        self.lost.set()


async def _until_ready(client: Listener, running: asyncio.Task[None]) -> None:
    """Wait until *client* is ready. Raises what ended its connection, or Unverifiable after READY_S."""
    ready = asyncio.create_task(client.wait_until_ready())
    try:
        await asyncio.wait([ready, running], timeout=READY_S, return_when=asyncio.FIRST_COMPLETED)
    finally:
        ready.cancel()
    if running.done():
        await running
    if not client.is_ready():
        raise Unverifiable(f"Discord's gateway did not become ready within {READY_S:.0f} s. Try again later.")
