"""The usage of a server, for its managers: a chart, a list and a table to download, in private."""

from __future__ import annotations

import asyncio
from typing import Any

import discord
from discord import ui

from cogs.interactions import submission
from cogs.interactions.managers import studio_of
from cogs.text import operator_spending, server_settings
from cogs.text.markdown import shortened
from cogs.ui import cards
from cogs.ui.files import file_of
from cogs.ui.limits import ALT_CHARS
from imagegen.policy.quota import percent_used
from imagegen.policy.usage import usage_csv

PEOPLE_LISTED = 15


async def show(interaction: discord.Interaction[Any], days: int) -> None:
    """Show the usage of the last *days*. Raises Refused MANAGERS_ONLY."""
    admin, server_id = studio_of(interaction)
    await interaction.response.defer(ephemeral=True, thinking=True)
    usage, share = await asyncio.gather(admin.usage(server_id, days), admin.share(server_id))
    translate = submission.translator_for_user(interaction)
    alt = shortened(server_settings.usage_in_words(usage, translate), ALT_CHARS)
    chart = file_of(await admin.chart(usage), "usage.png", alt)
    table = file_of(usage_csv(usage), "usage.csv")
    text = server_settings.usage(usage, PEOPLE_LISTED, translate)
    if share is not None:
        text += f"\n{operator_spending.share_in_words(share, percent_used(share, admin.limits), translate)}"
    view = cards.one_sentence(text)
    gallery: ui.MediaGallery[ui.LayoutView] = ui.MediaGallery()
    gallery.add_item(media="attachment://usage.png", description=alt)
    view.add_item(gallery)
    view.add_item(ui.File("attachment://usage.csv"))
    await interaction.edit_original_response(view=view, attachments=[chart, table])
