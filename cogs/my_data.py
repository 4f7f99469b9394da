"""/my-data: send a member everything that is stored about them."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import discord
import structlog
from discord import app_commands
from discord.ext import commands

from cogs.interactions import submission
from cogs.interactions.context import AppBot, AppContext, context_of
from cogs.messaging.outcomes import RouteClosed, call_discord
from cogs.messaging.token_buckets import TokenBuckets
from cogs.text import phrases
from cogs.ui.files import file_of
from cogs.ui.limits import FILE_BYTES, MESSAGE_FILES, REQUEST_BYTES
from imagegen.errors import DeliverLater, Reason, Refused
from imagegen.my_data import File, Room

log = structlog.get_logger(__name__)

EVERY_S = 600.0  # for one person
AT_ONCE = 2  # each export holds up to 25 MB in memory


class MyData(commands.Cog):
    """/my-data, once in EVERY_S for one person."""

    def __init__(self) -> None:
        self._asked, self._slots = TokenBuckets(1, EVERY_S), asyncio.Semaphore(AT_ONCE)

    @app_commands.command(name="my-data", description="Get a private file with everything the bot stores about you.")
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def my_data(self, interaction: discord.Interaction[Any]) -> None:
        """Collect the data and send it to the member alone. Raises Refused MY_DATA_TOO_SOON."""
        if wait_s := self._asked.take(interaction.user.id):
            raise Refused(Reason.MY_DATA_TOO_SOON, resets_at=round(time.time() + wait_s))
        await interaction.response.defer(ephemeral=True, thinking=True)
        room = Room(MESSAGE_FILES, min(FILE_BYTES, interaction.filesize_limit), REQUEST_BYTES)
        async with self._slots:
            files = await context_of(interaction).service.history.everything_of(interaction.user.id, room)
            await _send(interaction, files)


async def _send(interaction: discord.Interaction[Any], files: Sequence[File]) -> None:
    """Send the files in place of the private "thinking", else by direct message.

    If they are too large together, send the document alone.
    """
    text = submission.translator_for_user(interaction)(phrases.MY_DATA)

    async def by_answer(some: Sequence[File]) -> None:
        await interaction.edit_original_response(content=text, attachments=_fresh(some))

    async def directly(some: Sequence[File]) -> None:
        channel = await interaction.client.create_dm(discord.Object(interaction.user.id))
        await channel.send(text, files=_fresh(some))

    for route, some in itertools.product((by_answer, directly), (files, files[:1])):
        with suppress(RouteClosed, DeliverLater):
            await call_discord(route, some)
            return
    log.warning("my_data_not_sent", files=len(files))


def _fresh(files: Sequence[File]) -> list[discord.File]:
    return [file_of(file.data, file.name) for file in files]


async def setup(bot: AppBot, _context: AppContext) -> None:
    """Add the command to *bot*."""
    await bot.add_cog(MyData())
