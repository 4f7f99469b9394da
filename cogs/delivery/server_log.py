"""The log of a server: a channel in which the bot reports each result, with a link to the message."""

from __future__ import annotations

from dataclasses import replace

import discord
import structlog
from discord.ext import commands

from cogs.delivery.context import DeliveryContext
from cogs.messaging.address import jump_to
from cogs.messaging.outcomes import RouteClosed, call_discord
from cogs.text import phrases, server_settings
from cogs.ui.ids import nonce
from imagegen.errors import DeliverLater
from imagegen.model import Delivered

log = structlog.get_logger(__name__)


async def log_result(bot: commands.AutoShardedBot, context: DeliveryContext, delivered: Delivered) -> None:
    """Report in the log channel who got images, by which model and where. Raises nothing: the images are delivered."""
    if context.settings.log_channel_id is None:
        return
    job, translate = context.job, context.translate
    facts: dict[str, str | int] = {
        "requester": f"<@{job.requester.user_id}>",
        "model": job.model,
        "images": server_settings.image_count(delivered.images, translate),
        "jump": jump_to(replace(job, message_id=delivered.message_id or job.message_id)),
    }
    channel = bot.get_partial_messageable(context.settings.log_channel_id)
    try:
        silent = discord.AllowedMentions.none()
        await call_discord(
            channel.send, translate(phrases.LOG_ENTRY, facts), nonce=nonce("log", job.id), allowed_mentions=silent
        )
    except (RouteClosed, DeliverLater) as error:
        log.info("server_log_not_written", why=type(error).__name__)
