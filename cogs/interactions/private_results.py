"""Which results are to be private, as a form offers it first."""

from __future__ import annotations

from typing import Any

import discord

from cogs.interactions.context import context_of
from cogs.messaging import attachments
from cogs.messaging.address import requester_of, scope_of
from imagegen.model import DIRECT, Job


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
