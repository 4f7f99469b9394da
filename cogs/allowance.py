"""/quota."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from cogs import _asking, _replies
from cogs._address import asker_of
from cogs._buttons import IdButton
from cogs._desk import desk_of
from cogs._text import plain


class Allowance(commands.Cog):
    @app_commands.command(name="quota", description="What you have left, and when more comes.")
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def quota(self, interaction: discord.Interaction[Any]) -> None:
        await show(interaction)


async def show(interaction: discord.Interaction[Any]) -> None:
    """What is left of each allowance of whoever asks, in private."""
    service, words = desk_of(interaction).service, _asking.words_of(interaction)
    remaining = await _asking.soon(service.allowance(asker_of(interaction)))
    lines = [_replies.allowance(one, words) for one in remaining]
    if said := (await _asking.soon(service.operating.notice())).announcement:
        lines.insert(0, f"> {plain(said)}")
    text = "\n\n".join(lines)
    await interaction.response.send_message(text, ephemeral=True)


class Left(IdButton, template=r"w1:left:(?P<id>\d{1,20})"):
    """/quota, under a refusal for an empty allowance; for whoever presses."""

    verb, label = "left", "What is left"

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        await show(interaction)


BUTTONS = (Left,)
