"""Buttons under a refusal: "Edit prompt" and "Choose images" open a form with the prompt in it.

The prompt of a request that was never accepted is read from the member's message or from the returned text. The
prompt of a job is read from the store.
"""

from __future__ import annotations

import re
from typing import Any, Self

import discord
from discord import ui

from cogs import forms
from cogs.forms import FormAgain
from cogs.interactions import submission
from cogs.interactions.buttons import JobButton, PersistentButton
from cogs.interactions.context import AppBot, AppContext, context_of
from cogs.interactions.private_replies import reply_privately
from cogs.interactions.returned_text import returned_text
from cogs.messaging import bot_mentions
from cogs.messaging.outcomes import RouteClosed, call_discord
from cogs.text import phrases
from cogs.ui.buttons import LOOKS
from cogs.ui.form_choices import form_kind, prompt_form, with_palette
from cogs.ui.ids import PRIVATE_MARK, REWORD, Verb, reword_id
from cogs.ui.remedies import marked_with_style
from imagegen.errors import DeliverLater, Refused
from imagegen.policy.alternatives import escaped
from imagegen.policy.palette import palette_text


class RewordButton(PersistentButton, template=REWORD):
    """Open the refused form again, with the typed text in it."""

    def __init__(
        self, form: str, its_id: int, message_id: int, model: str | None, style: int | None, *, private: bool
    ) -> None:
        self.form, self.form_id, self.message_id = form, its_id, message_id
        self.model, self.style, self.private = model, style, private
        name = f"{marked_with_style(f'{form}:{its_id}', style)}{PRIVATE_MARK if private else ''}"
        super().__init__(ui.Button(label=LOOKS[Verb.CHANGE][0], custom_id=reword_id(name, message_id, model)))

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], _item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Read a reword id."""
        its_id, message_id = int(match["id"]), int(match["message"])
        style = int(match["style"]) if match["style"] else None
        return cls(match["form"], its_id, message_id, match["model"], style, private=bool(match["private"]))

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        """Open the form, or say in private that another member typed the prompt."""
        typed = await submission.within_deadline(self._typed(interaction))
        if typed is None:
            await reply_privately(interaction, submission.translator_for_user(interaction)(phrases.NOT_YOUR_PROMPT))
            return
        try:
            again = FormAgain(typed, self.model, bool(self.message_id), self.private, self.style)
            await forms.open_again(interaction, self.form, self.form_id, again)
        except Refused as refused:
            await forms.refuse(interaction, refused, typed)

    async def _typed(self, interaction: discord.Interaction[Any]) -> str | None:
        """Return the typed text; "" if it is gone, None if another member typed it."""
        if not self.message_id:
            return "" if interaction.message is None else await returned_text(interaction.message)
        channel = interaction.client.get_partial_messageable(interaction.channel_id or 0)
        try:
            written = await call_discord(channel.fetch_message, self.message_id)
        except (RouteClosed, DeliverLater):
            return ""
        if written.author.id != interaction.user.id:
            return None
        me = interaction.client.user
        return written.content if me is None else bot_mentions.text_in(written, me)


class ChooseImagesButton(JobButton, verb=Verb.CHOOSE_IMAGES):
    """Open the request of a job whose input images were refused: its prompt, and fields for other images."""

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        job = await submission.within_deadline(context_of(interaction).service.display.job(self.job_id))
        translate = submission.translator_for_user(interaction)
        if job is None or job.requester.user_id != interaction.user.id:
            await reply_privately(interaction, translate(phrases.NOT_YOUR_PROMPT))
            return
        if any(job.request.boxes):  # its boxes fit no other image
            await reply_privately(interaction, translate(phrases.PART_OF_OTHER_IMAGE), job.request.prompt)
            return
        colors = palette_text(job.request.palette)
        what, _, its_id = prompt_form(form_kind(job.request, colors), job.request, job.input_count).partition(":")
        again = FormAgain(
            with_palette(escaped(job.request.prompt), colors), job.request.model, private=job.request.private
        )
        await forms.open_prompt(interaction, what, int(its_id), again)


async def setup(bot: AppBot, _context: AppContext) -> None:
    """Add the buttons to *bot*."""
    bot.add_dynamic_items(RewordButton, ChooseImagesButton)
