"""What hangs under a card."""

from __future__ import annotations

from math import ceil
from typing import Any

import discord
from discord import ui

from cogs import forms
from cogs.interactions import submission, visibility
from cogs.interactions.buttons import JobButton
from cogs.interactions.context import context_of
from cogs.messaging.address import link_to, scope_of
from cogs.text import formatters, phrases
from cogs.ui.details import details
from cogs.ui.ids import Verb
from cogs.ui.views import Card
from imagegen.errors import Reason, Refused
from imagegen.model import Job, Request
from imagegen.reports import Submission
from imagegen.service import Prechecked


class AgainButton(JobButton, verb=Verb.AGAIN):
    """The same request with a new seed, by and for whoever presses; quick presses in a row are one."""

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        service, wait_s = context_of(interaction).service, self._wait_s(interaction)
        if wait_s:
            raise Refused(Reason.PRESSED_TWICE, wait_s=ceil(wait_s))

        async def submit(ask: Request, prechecked: Prechecked | None) -> Submission:
            return await service.again(ask, self.job_id, prechecked)

        try:
            source = await submission.soon(forms.reusable_job_for(interaction, self.job_id))
        except Refused as refused:
            await forms.refuse(interaction, refused)
            return
        await submission.answer(
            interaction, source.request, submit, given=source.input_count, form=f"change:{self.job_id}"
        )

    def _wait_s(self, interaction: discord.Interaction[Any]) -> float:
        """0 where this person has not pressed this button a moment ago."""
        return context_of(interaction).presses.take((interaction.user.id, self.job_id))


class EditButton(JobButton, verb=Verb.EDIT):
    """A change to the images of this message."""

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        if interaction.message is not None:
            await forms.open_edit(interaction, interaction.message)


class EditPromptButton(JobButton, verb=Verb.CHANGE):
    """The same request with other words or numbers, from the same images, by and for whoever presses."""

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        try:
            await forms.open_change(interaction, self.job_id)
        except Refused as refused:
            await forms.refuse(interaction, refused)


class DetailsButton(JobButton, verb=Verb.DETAILS):
    """How it was made, in private, for anybody who sees it."""

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        translate = submission.translator_for_user(interaction)
        job = await submission.soon(self._seen_job(interaction))
        if job is None:
            await interaction.response.send_message(translate(phrases.NO_DETAILS), ephemeral=True)
            return
        link = await submission.soon(self._parent_link(interaction, job))
        view = Card()
        view.add_item(ui.TextDisplay(details(job, link, translate)))
        await interaction.response.send_message(view=view, ephemeral=True)

    async def _seen_job(self, interaction: discord.Interaction[Any]) -> Job | None:
        """The job, where it is the presser's or shown by this message: an id may be made up, to read others' words.

        Whoever may not read the history here is shown nothing of it either.
        """
        job = await context_of(interaction).service.display.job(self.job_id)
        if job is None or interaction.user.id == job.requester.user_id or interaction.message is None:
            return job
        here = await visibility.job_in(interaction.client, interaction.message)
        shown = here is not None and here.id == job.id
        return job if shown and await visibility.may_see(interaction, job) else None

    @staticmethod
    async def _parent_link(interaction: discord.Interaction[Any], job: Job) -> str | None:
        """Where the image that this one was made from is shown; None where that is elsewhere, or not known."""
        if job.request.parent_id is None:
            return None
        parent = await context_of(interaction).service.display.job(job.request.parent_id)
        return None if parent is None or parent.requester.scope != scope_of(interaction) else link_to(parent)


class DeleteButton(JobButton, verb=Verb.DELETE):
    """Takes the message away, and with it every other of a story. What it took from the allowance stays taken."""

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        if not await self.may_decide(interaction):
            return
        await interaction.response.defer()
        context = context_of(interaction)
        job = await context.service.display.job(self.job_id)
        if job is not None and job.request.story and interaction.message is not None:
            await context.remove_rest(job, interaction.message.id)
        await interaction.delete_original_response()


class CancelButton(JobButton, verb=Verb.CANCEL):
    """Takes a waiting job out of the line, stops a story that is being told, or has Wan cancel a task that waits."""

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        if not await self.may_decide(interaction):
            return
        await interaction.response.defer(ephemeral=True, thinking=True)  # the line may be long in writing it down
        service, translate = context_of(interaction).service, submission.translator_for_user(interaction)
        job = await service.cancel(self.job_id)
        await interaction.edit_original_response(content=translate(formatters.canceled(job)))
        if job is not None and job.waits_at_wan:
            job = await service.after_cancel(self.job_id)
            await interaction.edit_original_response(content=translate(formatters.canceled(job)))


BUTTONS = (AgainButton, EditButton, EditPromptButton, DetailsButton, DeleteButton, CancelButton)
