"""The bot's own commands, built as ``bot.py`` builds them, over a database that is thrown away."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import SystemRandom
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

import cogs
from hosting import installs
from hosting.connect import wan_client
from imagegen.service import Service
from imagegen.settings import Settings
from imagegen.store.engine import open_store
from imagegen.wan.client import new_session


async def register(settings: Settings, app: discord.AppInfo) -> list[Any]:
    """Register the bot's commands as its start does, and return what was sent of each."""
    async with _command_tree(settings) as tree:
        await installs.register(tree, app)
        return [command.to_dict(tree) for command in tree.get_commands()]


@asynccontextmanager
async def _command_tree(settings: Settings) -> AsyncIterator[app_commands.CommandTree[Any]]:
    """Return the bot's command tree for the length of the block. Its client logs in, but never connects."""
    with tempfile.TemporaryDirectory(prefix="wanvas-verify-") as folder:
        store = await open_store(f"sqlite:///{Path(folder)}/verify.db")
        try:
            async with new_session() as session, _bot() as bot:
                await bot.login(settings.discord_token.get_secret_value())
                service = Service(store, settings, wan_client(session, settings), rng=SystemRandom())
                await cogs.setup_all(bot, service)
                yield bot.tree
        finally:
            await store.close()


def _bot() -> cogs.AppBot:
    return cogs.AppBot(command_prefix=commands.when_mentioned, help_command=None, intents=discord.Intents.none())
