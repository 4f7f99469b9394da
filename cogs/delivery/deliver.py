"""Delivery of jobs: the worker's door to Discord.

The routes, first to last: edit by the interaction's token; edit by the bot's own token; send a message to the channel;
send a follow-up, which needs no permission; send a direct message. If a route is closed, try the next one. If Discord
does not answer, retry later. cogs/messaging/outcomes.py says what each refusal leads to.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

import discord
from discord import ui
from discord.ext import commands

from cogs.delivery.context import DeliveryContext, gather
from cogs.delivery.images import ImageDelivery, held_bytes
from cogs.delivery.late_cards import LateCards
from cogs.delivery.notify import EndNotifier
from cogs.delivery.review_cards import ReviewCards
from cogs.delivery.server_log import log_result
from cogs.delivery.status_cards import StatusCards
from cogs.delivery.story import StoryDelivery
from cogs.messaging.discord_away import TEST_EVERY_S, DiscordAway
from cogs.messaging.notices import Notices
from cogs.messaging.outcomes import LATER_S, RouteClosed, first_open
from cogs.messaging.routes import Post, Routes
from cogs.text import review
from cogs.ui import cards
from cogs.ui.limits import REQUEST_BYTES
from imagegen.errors import DeliverLater, OwnershipLost, WanError
from imagegen.imaging.byte_budget import BudgetShare, ByteBudget, max_result_bytes, total_result_bytes
from imagegen.model import Delivered, Job, ResultImage
from imagegen.service import Service

# A job that waits for Discord waits another tenth of the time it has waited, at most 600 s.
REST_SHARE, MAX_REST_S = 10, 600.0
BYTES_AT_ONCE = 64 * 1024 * 1024  # of results that all deliveries together hold (docs/benchmarks.md)


class Delivery:
    """Delivers results, notifies requesters and keeps the status cards. Safe to call from many tasks of one loop."""

    def __init__(self, bot: commands.AutoShardedBot, service: Service, notices: Notices, away: DiscordAway) -> None:
        self._bot, self._service, self._routes, self._away = bot, service, Routes(bot), away
        self._images = ImageDelivery(service, self._routes)
        self._stories = StoryDelivery(bot, service)
        self._notifier = EndNotifier(bot, self._routes, notices)
        self._late_cards = LateCards(service, self._routes.messages, deliver=self._deliver_again, notify=self.notify)
        self._status_cards = StatusCards(
            service, self._show_card, self._late_cards.repair, channel_limit=_limited_channel
        )
        self._bytes = ByteBudget(BYTES_AT_ONCE)
        self.review_cards = ReviewCards(bot, service, self._bytes)

    async def run(self) -> None:
        """Keep the status cards current until canceled."""
        await self._status_cards.run()

    async def deliver(self, job: Job) -> Delivered:
        """Deliver the results of *job*. Raises Undeliverable, DeliverLater, or a WanError of a download.

        A second call delivers nothing twice, also after a cancellation in the middle. Nothing of the images stays in
        memory when Discord has them.
        """
        self._away.check()
        async with self._bytes.share(_most_bytes(job)) as share:
            try:
                images, context = await self._prepare(job, share)
            except WanError:
                # A process may have died between the delivery and the record of the delivery.
                if (shown := await self._routes.messages.shown_anywhere(job)) is None:
                    raise
                return shown
            async with self._alone_with_messages(job) as known:
                if job.request.may_span_messages:
                    delivered = await self._stories.finish(context.with_job(known))
                else:
                    delivered = await self._images.deliver(context.with_job(known), images, share)
        del images  # the log entry may take a while, and the images no longer count in the budget
        await log_result(self._bot, context, delivered)
        return delivered

    async def hold(self, job: Job) -> tuple[int, int]:
        """Show the results of *job* to the managers alone, and tell the requester so.

        Return the channel and the message of the managers' card. Raises Undeliverable, DeliverLater, or a WanError of a
        download. A second call posts no second card.
        """
        self._away.check()
        async with self._bytes.share(_most_bytes(job)) as share:
            images = await self._service.display.results_within(job, REQUEST_BYTES)
            share.resize(held_bytes(images))
            async with self._alone_with_messages(job) as known:
                place = await self.review_cards.post_held(known, images)
                await self._say_held(known)
        return place

    async def _say_held(self, job: Job) -> None:
        """Make the status card say that managers look at the results first. Raises DeliverLater."""
        translate = cards.translator_for_job(job)
        says = translate(review.HELD_PRIVATE if job.request.private else review.HELD)
        post = Post(lambda: {"view": cards.status_card(job, says, may_cancel=False)})
        with suppress(RouteClosed):
            if job.address.message_id is not None:
                await first_open((self._routes.by_token, self._routes.by_message), job, post)
            elif not job.request.private:
                message_id = await first_open((self._routes.by_channel,), job, post)
                await self._service.display.set_message(job.id, message_id)

    async def notify(self, job: Job) -> None:
        """Say why *job* failed, or that it was canceled. Raises Undeliverable and DeliverLater."""
        self._away.check()
        self._stories.forget(job.id)
        async with self._alone_with_messages(job) as known:
            await self._notifier.notify(known)

    async def remove_rest(self, job: Job, but: int) -> None:
        """Remove the messages of a story or an image set other than *but*. Raises DeliverLater."""
        await self._stories.remove(job, but)

    async def _prepare(self, job: Job, share: BudgetShare) -> tuple[tuple[ResultImage, ...], DeliveryContext]:
        """Download the results of *job*, and read what else its delivery needs meanwhile."""
        gathering = asyncio.create_task(gather(self._bot, self._service, job))
        try:
            return await self._download(job, share), await gathering
        finally:
            gathering.cancel()
            await asyncio.wait([gathering])

    async def _download(self, job: Job, share: BudgetShare) -> tuple[ResultImage, ...]:
        """Return the results of *job*. Several messages download their images themselves, one message at a time."""
        if job.request.may_span_messages:
            return ()
        if _is_large(job):
            images = await self._service.display.results_within(job, REQUEST_BYTES)
        else:
            images = await self._service.display.results(job)
        share.resize(held_bytes(images))
        return images

    async def _deliver_again(self, job: Job) -> None:
        """Deliver a job that another process delivered; read what is shown of a story from the messages."""
        self._stories.forget(job.id)
        await self.deliver(job)

    @asynccontextmanager
    async def _alone_with_messages(self, job: Job) -> AsyncIterator[Job]:
        """Hold the job's messages alone. The longer Discord has been away, the longer is the wait for the next try."""
        try:
            async with self._status_cards.ending(job.id):
                yield await self._with_card(job)
        except OwnershipLost:
            self._stories.forget(job.id)  # another process continues the story, so this memory is out of date
            raise
        except DeliverLater as error:
            since = job.ended_at or job.generated_at or job.requested_at
            most_s = TEST_EVERY_S[1] if self._away.for_s else MAX_REST_S  # while Discord is away, one job tests it
            rest_s = min(most_s, (discord.utils.utcnow() - since).total_seconds() / REST_SHARE)
            raise DeliverLater(max(error.delay_s, rest_s), error.shown) from error

    async def _with_card(self, job: Job) -> Job:
        """Return *job* with the status card that a job without one may have got since the worker read the job."""
        if job.address.message_id is not None:
            return job
        known = await self._service.display.job(job.id)
        return job if known is None else replace(job, address=known.address)

    async def _show_card(self, job: Job, view: ui.LayoutView) -> int | None:
        """Show *view*, or the story so far, and return the message's id; None if no route is open.

        Raises DeliverLater and StoreUnavailable.
        """
        self._away.check()
        if job.story_so_far and job.review is None:  # a story that can no longer be stopped is about to be delivered
            return await self._show_story_so_far(job) if job.is_streaming else None
        job, post = await self._with_card(job), Post(lambda: {"view": view})
        with suppress(RouteClosed):
            if job.address.message_id is not None:
                return await first_open((self._routes.by_token, self._routes.by_message), job, post)
            message_id = await first_open((self._routes.by_channel, self._routes.by_followup), job, post)
            await self._service.display.set_message(job.id, message_id)
            return message_id
        return None

    async def _show_story_so_far(self, job: Job) -> int | None:
        """Show a story that is being generated, if there is room for its images at once: no wait blocks other cards."""
        size = self._stories.count_new(job) * max_result_bytes(job)
        if not self._bytes.has_room(size):
            raise DeliverLater(LATER_S)
        async with self._bytes.share(size):
            return await self._stories.grow(job)


def _is_large(job: Job) -> bool:
    """Return whether the results of *job* may need more memory than all deliveries together have, as 4K images do."""
    return total_result_bytes(job) > BYTES_AT_ONCE


def _most_bytes(job: Job) -> int:
    """Return the most bytes that the results of *job* take in memory at once.

    Those that are downloaded one after another take those of one request and of one download.
    """
    total = total_result_bytes(job)
    one_by_one = job.request.may_span_messages or _is_large(job)
    return min(total, REQUEST_BYTES + max_result_bytes(job)) if one_by_one else total


def _limited_channel(job: Job) -> int | None:
    """Return the channel whose rate limit an edit of the card uses; None while the interaction's token edits it."""
    return None if job.address.token else job.address.channel_id
