"""Return the images of a message, and the owner of forwarded ones: only the source message names its author."""

from __future__ import annotations

import asyncio

import discord

from cogs.messaging import attachments
from cogs.messaging.attachments import Links
from cogs.messaging.outcomes import RouteClosed, call_discord
from imagegen.errors import DeliverLater, Reason, Refused

SOURCE_S = 1.0  # the longest wait for the source: a form must be opened within 3 s
MAX_STEPS = 3  # from a forward of a forward to the source


async def images_of(bot: discord.Client, message: discord.Message, *, given: bool = False) -> Links:
    """Return the images of a message as ``attachments.from_message`` does, with the owner of forwarded images.

    A forwarded image belongs to the author of its source, if the bot can read the source. Raises Refused, reason
    IMAGE_UNREACHABLE, if Discord does not name the author in time: the author may have forbidden edits.
    """
    found = attachments.from_message(message, given=given)
    if not (found and message.message_snapshots):
        return found
    source_id = await _source_author(bot, message)
    return attachments.from_message(message, given=given, source_id=source_id)


async def _source_author(bot: discord.Client, message: discord.Message) -> int | None:
    try:
        async with asyncio.timeout(SOURCE_S):
            return await _author(bot, message.reference)
    except RouteClosed:
        return None
    except (TimeoutError, DeliverLater):
        raise Refused(Reason.IMAGE_UNREACHABLE, position=1) from None


async def _author(bot: discord.Client, reference: discord.MessageReference | None) -> int | None:
    for _ in range(MAX_STEPS):
        if reference is None or reference.message_id is None:
            return None
        channel = bot.get_partial_messageable(reference.channel_id)
        source = await call_discord(channel.fetch_message, reference.message_id)
        if not source.message_snapshots:
            return attachments.poster_of(source)
        reference = source.reference
    raise Refused(Reason.IMAGE_UNREACHABLE, position=1)
