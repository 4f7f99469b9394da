"""The log of a server: a channel in which the bot reports each result, with a link to the message."""

from __future__ import annotations

from dataclasses import replace

from discord.ext import commands

from cogs.delivery.context import DeliveryContext
from cogs.messaging import server_log
from cogs.messaging.address import jump_to
from cogs.text import phrases, server_settings
from cogs.text.image_amounts import of_quota
from cogs.ui.ids import nonce
from imagegen.model import Delivered


async def log_result(bot: commands.AutoShardedBot, context: DeliveryContext, delivered: Delivered) -> None:
    """Report in the log channel who got images, by which model, for how much of the quota, and where.

    Raises nothing: the images are delivered.
    """
    if context.settings.log_channel_id is None:
        return
    job, translate = context.job, context.translate
    number = server_settings.image_count(delivered.images, translate)
    facts: dict[str, str | int] = {
        "requester": f"<@{job.requester.user_id}>",
        "model": job.model,
        "images": f"{number}{of_quota(delivered.images, delivered.images * job.weight, translate)}",
        "jump": jump_to(replace(job, message_id=delivered.message_id or job.message_id)),
    }
    text = translate(phrases.LOG_ENTRY, facts)
    await server_log.post(bot, context.settings.log_channel_id, text, nonce=nonce("log", job.id))
