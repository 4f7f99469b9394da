"""A server's own log: a channel that is told of each result, with the way to it."""

from __future__ import annotations

from dataclasses import replace

import discord
import structlog
from discord.ext import commands

from cogs.messaging.address import jump_to
from cogs.messaging.outcomes import RouteClosed, call_discord
from cogs.text import phrases, server_settings
from cogs.text.i18n import translator_for
from cogs.ui.ids import nonce
from imagegen.errors import DeliverLater, StoreUnavailable
from imagegen.model import Delivered, Job
from imagegen.policy.server_settings import DEFAULT_SETTINGS, ServerSettings
from imagegen.service import Service

log = structlog.get_logger(__name__)


async def server_settings_of(service: Service, job: Job) -> ServerSettings:
    """The rules of the server where *job* was asked.

    A database that is away must not keep an image from being shown: then there are none.
    """
    if (server_id := job.requester.scope.server_id) is None:
        return DEFAULT_SETTINGS
    try:
        return await service.server_admin.settings(server_id)
    except StoreUnavailable:
        return DEFAULT_SETTINGS


async def log_result(bot: commands.AutoShardedBot, rules: ServerSettings, job: Job, shown: Delivered) -> None:
    """Say in the log channel who had what made and where it stands. Raises nothing: the image is shown already."""
    if rules.log_channel_id is None:
        return
    translate = translator_for(job.requester.locale)
    facts: dict[str, str | int] = {
        "requester": f"<@{job.requester.user_id}>",
        "model": job.model,
        "images": server_settings.image_count(shown.images, translate),
        "jump": jump_to(replace(job, message_id=shown.message_id or job.message_id)),
    }
    channel = bot.get_partial_messageable(rules.log_channel_id)
    try:
        nobody = discord.AllowedMentions.none()
        await call_discord(
            channel.send, translate(phrases.LOG_ENTRY, facts), nonce=nonce("log", job.id), allowed_mentions=nobody
        )
    except (RouteClosed, DeliverLater) as error:
        log.info("server_log_closed", job_id=job.id, why=type(error).__name__)
