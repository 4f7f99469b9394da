"""The composition root and command line: knows everything, decides nothing.

``python bot.py`` is the hosted bot; ``check`` and ``invite`` help whoever hosts it.
"""

from __future__ import annotations

import asyncio
import os
import sys
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from random import SystemRandom

import aiohttp
import click
import discord
import structlog
from discord.ext import commands
from pydantic import ValidationError

import cogs
from hosting import installs
from hosting.checks import findings
from hosting.connect import application, application_when_let_in, grants_message_content, wan_client
from hosting.heard import GatewayWatch
from hosting.running import PartEnded, Parts, run_until_stopped
from imagegen import telemetry
from imagegen.errors import StoreUnavailable
from imagegen.imaging.images import Decoder, ImageReader, allowed_hosts
from imagegen.imaging.isolation import hide_this_process
from imagegen.service import Service, limits_from, utc_now
from imagegen.settings import MessageContent, Settings, unknown_settings
from imagegen.starts import Starts
from imagegen.store.audit import audited
from imagegen.store.engine import Store, open_store
from imagegen.wan.client import WanClient, new_session
from imagegen.worker.generate import JobRunner
from imagegen.worker.loop import Worker
from imagegen.worker.retention import RetentionPolicy

log = structlog.get_logger(__name__)

# What delivering needs and nothing more: a card in a channel or thread, its images, and the message it answers.
PERMISSIONS = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    attach_files=True,
    embed_links=True,
    read_message_history=True,
)
MISSING = (
    "{names} not set: put {them} into .env, as .env.example shows.\n"
    "To try the bot without a token and without a key, run `make sandbox`: it needs neither."
)


class Wanvas(cogs.AppBot):
    """The Discord client, with our cogs. Keeps no messages and no members: everything it needs stands in rows."""

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
            guild_ready_timeout=0.5,  # nothing of ours waits for the servers' details
        )
        self._service, self._app = service, app
        self.operator_ids = settings.operator_ids
        self.delivery: cogs.Delivery

    async def setup_hook(self) -> None:
        self.delivery = await cogs.setup_all(self, self._service)
        if 0 in (self.shard_ids or [0]):  # of several processes, one
            await installs.register(self.tree, self._app)

    async def on_message(self, message: discord.Message, /) -> None:
        """There are no prefix commands; cogs/mentions.py listens for mentions itself."""


def may_read_messages(settings: Settings, app: discord.AppInfo) -> bool:
    """Return whether the message-content intent is to be asked for."""
    if settings.message_content is not MessageContent.AUTO:
        return settings.message_content is MessageContent.ON
    return grants_message_content(app)


def intents_for(settings: Settings, app: discord.AppInfo) -> discord.Intents:
    return discord.Intents(
        guilds=True, guild_messages=True, dm_messages=True, message_content=may_read_messages(settings, app)
    )


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[tuple[Store, aiohttp.ClientSession, WanClient]]:
    """What the bot stands on, closed in order."""
    store = await open_store(settings.database_url.get_secret_value())
    try:
        async with new_session() as session:
            yield store, session, wan_client(session, settings)
    finally:
        await store.close()


async def serve(settings: Settings) -> None:
    """Run the bot until a signal, or until its gateway or its worker ends."""
    for sentence in unknown_settings(Path(".env"), os.environ):
        log.warning("unknown_setting", why=sentence)
    app = await application_when_let_in(settings)
    if not settings.allowed_servers:
        log.warning("allowed_everywhere", hint="set ALLOWED_SERVERS to limit who can spend the money")
    async with opened(settings) as (store, session, wan):
        decoder = Decoder()
        await decoder.probe()
        reader = ImageReader(session, decoder, allowed_hosts(settings))
        service = Service(store, settings, wan, rng=SystemRandom(), reader=reader)
        async with Wanvas(service, settings, app) as bot:
            await bot.login(settings.discord_token.get_secret_value())
            worker = make_worker(settings, store, service, wan, reader, bot)
            starts = Starts(store, settings.shard_ids, utc_now)
            parts = Parts(bot, bot.delivery, worker, starts, GatewayWatch(bot), store)
            async with telemetry.health_server(settings.health_port, parts.troubles):
                await run_until_stopped(parts, settings.shutdown_grace_s)


def make_worker(
    settings: Settings, store: Store, service: Service, wan: WanClient, reader: ImageReader, bot: Wanvas
) -> Worker:
    runner = JobRunner(
        store,
        wan,
        service.wake_signal,
        watermark=settings.watermark,
        alarm=bot.context.operators.alarm,
        clock=utc_now,
        rng=SystemRandom(),
        other_call=service.other_call,
    )
    limits = limits_from(settings)
    keep = RetentionPolicy(
        timedelta(hours=settings.input_retention_h),
        timedelta(days=settings.history_days),
        limits.input_bytes_per_person,
        limits.input_bytes,
    )
    return Worker(
        store, service.wake_signal, runner, reader, bot.delivery,
        model_queues=service.model_queues, limits=limits, keep=keep, clock=utc_now,
    )  # fmt: skip


def read_settings() -> Settings:
    """Exits with one line a setting that is wrong; never prints a value, which may be a secret."""
    try:
        return Settings()
    except ValidationError as error:
        for problem in error.errors():
            name = "_".join(str(part) for part in problem["loc"]).upper()
            click.echo(f"{name}: {problem['msg']}".removeprefix(": "), err=True)
        sys.exit(2)


def hosted_settings() -> Settings:
    """The settings of a bot that can run; says in two sentences what is missing otherwise."""
    settings = read_settings()
    if names := settings.missing:
        plural = len(names) > 1
        text = MISSING.format(
            names=" and ".join(names) + (" are" if plural else " is"), them="them" if plural else "it"
        )
        click.echo(text, err=True)
        sys.exit(2)
    return settings


@click.group(invoke_without_command=True)
@click.pass_context
def main(context: click.Context) -> None:
    """Wanvas: images made and edited in Discord. Without a command: run the bot."""
    hide_this_process()
    if context.invoked_subcommand is not None:
        return
    settings = hosted_settings()
    telemetry.set_up_logs(settings.log_format)
    try:
        asyncio.run(serve(settings))
    except discord.LoginFailure:
        sys.exit("Discord refuses DISCORD_TOKEN. Copy it again from the developer portal, under Bot.")
    except discord.PrivilegedIntentsRequired:
        sys.exit(
            "Discord does not grant the message-content intent. Set MESSAGE_CONTENT=off, or grant it in the portal."
        )
    except StoreUnavailable as error:
        sys.exit(f"The database cannot be used: {error.facts.get('cause', error)}.")
    except PartEnded as error:
        sys.exit(f"The bot stopped: {error}. Its log says more.")


@main.command()
def check() -> None:
    """Verify settings, token, intents, key and database, and say what is wrong, all at once."""
    settings = read_settings()
    wrong = asyncio.run(findings(settings))
    for sentence in wrong:
        click.echo(sentence, err=True)
    click.echo(f"{len(wrong)} to mend." if wrong else "All good: `python bot.py` can run.")
    sys.exit(bool(wrong))


@main.command()
def audit() -> None:
    """Check the books, and say which of their rules does not hold. Reads only; the bot may be running."""
    try:
        found = audited(read_settings().database_url.get_secret_value())
    except StoreUnavailable as error:
        sys.exit(f"The database cannot be read: {error.facts.get('cause', error)}.")
    for sentence in found.broken:
        click.echo(sentence)
    if not found.broken:
        click.echo(f"All invariants hold ({found.jobs} jobs, {found.entries} entries).")
    sys.exit(bool(found.broken))


@main.command()
def invite() -> None:
    """Print the link that adds the bot to a server, with exactly the permissions it needs."""
    app = asyncio.run(application(hosted_settings()))
    click.echo(discord.utils.oauth_url(app.id, permissions=PERMISSIONS, scopes=("bot", "applications.commands")))
    if installs.allows_user_install(app):
        scopes = ("applications.commands",)
        url = discord.utils.oauth_url(app.id, scopes=scopes)
        click.echo(f"For one's own account: {url}&integration_type=1", err=True)
    else:
        click.echo(f"Note: {installs.USER_INSTALL_OFF}", err=True)


@main.command()
def health() -> None:
    """Ask the running bot whether it is well; the container's health check."""
    port = int(os.environ.get("HEALTH_PORT") or Settings.model_fields["health_port"].default)
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5).close()
    except OSError as error:
        sys.exit(f"The bot is not well: {error}.")


if __name__ == "__main__":
    main()
