"""A button that is known by its id alone, so that it outlives restarts: ``w1:<verb>:<id>``."""

from __future__ import annotations

import re
from typing import Any, Self

import discord
from discord import ui

from cogs.interactions import submission
from cogs.interactions.context import context_of
from cogs.messaging.address import scope_of
from cogs.text import phrases
from cogs.text.i18n import ENGLISH, Translator

ACCENT = discord.Colour(0x4F8A8B)  # of every card


class PersistentButton(ui.DynamicItem[ui.Button[Any]], template=r"w1:never"):
    """A button whose press may raise: what it raises is told in private."""

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        try:
            await self.pressed(interaction)
        except Exception as error:  # discord.py only logs what a dynamic item raises
            await submission.failed(interaction, error)

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        raise NotImplementedError


class IdButton(PersistentButton, template=r"w1:none:(?P<id>\d{1,20})"):
    """A button about one thing."""

    verb = "none"
    label = ""
    style = discord.ButtonStyle.secondary

    def __init__(self, its_id: int, translate: Translator = ENGLISH) -> None:
        self.its_id = its_id
        super().__init__(ui.Button(label=translate(self.label), style=self.style, custom_id=f"w1:{self.verb}:{its_id}"))

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], _item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(int(match["id"]))


class JobButton(IdButton, template=r"w1:nothing:(?P<id>\d{1,18})"):
    """A button of one job."""

    @property
    def job_id(self) -> int:
        return self.its_id

    async def may_decide(self, interaction: discord.Interaction[Any]) -> bool:
        """Whether the presser may decide over the job: its requester, or who manages messages where it was asked.

        Anybody else is told so in private.
        """
        job = await submission.soon(context_of(interaction).service.display.job(self.job_id))
        if job is not None and interaction.user.id == job.requester.user_id:
            return True
        here = job is None or job.requester.scope in (scope_of(interaction), "install")
        if here and interaction.permissions.manage_messages:
            return True
        await interaction.response.send_message(
            submission.translator_for_user(interaction)(phrases.NOT_YOURS), ephemeral=True
        )
        return False
