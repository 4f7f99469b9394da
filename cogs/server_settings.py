"""/studio: what managers decide about the bot in their server. Discord's permissions say who is a manager."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Range
from discord.ext import commands

from cogs import studio_panel, usage
from cogs.interactions import submission
from cogs.interactions.context import AppBot, AppContext
from cogs.interactions.managers import studio_of
from cogs.text import phrases, server_settings
from cogs.ui import cards
from imagegen.server_admin import MAX_DAYS, MAX_GRANTED


@app_commands.default_permissions(manage_guild=True)
@app_commands.allowed_installs(guilds=True, users=False)
@app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
class StudioCommands(commands.GroupCog, name="studio", description="Manage the bot in this server (managers only)."):
    """/studio. The settings are on one panel; decisions about one member, and the usage, are commands of their own.

    Discord offers no group without a subcommand (docs/decisions/0054-settings-on-one-panel.md).
    """

    @app_commands.command(name="settings", description="See and change this server's settings.")
    async def settings(self, interaction: discord.Interaction[Any]) -> None:
        """Show the panel."""
        await studio_panel.open_panel(interaction)

    @app_commands.command(
        name="grant", description="Give a member extra images this month, for when their daily images run out."
    )
    @app_commands.describe(member="The member who gets them", images="How many extra images")
    async def grant(
        self, interaction: discord.Interaction[Any], member: discord.Member, images: Range[int, 1, MAX_GRANTED]
    ) -> None:
        """Grant a member extra images this month."""
        admin, server_id = studio_of(interaction)
        granted = await submission.within_deadline(
            admin.grant(server_id, member.id, images, user_id=interaction.user.id)
        )
        await _say(
            interaction, server_settings.granted(granted, submission.translator_for_user(interaction), admin.limits)
        )

    @app_commands.command(name="block", description="Block a member from using the bot here, or unblock them.")
    @app_commands.describe(member="The member to block or unblock", blocked="False unblocks the member")
    async def block(self, interaction: discord.Interaction[Any], member: discord.Member, blocked: bool = True) -> None:
        """Block a member from using the bot here, or unblock them."""
        admin, server_id = studio_of(interaction)
        await submission.within_deadline(admin.block(server_id, member.id, blocked, user_id=interaction.user.id))
        text = phrases.BLOCKED if blocked else phrases.UNBLOCKED
        await _say(interaction, submission.translator_for_user(interaction)(text, member=member.mention))

    @app_commands.command(name="usage", description="See who used how many images: a chart and a table to download.")
    @app_commands.describe(days="How many days to include")
    async def usage(self, interaction: discord.Interaction[Any], days: Range[int, 2, MAX_DAYS] = 14) -> None:
        """Show the usage of the last days as a chart, a list and a file."""
        await usage.show(interaction, days)


async def _say(interaction: discord.Interaction[Any], text: str) -> None:
    await interaction.response.send_message(
        view=cards.one_sentence(text), ephemeral=True, allowed_mentions=discord.AllowedMentions.none()
    )


async def setup(bot: AppBot, _context: AppContext) -> None:
    """Add the commands to *bot*."""
    await bot.add_cog(StudioCommands())
