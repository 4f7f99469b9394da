"""Carries a job to its message; the only reader of an address.

The ways, first to last: the interaction's token; the bot's own token on the same message; a new message in the
channel; a direct message. A way that is closed is followed by the next; a Discord that does not answer is tried later.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ParamSpec, TypeVar

import aiohttp
import discord
import structlog
from discord import ui

from cogs import _cards, _collect, _replies
from cogs._asking import DeskBot
from imagegen.errors import DeliverLater, Reason, StoreUnavailable, Undeliverable
from imagegen.model import Job, Remaining, ResultPicture, Shown, State
from imagegen.service import Service

P = ParamSpec("P")
T = TypeVar("T")

log = structlog.get_logger(__name__)

CARD_AFTER_S = 1.5  # a picture that is done by then needs no card
CARD_EVERY_S = 5.0  # a card is edited no more often
LOOK_EVERY_S = 0.5
LATER_S = 5.0
SAID_FOR_S = 30.0  # how long an open refusal stays

# 10003 channel, 10008 message, 10015 webhook unknown; 50001, 50013 no access; 50027 dead token; 50083 archived.
# https://discord.com/developers/docs/topics/opcodes-and-status-codes (2026-11-22)
CLOSED = {10003, 10008, 10015, 50001, 50013, 50027, 50083, 50007, 50278}
INVALID_FORM = 50035

Files = Callable[[], list[discord.File]]


class WayClosed(Exception):
    """This way does not lead there any more: take the next."""


class CardRefused(Exception):
    """Discord does not take the card as it is built."""


@dataclass
class _Card:
    """What a waiting card says now, and since when; its lock keeps a late edit from overwriting a result."""

    words: str = ""
    edited_s: float = float("-inf")
    over: bool = False
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Delivery:
    """Shows, tells, and keeps the waiting cards true. Its loop and its timers are owned by ``run``."""

    def __init__(self, bot: DeskBot, service: Service) -> None:
        self._bot, self._service = bot, service
        self._cards: dict[int, _Card] = {}
        self._said: dict[tuple[int, int], float] = {}

    async def deliver(self, job: Job) -> Shown:
        """Show a made job's pictures. Raises Undeliverable, DeliverLater, or a WanError of the download."""
        pictures = await self._service.pictures_of(job)
        left = await self._left(job, len(pictures))
        card = self._cards.setdefault(job.id, _Card())
        async with card.lock:
            card.over = True
            message_id = await self._show(job, pictures, left)
        self._cards.pop(job.id, None)
        return Shown(len(pictures), message_id)

    async def _left(self, job: Job, shown: int) -> Remaining | None:
        """The nearest allowance as it will be when this job is closed: what was held for more comes back."""
        remaining = await self._service.allowance(job.asker)
        return replace(remaining[0], held=remaining[0].held - job.request.count + shown) if remaining else None

    async def _show(self, job: Job, pictures: Sequence[ResultPicture], left: Remaining | None) -> int | None:
        def files() -> list[discord.File]:
            return _cards.files(job, pictures)

        def view() -> ui.LayoutView:
            return _cards.result(job, pictures, left)

        try:
            return await self._place(job, view, files)
        except CardRefused:
            log.warning("card_refused", job_id=job.id)
        try:
            return await self._place_anew(job, {"view": view()}, files)
        except CardRefused:
            return await self._place_anew(job, {"content": _cards.plain_result(job)}, files)

    async def _place(self, job: Job, view: Callable[[], ui.LayoutView], files: Files) -> int | None:
        """By the first way that is open. Raises Undeliverable, DeliverLater, CardRefused."""
        for way in (self._by_token, self._by_message, self._by_channel, self._by_direct_message):
            try:
                return await _tried(way, job, {"view": view()}, files())
            except WayClosed:
                log.info("way_closed", job_id=job.id, way=way.__name__)
        raise Undeliverable(Reason.UNDELIVERED)

    async def _place_anew(self, job: Job, content: dict[str, Any], files: Files) -> int | None:
        """A message of its own, where Discord refuses the edit: the paid picture still arrives."""
        await self._remove_card(job)
        for way in (self._by_followup, self._by_channel, self._by_direct_message):
            try:
                return await _tried(way, job, content, files())
            except WayClosed:
                log.info("way_closed", job_id=job.id, way=way.__name__)
        raise Undeliverable(Reason.UNDELIVERED)

    def _webhook(self, job: Job) -> discord.Webhook:
        """The interaction's own webhook, rebuilt from the address alone."""
        token = job.address.get("token")
        if not token:
            raise WayClosed
        data: Any = {"id": job.address["app"], "type": 3, "token": token}
        return discord.Webhook.from_state(data, state=self._bot._connection)  # as Interaction.followup builds it

    async def _by_token(self, job: Job, content: dict[str, Any], files: list[discord.File]) -> int | None:
        webhook, message_id = self._webhook(job), job.address.get("message")
        if message_id is None:
            return await self._by_followup(job, content, files)
        message = await webhook.edit_message(
            int(message_id), **content, attachments=files, allowed_mentions=discord.AllowedMentions.none()
        )
        return message.id

    async def _by_followup(self, job: Job, content: dict[str, Any], files: list[discord.File]) -> int | None:
        none = discord.AllowedMentions.none()
        message = await self._webhook(job).send(**content, files=files, allowed_mentions=none, wait=True)
        return message.id

    async def _by_message(self, job: Job, content: dict[str, Any], files: list[discord.File]) -> int | None:
        channel_id, message_id = job.address.get("channel"), job.address.get("message")
        if channel_id is None or message_id is None:
            raise WayClosed
        place = self._bot.get_partial_messageable(int(channel_id)).get_partial_message(int(message_id))
        none = discord.AllowedMentions.none()
        return (await place.edit(**content, attachments=files, allowed_mentions=none)).id

    async def _by_channel(self, job: Job, content: dict[str, Any], files: list[discord.File]) -> int | None:
        channel_id = job.address.get("channel")
        if channel_id is None or job.address.get("user_install"):
            raise WayClosed
        channel = self._bot.get_partial_messageable(int(channel_id))
        # The nonce is enforced for some minutes only, so after a crash the history is read as well.
        if (known := await self._sent_before(channel, job)) is not None:
            return known
        message = await channel.send(
            **content, files=files, nonce=f"w1-{job.id}", **self._reply(job, channel), allowed_mentions=self._asker(job)
        )
        return message.id

    async def _sent_before(self, channel: discord.PartialMessageable, job: Job) -> int | None:
        names = {f"wanvas-{job.id}-1.{ending}" for ending in ("png", "jpeg", "webp")}
        try:
            async for message in channel.history(limit=25):
                shown = (
                    [link.url for link in _collect.from_message(message)] if message.author == self._bot.user else []
                )
                if any(name in url for url in shown for name in names):
                    return message.id
        except discord.Forbidden:
            return None  # may write but not read: the nonce alone guards
        return None

    def _reply(self, job: Job, channel: discord.PartialMessageable) -> dict[str, Any]:
        there = job.address.get("reply_to")
        if there is None:
            return {}
        reference = discord.MessageReference(message_id=int(there), channel_id=channel.id, fail_if_not_exists=False)
        return {"reference": reference}

    @staticmethod
    def _asker(job: Job) -> discord.AllowedMentions:
        user = discord.Object(job.asker.user_id)
        return discord.AllowedMentions(everyone=False, roles=False, users=[user], replied_user=True)

    async def _by_direct_message(self, job: Job, content: dict[str, Any], files: list[discord.File]) -> int | None:
        user = await self._bot.fetch_user(job.asker.user_id)
        return (await user.send(**content, files=files)).id

    async def _remove_card(self, job: Job) -> None:
        """A stale card is never left; that it is gone already is as well."""
        message_id = job.address.get("message")
        if message_id is None:
            return
        for remove in (self._remove_by_token, self._remove_by_message):
            try:
                await _tried(remove, job, int(message_id))
            except WayClosed:
                continue
            return

    async def _remove_by_token(self, job: Job, message_id: int) -> None:
        await self._webhook(job).delete_message(message_id)

    async def _remove_by_message(self, job: Job, message_id: int) -> None:
        await self._bot.http.delete_message(int(job.address.get("channel") or 0), message_id)

    async def _say_privately(self, job: Job, text: str) -> None:
        await self._webhook(job).send(text, ephemeral=True, wait=True)

    async def tell(self, job: Job) -> None:
        """Say why a job failed, or that it was cancelled. Raises Undeliverable or DeliverLater."""
        card = self._cards.setdefault(job.id, _Card())
        async with card.lock:
            card.over = True
            if job.state is State.CANCELLED:
                await self._close_card(job)
            elif job.failure is not None:
                await self._tell_failure(job, _replies.sentence(job.failure))
        self._cards.pop(job.id, None)

    async def _close_card(self, job: Job) -> None:
        if job.address.get("message") is None:
            return
        for way in (self._by_token, self._by_message):
            try:
                await _tried(way, job, {"view": _cards.words(_replies.CANCELLED)}, [])
            except WayClosed:
                continue
            return

    async def _tell_failure(self, job: Job, text: str) -> None:
        await self._remove_card(job)
        try:
            await _tried(self._say_privately, job, text)
        except WayClosed:
            await self._tell_openly(job, text)

    async def _tell_openly(self, job: Job, text: str) -> None:
        """Without a live interaction. What moderation said goes to the asker alone."""
        channel_id = job.address.get("channel")
        if job.failure is not None and job.failure.reason == Reason.MODERATION:
            if await self.say_directly(job.asker.user_id, text):
                return
            text = "This was not accepted. Nothing was counted. Say it differently."
        there = job.address.get("reply_to")
        said = channel_id is not None and await self.say_openly(
            int(channel_id), job.asker.user_id, text, None if there is None else int(there)
        )
        if not said and not await self.say_directly(job.asker.user_id, text):
            raise Undeliverable(Reason.UNDELIVERED)

    async def say_openly(self, channel_id: int, user_id: int, text: str, reply_to: int | None) -> bool:
        """A sentence that pings only *user_id* and goes away after 30 s; False when it cannot be said there."""
        channel = self._bot.get_partial_messageable(channel_id)
        asker = discord.AllowedMentions(everyone=False, roles=False, users=[discord.Object(user_id)])
        reference = None
        if reply_to is not None:
            reference = discord.MessageReference(message_id=reply_to, channel_id=channel_id, fail_if_not_exists=False)

        async def send() -> discord.Message:
            words = f"<@{user_id}> {text}"
            if reference is None:
                return await channel.send(words, allowed_mentions=asker)
            return await channel.send(words, allowed_mentions=asker, reference=reference)

        try:
            message = await _tried(send)
        except WayClosed:
            return False
        self._said[channel_id, message.id] = time.monotonic() + SAID_FOR_S
        return True

    async def say_directly(self, user_id: int, text: str) -> bool:
        """A direct message; False when that person takes none."""
        try:
            user = await _tried(self._bot.fetch_user, user_id)
            await _tried(user.send, text)
        except WayClosed:
            return False
        return True

    async def alarm(self, reason: Reason) -> None:
        """Tell the operators that sending is paused, and why."""
        app = self._bot.application
        owners = [] if app is None else [app.owner.id]
        for user_id in self._bot.operator_ids or owners:
            try:
                await self.say_directly(user_id, _replies.ALARM.format(why=reason.value.replace("_", " ")))
            except DeliverLater as error:
                log.error("alarm_not_sent", user_id=user_id, why=str(error))

    async def run(self) -> None:
        """Keep the waiting cards true and take open refusals away, until cancelled."""
        async with asyncio.TaskGroup() as edits:
            while True:
                try:
                    await self._keep_cards(edits)
                    await self._take_back()
                except (StoreUnavailable, DeliverLater) as error:
                    log.warning("cards_not_kept", why=str(error))
                await asyncio.sleep(LOOK_EVERY_S)

    async def _keep_cards(self, edits: asyncio.TaskGroup) -> None:
        """Each edit is a task of its own: one that Discord makes wait holds up no other."""
        now = discord.utils.utcnow()
        for waiting in await self._service.line():
            card, words = self._cards.setdefault(waiting.job.id, _Card()), _cards.waiting_words(waiting)
            due = (now - waiting.job.asked_at).total_seconds() >= CARD_AFTER_S
            rested = time.monotonic() - card.edited_s >= CARD_EVERY_S
            if due and rested and words != card.words and not card.lock.locked():
                edits.create_task(self._keep_card(waiting.job, card, words))

    async def _keep_card(self, job: Job, card: _Card, words: str) -> None:
        async with card.lock:
            if card.over:
                return
            card.words, card.edited_s = words, time.monotonic()
            may_cancel = job.state in (State.ASKED, State.QUEUED)
            try:
                await self._show_card(job, _cards.waiting(job, words, may_cancel=may_cancel))
            except (StoreUnavailable, DeliverLater, Undeliverable) as error:
                log.warning("card_not_kept", job_id=job.id, why=str(error))

    async def _show_card(self, job: Job, view: ui.LayoutView) -> None:
        new = job.address.get("message") is None
        ways = (self._by_channel,) if new else (self._by_token, self._by_message)
        for way in ways:
            try:
                message_id = await _tried(way, job, {"view": view}, [])
            except (WayClosed, CardRefused):
                continue
            if new and message_id is not None:
                await self._service.set_message(job.id, message_id)
            return

    async def _take_back(self) -> None:
        due = [place for place, at in self._said.items() if at <= time.monotonic()]
        for channel_id, message_id in due:
            del self._said[channel_id, message_id]
            try:
                await _tried(self._bot.http.delete_message, channel_id, message_id)
            except WayClosed:
                continue


async def _tried(send: Callable[P, Awaitable[T]], *args: P.args, **more: P.kwargs) -> T:
    """Do it, and name what Discord makes of it: WayClosed, CardRefused, or DeliverLater."""
    try:
        return await send(*args, **more)
    except discord.HTTPException as error:
        if error.code in CLOSED or error.status in (401, 403, 404):
            raise WayClosed from error
        if error.code == INVALID_FORM:
            raise CardRefused from error
        if error.status >= 500 or error.status == 429:
            raise DeliverLater(LATER_S) from error
        raise Undeliverable(Reason.UNDELIVERED, status=error.status, discord_code=error.code) from error
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise DeliverLater(LATER_S) from error
