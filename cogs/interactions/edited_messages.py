"""What a form edits: the images of a message, the result that it shows, and the model that was chosen for that."""

from __future__ import annotations

import asyncio
from typing import Any

import discord

from cogs.interactions import read_limits, submission
from cogs.interactions.context import context_of
from cogs.messaging import attachments
from cogs.messaging.address import scope_of
from cogs.messaging.forwards import images_of
from cogs.messaging.outcomes import RouteClosed, call_discord
from imagegen.errors import DeliverLater, StoreUnavailable
from imagegen.image_request import ImageLink
from imagegen.model import INSTALL, Job

MODEL_S = 0.5  # the longest wait for the model to select: a form must be opened within 3 s


async def images_for(interaction: discord.Interaction[Any], message_id: int) -> tuple[ImageLink, ...]:
    """Return the images of a message: from the interaction, from the opened form, or fetched by the bot."""
    message = interaction.message
    if message is not None and message.id == message_id:
        return await images_of(interaction.client, message)
    kept = context_of(interaction).open_forms.images(interaction.user.id, message_id)
    return kept or await _fetched(interaction, message_id)


async def _fetched(interaction: discord.Interaction[Any], message_id: int) -> tuple[ImageLink, ...]:
    """Fetch a message and return its images; none if the bot or the member cannot see it.

    Raises Refused READS_TOO_FAST.
    """
    allowed, channel_id = interaction.permissions, interaction.channel_id
    sees = interaction.guild_id is None or (allowed.view_channel and allowed.read_message_history)
    if channel_id is None or scope_of(interaction) == INSTALL or not sees:
        return ()
    read_limits.count_pages(interaction)
    channel = interaction.client.get_partial_messageable(channel_id)
    try:
        return await images_of(interaction.client, await call_discord(channel.fetch_message, message_id))
    except (RouteClosed, DeliverLater):
        return ()


async def parent_of(interaction: discord.Interaction[Any], message_id: int) -> Job | None:
    """Return the job of an edited message. Without the store, only the link to the parent is lost."""
    try:
        return await submission.within_deadline(context_of(interaction).service.display.job_of_message(message_id))
    except StoreUnavailable:
        return None


async def model_of_result(interaction: discord.Interaction[Any], message: discord.Message) -> str | None:
    """Return the model that was chosen for the result in *message*; None if there is none or it is not known in time.

    Do not ask the store where there is nothing to choose.
    """
    service, me, job_id = context_of(interaction).service, interaction.client.user, attachments.job_shown(message)
    if job_id is None or me is None or message.author.id != me.id or len(service.model_options.options(1)) < 2:
        return None
    try:
        async with asyncio.timeout(MODEL_S):
            job = await service.display.job(job_id)
    except (TimeoutError, StoreUnavailable):
        return None
    return None if job is None else job.request.model
