"""What the checks of Discord share: the channel, the operator's actions, and a result that an interaction shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import aiohttp
import discord

from cogs.messaging.attachments import from_message
from cogs.messaging.outcomes import call_discord
from cogs.messaging.routes import Post, Routes
from hosting.verify import samples
from hosting.verify.arrivals import custom_id_of
from hosting.verify.board import Board
from hosting.verify.sessions import Listener, Sessions
from imagegen.imaging.images import Hosts
from imagegen.model import ImageLink, Job
from imagegen.settings import Settings

T = TypeVar("T")

MAX_BYTES = 1024 * 1024  # of a file that a check downloads; its own images have a few kilobytes
FETCH = aiohttp.ClientTimeout(total=20)


@dataclass(frozen=True)
class Answered:
    """An interaction, and the job whose result the bot showed in its message."""

    interaction: discord.Interaction[Any]
    job: Job


@dataclass
class Stage:
    """Where the checks of Discord happen. Only the *operators* count as the person who acts."""

    settings: Settings
    app: discord.AppInfo
    sessions: Sessions
    channel: discord.TextChannel | discord.Thread
    operators: Sequence[int]
    web: aiohttp.ClientSession
    hosts: Hosts
    board: Board
    late: bool = False  # wait until an interaction's token is dead
    result: Answered | None = None
    image_message: discord.Message | None = None

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
    def here(self) -> discord.PartialMessageable:
        """Return the channel, to send to."""
        return self.client.get_partial_messageable(self.channel.id)

    @property
    def routes(self) -> Routes:
        """Return the product's routes over the client."""
        return Routes(self.client)

    async def command(self, name: str, wanted: Callable[[discord.Interaction[Any]], bool] | None = None) -> Any:
        """Wait until an operator uses a command or menu, and return the interaction."""

        def is_it(interaction: discord.Interaction[Any]) -> bool:
            named = interaction.type is discord.InteractionType.application_command and _data(interaction)["name"]
            return self._is_operators(interaction) and named == name and (wanted is None or wanted(interaction))

        return await self._next_interaction(is_it)

    async def part(self, custom_id: str) -> Any:
        """Wait until an operator uses a component or submits a form with this id, and return the interaction."""

        def is_it(interaction: discord.Interaction[Any]) -> bool:
            return self._is_operators(interaction) and custom_id_of(interaction) == custom_id

        return await self._next_interaction(is_it)

    async def _next_interaction(self, wanted: Callable[[discord.Interaction[Any]], bool]) -> Any:
        found = await self.sessions.inbox.interactions.next(wanted)
        self.board.thank()
        return found

    def _is_operators(self, interaction: discord.Interaction[Any]) -> bool:
        return interaction.user.id in self.operators

    def posted_here(self, message: discord.Message) -> bool:
        """Return whether an operator posted *message* in the channel of the verification."""
        return message.author.id in self.operators and message.channel.id == self.channel.id

    async def shown_result(self) -> Answered:
        """Return the result that /imagine shows. The first call waits for the command, defers and edits."""
        if self.result is None:
            self.result = await self.answer_with_image(await self.command("imagine"))
        return self.result

    async def answer_with_image(self, interaction: discord.Interaction[Any]) -> Answered:
        """Answer as the bot answers: "thinking", then an edit that uploads a result card by the token."""
        callback = await call_discord(_defer, interaction)
        job = samples.job_of(interaction, callback.message_id)
        await call_discord(self.routes.by_token, job, samples.result_post(job))
        return Answered(interaction, job)

    async def send_card(self, post: Post) -> discord.Message:
        """Send a card to the channel by the bot's own token, and return the message as Discord has it now."""
        sent = await call_discord(send, self.here, post)
        return await call_discord(self.here.fetch_message, sent.id)

    async def remove(self, message: discord.Message) -> None:
        """Delete a message of the bot: its check is over."""
        await call_discord(message.delete)

    async def download(self, url: str) -> bytes:
        """Return the file at a link of Discord's. Raises aiohttp.ClientError, and ValueError for another host."""
        if not self.hosts.allow(url):
            raise ValueError("not a host of Discord's")
        async with self.web.get(url, timeout=FETCH, allow_redirects=False) as answer:
            answer.raise_for_status()
            return await answer.content.read(MAX_BYTES)

    async def images_in(self, message: discord.Message) -> list[tuple[ImageLink, bytes]]:
        """Return each image that the bot finds in a message, with its bytes."""
        return [(link, await self.download(link.url)) for link in from_message(message)]


async def send(channel: discord.abc.Messageable, post: Post, **more: Any) -> discord.Message:
    """Send *post*."""
    return await channel.send(**post.content(), files=post.files(), **more)


async def _defer(interaction: discord.Interaction[Any]) -> discord.InteractionCallbackResponse[Any]:
    answer = await interaction.response.defer(thinking=True)
    if answer is None:
        raise RuntimeError("Discord did not describe the answer")
    return answer


def _data(interaction: discord.Interaction[Any]) -> Any:
    return interaction.data or {}
