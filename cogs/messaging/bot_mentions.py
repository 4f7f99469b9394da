"""Decide whether a message addresses the bot, and return what the message says."""

from __future__ import annotations

import re

import discord

from cogs.text.clean_content import names_in_message, readable
from imagegen.policy.validation import clean_text


def is_for(message: discord.Message, me: discord.ClientUser) -> bool:
    """Return whether *message* mentions the bot or its own role, replies to the bot, or is a direct message."""
    named = {*message.raw_role_mentions, *(role.id for role in message.role_mentions)}
    return is_direct(message) or me in message.mentions or _role_of(message) in named


def is_direct(message: discord.Message) -> bool:
    """Return whether *message* is a direct message to the bot."""
    return isinstance(message.channel, discord.DMChannel)


def is_typed(message: discord.Message, me: discord.ClientUser) -> bool:
    """Return whether the author typed the mention: a reply mentions the bot by itself."""
    return _mention_in(message, me).search(message.content) is not None


def is_withheld(message: discord.Message, me: discord.ClientUser) -> bool:
    """Return whether Discord withholds the text of *message*.

    Without the message-content intent, Discord sends the text of a message that mentions the bot, or is a direct
    message, but not of a message that mentions only the bot's role.
    """
    return not message.content and me not in message.mentions and not is_direct(message)


def text_in(message: discord.Message, me: discord.ClientUser) -> str:
    """Return the text of *message* as its author saw it, without the mention of the bot."""
    return clean_text(readable(raw_text_in(message, me), names_in_message(message))).strip()


def raw_text_in(message: discord.Message, me: discord.ClientUser) -> str:
    """Return the text of *message* with Discord's markup, without the mention of the bot."""
    return _mention_in(message, me).sub("", message.content).strip()


def _mention_in(message: discord.Message, me: discord.ClientUser) -> re.Pattern[str]:
    role_id = _role_of(message)
    return re.compile(rf"<@!?{me.id}>" if role_id is None else rf"<@!?{me.id}>|<@&{role_id}>")


def _role_of(message: discord.Message) -> int | None:
    """Return the bot's own role in the server: the mention picker offers the role next to the bot, by the same name."""
    role = None if message.guild is None else message.guild.self_role
    return None if role is None else role.id
