"""Carries a job to its message.

The ways, first to last: the interaction's token; the bot's own token on the same message; a new message in the
channel; a follow-up, where the interaction lives and the bot may not write; a direct message. If a route is
closed, try the next one. If Discord does not answer, retry later. cogs/messaging/outcomes.py says what leads where.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Any

import discord
import structlog
from discord import ui
from discord.ext import commands

from cogs.delivery import server_log
from cogs.delivery.status_cards import StatusCards
from cogs.delivery.story import StoryDelivery
from cogs.messaging.notices import Notices
from cogs.messaging.outcomes import LATER_S, CardRefused, PlaceClosed, RouteClosed, TooHeavy, WordsRefused, call_discord
from cogs.messaging.routes import Post, Routes, Way, stands_whole
from cogs.text import formatters, phrases
from cogs.ui import cards, ids
from cogs.ui.cards import FILE_BYTES, REQUEST_BYTES, Upload
from cogs.ui.remedies import remedy_view
from imagegen.errors import DeliverLater, OwnershipLost, Reason, StoreUnavailable, Undeliverable, WanError
from imagegen.imaging.byte_budget import BudgetShare, ByteBudget, max_result_bytes, total_result_bytes
from imagegen.model import Delivered, Job, ResultImage
from imagegen.policy.server_settings import ServerSettings
from imagegen.policy.validation import is_spoiler
from imagegen.reports import Quotas
from imagegen.service import Service
from imagegen.states import State

log = structlog.get_logger(__name__)

REST_SHARE, MAX_REST_S = 10, 600.0  # a job that waits for Discord is tried after a tenth of its wait, at most that
BYTES_AT_ONCE = 64 * 1024 * 1024  # of results that are downloaded and uploaded (docs/benchmarks.md)
LEFT_S = 2.0  # what is left is said under a result only if it is known by then
LEAST_FILE_BYTES = 16 * 1024  # where Discord takes no file of that size, it takes none


class Delivery:
    """Delivers results and notifies members. ``run`` owns the loop of the status cards."""

    def __init__(self, bot: commands.AutoShardedBot, service: Service, notices: Notices) -> None:
        self._bot, self._service, self._notices, self._ways = bot, service, notices, Routes(bot)
        self._status_cards = StatusCards(service, self._show_card, self._mend, shares=_channel_shared)
        self._telling = StoryDelivery(bot, service, self._ways)
        self._bytes = ByteBudget(BYTES_AT_ONCE)

    async def run(self) -> None:
        """Keep the status cards current until canceled."""
        await self._status_cards.run()

    async def deliver(self, job: Job) -> Delivered:
        """Show a made job's images. Raises Undeliverable, DeliverLater, or a WanError of the download.

        The same job again shows nothing twice, also after a cancellation in the middle. Nothing of the images is held
        any more once Discord has them.
        """
        rules = await server_log.server_settings_of(self._service, job)
        async with self._bytes.share(total_result_bytes(job)) as share:
            deliver = self._deliver_story if job.request.story else self._deliver_images
            shown, anew = await deliver(job, share, rules)
        if anew:
            await server_log.log_result(self._bot, rules, job, shown)
        return shown

    async def _deliver_images(self, job: Job, share: BudgetShare, rules: ServerSettings) -> tuple[Delivered, bool]:
        """What is shown, and whether it was not before."""
        try:
            images = await self._service.display.results(job)
        except WanError:
            # A process that died before it could write down that it had shown them has shown them.
            if (shown := await self._ways.shown_before(job)) is None:
                raise
            return shown, False
        share.resize(_held_bytes(images))
        left = await self._left(job, rules)
        async with self._ending(job) as known:
            return await self._show(known, images, left, rules, share), True

    async def _deliver_story(self, job: Job, _share: BudgetShare, rules: ServerSettings) -> tuple[Delivered, bool]:
        left = await self._left(job, rules)
        async with self._ending(job) as known:
            return await self._telling.finish(known, left), True

    async def remove_rest(self, job: Job, but: int) -> None:
        """Take away the messages of a story other than *but*. Raises DeliverLater."""
        await self._telling.remove(job, but)

    async def notify(self, job: Job) -> None:
        """Say why a job failed, or that it was canceled. Raises Undeliverable or DeliverLater."""
        self._telling.forget(job.id)
        async with self._ending(job) as known:
            if job.failure is not None:
                text = formatters.sentence(job.failure, cards.translator_for_job(job))
                await self._tell_failure(known, job.failure.reason, text)
            elif job.state is State.CANCELED:
                await self._close_card(known)

    @asynccontextmanager
    async def _ending(self, job: Job) -> AsyncIterator[Job]:
        """Hold the job's message alone. The longer Discord has been away, the more seldom it is asked."""
        try:
            async with self._status_cards.ending(job.id):
                yield await self._as_it_stands(job)
        except OwnershipLost:
            self._telling.forget(job.id)  # another process goes on with it: what is remembered here is not so any more
            raise
        except DeliverLater as error:
            since = job.ended_at or job.generated_at or job.requested_at
            rest_s = min(MAX_REST_S, (discord.utils.utcnow() - since).total_seconds() / REST_SHARE)
            raise DeliverLater(max(error.delay_s, rest_s), error.shown) from error

    async def _left(self, job: Job, rules: ServerSettings) -> Quotas | None:
        """The quotas of whoever asked; what cannot be told now must not keep an image from being shown."""
        try:
            async with asyncio.timeout(LEFT_S):
                return await self._service.display.quotas_of(job, await self._roles(job, rules))
        except (StoreUnavailable, RouteClosed, DeliverLater, TimeoutError):
            return None

    async def _roles(self, job: Job, rules: ServerSettings) -> tuple[int, ...]:
        """The roles by which a server's limits go, where they do: a job does not keep them."""
        if not (rules.tiers or rules.exempt_roles):
            return ()
        server = self._bot.get_guild(job.address.server_id or 0)
        if server is None:
            raise RouteClosed
        return tuple((await call_discord(server.fetch_member, job.requester.user_id))._roles)

    async def _as_it_stands(self, job: Job) -> Job:
        """*job* with the card that an ask by message may have got since the worker read its row."""
        if job.address.message_id is not None or job.address.token:
            return job
        known = await self._service.display.job(job.id)
        return job if known is None else replace(job, address=known.address)

    async def _show(
        self, job: Job, images: tuple[ResultImage, ...], left: Quotas | None, rules: ServerSettings, share: BudgetShare
    ) -> Delivered:
        """In files as large as this place takes; it may take less than the interaction said."""
        most = job.address.max_file_bytes or FILE_BYTES
        while True:
            fitted = await self._service.display.fitted(images, file_bytes=most, together_bytes=REQUEST_BYTES)
            share.resize(_held_bytes((*images, *fitted)))
            upload = replace(cards.upload(fitted, most), spoiler=rules.spoiler or is_spoiler(job.request))
            if not upload.images or most < LEAST_FILE_BYTES:
                raise Undeliverable(Reason.RESULT_FILE_TOO_LARGE)
            try:
                return Delivered(len(upload.images), await self._in_some_words(job, upload, left))
            except TooHeavy:
                heaviest = max(len(image.data) for _, image in upload.images)
                log.warning("upload_too_heavy", job_id=job.id, heaviest_bytes=heaviest)
                most = FILE_BYTES if heaviest > FILE_BYTES else heaviest // 2

    async def _in_some_words(self, job: Job, upload: Upload, left: Quotas | None) -> int:
        """With the prompt; without it where AutoMod refuses it."""
        try:
            return await self._in_some_form(job, upload, left, quiet=False)
        except WordsRefused:
            log.info("words_refused", job_id=job.id)
        instead = cards.translator_for_job(job)(phrases.TEXT_BLOCKED)
        quiet = replace(job, request=replace(job.request, prompt=instead))
        return await self._in_some_form(quiet, upload, left, quiet=True)

    async def _in_some_form(self, job: Job, upload: Upload, left: Quotas | None, *, quiet: bool) -> int:
        """The card's own message; else a new one. Where Discord refuses the card, the paid image comes without.

        A message that shows the images already is left as it stands: whoever showed them was stopped before it could
        write that down.
        """
        ways, card, plain = self._ways, _result(job, upload, left), _plain(job, upload)
        try:
            return await self._place(job, card, (ways.by_token, ways.by_message), quiet=quiet)
        except CardRefused:
            log.warning("card_refused", job_id=job.id)
            anew: tuple[Way, ...] = (ways.by_followup, ways.by_channel, ways.by_direct_message)
        except Undeliverable:
            anew = (ways.by_channel, ways.by_followup, ways.by_direct_message)
        if (shown := await ways.stands(job)) is not None and shown.message_id is not None:
            return shown.message_id
        removed = await ways.remove(job)
        try:
            message_id = await self._place(job, card, anew, quiet=quiet)
        except CardRefused:
            message_id = await self._placed_plainly(job, plain, anew, quiet=quiet)
        if not removed:
            await self._remove_after_all(job)
        return message_id

    async def _placed_plainly(self, job: Job, plain: Post, ways: tuple[Way, ...], *, quiet: bool) -> int:
        try:
            return await self._place(job, plain, ways, quiet=quiet)
        except CardRefused:  # no form is left that Discord has not refused
            raise Undeliverable(Reason.UNDELIVERED) from None

    async def _remove_after_all(self, job: Job) -> None:
        """What an archived thread kept before a new message opened it."""
        with suppress(DeliverLater):
            await self._ways.remove(job)

    async def _place(self, job: Job, post: Post, ways: tuple[Way, ...], *, quiet: bool) -> int:
        """By the first way that is open; the message's id.

        Raises Undeliverable and DeliverLater; CardRefused, TooHeavy, and WordsRefused unless they are left out already.
        Undeliverable says CHANNEL_CLOSED where the channel itself is shut: that direct messages are, says nothing.
        """
        reason = Reason.UNDELIVERED
        for way in ways:
            try:
                return await call_discord(way, job, post)
            except (CardRefused, TooHeavy):
                raise
            except WordsRefused:
                if not quiet:
                    raise
            except RouteClosed as closed:
                log.info("way_closed", job_id=job.id, way=way.__name__)
                if isinstance(closed, PlaceClosed) and way in (self._ways.by_channel, self._ways.by_followup):
                    reason = Reason.CHANNEL_CLOSED
        raise Undeliverable(reason)

    async def _show_card(self, job: Job, view: ui.LayoutView) -> int | None:
        """The waiting card, or what has come of a story, and the message that it stands in; where no way is open it is
        left out. Raises DeliverLater or StoreUnavailable.
        """
        if job.story_so_far:  # and where it can no longer be stopped, its end is on the way
            return await self._grow(job) if job.is_streaming else None
        job, post = await self._as_it_stands(job), Post(lambda: {"view": view})
        if job.address.message_id is not None:
            return await self._ways.first(job, (self._ways.by_token, self._ways.by_message), post)
        if (message_id := await self._ways.first(job, (self._ways.by_channel,), post)) is not None:
            await self._service.display.set_message(job.id, message_id)
        return message_id

    async def _grow(self, job: Job) -> int | None:
        """A courtesy waits for nobody: its slot is another card's."""
        size = self._telling.fresh(job) * max_result_bytes(job)
        if not self._bytes.has_room(size):
            raise DeliverLater(LATER_S)
        async with self._bytes.share(size):
            return await self._telling.grow(job)

    async def _mend(self, job: Job, message_id: int) -> None:
        """Put right what a late card has done to a job that another process ended. Raises as deliver and tell do.

        A card that came before the end has done nothing: what stands as it was shown is not shown again.
        """
        log.info("card_was_late", job_id=job.id, state=job.state)
        if job.state is State.DONE and job.message_id == message_id:
            if await self._is_overwritten(job):
                self._telling.forget(job.id)  # what another process showed of a story is read from its messages
                await self.deliver(job)
        elif job.state is State.CANCELED:
            await self.notify(job)
        else:
            await self._ways.remove(_at(job, message_id))

    async def _is_overwritten(self, job: Job) -> bool:
        """Whether a card stands over what was shown of a job that is done, by its messages themselves.

        What its people took away is not put back, and what nobody lets us read cannot be told.
        """
        further = await self._service.display.further_messages(job.id) if job.request.story else ()
        places = [_at(job, each) for each in (job.message_id, *further)]
        try:
            return not stands_whole(job, [await self._ways.read(place) for place in places])
        except RouteClosed:
            return False

    async def _close_card(self, job: Job) -> None:
        if job.address.message_id is not None:
            text = cards.translator_for_job(job)(phrases.CANCELED)
            post = Post(lambda: {"view": cards.sentence(text)})
            await self._ways.first(job, (self._ways.by_token, self._ways.by_message), post)
        else:
            await self._ways.remove(job)

    async def _tell_failure(self, job: Job, reason: str, text: str) -> None:
        """In private while the interaction lives. What moderation said goes to the requester alone."""
        await self._ways.remove(job)
        try:
            await call_discord(self._say_by_token, job, text)
        except RouteClosed:
            await self._tell_late(job, reason, text)

    async def _say_by_token(self, job: Job, text: str) -> None:
        await self._ways.webhook(job).send(text, ephemeral=True, wait=True, **_offer(job))

    async def _tell_late(self, job: Job, reason: str, text: str) -> None:
        user_id, nonce = job.requester.user_id, ids.nonce("end", job.id)
        place, to = job.address.channel_id, job.address.reply_to_id
        if reason in phrases.PRIVATE_REASONS:
            instead = cards.translator_for_job(job)(phrases.NOT_ACCEPTED)
            told = await self._notices.tell_alone(place, user_id, text, instead, to, nonce=nonce, offer=_offer(job))
        else:
            told = await self._notices.tell(place, user_id, text, to, nonce=nonce, offer=_offer(job))
        if not told:
            raise Undeliverable(Reason.UNDELIVERED)


def _held_bytes(images: Sequence[ResultImage]) -> int:
    """How much *images* take in memory; one that stands there twice is held once."""
    return sum({id(image.data): len(image.data) for image in images}.values())


def _offer(job: Job) -> dict[str, Any]:
    return {} if job.failure is None else remedy_view(job.failure.reason, cards.translator_for_job(job), job_id=job.id)


def _channel_shared(job: Job) -> int | None:
    """The channel whose limit an edit of the card uses up; none while the interaction's own token does it."""
    return None if job.address.token else job.address.channel_id


def _at(job: Job, message_id: int | None) -> Job:
    """Return *job* with the address of another message."""
    return replace(job, address=replace(job.address, message_id=message_id))


def _result(job: Job, upload: Upload, left: Quotas | None) -> Post:
    return Post(lambda: {"view": cards.result(job, upload, left)}, lambda: cards.files(job, upload), "result")


def _plain(job: Job, upload: Upload) -> Post:
    return Post(lambda: {"content": cards.plain_result(job)}, lambda: cards.bare_files(job, upload), "result")
