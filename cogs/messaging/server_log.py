"""Post into the log channel of a server."""

from __future__ import annotations

import discord
import structlog
from discord.ext import commands

from cogs.messaging.outcomes import RouteClosed, TextRefused, call_discord
from imagegen.errors import DeliverLater

log = structlog.get_logger(__name__)


async def post(bot: commands.AutoShardedBot, channel_id: int | None, text: str, *, nonce: str) -> bool:
    """Post *text* in the log channel; None: the server has none. Raises nothing.

    Return False if the server's AutoMod blocks the text.
    """
    if channel_id is None:
        return True
    channel, silent = bot.get_partial_messageable(channel_id), discord.AllowedMentions.none()
    try:
        await call_discord(channel.send, text, nonce=nonce, allowed_mentions=silent)
    except (RouteClosed, DeliverLater) as error:
        log.info("server_log_not_written", channel_id=channel_id, why=type(error).__name__)
        return not isinstance(error, TextRefused)
    return True
