"""The ways by which a message of a story is edited, sent, read again and taken away."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import discord

from cogs.messaging import attachments
from cogs.messaging.outcomes import CardRefused, PlaceClosed, RouteClosed, TooHeavy, WordsRefused, call_discord
from cogs.messaging.routes import NOBODY, SKEW, Routes
from cogs.ui.ids import is_about, nonce, result_in
from imagegen.model import Job

HISTORY = 100  # messages looked through for one that an earlier try may have sent

Sent = discord.Message
Content = Callable[[], dict[str, Any]]
Files = Callable[[], list[Any]]


@dataclass(frozen=True)
class KeptFile:
    """A file that a message holds already. An edit must list its id and its name, or it is gone.

    https://discord.com/developers/docs/resources/message#edit-message (2026-11-22)
    """

    id: int
    filename: str

    def to_dict(self) -> dict[str, Any]:
        """As discord.py asks each attachment for what it sends."""
        return {"id": self.id, "filename": self.filename}


class StoryRoutes:
    """Each method raises as ``tried`` does. *content* and *files* are made anew for each way."""

    def __init__(self, bot: discord.Client, ways: Routes) -> None:
        self._bot, self._ways = bot, ways

    async def edit(self, job: Job, number: int, message_id: int, content: Content, files: Files) -> Sent:
        """The first message is the interaction's; the others are the bot's own where it may write."""

        async def by_token() -> Sent:
            webhook = self._ways.webhook(job)
            edited: Sent = await webhook.edit_message(
                message_id, **content(), attachments=files(), allowed_mentions=NOBODY
            )
            return edited

        async def by_bot() -> Sent:
            there = self._channel(job).get_partial_message(message_id)
            return await there.edit(**content(), attachments=files(), allowed_mentions=NOBODY)

        return await _first((by_token, by_bot) if number == 1 else (by_bot, by_token))

    async def send(self, job: Job, number: int, content: Content, files: Files) -> Sent:
        """Where it was asked, behind the messages before it."""

        async def by_bot() -> Sent:
            if job.address.is_user_install:
                raise RouteClosed
            nonce = _nonce(job, number)
            return await self._channel(job).send(**content(), files=files(), nonce=nonce, allowed_mentions=NOBODY)

        async def by_token() -> Sent:
            webhook = self._ways.webhook(job)
            sent: Sent = await webhook.send(**content(), files=files(), allowed_mentions=NOBODY, wait=True)
            return sent

        return await _first((by_bot, by_token))

    async def directly(self, job: Job, number: int, content: Content, files: Files) -> Sent:
        """To the requester alone."""

        async def send() -> Sent:
            channel = await self._bot.create_dm(discord.Object(job.requester.user_id))
            return await channel.send(**content(), files=files(), nonce=_nonce(job, number), allowed_mentions=NOBODY)

        return await call_discord(send)

    async def sent_before(self, job: Job, known: Collection[int]) -> Sent | None:
        """A message of this story that an earlier try sent, and whose answer was lost; none of *known*."""

        async def find() -> Sent | None:
            async for message in self._channel(job).history(limit=HISTORY, after=job.requested_at - SKEW):
                if message.author == self._bot.user and message.id not in known and _is_of(job, message):
                    return message
            return None

        with suppress(RouteClosed):
            return await call_discord(find)
        return None

    async def files_in(self, job: Job, message_id: int) -> dict[int, KeptFile]:
        """The images that stand in a message; none where it cannot be read, and then they are uploaded anew."""

        async def by_token() -> Sent:
            return await self._ways.webhook(job).fetch_message(message_id)

        async def by_bot() -> Sent:
            return await self._channel(job).fetch_message(message_id)

        with suppress(RouteClosed):
            return images_in(job, await _first((by_token, by_bot)))
        return {}

    async def remove(self, job: Job, message_id: int) -> None:
        """That it is gone already is well."""

        async def by_bot() -> None:
            await self._bot.http.delete_message(job.address.channel_id or 0, message_id)

        async def by_token() -> None:
            await self._ways.webhook(job).delete_message(message_id)

        for call in (by_bot, by_token):
            with suppress(RouteClosed):
                await call_discord(call)
                break

    def _channel(self, job: Job) -> discord.PartialMessageable:
        if (channel_id := job.address.channel_id) is None:
            raise RouteClosed
        return self._bot.get_partial_messageable(channel_id)


def _nonce(job: Job, number: int) -> str:
    return nonce("story", job.id, number)


async def _first(calls: Iterable[Callable[[], Awaitable[Sent]]]) -> Sent:
    """By the first way that is open. Raises as tried; when none is, PlaceClosed if the place is, else WayClosed."""
    closed = RouteClosed()
    for call in calls:
        try:
            return await call_discord(call)
        except (CardRefused, TooHeavy, WordsRefused):
            raise
        except RouteClosed as error:
            closed = error if isinstance(error, PlaceClosed) else closed
    raise closed


def images_in(job: Job, message: Sent) -> dict[int, KeptFile]:
    """The images of *job* that a message holds, by their numbers."""
    held: dict[int, KeptFile] = {}
    shown = [(item.attachment_id, item.url) for item in attachments.media_of(message)]
    for attachment_id, url in (*shown, *((file.id, file.url) for file in message.attachments)):
        named = result_in(url)
        if named is not None and named[0] == job.id and attachment_id is not None:
            held[named[1]] = KeptFile(attachment_id, named[2])
    return held


def _is_of(job: Job, message: Sent) -> bool:
    """Whether it shows an image of *job*, or a button of it."""
    return bool(images_in(job, message)) or any(
        is_about(custom_id, job.id) for custom_id in attachments.button_ids(message)
    )
