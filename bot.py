"""The entry and composition root: builds every part and connects them. Decides nothing.

``python bot.py`` runs the bot. hosting/commands/ has the other commands.
"""

from __future__ import annotations

from hosting import lean_imports  # isort: split

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from random import SystemRandom

import aiohttp
import discord
import structlog
from discord.ext import commands

import cogs
from hosting import cli, installs
from hosting.connect import application_when_allowed, grants_message_content, wan_client
from hosting.gateway_watch import GatewayWatch
from hosting.health_server import Health, health_server
from hosting.running import Parts, canceled_by_signal, run_until_stopped
from hosting.scrape import refresh
from imagegen.imaging.images import Decoder, ImageReader, allowed_hosts
from imagegen.operator_limits import limits_from
from imagegen.service import Service, utc_now
from imagegen.settings import MessageContent, Settings
from imagegen.starts import Starts
from imagegen.store.engine import Store, open_store
from imagegen.wan.client import WanClient, new_session
from imagegen.worker.generate import JobRunner
from imagegen.worker.loop import Worker
from imagegen.worker.retention import RetentionPolicy

lean_imports.end()
log = structlog.get_logger(__name__)


class Wanvas(cogs.AppBot):
    """The Discord client with this bot's cogs. Caches no messages and no members: the database has what it needs."""

    def __init__(self, service: Service, settings: Settings, app: discord.AppInfo) -> None:
        super().__init__(
            command_prefix=commands.when_mentioned,
            help_command=None,
            intents=intents_for(settings, app),
            max_messages=None,
            chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags.none(),
            allowed_mentions=discord.AllowedMentions.none(),
            shard_count=settings.shard_count,
            shard_ids=list(settings.shard_ids) or None,
            guild_ready_timeout=0.5,  # nothing here needs the servers' details
        )
        self._service, self._app = service, app
        self.operator_ids = settings.operator_ids
        self.delivery: cogs.Delivery

    async def setup_hook(self) -> None:
        """Load the cogs, and register the commands."""
        self.delivery = await cogs.setup_all(self, self._service)
        if 0 in (self.shard_ids or [0]):  # of several processes, one registers the commands
            self.command_ids = await installs.register(self.tree, self._app)

    async def on_message(self, message: discord.Message, /) -> None:
        """Ignore prefix commands: there are none. cogs/mentions.py listens for mentions itself."""


def may_read_messages(settings: Settings, app: discord.AppInfo) -> bool:
    """Return whether to request the message-content intent."""
    if settings.message_content is not MessageContent.AUTO:
        return settings.message_content is MessageContent.ON
    return grants_message_content(app)


def intents_for(settings: Settings, app: discord.AppInfo) -> discord.Intents:
    """Return the gateway events that the bot subscribes to."""
    return discord.Intents(
        guilds=True, guild_messages=True, dm_messages=True, message_content=may_read_messages(settings, app)
    )


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[tuple[Store, aiohttp.ClientSession, WanClient]]:
    """Open the database, the HTTP session and the Wan client; close them in order."""
    store = await open_store(settings.database_url.get_secret_value())
    try:
        async with new_session() as session:
            yield store, session, wan_client(session, settings)
    finally:
        await store.close()


async def serve(settings: Settings) -> None:
    """Run the bot until a signal, or until its gateway or its worker ends."""
    if not settings.allowed_servers:
        log.warning("allowed_everywhere", hint="set ALLOWED_SERVERS to limit who can spend the budget")
    health = Health()
    async with health_server(str(settings.health_host), settings.health_port, health):
        await canceled_by_signal(_serve(settings, health))


async def _serve(settings: Settings, health: Health) -> None:
    asking = asyncio.create_task(application_when_allowed(settings), name="application")
    async with opened(settings) as (store, session, wan):
        app, decoder = await asking, Decoder()
        reader = ImageReader(session, decoder, allowed_hosts(settings))
        service = Service(store, settings, wan, rng=SystemRandom(), reader=reader)
        async with Wanvas(service, settings, app) as bot:
            await bot.login(settings.discord_token.get_secret_value())
            worker = make_worker(settings, store, service, wan, reader, bot)
            starts = Starts(store, settings.shard_ids, utc_now)
            parts = Parts(bot, bot.delivery, worker, starts, GatewayWatch(bot), store, wan)
            health.troubles, health.refresh = parts.troubles, partial(refresh, parts, limits_from(settings))
            async with decoder:
                await run_until_stopped(parts, settings.shutdown_grace_s)


def make_worker(
    settings: Settings, store: Store, service: Service, wan: WanClient, reader: ImageReader, bot: Wanvas
) -> Worker:
    """Build the worker, which reads, generates and delivers."""
    runner = JobRunner(
        store,
        wan,
        service.wake_signal,
        watermark=settings.watermark,
        alarm=bot.context.operators.alarm,
        clock=utc_now,
        rng=SystemRandom(),
        other_call=service.other_call,
        refresh=service.refresh,
    )
    limits = limits_from(settings)
    retention = RetentionPolicy(
        timedelta(hours=settings.input_retention_h),
        timedelta(days=settings.history_days),
        limits.input_bytes_per_person,
        limits.input_bytes,
    )
    return Worker(
        store, service.wake_signal, runner, reader, bot.delivery,
        model_queues=service.model_queues, limits=limits, retention=retention, clock=utc_now,
    )  # fmt: skip


if __name__ == "__main__":
    cli.run(serve)
