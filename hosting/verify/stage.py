"""What the checks of Discord share: the channel, what the operator does in it, and what the bot shows there."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp
import discord

from cogs.messaging.attachments import from_message
from cogs.messaging.outcomes import call_discord
from cogs.messaging.routes import Post, Routes
from cogs.ui.ids import result_in
from hosting.verify import product, samples
from hosting.verify.arrivals import Messages, custom_id_of
from hosting.verify.board import Board
from hosting.verify.sessions import Listener, Sessions
from imagegen.imaging.images import Hosts
from imagegen.model import Job
from imagegen.settings import Settings
from imagegen.wan.results import is_complete

MAX_BYTES = 1024 * 1024  # of a file that a check downloads; its own images have a few kilobytes
FETCH = aiohttp.ClientTimeout(total=20)

Interaction = discord.Interaction[Any]
Place = discord.TextChannel | discord.Thread


@dataclass(frozen=True)
class Answered:
    """An interaction, the job whose result its message shows, and how long its acknowledgement took."""

    interaction: Interaction
    job: Job
    acknowledged_ms: int


@dataclass(frozen=True)
class Seen:
    """A message as a session with the message-content intent gets it, and as one without it does.

    If the bot has no such intent, both are the same.
    """

    full: discord.Message
    bare: discord.Message


@dataclass
class Stage:
    """Where the checks of Discord happen. Only the *operators* count as the person who acts.

    *result*, *image* and *commands* are what an earlier check left for a later one.
    """

    settings: Settings
    app: discord.AppInfo
    sessions: Sessions
    channel: Place
    operators: Sequence[int]
    web: aiohttp.ClientSession
    hosts: Hosts
    board: Board
    late: bool = False  # wait until an interaction's token is dead
    result: Answered | None = None
    image: Seen | None = None
    commands: Sequence[Any] = ()

    @property
    def client(self) -> Listener:
        """Return the client that answers now."""
        return self.sessions.client

    @property
    def me(self) -> discord.ClientUser:
        """Return the bot's user."""
        if self.client.user is None:
            raise RuntimeError("the client is not logged in")
        return self.client.user

    @property
    def routes(self) -> Routes:
        """Return the bot's routes to messages."""
        return Routes(self.client)

    async def command(self, ask: str, name: str, wanted: Callable[[Interaction], bool]) -> Interaction:
        """Ask the operator to use a command or menu, and return the first interaction that is *wanted*."""
        await self.registered()
        kind = discord.InteractionType.application_command
        return await self._interaction(
            ask, lambda found: found.type is kind and _data(found)["name"] == name and wanted(found)
        )

    async def imagine_here(self, prompt: str) -> Interaction:
        """Ask the operator for /imagine in the channel of the checklist."""
        ask = f"Type `/imagine prompt:{prompt}` in this channel."
        return await self.command(ask, "imagine", lambda found: found.channel_id == self.channel.id)

    async def registered(self) -> Sequence[Any]:
        """Return what was sent of each command. The first call registers them: a new application has none."""
        self.commands = self.commands or await product.register(self.settings, self.app)
        return self.commands

    async def part(self, ask: str, custom_id: str, *buttons: tuple[str, str]) -> Interaction:
        """Ask the operator to press, choose or submit what has this id, and return the interaction.

        *buttons*, each a label and a custom id, stand on the checklist meanwhile.
        """
        return await self._interaction(ask, lambda found: custom_id_of(found) == custom_id, *buttons)

    async def _interaction(
        self, ask: str, wanted: Callable[[Interaction], bool], *buttons: tuple[str, str]
    ) -> Interaction:
        self.board.ask(ask, *buttons)
        found = await self.sessions.inbox.interactions.next(
            lambda found: found.user.id in self.operators and wanted(found)
        )
        self.board.thank()
        return found

    async def message(self, ask: str, wanted: Callable[[discord.Message], bool]) -> Seen:
        """Ask the operator to post a message in the channel, and return it as both sessions get it."""
        return await self._seen(ask, lambda inbox: inbox.messages, wanted)

    async def edit(self, ask: str, wanted: Callable[[discord.Message], bool]) -> Seen:
        """Ask the operator to edit a message, and return the message as both sessions get it."""
        return await self._seen(ask, lambda inbox: inbox.edits, wanted)

    async def _seen(self, ask: str, kind: Callable[[Any], Messages], wanted: Callable[[discord.Message], bool]) -> Seen:
        other = await self.sessions.without_content()
        self.board.ask(ask)
        full = await kind(self.sessions.inbox).next(lambda message: self._posted_here(message) and wanted(message))
        self.board.thank()
        return Seen(full, full if other is self.sessions.inbox else await kind(other).by_id(full.id))

    def _posted_here(self, message: discord.Message) -> bool:
        return message.author.id in self.operators and message.channel.id == self.channel.id

    async def shown_result(self) -> Answered:
        """Return the result that an answer to /imagine shows. The first call asks for the command."""
        if self.result is None:
            self.result = await self.answer_with_image(await self.imagine_here("hello"))
        return self.result

    async def answer_with_image(self, interaction: Interaction) -> Answered:
        """Answer as the bot does: "thinking", then an edit by the token that uploads a result card."""
        began_s = time.perf_counter()
        message_id = await call_discord(_thinking, interaction)
        acknowledged_ms = round((time.perf_counter() - began_s) * 1000)
        job = samples.job_of(interaction, message_id)
        await call_discord(self.routes.by_token, job, samples.result_post(job))
        return Answered(interaction, job, acknowledged_ms)

    async def answer_shows_image(self, answered: Answered) -> bool:
        """Return whether the answer to an interaction shows the image of its job, read by the interaction's token."""
        return await self.shows(await call_discord(answered.interaction.original_response), answered.job)

    async def post(self, post: Post) -> discord.Message:
        """Send *post* to the channel by the bot's own token, and return the message as Discord then has it."""
        here = self.client.get_partial_messageable(self.channel.id)
        sent = await call_discord(_send, here, post)
        return await call_discord(here.fetch_message, sent.id)

    async def message_in(self, channel_id: int, message_id: int) -> discord.Message:
        """Read a message by the bot's own token."""
        return await call_discord(self.client.get_partial_messageable(channel_id).fetch_message, message_id)

    async def shows(self, message: discord.Message, job: Job) -> bool:
        """Return whether the bot finds one image in a message: the upload of *job*, at a link that gives an image.

        The bytes may differ: Discord's proxy may encode an image again.
        """
        links = from_message(message)
        named = [result_in(link.url) for link in links]
        is_jobs = len(named) == 1 and named[0] is not None and named[0][0] == job.id
        return is_jobs and is_complete(await self.download(links[0].url))

    async def download(self, url: str) -> bytes:
        """Return the file at a link of Discord's. Raises aiohttp.ClientError, also for another host."""
        if not self.hosts.allow(url):
            raise aiohttp.InvalidURL("no host of Discord's")
        async with self.web.get(url, timeout=FETCH, allow_redirects=False) as answer:
            answer.raise_for_status()
            return b"".join([piece async for piece in _bounded(answer.content)])


async def _bounded(content: aiohttp.StreamReader) -> AsyncIterator[bytes]:
    """Yield the pieces of a file. Raises aiohttp.ClientPayloadError after MAX_BYTES."""
    room = MAX_BYTES
    async for piece in content.iter_any():
        if (room := room - len(piece)) < 0:
            raise aiohttp.ClientPayloadError("too large")
        yield piece


async def _thinking(interaction: Interaction) -> int | None:
    """Answer with "thinking", and return the id of its message."""
    answer = await interaction.response.defer(thinking=True)
    return None if answer is None else answer.message_id


async def _send(channel: discord.abc.Messageable, post: Post) -> discord.Message:
    return await channel.send(**post.content(), files=post.files())


def _data(interaction: Interaction) -> Any:
    return interaction.data or {}
