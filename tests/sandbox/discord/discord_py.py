"""A client of discord.py that is connected to a sandbox of the test's process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import discord
import pytest
import yarl
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

from sandbox.run import Sandbox


def new_client() -> discord.AutoShardedClient:
    intents = discord.Intents(guilds=True, messages=True, reactions=True)
    return discord.AutoShardedClient(intents=intents, shard_count=1, guild_ready_timeout=0.1)


@asynccontextmanager
async def connected(box: Sandbox, client: discord.Client, tree: app_commands.CommandTree[Any]) -> AsyncIterator[None]:
    """Register the commands of *tree* and connect, for the length of the block."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Route, "BASE", box.rest)
        patch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(box.gateway))
        async with client:
            await client.login(box.token)
            await tree.sync()
            gateway = asyncio.create_task(client.connect())
            await client.wait_until_ready()
            yield
            assert not gateway.done()
        gateway.cancel()
        with suppress(asyncio.CancelledError):
            await gateway
