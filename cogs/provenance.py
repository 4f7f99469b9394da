"""The menu "Is this ours?": say in private what the files of a message say of where they come from, and check it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import discord
from discord import app_commands

from cogs.interactions import read_limits, submission, visibility
from cogs.interactions.context import AppBot, AppContext, context_of
from cogs.interactions.private_replies import reply_privately
from cogs.messaging.address import link_to
from cogs.messaging.attachments import Links, original_of
from cogs.messaging.forwards import images_of
from cogs.text import phrases, provenance
from cogs.text.markdown import shortened
from cogs.ui import cards
from cogs.ui.ids import result_in
from cogs.ui.limits import CARD_CHARS, MESSAGE_FILES
from imagegen.model import Job
from imagegen.provenance import Origin


@app_commands.context_menu(name="Is this ours?")
@app_commands.allowed_installs(guilds=True, users=True)
@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
async def is_this_ours(interaction: discord.Interaction[Any], message: discord.Message) -> None:
    """Read the files of a message in private. Raises Refused READS_TOO_FAST."""
    translate = submission.translator_for_user(interaction)
    read_limits.count_pages(interaction, read_limits.SHEET)
    await interaction.response.defer(ephemeral=True, thinking=True)
    images = (await images_of(interaction.client, message))[:MESSAGE_FILES]
    if not images:
        await reply_privately(interaction, translate(phrases.NO_IMAGES))
        return
    origins = await _origins(interaction, message, images)
    text = provenance.origins_text([(one, await _jump(interaction, one.job)) for one in origins], translate)
    await interaction.edit_original_response(view=cards.one_sentence(shortened(text, CARD_CHARS)))


async def _origins(interaction: discord.Interaction[Any], message: discord.Message, images: Links) -> list[Origin]:
    """Return the origin of each image. Of a result that the bot itself posted, the file's name says its job."""
    service, is_ours = context_of(interaction).service, message.author == interaction.client.user
    found = await service.provenance.origins([original_of(link) for link in images])
    for at, (link, origin) in enumerate(zip(images, found, strict=True)):
        if is_ours and (named := result_in(link.url)) is not None:
            found[at] = replace(origin, job=origin.job or await service.display.job(named[0]), is_posted=True)
    return found


async def _jump(interaction: discord.Interaction[Any], job: Job | None) -> str:
    """Return the link to the result; empty if there is none, or if the member may not see the result."""
    if job is None or job.request.private or (link := link_to(job)) is None:
        return ""
    return link if await visibility.may_see(interaction, job) else ""


async def setup(bot: AppBot, _context: AppContext) -> None:
    """Add the menu to *bot*."""
    bot.tree.add_command(is_this_ours)
