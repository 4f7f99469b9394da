"""/operator: how the whole bot stands, for whoever hosts it."""

from __future__ import annotations

import platform
from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Range
from discord.ext import commands

from cogs import _asking, _replies
from cogs._desk import desk_of
from cogs._text import plain
from imagegen import VERSION
from imagegen.errors import Reason, Refused

ANNOUNCEMENT_CHARS = 500


def operator_only(interaction: discord.Interaction[Any]) -> None:
    """Raises Refused OPERATOR_ONLY for everybody else: Discord's own permissions know no owner of an application."""
    if interaction.user.id not in desk_of(interaction).operators.ids:
        raise Refused(Reason.OPERATOR_ONLY)


class Operator(commands.GroupCog, name="operator", description="The whole bot, for whoever hosts it."):
    @app_commands.command(name="status", description="The line, what is in flight, failures, spending, versions.")
    async def status(self, interaction: discord.Interaction[Any]) -> None:
        operator_only(interaction)
        words = _asking.words_of(interaction)
        found = await _asking.soon(desk_of(interaction).service.operating.status())
        versions = f"Wanvas {VERSION} · discord.py {discord.__version__} · Python {platform.python_version()}"
        text = "\n".join([*_replies.status(found, words), f"-# {versions}"])
        await interaction.response.send_message(text, ephemeral=True)

    @app_commands.command(name="announce", description="Words that members read beside their allowances.")
    @app_commands.describe(announcement="What to say; leave it out to take it away")
    async def announce(
        self, interaction: discord.Interaction[Any], announcement: Range[str, 0, ANNOUNCEMENT_CHARS] = ""
    ) -> None:
        operator_only(interaction)
        words = _asking.words_of(interaction)
        await _asking.soon(desk_of(interaction).service.operating.announce(announcement.strip()[:ANNOUNCEMENT_CHARS]))
        said = plain(announcement)
        text = words(_replies.ANNOUNCED, announcement=said) if said else words(_replies.NOTHING_ANNOUNCED)
        await interaction.response.send_message(text, ephemeral=True)

    @app_commands.command(name="pause", description="Take nothing new and send nothing to Wan.")
    async def pause(self, interaction: discord.Interaction[Any]) -> None:
        await self._set_paused(interaction, True)

    @app_commands.command(name="resume", description="Go on after a pause.")
    async def resume(self, interaction: discord.Interaction[Any]) -> None:
        await self._set_paused(interaction, False)

    async def _set_paused(self, interaction: discord.Interaction[Any], paused: bool) -> None:
        operator_only(interaction)
        await _asking.soon(desk_of(interaction).service.operating.set_paused(paused))
        text = _replies.BOT_PAUSED if paused else _replies.BOT_RESUMED
        await interaction.response.send_message(_asking.words_of(interaction)(text), ephemeral=True)
