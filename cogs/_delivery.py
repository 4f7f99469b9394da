"""Carries a job to its message; the only reader of an address.

The ways, first to last: the interaction's token; the bot's own token on the same message; a new message in the
channel; a direct message. A way that is closed is followed by the next; a Discord that does not answer is tried later.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import discord
import structlog
from discord import ui

from cogs import _cards, _collect, _replies
from cogs._cards import Upload
from cogs._desk import DeskBot
from cogs._keeper import CardKeeper
from cogs._rest import CardRefused, WayClosed, tried
from cogs._voice import Voice
from imagegen.errors import DeliverLater, Reason, StoreUnavailable, Undeliverable
from imagegen.model import Job, Remaining, Shown, State
from imagegen.service import Service

log = structlog.get_logger(__name__)

NOBODY = discord.AllowedMentions.none()
TAKE_BACK_EVERY_S = 1.0
HISTORY = 50  # messages looked through for a result that a dead process may have sent

Content = dict[str, Any]
Files = list[discord.File]
Way = Callable[[Job, Content, Files], Awaitable[int]]


class Delivery:
    """Shows and tells. ``run`` owns the loop of the waiting cards and the clock of what was said openly."""

    def __init__(self, bot: DeskBot, service: Service, voice: Voice) -> None:
        self._bot, self._service, self._voice = bot, service, voice
        self._keeper = CardKeeper(service, self._show_card)

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._keeper.run())
            group.create_task(self._take_back())

    async def _take_back(self) -> None:
        while True:
            try:
                await self._voice.take_back()
            except DeliverLater as error:
                log.warning("not_taken_back", why=str(error))
            await asyncio.sleep(TAKE_BACK_EVERY_S)

    async def deliver(self, job: Job) -> Shown:
        """Show a made job's pictures. Raises Undeliverable, DeliverLater, or a WanError of the download."""
        limit = job.address.get("limit")
        upload = _cards.upload(await self._service.pictures_of(job), int(limit) if limit else None)
        if not upload.pictures:
            raise Undeliverable(Reason.RESULT_TOO_HEAVY)
        left = await self._left(job)
        async with self._keeper.ending(job.id):
            message_id = await self._show(await self._as_it_stands(job), upload, left)
        return Shown(len(upload.pictures), message_id)

    async def tell(self, job: Job) -> None:
        """Say why a job failed, or that it was cancelled. Raises Undeliverable or DeliverLater."""
        async with self._keeper.ending(job.id):
            job = await self._as_it_stands(job)
            if job.failure is not None:
                await self._tell_failure(job, job.failure.reason, _replies.sentence(job.failure, _cards.words_of(job)))
            elif job.state is State.CANCELLED:
                await self._close_card(job)

    async def _left(self, job: Job) -> Remaining | None:
        """The nearest allowance; a database that is away must not keep a picture from being shown."""
        try:
            remaining = await self._service.allowance(job.asker)
        except StoreUnavailable:
            return None
        return remaining[0] if remaining else None

    async def _as_it_stands(self, job: Job) -> Job:
        """*job* with the card that an ask by message may have got since the worker read its row."""
        if job.address.get("message") is not None or job.address.get("token"):
            return job
        known = await self._service.job(job.id)
        return job if known is None else replace(job, address=known.address)

    async def _show(self, job: Job, upload: Upload, left: Remaining | None) -> int:
        """The card; where Discord refuses it, the paid picture arrives all the same, in a message of its own."""
        anew: tuple[Way, ...] = (self._by_followup, self._by_channel, self._by_direct_message)
        try:
            return await self._place(job, upload, lambda: {"view": _cards.result(job, upload, left)}, self._ways)
        except CardRefused:
            log.warning("card_refused", job_id=job.id)
        await self._remove_card(job)
        try:
            return await self._place(job, upload, lambda: {"view": _cards.result(job, upload, left)}, anew)
        except CardRefused:
            return await self._place(job, upload, lambda: {"content": _cards.plain_result(job)}, anew)

    @property
    def _ways(self) -> tuple[Way, ...]:
        return (self._by_token, self._by_message, self._by_channel, self._by_direct_message)

    async def _place(self, job: Job, upload: Upload, content: Callable[[], Content], ways: Sequence[Way]) -> int:
        """By the first way that is open; the message's id. Raises Undeliverable, DeliverLater, CardRefused."""
        for way in ways:
            try:
                return await tried(way, job, content(), _cards.files(job, upload))
            except CardRefused:
                raise
            except WayClosed:
                log.info("way_closed", job_id=job.id, way=way.__name__)
        raise Undeliverable(Reason.UNDELIVERED)

    def _webhook(self, job: Job) -> discord.Webhook:
        """The interaction's own webhook, rebuilt from the address alone. WayClosed when its token is forgotten."""
        token = job.address.get("token")
        if not token:
            raise WayClosed
        data: Any = {"id": job.address["app"], "type": 3, "token": token}
        return discord.Webhook.from_state(data, state=self._bot._connection)  # as Interaction.followup builds it

    async def _by_token(self, job: Job, content: Content, files: Files) -> int:
        webhook, message_id = self._webhook(job), job.address.get("message")
        if message_id is None:
            return await self._by_followup(job, content, files)
        edited = await webhook.edit_message(int(message_id), **content, attachments=files, allowed_mentions=NOBODY)
        return edited.id

    async def _by_followup(self, job: Job, content: Content, files: Files) -> int:
        sent = await self._webhook(job).send(**content, files=files, allowed_mentions=NOBODY, wait=True)
        return sent.id

    async def _by_message(self, job: Job, content: Content, files: Files) -> int:
        channel_id, message_id = job.address.get("channel"), job.address.get("message")
        if channel_id is None or message_id is None:
            raise WayClosed
        there = self._bot.get_partial_messageable(int(channel_id)).get_partial_message(int(message_id))
        return (await there.edit(**content, attachments=files, allowed_mentions=NOBODY)).id

    async def _by_channel(self, job: Job, content: Content, files: Files) -> int:
        """A message of its own. The nonce is enforced for minutes only, so the history is read as well."""
        channel_id = job.address.get("channel")
        if channel_id is None or job.address.get("user_install"):
            raise WayClosed
        channel = self._bot.get_partial_messageable(int(channel_id))
        reference = _reference(job)
        try:
            if files and (known := await self._sent_before(channel, job)) is not None:
                return known
        except discord.Forbidden:
            reference = {}  # without the history nothing can be looked for there, nor answered
        nonce = f"w1-{'result' if files else 'card'}-{job.id}"  # a result is no repetition of its card
        sent = await channel.send(**content, **reference, files=files, nonce=nonce, allowed_mentions=_asker(job))
        return sent.id

    async def _sent_before(self, channel: discord.PartialMessageable, job: Job) -> int | None:
        """The message in which a result already stands, if it is among the newest."""
        async for message in channel.history(limit=HISTORY):
            if message.author == self._bot.user and any(
                f"/wanvas-{job.id}-" in link.url for link in _collect.from_message(message)
            ):
                return message.id
        return None

    async def _by_direct_message(self, job: Job, content: Content, files: Files) -> int:
        user = await self._bot.fetch_user(job.asker.user_id)
        return (await user.send(**content, files=files)).id

    async def _show_card(self, job: Job, view: ui.LayoutView) -> None:
        """The waiting card; where no way is open it is left out. Raises DeliverLater or StoreUnavailable."""
        job = await self._as_it_stands(job)
        if job.address.get("message") is None:
            ways: tuple[Way, ...] = (self._by_channel,)
        else:
            ways = (self._by_token, self._by_message)
        message_id = await self._first(job, ways, {"view": view})
        if message_id is not None and job.address.get("message") is None:
            await self._service.set_message(job.id, message_id)

    async def _close_card(self, job: Job) -> None:
        if job.address.get("message") is not None:
            await self._first(
                job,
                (self._by_token, self._by_message),
                {"view": _cards.sentence(_cards.words_of(job)(_replies.CANCELLED))},
            )

    async def _first(self, job: Job, ways: Sequence[Way], content: Content) -> int | None:
        """By the first way that is open; None when none is."""
        for way in ways:
            with suppress(WayClosed):
                return await tried(way, job, content, [])
        return None

    async def _remove_card(self, job: Job) -> None:
        """A stale card is never left; that it is gone already is well. Raises DeliverLater."""
        if job.address.get("message") is None:
            return
        for remove in (self._remove_by_token, self._remove_by_message):
            with suppress(WayClosed):
                await tried(remove, job)
                break

    async def _remove_by_token(self, job: Job) -> None:
        await self._webhook(job).delete_message(int(job.address["message"] or 0))

    async def _remove_by_message(self, job: Job) -> None:
        await self._bot.http.delete_message(int(job.address["channel"] or 0), int(job.address["message"] or 0))

    async def _tell_failure(self, job: Job, reason: str, text: str) -> None:
        """In private while the interaction lives. What moderation said goes to the asker alone."""
        await self._remove_card(job)
        try:
            await tried(self._webhook(job).send, text, ephemeral=True, wait=True)
        except WayClosed:
            await self._tell_late(job, reason, text)

    async def _tell_late(self, job: Job, reason: str, text: str) -> None:
        user_id = job.asker.user_id
        if reason == Reason.MODERATION:
            if await self._voice.directly(user_id, text):
                return
            text = _cards.words_of(job)(_replies.NOT_ACCEPTED)
        channel_id, there = job.address.get("channel"), job.address.get("reply_to")
        place = None if channel_id is None else int(channel_id)
        if not await self._voice.tell(place, user_id, text, None if there is None else int(there)):
            raise Undeliverable(Reason.UNDELIVERED)

    async def alarm(self, reason: Reason) -> None:
        """Tell the operators that sending is paused, and why. Raises nothing: it is told in passing."""
        text = _replies.ALARM.format(why=reason.value.replace("_", " "))
        for user_id in self._bot.operator_ids or self._owner():
            try:
                told = await self._voice.directly(user_id, text)
            except DeliverLater:
                told = False
            if not told:
                log.error("operator_not_told", user_id=user_id, reason=reason)

    def _owner(self) -> list[int]:
        """The application's owner; of a team, whoever owns the team."""
        app = self._bot.application
        if app is None:
            return []
        if app.team is not None and app.team.owner_id is not None:
            return [app.team.owner_id]
        return [app.owner.id]


def _reference(job: Job) -> dict[str, Any]:
    """What makes a message a reply to the one that asked."""
    there, channel_id = job.address.get("reply_to"), job.address.get("channel")
    if there is None or channel_id is None:
        return {}
    ask = discord.MessageReference(message_id=int(there), channel_id=int(channel_id), fail_if_not_exists=False)
    return {"reference": ask}


def _asker(job: Job) -> discord.AllowedMentions:
    asker = discord.Object(job.asker.user_id)
    return discord.AllowedMentions(everyone=False, roles=False, users=[asker], replied_user=True)
