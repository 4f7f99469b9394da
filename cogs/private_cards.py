"""The buttons of a private card: turn to another of its images, share one. The card itself holds what is needed."""

from __future__ import annotations

import re
from typing import Any

import discord
from discord import ui

from cogs.interactions import submission
from cogs.interactions.buttons import NO_ID, ImageButton
from cogs.interactions.context import AppBot, AppContext, context_of
from cogs.interactions.private_replies import reply_privately
from cogs.interactions.sharing import NotShared, share
from cogs.messaging import attachments
from cogs.messaging.address import link_in
from cogs.messaging.kept_message import changed
from cogs.ui import cards
from cogs.ui.ids import Verb, numbered
from cogs.ui.private_cards import PrivateImages, image_row
from imagegen.errors import Reason, Refused
from imagegen.model import Job


class _CardButton(ImageButton, template=NO_ID):
    """A button about one image of a private card."""

    async def card(self, interaction: discord.Interaction[Any]) -> tuple[Job, discord.Message]:
        """Return the job of the card, and the card. Raises Refused RESULT_NOT_VISIBLE for others than its requester."""
        job = await submission.within_deadline(context_of(interaction).service.display.job(self.job_id))
        if job is None or interaction.message is None or job.requester.user_id != interaction.user.id:
            raise Refused(Reason.RESULT_NOT_VISIBLE)
        return job, interaction.message


class TurnButton(_CardButton, template=numbered(Verb.TURN)):
    """Show another image of the card, by its position from 1."""

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        """Show the image. Its file is in the message already, so nothing is uploaded."""
        await interaction.response.defer()
        job, message = await self.card(interaction)
        numbers = list(attachments.results_in(message, job.id))
        if not 1 <= self.number <= len(numbers):
            raise Refused(Reason.RESULT_NOT_VISIBLE)
        await show_image(interaction, message, job, numbers[self.number - 1])


class ShareButton(_CardButton, template=numbered(Verb.SHARE)):
    """Post one image of the card where it was requested. Pressed twice, or killed in between, it is posted once."""

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        await interaction.response.defer()
        job, message = await self.card(interaction)
        file = attachments.results_in(message, job.id).get(self.number)
        if file is None or not job.request.prompt:
            raise Refused(Reason.RESULT_NOT_VISIBLE)
        translate = submission.translator_for_user(interaction)
        try:
            await share(interaction, job, self.number, file.url)
        except NotShared as refused:
            await reply_privately(interaction, translate(refused.why))
        else:
            await show_image(interaction, message, job, self.number)


async def show_image(interaction: discord.Interaction[Any], message: discord.Message, job: Job, number: int) -> None:
    """Make a private card show one of its images."""
    found = attachments.results_in(message, job.id)
    images = PrivateImages(job.id, list(found), number, await _shared(interaction, job))
    row = image_row(images, cards.translator_for_requester(job))
    name, alt = found[number].filename, found[number].alt or cards.alt_text(job, number)

    def change(view: ui.LayoutView) -> None:
        for item in list(view.walk_children()):
            if isinstance(item, ui.MediaGallery):
                _show(item, name, alt)
            elif isinstance(item, ui.ActionRow) and _is_image_row(item):
                _replace(item, row)

    view, files = changed(message, change)
    await interaction.edit_original_response(view=view, attachments=files)


async def _shared(interaction: discord.Interaction[Any], job: Job) -> dict[int, str]:
    """Return the links to the messages of those images that were shared."""
    shared = await context_of(interaction).service.sharing.of_job(job.id)
    server_id = job.address.server_id
    return {
        one.number: link_in(server_id, one.channel_id, one.message_id) for one in shared if one.message_id is not None
    }


def _show(gallery: ui.MediaGallery[Any], name: str, alt: str) -> None:
    """Make a gallery show one file, hidden until a click if the file before was."""
    spoiler = any(item.spoiler for item in gallery.items)
    gallery.clear_items().add_item(media=f"attachment://{name}", description=alt, spoiler=spoiler)


def _is_image_row(row: ui.ActionRow[Any]) -> bool:
    ids = [button.custom_id or "" for button in row.children if isinstance(button, ui.Button)]
    return any(re.fullmatch(numbered(Verb.SHARE), custom_id) for custom_id in ids)


def _replace(row: ui.ActionRow[Any], other: ui.ActionRow[Any]) -> None:
    row.clear_items()
    for button in list(other.children):
        row.add_item(button)


async def setup(bot: AppBot, _context: AppContext) -> None:
    """Add the buttons to *bot*."""
    bot.add_dynamic_items(TurnButton, ShareButton)
