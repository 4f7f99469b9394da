"""Run the cogs in this process, with the local Discord's sockets, the real store and the local Wan. No worker runs.

A test does by hand what a worker would do: ``generated_job`` and ``failed_job`` return a job as a worker hands it to
``deliver`` and ``notify``.
"""

from __future__ import annotations

import asyncio
import gc
import itertools
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any

import aiohttp
import discord
import pytest
import yarl
from discord.ext import commands
from discord.gateway import DiscordWebSocket
from discord.http import Route
from pydantic import SecretStr
from sqlalchemy import Connection

import cogs
from cogs.delivery import status_cards
from cogs.delivery.deliver import Delivery
from imagegen.errors import Reason
from imagegen.image_request import InputImage
from imagegen.imaging.images import Decoder, ImageReader, allowed_hosts
from imagegen.model import Failure, Job, Made
from imagegen.reports import QueueEntry
from imagegen.service import Service
from imagegen.settings import Settings
from imagegen.store import jobs, queue
from imagegen.store.engine import Store, open_store
from imagegen.wan.client import WanClient
from imagegen.wan.requests import Generation
from sandbox.people import WAIT_S, Control, Json, Person
from sandbox.run import Sandbox
from tests.described import all_happen, as_described, described_sandbox

NUMBERS = itertools.count(1)


@dataclass
class Room:
    """The bot, the store, the local Discord and the local Wan that the tests share."""

    box: Sandbox
    control: Control
    bot: cogs.AppBot
    delivery: Delivery
    service: Service
    store: Store
    images: Made

    async def new_person(self) -> Person:
        """Create a person in the first server."""
        return await self.control.person(f"Person{next(NUMBERS)}")

    async def channel(self) -> str:
        """Create a channel in the first server, and return its name."""
        name = f"channel-{next(NUMBERS)}"
        await self.control.post("/channels", name=name, deny=[])
        return name

    async def channel_in(self, server: str) -> str:
        """Create a channel in another server, and return its name."""
        name = f"channel-{next(NUMBERS)}"
        await self.control.post("/channels", name=name, deny=[], server=server)
        return name

    def channel_id(self, name: str) -> str:
        """Return the id of the channel with this name."""
        return next(channel.id for channel in self.box.world.channels.values() if channel.name == name)

    async def deny(self, channel: str, *permissions: str) -> None:
        """Deny the bot these permissions in a channel."""
        await self.control.post("/permissions", channel=self.channel_id(channel), deny=list(permissions))

    @property
    def mention(self) -> str:
        """Return the markup that mentions the bot."""
        return f"<@{self.box.world.bot_id}>"

    async def queue_entry(self, prompt: str) -> QueueEntry:
        """Return the queue entry of the job with this prompt, as soon as the job exists."""
        async with asyncio.timeout(WAIT_S):
            while True:
                for entry in await self.service.display.queue_entries():
                    job = await self.service.display.job(entry.job_id)
                    if job is not None and job.request.prompt == prompt:
                        return entry
                await asyncio.sleep(0.01)

    async def generated_job(self, prompt: str) -> Job:
        """Return the job with this prompt, generated and ready to be delivered."""
        job = await self._claimed_job(prompt)
        generated = await self.store.write(jobs.generated, job, self.images, now=datetime.now(UTC))
        assert generated is not None
        return generated

    async def failed_job(self, prompt: str, reason: Reason, **facts: str | int) -> Job:
        """Return the job with this prompt, failed and ready to be notified."""
        job, failure = await self._claimed_job(prompt), Failure(reason, facts)
        failed = await self.store.write(jobs.failed, job, failure, may_have_been_paid=False, now=datetime.now(UTC))
        assert failed is not None
        return failed

    async def _claimed_job(self, prompt: str) -> Job:
        wanted_id = (await self.queue_entry(prompt)).job_id
        async with asyncio.timeout(WAIT_S):
            while True:
                now = datetime.now(UTC)
                job = await self.store.write(queue.claim, "test", limits=self.service.model_queues, now=now)
                if isinstance(job, Job) and job.id == wanted_id:
                    return job
                await asyncio.sleep(0.01)

    async def submitted_job(self, prompt: str) -> Job:
        """Return the job with this prompt, claimed, while its task waits at Wan."""
        job = await self._claimed_job(prompt)
        submitted = await self.store.write(jobs.submitted, job, f"task-{job.id}", "request")
        assert submitted is not None
        return submitted

    async def read_inputs(self, prompt: str) -> None:
        """Record the input images of the job with this prompt as downloaded."""
        wanted_id = (await self.queue_entry(prompt)).job_id
        job = await self.store.write(queue.next_to_read, "test", now=datetime.now(UTC))
        assert isinstance(job, Job)
        assert job.id == wanted_id
        await self.store.write(jobs.read, job, [InputImage("data:", 640, 480)] * job.input_count, now=job.requested_at)

    async def deliver(self, person: Person, channel: str, prompt: str) -> Json:
        """Deliver the result of the job with this prompt, and return its message as the channel shows it."""
        job = await self.generated_job(prompt)
        sent = await self.delivery.deliver(job)
        assert await self.store.write(jobs.done, job, sent.images, sent.message_id, now=job.requested_at) is not None
        return next(
            message for message in await self.bot_messages(person, channel) if message["id"] == str(sent.message_id)
        )

    async def delivered(self, person: Person, channel: str, prompt: str, **options: Any) -> Json:
        """Request an image with /imagine, deliver the image, and return its message."""
        await person.slash(channel, "imagine", prompt=prompt, **options)
        return await self.deliver(person, channel, prompt)

    async def bot_messages(self, person: Person, channel: str) -> list[Json]:
        """Return the bot's messages that a person sees in a channel."""
        bot_id = self.box.world.bot_id
        return [message for message in await person.messages(channel) if message["author"]["id"] == bot_id]


async def _images(wan: WanClient) -> Made:
    """Generate the image that every job of these tests delivers."""
    generation = Generation(
        model="wan2.6-t2i", prompt="shared", images=(), n=1, size="1280*1280", negative_prompt="", seed=1,
        enhance=False, watermark=False,
    )  # fmt: skip
    return await wan.generate(generation)


def _settings(box: Sandbox) -> Settings:
    return Settings(
        _env_file=None,
        discord_token=SecretStr(box.token),
        dashscope_api_key=SecretStr(box.key),
        dashscope_http_base_url=box.wan,
        sandbox_cdn_url=box.cdn,
        member_images_per_day=10_000,
        person_images_per_day=10_000,
        queued_per_member=100,
        server_images_per_month=100_000,
        budget_usd_per_day=10_000,
        budget_usd_per_month=10_000,
    )


async def _connected(stack: AsyncExitStack, box: Sandbox, service: Service) -> tuple[cogs.AppBot, Delivery]:
    intents = discord.Intents(guilds=True, guild_messages=True, dm_messages=True, message_content=True)
    off: Any = {"max_messages": None, "chunk_guilds_at_startup": False, "help_command": None}
    bot = cogs.AppBot(
        commands.when_mentioned, intents=intents, guild_ready_timeout=0.1,
        member_cache_flags=discord.MemberCacheFlags.none(), allowed_mentions=discord.AllowedMentions.none(),
        shard_count=1, **off,
    )  # fmt: skip
    await stack.enter_async_context(bot)
    await bot.login(box.token)
    delivery = await cogs.setup_all(bot, service)
    await bot.tree.sync()
    gateway = asyncio.create_task(bot.connect())
    stack.push_async_callback(_end_task, gateway)
    await bot.wait_until_ready()
    return bot, delivery


async def _end_task(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


@pytest.fixture
def no_collector() -> Iterator[None]:
    """Disable the garbage collector, which would come much later in a running bot."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.fixture(scope="session")
async def _shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Room]:
    with pytest.MonkeyPatch.context() as patch:
        async with AsyncExitStack() as stack:
            box = await stack.enter_async_context(described_sandbox())
            patch.setattr(Route, "BASE", box.rest)
            patch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(box.gateway))
            session = await stack.enter_async_context(aiohttp.ClientSession())
            settings, folder = _settings(box), tmp_path_factory.mktemp("cogs")
            store = await open_store(f"sqlite:///{folder}/cogs.db")
            stack.push_async_callback(store.close)
            wan = WanClient(session, settings.dashscope_http_base_url, settings.dashscope_api_key)
            reader = ImageReader(session, Decoder(), allowed_hosts(settings))
            service = Service(store, settings, wan, rng=Random(1), reader=reader)
            control = Control(session, box.control)
            # The tests send requests faster than people do; tests/end_to_end keep to the limit.
            await control.post("/discord/settings", calls_per_s=1000)
            await control.post("/wan/settings", delay_s=0.0)
            bot, delivery = await _connected(stack, box, service)
            yield Room(box, control, bot, delivery, service, store, await _images(wan))


def _cancel_all(tx: Connection, job_ids: list[int], *, now: datetime) -> None:
    """Empty the queue in one transaction: a test may leave hundreds of jobs in it."""
    for job_id in job_ids:
        jobs.cancel(tx, job_id, now=now)


@contextmanager
def _as_before(room: Room) -> Iterator[None]:
    """Undo, after the block, what a test changed of the settings, the results and the intents that all tests share."""
    box, intents = room.box, room.bot._connection._intents
    settings, results, granted = vars(box.world.settings).copy(), box.local_wan.results.copy(), intents.value
    try:
        yield
    finally:
        vars(box.world.settings).update(settings)
        box.local_wan.results.update(results)
        intents.value = granted


@pytest.fixture
async def room(_shared: Room) -> AsyncIterator[Room]:
    """Return the shared room, with an empty queue and no fault armed."""
    queued = [entry.job_id for entry in await _shared.service.display.queue_entries()]
    await _shared.store.write(_cancel_all, queued, now=datetime.now(UTC))
    with _as_before(_shared), all_happen(_shared.box.faults), as_described(_shared.box.record):
        yield _shared


@pytest.fixture
def no_cards(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no request wait long enough for a status card, whose edits could meet a fault that is armed for a result."""
    monkeypatch.setattr(status_cards, "CARD_AFTER_S", 600.0)
