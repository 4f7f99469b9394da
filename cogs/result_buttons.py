"""The buttons under a result and under a status card."""

from __future__ import annotations

from math import ceil
from typing import Any

import discord
from discord import ui

from cogs import forms
from cogs.interactions import submission, visibility
from cogs.interactions.buttons import ImageButton, JobButton
from cogs.interactions.context import AppBot, AppContext, context_of
from cogs.interactions.private_results import continues_private
from cogs.messaging.address import link_to, scope_of
from cogs.text import formatters, phrases
from cogs.text.i18n import Translator
from cogs.ui.details import details_text
from cogs.ui.ids import PICK, Verb
from cogs.ui.views import Card
from imagegen.errors import Reason, Refused
from imagegen.model import Job, Request
from imagegen.reports import Submission
from imagegen.service import Prechecked


class AgainButton(JobButton, verb=Verb.AGAIN):
    """Submit the same request with a new seed, for the member who presses. Repeated quick presses count as one."""

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        service, wait_s = context_of(interaction).service, self._wait_s(interaction)
        if wait_s:
            raise Refused(Reason.PRESSED_TWICE, wait_s=ceil(wait_s))

        async def submit(request: Request, prechecked: Prechecked | None) -> Submission:
            return await service.again(request, self.job_id, prechecked)

        try:
            source = await submission.within_deadline(forms.reusable_job_for(interaction, self.job_id))
        except Refused as refused:
            await forms.refuse(interaction, refused)
            return
        await submission.submit(
            interaction, source.request, submit, input_count=source.input_count, form=f"change:{self.job_id}",
            private=continues_private(interaction, source),
        )  # fmt: skip

    def _wait_s(self, interaction: discord.Interaction[Any]) -> float:
        """Return the seconds until this member may press this button again; 0 if they may now."""
        return context_of(interaction).presses.take((interaction.user.id, self.job_id))


class EditButton(JobButton, verb=Verb.EDIT):
    """Open the form that edits the images of this message."""

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        if interaction.message is not None:
            await forms.open_edit(interaction, interaction.message)


class PickButton(ImageButton, template=PICK):
    """Open the form that edits one of the images of this message."""

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        if interaction.message is not None:
            await forms.open_pick(interaction, interaction.message, self.job_id, self.number)


class EditPromptButton(JobButton, verb=Verb.CHANGE):
    """Open the form that changes the prompt and options of this request, with the same input images."""

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        try:
            await forms.open_change(interaction, self.job_id)
        except Refused as refused:
            await forms.refuse(interaction, refused)


class DetailsButton(JobButton, verb=Verb.DETAILS):
    """Show in private how the result was generated, to anyone who can see it."""

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        translate = submission.translator_for_user(interaction)
        text = await submission.within_deadline(self._text(interaction, translate))
        if text is None:
            await interaction.response.send_message(translate(phrases.NO_DETAILS), ephemeral=True)
            return
        view = Card()
        view.add_item(ui.TextDisplay(text))
        await interaction.response.send_message(view=view, ephemeral=True)

    async def _text(self, interaction: discord.Interaction[Any], translate: Translator) -> str | None:
        """Return the details; None if the member cannot see the result."""
        job = await visibility.seen_job(interaction, self.job_id)
        return None if job is None else details_text(job, await self._parent_link(interaction, job), translate)

    @staticmethod
    async def _parent_link(interaction: discord.Interaction[Any], job: Job) -> str | None:
        """Return the link to the result that this one was edited from; None if it is elsewhere or unknown."""
        if job.request.parent_id is None:
            return None
        parent = await context_of(interaction).service.display.job(job.request.parent_id)
        return None if parent is None or parent.requester.scope != scope_of(interaction) else link_to(parent)


class DeleteButton(JobButton, verb=Verb.DELETE):
    """Delete the message, and every message of a story or an image set. The quota stays used."""

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        if not await self.may_decide(interaction):
            return
        await interaction.response.defer()
        context = context_of(interaction)
        job = await context.service.display.job(self.job_id)
        message = interaction.message
        if job is not None and job.request.may_span_messages and message is not None and _shows_all(message, job):
            await context.remove_rest(job, message.id)
        await interaction.delete_original_response()


def _shows_all(message: discord.Message, job: Job) -> bool:
    """Return whether a message is the result of *job*, or a part of it, and not one shared image of a private one."""
    return not job.request.private or message.flags.ephemeral or message.guild is None


class CancelButton(JobButton, verb=Verb.CANCEL):
    """Cancel a queued job, stop a story that is being generated, or have Wan cancel a waiting task."""

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        """Cancel, and say in private whether it worked; for a task, again when Wan has answered."""
        if not await self.may_decide(interaction):
            return
        await interaction.response.defer(ephemeral=True, thinking=True)  # the database may be slow
        service, translate = context_of(interaction).service, submission.translator_for_user(interaction)
        job = await service.cancel(self.job_id)
        await interaction.edit_original_response(content=translate(formatters.canceled(job)))
        if job is not None and job.waits_at_wan:
            job = await service.after_cancel(self.job_id)
            await interaction.edit_original_response(content=translate(formatters.canceled(job)))


async def setup(bot: AppBot, _context: AppContext) -> None:
    """Add the buttons to *bot*."""
    bot.add_dynamic_items(
        AgainButton, EditButton, PickButton, EditPromptButton, DetailsButton, DeleteButton, CancelButton
    )
