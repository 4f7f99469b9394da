"""/settings: what a member's requests use where the member names nothing."""

from __future__ import annotations

import re
from typing import Any, Self

import discord
from discord import app_commands, ui
from discord.ext import commands

from cogs.interactions import submission
from cogs.interactions.buttons import PersistentItem
from cogs.interactions.context import AppBot, AppContext, context_of
from cogs.ui.ids import SETTING, setting_id
from cogs.ui.member_settings import Offered, chosen_value, settings_card
from imagegen.policy.member_settings import MemberSettings


class MemberSettingsCommand(commands.Cog):
    """/settings."""

    @app_commands.command(
        name="settings", description="Choose your aspect ratio, model, number of images, privacy and language."
    )
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def settings(self, interaction: discord.Interaction[Any]) -> None:
        """Show the member's settings in private."""
        settings = await submission.within_deadline(context_of(interaction).service.members.saved(interaction.user.id))
        await interaction.response.send_message(view=_card(interaction, settings), ephemeral=True)


class SettingSelect(PersistentItem[ui.Select[Any]], template=SETTING):
    """Save one setting of the member who chooses, at once. Whose card was pressed does not matter."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(ui.Select(custom_id=setting_id(name)))

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], _item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Read which setting a select has."""
        return cls(match["name"])

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        """Save the choice and show the settings. A value that no select offers changes nothing."""
        members, user_id = context_of(interaction).service.members, interaction.user.id
        try:
            value = chosen_value(self.name, "".join(self.item.values[:1]))
            saving = members.choose(user_id, self.name, value)
            settings = await submission.within_deadline(saving)
        except (KeyError, ValueError, TypeError):
            settings = members.settings(user_id)
        await interaction.response.edit_message(view=_card(interaction, settings))


def _card(interaction: discord.Interaction[Any], settings: MemberSettings) -> ui.LayoutView:
    models = context_of(interaction).service.model_options
    translate = submission.translator_for_user(interaction)
    return settings_card(settings, Offered(models.options(0), models.offered), translate)


async def setup(bot: AppBot, _context: AppContext) -> None:
    """Add the command and its selects to *bot*."""
    await bot.add_cog(MemberSettingsCommand())
    bot.add_dynamic_items(SettingSelect)
