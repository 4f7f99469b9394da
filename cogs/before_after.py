"""Compare images: show in private the image of which a part was edited, with the part framed, beside the results."""

from __future__ import annotations

from typing import Any

import discord
from discord import ui

from cogs.interactions import read_limits, submission, visibility
from cogs.interactions.buttons import JobButton
from cogs.interactions.context import AppBot, AppContext, context_of
from cogs.interactions.private_replies import show_card
from cogs.messaging import attachments
from cogs.messaging.attachments import Links
from cogs.text import phrases
from cogs.text.i18n import Translator
from cogs.ui.files import file_of
from cogs.ui.ids import Verb
from cogs.ui.limits import MESSAGE_FILES
from cogs.ui.views import ACCENT, Card
from imagegen.errors import Reason, Refused

BEFORE_FILE = "before.jpeg"


class BeforeAfterButton(JobButton, verb=Verb.BEFORE_AFTER):
    """Show both images to a member who can see the result and may edit the image before."""

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        read_limits.count_pages(interaction)
        job = await submission.within_deadline(visibility.seen_job(interaction, self.job_id))
        if job is None or interaction.message is None:
            raise Refused(Reason.RESULT_NOT_VISIBLE)
        await interaction.response.defer(ephemeral=True, thinking=True)
        before = await context_of(interaction).service.parts.before(job, interaction.user.id)
        translate = submission.translator_for_user(interaction)
        view = _card(attachments.from_message(interaction.message), translate)
        await show_card(interaction, view, lambda: [file_of(before, BEFORE_FILE, translate(phrases.BEFORE))])


def _card(results: Links, translate: Translator) -> ui.LayoutView:
    """Draw the image before, and then the results as Discord has them."""
    view, hidden = Card(), any(link.spoiler for link in results)
    card: ui.Container[ui.LayoutView] = ui.Container(accent_color=ACCENT)
    gallery: ui.MediaGallery[ui.LayoutView] = ui.MediaGallery()
    gallery.add_item(media=f"attachment://{BEFORE_FILE}", description=translate(phrases.BEFORE), spoiler=hidden)
    for link in results[: MESSAGE_FILES - 1]:
        gallery.add_item(media=link.url, description=translate(phrases.AFTER), spoiler=hidden)
    card.add_item(ui.TextDisplay(translate(phrases.BEFORE_AND_AFTER)))
    card.add_item(gallery)
    view.add_item(card)
    return view


async def setup(bot: AppBot, _context: AppContext) -> None:
    """Add the button to *bot*."""
    bot.add_dynamic_items(BeforeAfterButton)
