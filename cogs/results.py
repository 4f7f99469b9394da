"""What hangs under a card. Each button is known by its id alone, so that it outlives restarts: ``w1:<verb>:<job>``."""

from __future__ import annotations

import re
from typing import Any, Self

import discord
from discord import ui

from cogs import _asking, _replies
from imagegen.model import Ask, ImageRequest, Job


class _JobButton(ui.DynamicItem[ui.Button[Any]], template=r"w1:none:(?P<job>\d{1,18})"):
    """A button of one job."""

    verb = "none"
    label = ""
    style = discord.ButtonStyle.secondary

    def __init__(self, job_id: int) -> None:
        self.job_id = job_id
        super().__init__(ui.Button(label=self.label, style=self.style, custom_id=f"w1:{self.verb}:{job_id}"))

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], _item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(int(match["job"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        try:
            await self.pressed(interaction)
        except Exception as error:  # a view's own error handler is lost with the view
            await _asking.failed(interaction, error)

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        raise NotImplementedError

    async def job(self, interaction: discord.Interaction[Any]) -> Job | None:
        """The job, if the presser may decide over it: its asker, or who manages messages here. None was answered."""
        job = await _asking.desk_of(interaction).service.job(self.job_id)
        theirs = job is not None and interaction.user.id == job.asker.user_id
        if theirs or interaction.permissions.manage_messages:
            return job
        await interaction.response.send_message(_replies.NOT_YOURS, ephemeral=True)
        return None


class Again(_JobButton, template=r"w1:again:(?P<job>\d{1,18})"):
    """The same request with a new seed, by and for whoever presses."""

    verb, label = "again", "Again"

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        service = _asking.desk_of(interaction).service

        async def submit(ask: Ask) -> Any:
            return await service.again(ask, self.job_id)

        await _asking.answer(interaction, ImageRequest(""), submit)


class Edit(_JobButton, template=r"w1:edit:(?P<job>\d{1,18})"):
    """A change to the pictures of this message."""

    verb, label, style = "edit", "Edit", discord.ButtonStyle.primary

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        from cogs.edit import open_modal  # noqa: PLC0415  # the modal's answer is delivered with these very buttons

        if interaction.message is not None:
            await open_modal(interaction, interaction.message, self.job_id)


class Delete(_JobButton, template=r"w1:delete:(?P<job>\d{1,18})"):
    """Takes the message away. What it took from the allowance stays taken."""

    verb, label = "delete", "Delete"

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        if await self.job(interaction) is not None:
            await interaction.response.defer()
            await interaction.delete_original_response()


class Cancel(_JobButton, template=r"w1:cancel:(?P<job>\d{1,18})"):
    """Takes a waiting job out of the line."""

    verb, label, style = "cancel", "Cancel", discord.ButtonStyle.danger

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        if await self.job(interaction) is None:
            return
        cancelled = await _asking.desk_of(interaction).service.cancel(self.job_id)
        text = _replies.ALREADY_SENT if cancelled is None else _replies.CANCELLED
        await interaction.response.send_message(text, ephemeral=True)


BUTTONS = (Again, Edit, Delete, Cancel)
