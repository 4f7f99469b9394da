"""Which results are to be private: what a form offers first, and what happens to a request by message."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import discord

from cogs.interactions.context import AppBot, context_of
from cogs.messaging import attachments
from cogs.messaging.address import requester_of, scope_of
from cogs.messaging.outcomes import call_discord
from cogs.text import phrases
from cogs.text.i18n import Translator
from cogs.ui.ids import nonce
from imagegen.errors import Reason, Refused
from imagegen.model import DIRECT, Job, Request


def is_private_card(interaction: discord.Interaction[Any]) -> bool:
    """Return whether the message of an interaction shows results to this member alone."""
    message = interaction.message
    return message is not None and message.flags.ephemeral and attachments.job_shown(message) is not None


def continues_private(interaction: discord.Interaction[Any], job: Job) -> bool | None:
    """Return True if a member repeats their private request *job* where nobody else sees it; None: as by default."""
    message, is_theirs = interaction.message, job.requester.user_id == interaction.user.id
    is_private = is_theirs and job.request.private and message is not None and message.flags.ephemeral
    return True if is_private else None


def offered_choice(interaction: discord.Interaction[Any], chosen: bool | None = None) -> bool | None:
    """Return the choice that a form offers first: as *chosen*, else private from a private card, else the default.

    None in a direct message with the bot, where there is nothing to choose.
    """
    if scope_of(interaction) == DIRECT:
        return None
    chosen = chosen or is_private_card(interaction) or None
    return context_of(interaction).service.private_defaults.private(requester_of(interaction), chosen)


def private_by_default(bot: AppBot, request: Request) -> Request:
    """Return the *request* of a message with private results if they are so by default: an interaction starts it."""
    is_private = bot.context.service.private_defaults.private(request.requester)
    return replace(request, image_request=replace(request.image_request, private=is_private))


async def by_direct_message(
    bot: AppBot, message: discord.Message, request: Request, translate: Translator, inputs: int | None = None
) -> Request:
    """Return the *request* of a message for a result by direct message, and say so there, if results are private.

    *inputs* counts the input images that come from another request. Raises Refused if *request* would be refused, or
    PRIVATE_NEEDS_DIRECT if the author takes no direct messages.
    """
    service, author = bot.context.service, message.author.id
    if not service.private_defaults.private(request.requester):
        return request
    await service.precheck(request, service.validated(request, inputs))
    text = translate(phrases.COMES_DIRECTLY, channel=f"<#{message.channel.id}>")
    if not await bot.context.notices.send_direct(author, text, nonce=nonce("d", message.id)):
        raise Refused(Reason.PRIVATE_NEEDS_DIRECT)
    direct = await call_discord(bot.create_dm, discord.Object(author))
    address = replace(request.address, channel_id=direct.id, requested_in_id=message.channel.id, reply_to_id=None)
    return replace(request, address=address, image_request=replace(request.image_request, private=True))
