"""/operator: status, announcements, pause and blocks, for the operator. cogs/operator_spending.py has its money."""

from __future__ import annotations

import asyncio
import platform
from collections.abc import Awaitable, Callable
from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Range
from discord.ext import commands

from cogs.interactions import submission
from cogs.interactions.context import AppBot, AppContext, context_of
from cogs.interactions.operator_commands import ID_CHARS, operator_only, server_id_in, suggest_servers
from cogs.operator_spending import NextServersButton, PreviousServersButton, SpendingCommands
from cogs.text import operator_status, phrases
from cogs.text.markdown import plain
from imagegen import VERSION
from imagegen.operator_admin import OperatorAdmin
from imagegen.reports import BlockKind

ANNOUNCEMENT_CHARS = 500


# Discord offers the command to a server's administrators and to members they choose; it knows no "operator".
# https://discord.com/developers/docs/interactions/application-commands#permissions (2026-11-25)
@app_commands.default_permissions()
@app_commands.allowed_installs(guilds=True, users=False)
@app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
class Operator(
    SpendingCommands, commands.GroupCog, name="operator", description="Manage the whole bot (operator only)."
):
    """/operator. Every subcommand checks that the caller is an operator."""

    @app_commands.command(name="status", description="See the queue, running jobs, failures, spending and versions.")
    async def status(self, interaction: discord.Interaction[Any]) -> None:
        """Show queue, failures, spending, pauses and blocks."""
        operator_only(interaction)
        translate = submission.translator_for_user(interaction)
        found = await submission.within_deadline(context_of(interaction).service.operator_admin.status())
        versions = f"Wanvas {VERSION} · discord.py {discord.__version__} · Python {platform.python_version()}"
        text = "\n".join([*operator_status.bot_status(found, translate), f"-# {versions}"])
        await interaction.response.send_message(text, ephemeral=True)

    @app_commands.command(name="announce", description="Show members an announcement in /quota, or remove it.")
    @app_commands.describe(announcement="The announcement. Leave it empty to remove the current one")
    async def announce(
        self, interaction: discord.Interaction[Any], announcement: Range[str, 0, ANNOUNCEMENT_CHARS] = ""
    ) -> None:
        """Store the announcement that members see beside their quota; an empty one removes it."""
        operator_only(interaction)
        translate = submission.translator_for_user(interaction)
        kept = announcement.strip()[:ANNOUNCEMENT_CHARS]
        await submission.within_deadline(context_of(interaction).service.operator_admin.announce(kept))
        said = plain(kept)
        text = translate(phrases.ANNOUNCED, announcement=said) if said else translate(phrases.ANNOUNCEMENT_REMOVED)
        await interaction.response.send_message(text, ephemeral=True)

    @app_commands.command(name="pause", description="Stop accepting requests and sending them to Wan.")
    async def pause(self, interaction: discord.Interaction[Any]) -> None:
        """Accept no requests until resumed."""
        await self._set_paused(interaction, True)

    @app_commands.command(name="resume", description="Resume the bot after a pause.")
    async def resume(self, interaction: discord.Interaction[Any]) -> None:
        """Accept requests again."""
        await self._set_paused(interaction, False)

    async def _set_paused(self, interaction: discord.Interaction[Any], paused: bool) -> None:
        operator_only(interaction)
        await submission.within_deadline(context_of(interaction).service.operator_admin.set_paused(paused))
        text = phrases.BOT_PAUSED if paused else phrases.BOT_RESUMED
        await interaction.response.send_message(submission.translator_for_user(interaction)(text), ephemeral=True)

    @app_commands.command(name="block", description="Block a person or a server from using the bot anywhere.")
    @app_commands.describe(person="The person to block in every server", server="The ID of the server to block")
    @app_commands.autocomplete(server=suggest_servers)
    async def block(
        self,
        interaction: discord.Interaction[Any],
        person: discord.User | None = None,
        server: Range[str, 0, ID_CHARS] = "",
    ) -> None:
        """Block a person or a server everywhere."""

        async def one(operating: OperatorAdmin, kind: BlockKind, its_id: int) -> str:
            canceled = await operating.block(kind, its_id, user_id=interaction.user.id)
            return operator_status.blocked(kind, its_id, canceled, submission.translator_for_user(interaction))

        await _each(interaction, person, server, one)

    @app_commands.command(name="unblock", description="Unblock a person or a server.")
    @app_commands.describe(person="The person to unblock", server="The ID of the server to unblock")
    @app_commands.autocomplete(server=suggest_servers)
    async def unblock(
        self,
        interaction: discord.Interaction[Any],
        person: discord.User | None = None,
        server: Range[str, 0, ID_CHARS] = "",
    ) -> None:
        """Unblock a person or a server."""

        async def one(operating: OperatorAdmin, kind: BlockKind, its_id: int) -> str:
            was = await operating.unblock(kind, its_id, user_id=interaction.user.id)
            return operator_status.unblocked(kind, its_id, was, submission.translator_for_user(interaction))

        await _each(interaction, person, server, one)


async def _each(
    interaction: discord.Interaction[Any],
    person: discord.User | None,
    server: str,
    one: Callable[[OperatorAdmin, BlockKind, int], Awaitable[str]],
) -> None:
    """Block or unblock the person and the server that the operator named, and confirm in private."""
    operator_only(interaction)
    server = server.strip()
    server_id = server_id_in(server)
    named = [] if person is None else [(BlockKind.PERSON, person.id)]
    named += [] if server_id is None else [(BlockKind.SERVER, server_id)]
    if not named or (server and server_id is None):
        text = submission.translator_for_user(interaction)(phrases.CHOOSE_WHOM_TO_BLOCK)
    else:
        operating = context_of(interaction).service.operator_admin
        texts = asyncio.gather(*(one(operating, kind, its_id) for kind, its_id in named))
        text = "\n".join(await submission.within_deadline(texts))
    await interaction.response.send_message(text, ephemeral=True)


async def setup(bot: AppBot, _context: AppContext) -> None:
    """Add the commands and their buttons to *bot*."""
    await bot.add_cog(Operator())
    bot.add_dynamic_items(PreviousServersButton, NextServersButton)
