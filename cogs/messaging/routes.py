"""The routes to the message of a job: by token, by message, by follow-up, by channel, by direct message.

An edit may be repeated: the result is the same. A route that sends a new message first looks for the message of an
earlier try whose answer was lost, because Discord itself rejects a repeated nonce for a few minutes only.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import discord

from cogs.messaging import discord_private
from cogs.messaging.job_messages import JobMessages, SentMessage
from cogs.messaging.outcomes import ChannelClosed, ReplyRefused, RouteClosed, call_discord
from cogs.ui import ids
from imagegen.model import Job

NO_MENTIONS = discord.AllowedMentions.none()
# "a few minutes": https://discord.com/developers/docs/resources/message#create-message (2026-11-22)
NONCE_LIVES = timedelta(minutes=2)


@dataclass(frozen=True)
class Post:
    """The content of a message. Each try calls *content* and *files* again, because a file can be read only once."""

    content: Callable[[], dict[str, Any]]
    files: Callable[[], list[discord.File]] = list
    kind: str = "card"  # part of the nonce, so that a result does not count as a repetition of its status card
    direct: Callable[[], dict[str, Any]] | None = None  # the content of a direct message, if it differs


Route = Callable[[Job, Post], Awaitable[int]]


class Routes:
    """Each route returns the id of the message.

    Each raises RouteClosed if the address lacks what the route needs, and what ``call_discord`` raises. *messages*
    finds, reads and removes what the routes wrote.
    """

    def __init__(self, bot: discord.Client) -> None:
        self._bot, self.messages = bot, JobMessages(bot)

    async def by_token(self, job: Job, post: Post) -> int:
        """Edit the interaction's message by the interaction's token, which is valid for 15 min."""
        if (message_id := job.address.message_id) is None:
            return await self.by_followup(job, post)
        webhook = discord_private.webhook(self._bot, job.address)
        edited = await webhook.edit_message(
            message_id, **post.content(), attachments=post.files(), allowed_mentions=NO_MENTIONS
        )
        return edited.id

    async def by_message(self, job: Job, post: Post) -> int:
        """Edit the same message by the bot's own token."""
        channel_id, message_id = job.address.channel_id, job.address.message_id
        if channel_id is None or message_id is None:
            raise RouteClosed
        return await self._edit(channel_id, message_id, post)

    async def by_followup(self, job: Job, post: Post) -> int:
        """Send a message by the interaction's token, which needs no permission.

        A follow-up takes no nonce, so only the channel's history shows what an earlier try sent.
        """
        webhook = discord_private.webhook(self._bot, job.address)
        if (found := await self.messages.sent_before(job)) is not None and found.is_result:
            return found.message_id
        private = job.request.private
        sent = await webhook.send(
            **post.content(), files=post.files(), allowed_mentions=NO_MENTIONS, wait=True, ephemeral=private
        )
        return sent.id

    async def by_channel(self, job: Job, post: Post) -> int:
        """Send a message by the bot's own token, as a reply to the message that made the request, if one did."""
        channel_id = job.address.channel_id
        if channel_id is None or job.address.is_user_install:
            raise RouteClosed
        if (found := await self._earlier_try(job, post)) is not None:
            return found.message_id if found.is_result else await self._edit(channel_id, found.message_id, post)
        channel, reference = self._bot.get_partial_messageable(channel_id), reply_to(job)
        try:
            return await call_discord(self._send, channel, job, post, **reference)
        except ReplyRefused:
            return await call_discord(self._send, channel, job, post)

    async def by_direct_message(self, job: Job, post: Post) -> int:
        """Send a direct message to the requester. Raises RouteClosed, not ChannelClosed, if the person takes none.

        A person who takes no direct messages did not close the channel of the request.
        """
        try:
            return await call_discord(self._send_direct, job, post)
        except ChannelClosed as closed:
            raise RouteClosed from closed

    async def _send_direct(self, job: Job, post: Post) -> int:
        channel = await self._bot.create_dm(discord.Object(job.requester.user_id))
        if (found := await self.messages.find(channel, job)) is not None:
            return found.message_id
        return await self._send(channel, job, replace(post, content=post.direct or post.content))

    async def _earlier_try(self, job: Job, post: Post) -> SentMessage | None:
        """Return the message of an earlier try. For a young status card the nonce alone prevents a repetition."""
        is_young = discord.utils.utcnow() - job.requested_at < NONCE_LIVES
        return None if post.kind == "card" and is_young else await self.messages.sent_before(job)

    async def _edit(self, channel_id: int, message_id: int, post: Post) -> int:
        message = self._bot.get_partial_messageable(channel_id).get_partial_message(message_id)
        return (await message.edit(**post.content(), attachments=post.files(), allowed_mentions=NO_MENTIONS)).id

    async def _send(self, channel: discord.abc.Messageable, job: Job, post: Post, **reference: Any) -> int:
        nonce = ids.nonce(post.kind, job.id)
        sent = await channel.send(
            **post.content(), **reference, files=post.files(), nonce=nonce, allowed_mentions=mention_of(job)
        )
        return sent.id


def reply_to(job: Job) -> dict[str, Any]:
    """Return the argument that makes a message a reply to the message that made the request."""
    message_id, channel_id = job.address.reply_to_id, job.address.channel_id
    if message_id is None or channel_id is None:
        return {}
    request = discord.MessageReference(message_id=message_id, channel_id=channel_id, fail_if_not_exists=False)
    return {"reference": request}


def mention_of(job: Job) -> discord.AllowedMentions:
    """Allow a mention of the requester alone."""
    requester = discord.Object(job.requester.user_id)
    return discord.AllowedMentions(everyone=False, roles=False, users=[requester], replied_user=True)
