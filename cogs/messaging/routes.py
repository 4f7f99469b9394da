"""The ways to a job's message; with cogs/delivery/deliver.py the only reader of an address.

Edits are the same however often they are made. Whatever makes a new message looks first whether an earlier try, whose
answer was lost, has made it already; Discord itself keeps a nonce for some minutes only.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import discord
import structlog

from cogs.messaging import attachments
from cogs.messaging.outcomes import MessageGone, ReplyRefused, RouteClosed, call_discord
from cogs.ui import ids
from cogs.ui.ids import Verb
from imagegen.model import Delivered, Job

log = structlog.get_logger(__name__)

NOBODY = discord.AllowedMentions.none()
HISTORY = 200  # messages looked through for what an earlier try may have sent
SKEW = timedelta(minutes=2)  # our clock against Discord's, by which message ids are made
NONCE_LIVES = timedelta(
    minutes=2
)  # "a few minutes": https://discord.com/developers/docs/resources/message#create-message


@dataclass(frozen=True)
class Post:
    """A message as it is sent; made anew for each try, for a file is read only once."""

    content: Callable[[], dict[str, Any]]
    files: Callable[[], list[discord.File]] = list
    kind: str = "card"  # a word of its nonce: a result is no repetition of its card


Way = Callable[[Job, Post], Awaitable[int]]


@dataclass(frozen=True)
class Found:
    """A message that an earlier try made, and how many of the job's images stand in it: none in a card."""

    message_id: int
    images: int = 0

    @property
    def is_result(self) -> bool:
        return self.images > 0


class Routes:
    """Each answers the id of the message, and raises what ``tried`` makes of Discord's refusals, or WayClosed."""

    def __init__(self, bot: discord.Client) -> None:
        self._bot = bot

    async def first(self, job: Job, ways: tuple[Way, ...], post: Post) -> int | None:
        """By the first way that is open; None when none is. Raises DeliverLater."""
        for way in ways:
            with suppress(RouteClosed):
                return await call_discord(way, job, post)
        return None

    def webhook(self, job: Job) -> discord.Webhook:
        """The interaction's own webhook, rebuilt from the address alone. WayClosed when its token is forgotten."""
        if not job.address.token:
            raise RouteClosed
        data: Any = {"id": job.address.application_id, "type": 3, "token": job.address.token}
        return discord.Webhook.from_state(data, state=self._bot._connection)  # as Interaction.followup builds it

    async def by_token(self, job: Job, post: Post) -> int:
        """Edit the interaction's message by its own token, which lives 15 min."""
        webhook, message_id = self.webhook(job), job.address.message_id
        if message_id is None:
            return await self.by_followup(job, post)
        edited = await webhook.edit_message(
            message_id, **post.content(), attachments=post.files(), allowed_mentions=NOBODY
        )
        return edited.id

    async def by_message(self, job: Job, post: Post) -> int:
        """Edit the same message as the bot that wrote it."""
        channel_id, message_id = job.address.channel_id, job.address.message_id
        if channel_id is None or message_id is None:
            raise RouteClosed
        return await self._edit(channel_id, message_id, post)

    async def _edit(self, channel_id: int, message_id: int, post: Post) -> int:
        there = self._bot.get_partial_messageable(channel_id).get_partial_message(message_id)
        return (await there.edit(**post.content(), attachments=post.files(), allowed_mentions=NOBODY)).id

    async def by_followup(self, job: Job, post: Post) -> int:
        """A message of the interaction's, which needs no permission. It has no nonce: the history alone tells."""
        webhook = self.webhook(job)
        if (found := await self.sent_before(job)) is not None and found.is_result:
            return found.message_id
        sent = await webhook.send(**post.content(), files=post.files(), allowed_mentions=NOBODY, wait=True)
        return sent.id

    async def by_channel(self, job: Job, post: Post) -> int:
        """A message of the bot's own, in reply to the ask where there is one."""
        channel_id = job.address.channel_id
        if channel_id is None or job.address.is_user_install:
            raise RouteClosed
        if (found := await self._look(job, post)) is not None:
            return found.message_id if found.is_result else await self._edit(channel_id, found.message_id, post)
        channel, reference = self._bot.get_partial_messageable(channel_id), _reference(job)
        try:
            return await call_discord(self._send, channel, job, post, **reference)
        except ReplyRefused:
            return await call_discord(self._send, channel, job, post)

    async def _look(self, job: Job, post: Post) -> Found | None:
        """What an earlier try made. A fresh card is kept from repetition by its nonce alone."""
        fresh = discord.utils.utcnow() - job.requested_at < NONCE_LIVES
        return None if post.kind == "card" and fresh else await self.sent_before(job)

    async def by_direct_message(self, job: Job, post: Post) -> int:
        channel = await self._bot.create_dm(discord.Object(job.requester.user_id))
        if (found := await self._find(channel, job)) is not None:
            return found.message_id
        return await self._send(channel, job, post)

    async def _send(self, channel: discord.abc.Messageable, job: Job, post: Post, **more: Any) -> int:
        nonce = ids.nonce(post.kind, job.id)
        sent = await channel.send(
            **post.content(), **more, files=post.files(), nonce=nonce, allowed_mentions=_requester(job)
        )
        return sent.id

    async def sent_before(self, job: Job) -> Found | None:
        """What an earlier try made where the job was asked; None where that cannot be read."""
        if (channel_id := job.address.channel_id) is None:
            return None
        try:
            return await call_discord(self._find, self._bot.get_partial_messageable(channel_id), job)
        except RouteClosed:
            return None

    async def _find(self, channel: discord.abc.Messageable, job: Job) -> Found | None:
        """The result, if it stands there; else a card that replies to the ask."""
        asked_id, card = job.address.reply_to_id, None
        after = discord.Object(asked_id) if asked_id else (job.generated_at or job.requested_at) - SKEW
        async for message in channel.history(limit=HISTORY, after=after):
            if message.author != self._bot.user:
                continue
            if shown := _images_in(message, job):
                return Found(message.id, shown)
            if (
                message.flags.components_v2  # a sentence that was said with a button is no card
                and message.reference is not None
                and message.reference.message_id == asked_id
            ):
                card = message.id
        return None if card is None or job.address.message_id is not None else Found(card)

    async def shown_before(self, job: Job) -> Delivered | None:
        """What people see of a job already, wherever it stands; None where nothing does, or it cannot be read."""
        if (shown := await self.stands(job)) is not None:
            return shown
        found = await self.sent_before(job)
        with suppress(RouteClosed):
            found = found or await call_discord(self._sent_directly, job)
        return Delivered(found.images, found.message_id) if found is not None and found.is_result else None

    async def stands(self, job: Job) -> Delivered | None:
        """What people see in the job's own message already; None where nothing does, or it cannot be read."""
        with suppress(RouteClosed):
            message = await self.read(job)
            return Delivered(shown, message.id) if (shown := _images_in(message, job)) else None
        return None

    async def _may_stand(self, job: Job) -> bool:
        """Whether the job's own message shows what was made, or cannot be read."""
        try:
            return bool(_images_in(await self.read(job), job))
        except MessageGone:
            return False
        except RouteClosed:
            return True

    async def read(self, job: Job) -> discord.Message:
        """The job's own message. Raises MessageGone, WayClosed where nobody lets us read it, and DeliverLater."""
        try:
            return await call_discord(self._read_by_token, job)
        except MessageGone:
            raise
        except RouteClosed:
            return await call_discord(self._read_by_message, job)

    async def _read_by_token(self, job: Job) -> discord.Message:
        return await self.webhook(job).fetch_message(_own_message(job))

    async def _read_by_message(self, job: Job) -> discord.Message:
        channel = self._bot.get_partial_messageable(job.address.channel_id or 0)
        return await channel.fetch_message(_own_message(job))

    async def _sent_directly(self, job: Job) -> Found | None:
        return await self._find(await self._bot.create_dm(discord.Object(job.requester.user_id)), job)

    async def remove(self, job: Job) -> bool:
        """Take the card away; False when it stands there still. That it is gone already is well. Raises DeliverLater.

        A card that was sent while its answer was lost is looked for: a stale card is never left. A message that may
        hold what was made is no card, and is never taken away.
        """
        message_id = job.address.message_id
        if message_id is None and job.address.reply_to_id is not None:
            found = await self.sent_before(job)
            message_id = None if found is None or found.is_result else found.message_id
        if message_id is None:
            return True
        there = replace(job, address=replace(job.address, message_id=message_id))
        if job.made is not None and await self._may_stand(there):
            return False
        for remove in (self._remove_by_token, self._remove_by_message):
            try:
                await call_discord(remove, job, message_id)
            except MessageGone:
                return True
            except RouteClosed:
                continue
            return True
        return False

    async def _remove_by_token(self, job: Job, message_id: int) -> None:
        await self.webhook(job).delete_message(message_id)

    async def _remove_by_message(self, job: Job, message_id: int) -> None:
        await self._bot.http.delete_message(job.address.channel_id or 0, message_id)


def _reference(job: Job) -> dict[str, Any]:
    """What makes a message a reply to the one that asked."""
    there, channel_id = job.address.reply_to_id, job.address.channel_id
    if there is None or channel_id is None:
        return {}
    ask = discord.MessageReference(message_id=there, channel_id=channel_id, fail_if_not_exists=False)
    return {"reference": ask}


def _own_message(job: Job) -> int:
    """The message of a job's card. WayClosed where it has none."""
    if (message_id := job.address.message_id) is None:
        raise RouteClosed
    return message_id


def _images_in(message: discord.Message, job: Job) -> int:
    found = (ids.result_in(link.url) for link in attachments.from_message(message))
    return sum(job_id == job.id for job_id, *_ in filter(None, found))


def stands_whole(job: Job, messages: Collection[discord.Message]) -> bool:
    """Whether all that was shown of a job that is done stands in its *messages*, and no card over any of it.

    The card of a story that is being told shows images, too: it offers Cancel, and lacks what is offered at its end.
    """
    offered = {custom_id for message in messages for custom_id in attachments.button_ids(message)}
    ended = ids.component_id(Verb.AGAIN, job.id) in offered and ids.component_id(Verb.CANCEL, job.id) not in offered
    shown = sum(_images_in(message, job) for message in messages)
    return shown >= (job.delivered or 0) and (ended if job.request.story else shown > 0)


def _requester(job: Job) -> discord.AllowedMentions:
    requester = discord.Object(job.requester.user_id)
    return discord.AllowedMentions(everyone=False, roles=False, users=[requester], replied_user=True)
