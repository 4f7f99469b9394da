"""/quota."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from cogs import _asking, _cards, _replies
from imagegen.errors import WanvasError


class Allowance(commands.Cog):
    @app_commands.command(name="quota", description="What you have left, and when more comes.")
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def quota(self, interaction: discord.Interaction[Any]) -> None:
        try:
            remaining = await _asking.desk_of(interaction).service.allowance(_asking.asker_of(interaction))
            text = "\n\n".join(_cards.allowance(one) for one in remaining)
        except WanvasError as error:
            text = _replies.sentence(error)
        await interaction.response.send_message(text, ephemeral=True)
