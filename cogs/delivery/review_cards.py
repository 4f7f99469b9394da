"""Post cards on which managers decide, keep them up to date, and do what was decided."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import discord
import structlog
from discord import ui
from discord.ext import commands

from cogs.messaging import attachments
from cogs.messaging.address import link_in
from cogs.messaging.outcomes import FilesTooLarge, MessageGone, RouteClosed, TextRefused, call_discord
from cogs.messaging.routes import NO_MENTIONS
from cogs.messaging.story_routes import KeptFile
from cogs.text import phrases, review
from cogs.text.i18n import Translator, translator_for
from cogs.ui.files import file_of
from cogs.ui.ids import nonce, review_file_name, review_id
from cogs.ui.limits import FILE_BYTES, MESSAGE_FILES, REQUEST_BYTES
from cogs.ui.review_cards import BUTTONS, review_card
from imagegen.errors import DeliverLater, Reason, StoreUnavailable, Undeliverable
from imagegen.imaging.byte_budget import ByteBudget
from imagegen.logs import about_job
from imagegen.model import Job, ResultImage
from imagegen.policy.review import CardKind, Decision, ReviewCard
from imagegen.service import Service

log = structlog.get_logger(__name__)

EVERY_S = 5.0  # between two looks for cards that are due: those of a dead process, and those that found no channel
HISTORY = 200  # messages of the log channel that are searched for the card of an earlier try
SKEW = timedelta(minutes=2)
AT_DIGITS = 1000  # of the moment, in the nonce: a card that is opened again is another message
MIN_FILE_BYTES = 16 * 1024  # if Discord rejects a file of this size, it rejects every file
MOST_BYTES = 2 * REQUEST_BYTES  # in memory at once: the images of one message, and one more download


class ReviewCards:
    """Brings claimed cards up to date. Safe to call from many tasks of one loop."""

    def __init__(self, bot: commands.AutoShardedBot, service: Service, budget: ByteBudget) -> None:
        self._bot, self._service, self._bytes = bot, service, budget

    async def run(self) -> None:
        """Bring cards up to date as they become due, until canceled."""
        while True:
            try:
                while (held := await self._service.review.claim_next()) is not None:
                    await self.carry_out(held)
            except StoreUnavailable:
                pass  # the store logs it
            except Exception:  # a defect here must not end the delivery of every result
                log.exception("review_cards_not_claimed")
            await asyncio.sleep(EVERY_S)

    async def carry_out(self, held: ReviewCard) -> bool:
        """Do what was decided on a claimed card, and bring the card up to date.

        Return whether managers can see the card as it is now; otherwise it is tried again later. Raises
        StoreUnavailable.
        """
        with about_job(held.job_id):
            try:
                await self._carry_out(held)
            except (RouteClosed, DeliverLater) as error:
                log.info("review_card_not_shown", kind=held.kind, why=type(error).__name__)
            except StoreUnavailable:
                raise
            except Exception:  # a defect in one card must not end the loop over all cards
                log.exception("review_card_not_shown", kind=held.kind)
            else:
                await self._service.review.finished(held)
                return True
            await self._service.review.put_off(held)
            return False

    async def post_held(self, job: Job, images: Sequence[ResultImage]) -> tuple[int, int]:
        """Post the card of a result that waits for the managers, unless an earlier try did.

        Return its channel and message. Raises Undeliverable REVIEW_IMPOSSIBLE without an open log channel; DeliverLater
        and StoreUnavailable.
        """
        server_id = job.requester.scope.server_id or 0
        settings = await self._service.server_admin.settings(server_id)
        if settings.log_channel_id is None:
            raise Undeliverable(Reason.REVIEW_IMPOSSIBLE)
        channel = self._bot.get_partial_messageable(settings.log_channel_id)
        card = ReviewCard(job.id, CardKind.HOLD, server_id, job.generated_at or job.requested_at)
        about = _About(job, card, translator_for(settings.language or job.address.server_locale or ""))
        try:
            found = await self._sent_before(channel, card)
            return channel.id, found or await self._send(channel, about, images[:MESSAGE_FILES])
        except RouteClosed:
            raise Undeliverable(Reason.REVIEW_IMPOSSIBLE) from None

    async def _carry_out(self, held: ReviewCard) -> None:
        job = await self._service.display.job(held.job_id)
        if job is None or (held.message_id is None and not held.reported):  # what was reported is erased
            return
        settings = await self._service.server_admin.settings(held.server_id)
        about = _About(job, held, translator_for(settings.language or job.address.server_locale or ""))
        removes = held.decision is not None and held.decision.removes
        note = await self._remove(job) if removes else ""
        if held.message_id is None or not await self._redrawn(about, note):
            await self._post(about, settings.log_channel_id)

    async def _remove(self, job: Job) -> str:
        """Delete the messages of a result. Return what to say if they were gone, or out of reach; "" otherwise."""
        gone, closed, found = 0, 0, await self._service.review.messages(job)
        for channel_id, message_id in found:
            try:
                await call_discord(self._bot.http.delete_message, channel_id, message_id)
            except MessageGone:
                gone += 1
            except RouteClosed:
                closed += 1
        if closed:
            return review.REMOVED_SOME
        return review.REMOVED_BEFORE if gone == len(found) else ""

    async def _post(self, about: _About, channel_id: int | None) -> None:
        """Post a card, or find the one that an earlier try posted. Raises RouteClosed, DeliverLater."""
        if channel_id is None:
            raise RouteClosed
        channel = self._bot.get_partial_messageable(channel_id)
        message_id = await self._sent_before(channel, about.card)
        if message_id is None:
            async with self._bytes.share(MOST_BYTES):
                message_id = await self._send(channel, about, await self._reported_images(about.card))
        await self._service.review.placed(about.card, channel_id, message_id)

    async def _sent_before(self, channel: discord.PartialMessageable, card: ReviewCard) -> int | None:
        """Return the message of an earlier try; None if there is none, or the history is closed to the bot."""
        wanted = {review_id(what, card.job_id) for what, *_ in BUTTONS[card.kind]}

        async def find() -> int | None:
            async for message in channel.history(limit=HISTORY, after=card.at - SKEW):
                if message.author == self._bot.user and wanted & set(attachments.button_ids(message)):
                    return message.id
            return None

        with suppress(RouteClosed):
            return await call_discord(find)
        return None

    async def _reported_images(self, card: ReviewCard) -> Sequence[ResultImage]:
        """Return the images of the message that was reported; none if the message is gone."""
        if card.reported is None:
            return ()
        channel_id, message_id = card.reported
        with suppress(RouteClosed):
            channel = self._bot.get_partial_messageable(channel_id)
            message = await call_discord(channel.fetch_message, message_id)
            links = attachments.from_message(message)[:MESSAGE_FILES]
            return await self._service.display.posted(links, together_bytes=REQUEST_BYTES)
        return ()

    async def _send(self, channel: discord.PartialMessageable, about: _About, images: Sequence[ResultImage]) -> int:
        """Send a card with *images*: in smaller files, or without the prompt, if Discord wants that."""
        max_bytes = about.job.address.max_file_bytes or FILE_BYTES
        while True:
            files = await self._files(about.job, images, max_bytes)
            try:
                return await call_discord(_send, channel, about, files)
            except FilesTooLarge:
                if not files:
                    raise
                max_bytes = max_bytes // 2 if max_bytes > MIN_FILE_BYTES else 0
            except TextRefused:
                if about.without_prompt:
                    raise
                about = replace(about, without_prompt=True)

    async def _files(self, job: Job, images: Sequence[ResultImage], max_bytes: int) -> Mapping[str, bytes]:
        """Return the images as files by name, each of at most *max_bytes*."""
        fit = self._service.display.fitted
        fitted = await fit(images, file_bytes=max_bytes, together_bytes=REQUEST_BYTES) if max_bytes else ()
        return {
            review_file_name(job.id, number, image.extension): image.data
            for number, image in enumerate(fitted, start=1)
            if len(image.data) <= max_bytes
        }

    async def _redrawn(self, about: _About, note: str) -> bool:
        """Show what a card's row says now. The images stay as they are, until the request is erased.

        Return False if there is to be a new card. That is so if there is something to decide, and managers deleted the
        card or had decided on it before: then the bot deletes the decided card.
        """
        card = about.card
        message = self._bot.get_partial_messageable(card.channel_id or 0).get_partial_message(card.message_id or 0)
        try:
            shown = await call_discord(message.fetch)
            if card.decision is None and not any(attachments.button_ids(shown)):
                await call_discord(message.delete)
                return False
            kept = [] if about.is_erased else _kept_files(shown)
            view = about.view([file.filename for file in kept], note)
            await call_discord(message.edit, view=view, attachments=kept, allowed_mentions=NO_MENTIONS)
        except MessageGone:
            return card.decision is not None
        return True


@dataclass(frozen=True)
class _About:
    """A card, its job, and the language of its server. *without_prompt*: the server's AutoMod blocks the prompt."""

    job: Job
    card: ReviewCard
    translate: Translator
    without_prompt: bool = False

    @property
    def is_erased(self) -> bool:
        """Whether the prompt was erased, so that the images must go too."""
        return not self.job.request.prompt and not self.job.request.unread

    def view(self, files: Sequence[str], note: str = "") -> ui.LayoutView:
        """Draw the card with *files*, and with *note* below what was decided."""
        job, card, translate = self.job, self.card, self.translate
        if self.without_prompt:
            job = replace(job, request=replace(job.request, prompt=translate(phrases.TEXT_BLOCKED)))
        return review_card(job, card, files, _link(card, note), translate, translate(note) if note else "")


def _link(card: ReviewCard, note: str) -> str:
    """Return the link to the reported message; "" if there is none, or none any more."""
    is_removed = card.decision in (Decision.REMOVED, Decision.BLOCKED) and note != review.REMOVED_SOME
    return "" if card.reported is None or is_removed else link_in(card.server_id, *card.reported)


async def _send(channel: discord.PartialMessageable, about: _About, files: Mapping[str, bytes]) -> int:
    sent = await channel.send(
        view=about.view(list(files)),
        files=[file_of(data, name) for name, data in files.items()],
        nonce=nonce(about.card.kind, about.job.id, int(about.card.at.timestamp()) % AT_DIGITS),
        allowed_mentions=NO_MENTIONS,
    )
    return sent.id


def _kept_files(message: discord.Message) -> list[Any]:
    """Return the files of a card, which an edit must list."""
    found = [(item.attachment_id, item.url) for item in attachments.media_of(message)]
    return [KeptFile(file_id, PurePosixPath(urlsplit(url).path).name) for file_id, url in found if file_id is not None]
