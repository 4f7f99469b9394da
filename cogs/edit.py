"""Editing: the "Edit picture" menu of a message, and mentions."""

from __future__ import annotations

import re
from typing import Any

import discord
import structlog
from discord import app_commands
from discord.ext import commands

from cogs import _address, _asking, _collect, _replies
from cogs._desk import DeskBot, desk_of
from cogs._modal import open_modal
from cogs._words import Words, words_for
from imagegen.errors import Reason, Refused, StoreUnavailable, WanvasError
from imagegen.model import Ask, ImageRequest, Job

log = structlog.get_logger(__name__)

TYPED = (discord.MessageType.default, discord.MessageType.reply)  # not: pins, joins, what a thread began with


@app_commands.context_menu(name="Edit picture")
@app_commands.allowed_installs(guilds=True, users=True)
@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
async def edit_picture(interaction: discord.Interaction[Any], message: discord.Message) -> None:
    """The menu carries the whole message, whatever the intents."""
    try:
        job = await _asking.soon(desk_of(interaction).service.job_of_message(message.id))
    except StoreUnavailable:
        job = None  # only its descent is lost
    await open_modal(interaction, message, None if job is None else job.id)


class Edit(commands.Cog):
    """Mentions: a typed mention is an ask, and so are words in reply to a result."""

    def __init__(self, bot: DeskBot) -> None:
        self._bot = bot

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        me = self._bot.user
        if me is None or message.author.bot or message.webhook_id or me not in message.mentions:
            return
        if message.type not in TYPED:
            return
        try:
            await self._asked(message, me)
        except WanvasError as error:
            await self._tell(message, _replies.sentence(error, _words_of(message)))
        except Exception:
            log.exception("mention_failed", message_id=message.id)
            await self._tell(message, _replies.sentence_for(Reason.INTERNAL, {}, _words_of(message)))

    async def _tell(self, message: discord.Message, text: str) -> None:
        try:
            told = await self._bot.desk.voice.tell(message.channel.id, message.author.id, text, message.id)
        except WanvasError:
            told = False
        if not told:
            log.warning("mention_unanswered", message_id=message.id)

    async def _asked(self, message: discord.Message, me: discord.ClientUser) -> None:
        mention = re.compile(rf"<@!?{me.id}>")
        words = mention.sub("", message.content).strip()
        there = await self._replied_to(message)
        parent = None if there is None else await self._bot.desk.service.job_of_message(there.id)
        if mention.search(message.content) is None and (parent is None or not re.search(r"\w", words)):
            return  # a bare reply ping is courtesy, not an ask
        if not self._may_write(message):
            await self._bot.desk.voice.directly(message.author.id, _words_of(message)(_replies.CANNOT_WRITE_HERE))
        elif there is not None and not self._sees(there):
            await self._tell(message, _words_of(message)(_replies.UNSEEN_REPLY))
        else:
            await self._submit(message, words, there, parent)

    async def _submit(
        self, message: discord.Message, words: str, there: discord.Message | None, parent: Job | None
    ) -> None:
        pictures = _collect.from_message(message) + (() if there is None else _collect.from_message(there))
        if not pictures and there is None and message.type is discord.MessageType.reply:
            raise Refused(Reason.PICTURE_UNREACHABLE, position=1)
        request = ImageRequest(words, pictures=pictures, parent_id=None if parent is None else parent.id)
        asker = _address.asker_of_message(message)
        address = _address.address_of_message(message, self._bot.application_id)
        await self._bot.desk.service.submit(Ask(f"m:{message.id}", asker, request, address))

    async def _replied_to(self, message: discord.Message) -> discord.Message | None:
        """The message that this one answers; None when it answers none, or one that is gone or out of reach."""
        reference = message.reference
        if message.type is not discord.MessageType.reply or reference is None or reference.message_id is None:
            return None
        if reference.resolved is not None:
            return reference.resolved if isinstance(reference.resolved, discord.Message) else None
        try:
            return await message.channel.fetch_message(reference.message_id)
        except discord.HTTPException:
            return None

    def _sees(self, there: discord.Message) -> bool:
        """Whether what Discord shows of that message is all there is.

        https://discord.com/developers/docs/events/gateway#message-content-intent (2026-11-22): what is one's own,
        direct, or mentions one is shown without the intent.
        """
        me = self._bot.user
        own = there.author == me or there.guild is None or me in there.mentions
        return own or self._bot.intents.message_content or bool(_collect.from_message(there))

    def _may_write(self, message: discord.Message) -> bool:
        if message.guild is None or isinstance(message.channel, discord.PartialMessageable | discord.DMChannel):
            return True
        return _address.may_write(message.channel.permissions_for(message.guild.me), message.channel)


def _words_of(message: discord.Message) -> Words:
    return words_for(_address.asker_of_message(message).locale)
