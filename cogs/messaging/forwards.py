"""The images of a message, and whose they are where it forwards another: Discord says it of the source alone."""

from __future__ import annotations

import asyncio

import discord

from cogs.messaging import attachments
from cogs.messaging.attachments import Links
from cogs.messaging.outcomes import RouteClosed, call_discord
from imagegen.errors import DeliverLater, Reason, Refused

SOURCE_S = 1.0  # a form has to be opened within 3 s
MOST_STEPS = 3  # of a forward of a forward


async def images_of(bot: discord.Client, message: discord.Message, *, given: bool = False) -> Links:
    """Return what ``_collect.from_message`` does; what is forwarded belongs to its author, if the bot can read it.

    Refused IMAGE_UNREACHABLE where Discord does not say in time who that is: they may let nobody edit it.
    """
    found = attachments.from_message(message, given=given)
    if not (found and message.message_snapshots):
        return found
    source_id = await _source_of(bot, message)
    return attachments.from_message(message, given=given, source_id=source_id)


async def _source_of(bot: discord.Client, message: discord.Message) -> int | None:
    try:
        async with asyncio.timeout(SOURCE_S):
            return await _author(bot, message.reference)
    except RouteClosed:
        return None
    except (TimeoutError, DeliverLater):
        raise Refused(Reason.IMAGE_UNREACHABLE, position=1) from None


async def _author(bot: discord.Client, reference: discord.MessageReference | None) -> int | None:
    for _ in range(MOST_STEPS):
        if reference is None or reference.message_id is None:
            return None
        channel = bot.get_partial_messageable(reference.channel_id)
        source = await call_discord(channel.fetch_message, reference.message_id)
        if not source.message_snapshots:
            return attachments.poster_of(source)
        reference = source.reference
    raise Refused(Reason.IMAGE_UNREACHABLE, position=1)
