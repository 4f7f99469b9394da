"""What hangs under a card. Each button is known by its id alone, so that it outlives restarts: ``w1:<verb>:<job>``."""

from __future__ import annotations

import re
from typing import Any, Self

import discord
from discord import ui

from cogs import _asking, _replies
from cogs._address import link_to, scope_of
from cogs._desk import desk_of
from cogs._details import details
from cogs._modal import open_modal
from cogs._words import ENGLISH, Words
from imagegen.model import Ask, ImageRequest, Job, Receipt


class _JobButton(ui.DynamicItem[ui.Button[Any]], template=r"w1:none:(?P<job>\d{1,18})"):
    """A button of one job."""

    verb = "none"
    label = ""
    style = discord.ButtonStyle.secondary

    def __init__(self, job_id: int, words: Words = ENGLISH) -> None:
        self.job_id = job_id
        super().__init__(ui.Button(label=words(self.label), style=self.style, custom_id=f"w1:{self.verb}:{job_id}"))

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], _item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(int(match["job"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        try:
            await self.pressed(interaction)
        except Exception as error:  # discord.py only logs what a dynamic item raises
            await _asking.failed(interaction, error)

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        raise NotImplementedError

    async def may_decide(self, interaction: discord.Interaction[Any]) -> bool:
        """Whether the presser may decide over the job: its asker, or who manages messages where it was asked.

        Anybody else is told so in private.
        """
        job = await _asking.soon(desk_of(interaction).service.job(self.job_id))
        if job is not None and interaction.user.id == job.asker.user_id:
            return True
        here = job is None or job.asker.scope in (scope_of(interaction), "install")
        if here and interaction.permissions.manage_messages:
            return True
        await interaction.response.send_message(_asking.words_of(interaction)(_replies.NOT_YOURS), ephemeral=True)
        return False


class Again(_JobButton, template=r"w1:again:(?P<job>\d{1,18})"):
    """The same request with a new seed, by and for whoever presses."""

    verb, label = "again", "Again"

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        service = desk_of(interaction).service

        async def submit(ask: Ask) -> Receipt:
            return await service.again(ask, self.job_id)

        await _asking.answer(interaction, ImageRequest(""), submit)


class Edit(_JobButton, template=r"w1:edit:(?P<job>\d{1,18})"):
    """A change to the pictures of this message."""

    verb, label, style = "edit", "Edit", discord.ButtonStyle.primary

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        if interaction.message is not None:
            await open_modal(interaction, interaction.message, self.job_id)


class Details(_JobButton, template=r"w1:details:(?P<job>\d{1,18})"):
    """How it was made, in private, for anybody who sees it."""

    verb, label = "details", "Details"

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        words = _asking.words_of(interaction)
        job = await _asking.soon(self._seen_job(interaction))
        if job is None:
            await interaction.response.send_message(words(_replies.NO_DETAILS), ephemeral=True)
            return
        link = await _asking.soon(self._parent_link(interaction, job))
        view = ui.LayoutView(timeout=None)
        view.add_item(ui.TextDisplay(details(job, link, words)))
        await interaction.response.send_message(view=view, ephemeral=True)

    async def _seen_job(self, interaction: discord.Interaction[Any]) -> Job | None:
        """The job, where it is the presser's or shown by this message: an id may be made up, to read others' words."""
        service = desk_of(interaction).service
        job = await service.job(self.job_id)
        if job is None or interaction.user.id == job.asker.user_id or interaction.message is None:
            return job
        here = await service.job_of_message(interaction.message.id)
        return job if here is not None and here.id == job.id else None

    @staticmethod
    async def _parent_link(interaction: discord.Interaction[Any], job: Job) -> str | None:
        """Where the picture that this one was made from is shown; None where that is elsewhere, or not known."""
        if job.request.parent_id is None:
            return None
        parent = await desk_of(interaction).service.job(job.request.parent_id)
        return None if parent is None or parent.asker.scope != scope_of(interaction) else link_to(parent)


class Delete(_JobButton, template=r"w1:delete:(?P<job>\d{1,18})"):
    """Takes the message away, and with it every other of a story. What it took from the allowance stays taken."""

    verb, label = "delete", "Delete"

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        if not await self.may_decide(interaction):
            return
        await interaction.response.defer()
        desk = desk_of(interaction)
        job = await desk.service.job(self.job_id)
        if job is not None and job.request.story and interaction.message is not None:
            await desk.remove_rest(job, interaction.message.id)
        await interaction.delete_original_response()


class Cancel(_JobButton, template=r"w1:cancel:(?P<job>\d{1,18})"):
    """Takes a waiting job out of the line, or stops a story that is being told."""

    verb, label, style = "cancel", "Cancel", discord.ButtonStyle.danger

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        if not await self.may_decide(interaction):
            return
        await interaction.response.defer(ephemeral=True, thinking=True)  # the line may be long in writing it down
        job = await desk_of(interaction).service.cancel(self.job_id)
        stopping = _replies.STOPPING if job is not None and job.may_be_stopped else _replies.CANCELLED
        text = _replies.ALREADY_SENT if job is None else stopping
        await interaction.edit_original_response(content=_asking.words_of(interaction)(text))


BUTTONS = (Again, Edit, Details, Delete, Cancel)
