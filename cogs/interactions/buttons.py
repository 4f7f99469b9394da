"""Base classes of the handlers of buttons and selects. Each is known by its id alone, so it works after a restart."""

from __future__ import annotations

import re
from typing import Any, Self, TypeVar

import discord
from discord import ui

from cogs.interactions import submission
from cogs.interactions.context import context_of
from cogs.messaging.address import scope_of
from cogs.text import phrases
from cogs.text.i18n import ENGLISH, Translator
from cogs.ui.buttons import button
from cogs.ui.ids import JOB_DIGITS, Verb, template
from imagegen.logs import about_job
from imagegen.model import INSTALL

ItemT = TypeVar("ItemT", bound=ui.Item[Any])

NO_ID = r"(?!)"  # discord.py requires a template of each class, also of a base class without components


class PersistentItem(ui.DynamicItem[ItemT], template=NO_ID):
    """A button or select whose handler may raise: its error becomes a private reply."""

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Call ``pressed``; an error becomes a private reply."""
        try:
            await self.pressed(interaction)
        except Exception as error:  # discord.py would only log the error
            await submission.reply_with_error(interaction, error)

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        """Handle the press or the choice. An error becomes a private reply."""
        raise NotImplementedError


class PersistentButton(PersistentItem[ui.Button[Any]], template=NO_ID):
    """A button whose handler may raise."""


class ImageButton(PersistentButton, template=NO_ID):
    """A button about one image of a result, by the number of the image. The id may be made up."""

    def __init__(self, item: ui.Button[Any], job_id: int, number: int) -> None:
        super().__init__(item)
        self.job_id, self.number = job_id, number

    @classmethod
    async def from_custom_id(cls, _interaction: discord.Interaction[Any], item: Any, match: re.Match[str], /) -> Self:
        """Read which image of which result is meant."""
        return cls(item, int(match["id"]), int(match["number"]))


class IdButton(PersistentButton, template=NO_ID):
    """A button about one job, message or person: ``class Again(IdButton, verb=Verb.AGAIN)``."""

    verb: Verb

    def __init_subclass__(cls, *, verb: Verb | None = None, digits: int = JOB_DIGITS) -> None:
        super().__init_subclass__(template=NO_ID if verb is None else template(verb, digits))
        if verb is not None:
            cls.verb = verb

    def __init__(self, its_id: int, translate: Translator = ENGLISH) -> None:
        self.its_id = its_id
        super().__init__(button(self.verb, its_id, translate))

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], _item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Read the number in a component id."""
        return cls(int(match["id"]))


class JobButton(IdButton):
    """A button about one job."""

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Do as every button does; lines of the log are about its job until the press submits another one."""
        with about_job(self.job_id):
            await super().callback(interaction)

    @property
    def job_id(self) -> int:
        """Return the id of the button's job."""
        return self.its_id

    async def may_decide(self, interaction: discord.Interaction[Any]) -> bool:
        """Return whether the member may cancel or delete: the requester, or a member who manages messages there.

        Reply in private to everyone else.
        """
        job = await submission.within_deadline(context_of(interaction).service.display.job(self.job_id))
        if job is not None and interaction.user.id == job.requester.user_id:
            return True
        here = job is None or job.requester.scope in (scope_of(interaction), INSTALL)
        if here and interaction.permissions.manage_messages:
            return True
        await interaction.response.send_message(
            submission.translator_for_user(interaction)(phrases.NOT_YOURS), ephemeral=True
        )
        return False
