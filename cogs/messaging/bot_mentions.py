"""Whether a message speaks to the bot, and what it says."""

from __future__ import annotations

import re

import discord

from cogs.text.clean_content import names_in_message, readable
from imagegen.policy.validation import clean_text


def is_for(message: discord.Message, me: discord.ClientUser) -> bool:
    """Whether *message* mentions the bot or the role that Discord gave it, replies to it, or is a direct message."""
    named = {*message.raw_role_mentions, *(role.id for role in message.role_mentions)}
    return is_direct(message) or me in message.mentions or _role_of(message) in named


def is_direct(message: discord.Message) -> bool:
    """Whether *message* stands between its writer and the bot alone."""
    return isinstance(message.channel, discord.DMChannel)


def is_typed(message: discord.Message, me: discord.ClientUser) -> bool:
    """Whether the mention was typed: a reply mentions by itself."""
    return _mention_in(message, me).search(message.content) is not None


def is_withheld(message: discord.Message, me: discord.ClientUser) -> bool:
    """Whether Discord withholds the words of *message*: without the message-content intent, a role is no exception."""
    return not message.content and me not in message.mentions and not is_direct(message)


def words_in(message: discord.Message, me: discord.ClientUser) -> str:
    """Return the words of *message* as its writer saw them, without the mention of the bot."""
    return clean_text(readable(raw_words_in(message, me), names_in_message(message))).strip()


def raw_words_in(message: discord.Message, me: discord.ClientUser) -> str:
    """The same with Discord's markup."""
    return _mention_in(message, me).sub("", message.content).strip()


def _mention_in(message: discord.Message, me: discord.ClientUser) -> re.Pattern[str]:
    role_id = _role_of(message)
    return re.compile(rf"<@!?{me.id}>" if role_id is None else rf"<@!?{me.id}>|<@&{role_id}>")


def _role_of(message: discord.Message) -> int | None:
    """The role that Discord gave the bot in that server: the picker offers it beside the bot, under the same name."""
    role = None if message.guild is None else message.guild.self_role
    return None if role is None else role.id
