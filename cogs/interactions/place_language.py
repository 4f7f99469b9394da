"""The language of what everybody in a channel reads, for messages that no job has."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import discord

from cogs.interactions import submission
from cogs.interactions.context import context_of
from cogs.messaging.address import chosen_locale
from cogs.text.i18n import Translator, translator_for
from imagegen.errors import StoreUnavailable


async def translator_for_channel(interaction: discord.Interaction[Any]) -> Translator:
    """Return the translator for a public message in the channel of *interaction*: the managers' choice, the server's
    language in Discord, or the member's. Outside servers, the member's.
    """
    if interaction.guild_id is None:
        return submission.translator_for_user(interaction)
    language = None
    with suppress(StoreUnavailable):
        language = (await context_of(interaction).service.server_admin.settings(interaction.guild_id)).language
    chosen = language or chosen_locale(interaction.guild, interaction.guild_locale)
    return translator_for(chosen) if chosen is not None else submission.translator_for_user(interaction)


async def translator_for_pressed(interaction: discord.Interaction[Any]) -> Translator:
    """Return the translator for the message whose button was pressed, which the answer replaces."""
    message = interaction.message
    if message is None or message.flags.ephemeral:
        return submission.translator_for_user(interaction)
    return await translator_for_channel(interaction)
