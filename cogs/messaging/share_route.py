"""The route of a shared image: a message in a channel, sent once, whatever died at an earlier try."""

from __future__ import annotations

import discord

from cogs.messaging import attachments
from cogs.messaging.job_messages import SKEW
from cogs.messaging.outcomes import call_discord
from cogs.messaging.routes import NO_MENTIONS, NONCE_LIVES, Post
from cogs.ui.ids import nonce
from imagegen.errors import DeliverLater
from imagegen.reports import SharedImage

HISTORY = 200  # messages of a channel that are searched for the message of an earlier try
LATER_S = 5.0
AT_DIGITS = 100_000  # of the moment, in the nonce: after a refusal, another try is no repetition


async def sent_before(bot: discord.Client, shared: SharedImage, *, can_search: bool = True) -> int | None:
    """Return the message that the last try to send a shared image left; None if there is none.

    *can_search*: the bot may read the channel's history. Discord returns an empty one otherwise.

    Raises what ``call_discord`` raises, and DeliverLater if an earlier try may have arrived and cannot be looked for.
    """
    if shared.is_new:
        return None
    if not (can_search or is_young(shared)):
        raise DeliverLater(LATER_S)
    return await call_discord(_found, bot, shared)


def is_young(shared: SharedImage) -> bool:
    """Return whether the last try was so recent that the nonce alone prevents a repetition."""
    return discord.utils.utcnow() - shared.at < NONCE_LIVES


async def send(bot: discord.Client, shared: SharedImage, post: Post) -> int:
    """Send a shared image to its channel; return the message's id. Raises what ``call_discord`` raises."""
    return (await call_discord(_send, bot.get_partial_messageable(shared.channel_id), shared, post)).id


async def _send(channel: discord.PartialMessageable, shared: SharedImage, post: Post) -> discord.Message:
    name = nonce("s", shared.job_id, shared.number, int(shared.at.timestamp()) % AT_DIGITS)
    return await channel.send(**post.content(), files=post.files(), nonce=name, allowed_mentions=NO_MENTIONS)


async def _found(bot: discord.Client, shared: SharedImage) -> int | None:
    channel = bot.get_partial_messageable(shared.channel_id)
    async for message in channel.history(limit=HISTORY, after=shared.at - SKEW):
        if message.author == bot.user and shared.number in attachments.results_in(message, shared.job_id):
            return message.id
    return None
