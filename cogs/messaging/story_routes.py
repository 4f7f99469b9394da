"""The routes by which the messages of a story or an image set are edited, sent, read and removed."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import discord

from cogs.messaging import attachments, discord_private
from cogs.messaging.job_messages import SKEW, JobMessages
from cogs.messaging.outcomes import CONTENT_REFUSED, RouteClosed, call_discord, first_open
from cogs.messaging.routes import NO_MENTIONS, mention_of, reply_to
from cogs.ui.ids import is_about, nonce
from imagegen.model import Job

HISTORY = 100  # messages of a channel that are searched for the message of an earlier try

Sent = discord.Message
Content = Callable[[], dict[str, Any]]
Files = Callable[[], list[Any]]


@dataclass(frozen=True)
class KeptFile:
    """A file that a message has already. An edit must list its id and name, or Discord removes the file.

    https://discord.com/developers/docs/resources/message#edit-message (2026-11-22)
    """

    id: int
    filename: str

    def to_dict(self) -> dict[str, Any]:
        """Return the payload, as discord.py asks every attachment for it."""
        return {"id": self.id, "filename": self.filename}


class StoryRoutes:
    """Each method raises as ``first_open`` does. Each route calls *content* and *files* again."""

    def __init__(self, bot: discord.Client) -> None:
        self._bot, self._messages = bot, JobMessages(bot)

    async def edit(self, job: Job, number: int, message_id: int, content: Content, files: Files) -> Sent:
        """Edit a message of a story.

        The first message (*number* 1) belongs to the interaction, so the token comes first. The other messages are the
        bot's own where the bot may write, so the bot comes first.
        """

        async def by_token() -> Sent:
            webhook = discord_private.webhook(self._bot, job.address)
            edited: Sent = await webhook.edit_message(
                message_id, **content(), attachments=files(), allowed_mentions=NO_MENTIONS
            )
            return edited

        async def by_bot() -> Sent:
            message = self._channel(job).get_partial_message(message_id)
            return await message.edit(**content(), attachments=files(), allowed_mentions=NO_MENTIONS)

        routes = (by_token, by_bot) if number == 1 else (by_bot, by_token)
        return await first_open(routes, stop_at=CONTENT_REFUSED)

    async def send(self, job: Job, number: int, content: Content, files: Files) -> Sent:
        """Send a message to the channel of the request, after the messages before it.

        The first one replies to the message that made the request, if one did and Discord allows the reply.
        """

        async def by_reply() -> Sent:
            if number > 1 or not (reference := reply_to(job)):
                raise RouteClosed
            return await send_by_bot(**reference, allowed_mentions=mention_of(job))

        async def by_bot() -> Sent:
            return await send_by_bot(allowed_mentions=NO_MENTIONS)

        async def send_by_bot(**more: Any) -> Sent:
            if job.address.is_user_install:
                raise RouteClosed
            return await self._channel(job).send(**content(), files=files(), nonce=_nonce(job, number), **more)

        async def by_token() -> Sent:
            webhook = discord_private.webhook(self._bot, job.address)
            private = job.request.private
            sent: Sent = await webhook.send(
                **content(), files=files(), allowed_mentions=NO_MENTIONS, wait=True, ephemeral=private
            )
            return sent

        return await first_open((by_reply, by_bot, by_token), stop_at=CONTENT_REFUSED)

    async def send_direct(self, job: Job, number: int, content: Content, files: Files) -> Sent:
        """Send a direct message to the requester."""

        async def by_direct_message() -> Sent:
            channel = await self._bot.create_dm(discord.Object(job.requester.user_id))
            return await channel.send(
                **content(), files=files(), nonce=_nonce(job, number), allowed_mentions=NO_MENTIONS
            )

        return await call_discord(by_direct_message)

    async def sent_before(self, job: Job, known: Collection[int]) -> Sent | None:
        """Return a message of this story whose id was lost with Discord's answer to an earlier try; none of *known*."""

        async def find() -> Sent | None:
            async for message in self._channel(job).history(limit=HISTORY, after=job.requested_at - SKEW):
                if message.author == self._bot.user and message.id not in known and _is_of(job, message):
                    return message
            return None

        with suppress(RouteClosed):
            return await call_discord(find)
        return None

    async def files_in(self, job: Job, message_id: int) -> dict[int, KeptFile]:
        """Return the images in a message, by number; none if unreadable, and then all are uploaded again."""

        async def by_token() -> Sent:
            return await discord_private.webhook(self._bot, job.address).fetch_message(message_id)

        async def by_bot() -> Sent:
            return await self._channel(job).fetch_message(message_id)

        with suppress(RouteClosed):
            return images_in(job, await first_open((by_token, by_bot)))
        return {}

    async def remove(self, job: Job, message_id: int) -> None:
        """Remove a message of a story. A message that is gone already, or out of reach, stays as it is."""
        with suppress(RouteClosed):
            await first_open((self._messages.delete_by_bot, self._messages.delete_by_token), job, message_id)

    def _channel(self, job: Job) -> discord.PartialMessageable:
        if (channel_id := job.address.channel_id) is None:
            raise RouteClosed
        return self._bot.get_partial_messageable(channel_id)


def _nonce(job: Job, number: int) -> str:
    return nonce("story", job.id, number)


def images_in(job: Job, message: Sent) -> dict[int, KeptFile]:
    """Return the images of *job* in a message, by number."""
    found = attachments.results_in(message, job.id)
    return {number: KeptFile(file.id, file.filename) for number, file in found.items() if file.id is not None}


def _is_of(job: Job, message: Sent) -> bool:
    """Return whether a message shows an image of *job* or a button about the job."""
    return bool(images_in(job, message)) or any(
        is_about(custom_id, job.id) for custom_id in attachments.button_ids(message)
    )
