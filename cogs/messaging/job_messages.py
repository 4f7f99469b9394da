"""Finds, reads and removes the messages of a job: its status card and its result."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta

import discord

from cogs.messaging import attachments, discord_private
from cogs.messaging.outcomes import MessageGone, RouteClosed, call_discord, first_open
from cogs.ui import ids
from cogs.ui.ids import Verb
from imagegen.model import Delivered, Job

HISTORY = 200  # messages of a channel that are searched for the message of an earlier try
SKEW = timedelta(minutes=2)  # of our clock against Discord's, from which message ids are made


@dataclass(frozen=True)
class SentMessage:
    """A message that an earlier try sent, with the number of the job's images in it: 0 for a status card."""

    message_id: int
    images: int = 0

    @property
    def is_result(self) -> bool:
        """Return whether the message shows images of the job."""
        return self.images > 0


class JobMessages:
    """Reads first by the interaction's token, then by the bot's own: one may see a channel that the other may not."""

    def __init__(self, bot: discord.Client) -> None:
        self._bot = bot

    async def own(self, job: Job) -> discord.Message:
        """Return the message at the job's address. Raises MessageGone, RouteClosed if unreadable, and DeliverLater."""
        return await first_open((self._read_by_token, self._read_by_bot), job, stop_at=(MessageGone,))

    async def _read_by_token(self, job: Job) -> discord.Message:
        return await discord_private.webhook(self._bot, job.address).fetch_message(_message_id(job))

    async def _read_by_bot(self, job: Job) -> discord.Message:
        channel = self._bot.get_partial_messageable(_channel_id(job))
        return await channel.fetch_message(_message_id(job))

    async def shown_in_own(self, job: Job) -> Delivered | None:
        """Return what the message at the job's address shows; None if it shows no image or is unreadable."""
        with suppress(RouteClosed):
            message = await self.own(job)
            return Delivered(images, message.id) if (images := count_images(message, job)) else None
        return None

    async def shown_anywhere(self, job: Job) -> Delivered | None:
        """Return what people see of a job already, anywhere; None if nothing, or if unreadable."""
        if (shown := await self.shown_in_own(job)) is not None:
            return shown
        found = await self.sent_before(job)
        with suppress(RouteClosed):
            found = found or await call_discord(self._sent_direct, job)
        return Delivered(found.images, found.message_id) if found is not None and found.is_result else None

    async def sent_before(self, job: Job) -> SentMessage | None:
        """Return the message that an earlier try sent to the job's channel; None if there is none or no access."""
        if (channel_id := job.address.channel_id) is None:
            return None
        try:
            return await call_discord(self.find, self._bot.get_partial_messageable(channel_id), job)
        except RouteClosed:
            return None

    async def _sent_direct(self, job: Job) -> SentMessage | None:
        return await self.find(await self._bot.create_dm(discord.Object(job.requester.user_id)), job)

    async def find(self, channel: discord.abc.Messageable, job: Job) -> SentMessage | None:
        """Return the job's result in *channel*; without a result, a status card that replies to the request."""
        request_id, card = job.address.reply_to_id, None
        after = discord.Object(request_id) if request_id else (job.generated_at or job.requested_at) - SKEW
        async for message in channel.history(limit=HISTORY, after=after):
            if message.author != self._bot.user:
                continue
            if images := count_images(message, job):
                return SentMessage(message.id, images)
            if _may_be_card(message, request_id):
                card = message.id
        return None if card is None or job.address.message_id is not None else SentMessage(card)

    async def remove(self, job: Job) -> bool:
        """Remove the status card; return False if the card is still there. Raises DeliverLater.

        A card that is gone already counts as removed. Search for a card whose id was lost with Discord's answer, so
        that no stale card stays. Never remove a message that may show results.
        """
        message_id = job.address.message_id
        if message_id is None and job.address.reply_to_id is not None:
            found = await self.sent_before(job)
            message_id = None if found is None or found.is_result else found.message_id
        if message_id is None:
            return True
        card = replace(job, address=replace(job.address, message_id=message_id))
        if job.made is not None and await self._may_show_images(card):
            return False
        try:
            await first_open((self.delete_by_token, self.delete_by_bot), job, message_id, stop_at=(MessageGone,))
        except MessageGone:
            return True
        except RouteClosed:
            return False
        return True

    async def _may_show_images(self, job: Job) -> bool:
        """Return whether the message at the job's address shows results; True if the message is unreadable."""
        try:
            return bool(count_images(await self.own(job), job))
        except MessageGone:
            return False
        except RouteClosed:
            return True

    async def delete_by_token(self, job: Job, message_id: int) -> None:
        """Delete a message of the job by the interaction's token."""
        await discord_private.webhook(self._bot, job.address).delete_message(message_id)

    async def delete_by_bot(self, job: Job, message_id: int) -> None:
        """Delete a message in the job's channel by the bot's own token."""
        await self._bot.http.delete_message(_channel_id(job), message_id)


def _message_id(job: Job) -> int:
    """Return the id of the message at the job's address. Raises RouteClosed if there is none."""
    if (message_id := job.address.message_id) is None:
        raise RouteClosed
    return message_id


def _channel_id(job: Job) -> int:
    """Return the id of the channel at the job's address. Raises RouteClosed if there is none, as for a private job."""
    if (channel_id := job.address.channel_id) is None:
        raise RouteClosed
    return channel_id


def _may_be_card(message: discord.Message, request_id: int | None) -> bool:
    """Return whether a message of the bot may be the status card of the request with that message id.

    A status card is a Components V2 message; a notice with a button, which also replies to the request, is not.
    """
    reference = message.reference
    return message.flags.components_v2 and reference is not None and reference.message_id == request_id


def count_images(message: discord.Message, job: Job) -> int:
    """Return how many images of *job* a message has, with those to which a private card turns."""
    return len(attachments.results_in(message, job.id))


def is_complete(job: Job, messages: Collection[discord.Message]) -> bool:
    """Return whether *messages* show all that was delivered of a finished job, and no card has replaced any of it.

    The card of a story that is being generated shows images too; but that card offers Cancel, and not yet Again.
    """
    offered = {custom_id for message in messages for custom_id in attachments.button_ids(message)}
    ended = ids.component_id(Verb.AGAIN, job.id) in offered and ids.component_id(Verb.CANCEL, job.id) not in offered
    shown = sum(count_images(message, job) for message in messages)
    return shown >= (job.delivered or 0) and (ended if job.request.story else shown > 0)
