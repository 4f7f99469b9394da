"""/quota."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from cogs import _asking, _replies
from cogs._address import asker_of
from cogs._desk import desk_of


class Allowance(commands.Cog):
    @app_commands.command(name="quota", description="What you have left, and when more comes.")
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def quota(self, interaction: discord.Interaction[Any]) -> None:
        remaining = await _asking.soon(desk_of(interaction).service.allowance(asker_of(interaction)))
        text = "\n\n".join(_replies.allowance(one, _asking.words_of(interaction)) for one in remaining)
        await interaction.response.send_message(text, ephemeral=True)
