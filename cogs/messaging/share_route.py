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

HISTORY = 200  # messages of a channel that are searched for the message of an earlier try, from either end
LATER_S = 5.0
AT_DIGITS = 100_000  # of the moment, in the nonce: after a refusal, another try is no repetition


async def send_once(bot: discord.Client, shared: SharedImage, post: Post, *, can_search: bool = True) -> int:
    """Send a shared image to its channel, or find the message of an earlier try; return the message's id.

    *can_search*: the bot may read the channel's history. Discord returns an empty one otherwise.

    Raises what ``call_discord`` raises, and DeliverLater if an earlier try may have arrived and cannot be looked for.
    """
    channel = bot.get_partial_messageable(shared.channel_id)
    is_young = discord.utils.utcnow() - shared.at < NONCE_LIVES  # then the nonce alone prevents a repetition
    if not (shared.is_new or can_search or is_young):
        raise DeliverLater(LATER_S)
    if not shared.is_new and (found := await call_discord(_sent_before, bot, channel, shared)) is not None:
        return found
    sent = await call_discord(_send, channel, shared, post)
    return sent.id


async def _send(channel: discord.PartialMessageable, shared: SharedImage, post: Post) -> discord.Message:
    name = nonce("s", shared.job_id, shared.number, int(shared.at.timestamp()) % AT_DIGITS)
    return await channel.send(**post.content(), files=post.files(), nonce=name, allowed_mentions=NO_MENTIONS)


async def _sent_before(bot: discord.Client, channel: discord.PartialMessageable, shared: SharedImage) -> int | None:
    """Return the message of an earlier try, be it the first or the last one; None if there is none."""
    for after in (shared.at - SKEW, None):
        searched = 0
        async for message in channel.history(limit=HISTORY, after=after):
            searched += 1
            if message.author == bot.user and shared.number in attachments.results_in(message, shared.job_id):
                return message.id
        if searched < HISTORY:
            break  # these were all messages since the first try
    return None
