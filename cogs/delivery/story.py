"""Deliver a story: show it while it is generated, and complete it when it ends. An image set is delivered like its end.

The process remembers what each message shows. A process that takes over from a dead one reads the messages instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import discord
import structlog

from cogs.delivery.context import DeliveryContext, settings_of
from cogs.delivery.story_state import ShownMessage, StoryState
from cogs.delivery.story_writer import StoryWriter
from cogs.messaging.outcomes import CardRefused, ChannelClosed, FilesTooLarge, RouteClosed, TextRefused
from cogs.messaging.story_routes import StoryRoutes
from cogs.text.units import units
from cogs.ui import story_cards, story_pages
from cogs.ui.limits import FILE_BYTES
from cogs.ui.result_rows import CANCEL, EDITS_ONLY, Rows
from cogs.ui.story_cards import StoryMessage, StoryResult
from cogs.ui.story_pages import Page
from imagegen.errors import DeliverLater, Reason, Undeliverable, WanLinkLost
from imagegen.model import Delivered, Job, ResultImage, StoryImage
from imagegen.policy.validation import is_spoiler
from imagegen.service import Service

log = structlog.get_logger(__name__)

REFUSALS = 3  # after so many in a row, a story is shown only when it is complete
REMEMBERED = 200  # stories; a story that another process completes would otherwise be remembered forever
# After that, complete a story or an image set without an image rather than not at all. The worker retries after a third
# of the time waited so far, and gives up after 8 min (imagegen/worker/delivery.py), so this is at most 6 min.
WAIT_FOR_IMAGE = timedelta(minutes=5)
MIN_FILE_BYTES = 16 * 1024


class StoryDelivery:
    """Delivers stories. The caller holds the messages of the story alone."""

    def __init__(self, bot: discord.Client, service: Service) -> None:
        self._service, self._routes = service, StoryRoutes(bot)
        self._writer = StoryWriter(service, self._routes)
        self._stories: dict[int, StoryState] = {}

    def count_new(self, job: Job) -> int:
        """Return how many images of the story so far are not shown yet, as far as this process knows."""
        story = self._stories.get(job.id)
        return sum(isinstance(part, StoryImage) for part in job.story_so_far) - (0 if story is None else story.images)

    def forget(self, job_id: int) -> None:
        """Forget what the messages of a story show."""
        self._stories.pop(job_id, None)

    async def remove(self, job: Job, but: int) -> None:
        """Remove every message of a story except the one with the id *but*. Raises DeliverLater."""
        first = job.message_id or job.address.message_id
        for message_id in (first, *await self._service.display.further_messages(job.id)):
            if message_id is not None and message_id != but:
                await self._routes.remove(job, message_id)

    async def grow(self, job: Job) -> int | None:
        """Show the story so far, and return the id of its first message; None if nothing could be shown.

        A refusal is not final here: the complete story is delivered anyway. Raises DeliverLater.
        """
        story = await self._story(job)
        if story.refusals >= REFUSALS:
            return None
        try:
            await self._write_so_far(job, story)
        except TextRefused:
            story.without_text = True
        except FilesTooLarge:
            story.max_file_bytes //= 2
        except RouteClosed as error:
            story.refusals += 1
            for message in story.messages:
                message.files.clear()  # upload all images again, in case Discord rejected the list of kept files
            log.warning("story_so_far_not_shown", why=type(error).__name__)
        return story.messages[0].id if story.messages else None

    async def _write_so_far(self, job: Job, story: StoryState) -> None:
        pages = story_pages.pages(job.story_so_far, units(story_cards.head(job)))
        for number, page in enumerate(pages, start=1):
            new = await self._writer.download(job, story, number, page, required=True)
            is_last = number == len(pages)
            foot = story_cards.in_progress(job) if is_last else ""
            buttons = CANCEL if is_last and job.cancel_requested_at is None else ()
            wanted = StoryMessage(number, page, {}, foot, buttons, story.without_text)
            await self._writer.write(job, story, wanted, new)

    async def finish(self, context: DeliveryContext) -> Delivered:
        """Complete a story or an image set. Raises Undeliverable, DeliverLater, or a WanError of a download.

        If the story cannot be completed, leave the messages as they are; the images that people saw count.
        """
        job = context.job
        story = await self._story(job, context)
        try:
            await self._finish_in_some_form(context, story)
        except DeliverLater as error:
            raise DeliverLater(error.delay_s, story.most_images) from error
        except Undeliverable as error:
            if error.reason is Reason.CHANNEL_CLOSED or not story.most_images:
                raise
            log.warning("story_left_incomplete", images=story.most_images)
            self.forget(job.id)
            return Delivered(story.most_images, story.messages[0].id if story.messages else None)
        self.forget(job.id)
        return Delivered(story.images, story.messages[0].id)

    async def _finish_in_some_form(self, context: DeliveryContext, story: StoryState) -> None:
        """Complete it with its text or without, in files as small as needed.

        Raises Undeliverable and DeliverLater.
        """
        while True:
            try:
                return await self._finish(context, story)
            except TextRefused:
                if story.without_text:
                    raise Undeliverable(Reason.UNDELIVERED) from None
                story.without_text = True
            except FilesTooLarge:
                story.max_file_bytes //= 2
                if story.max_file_bytes < MIN_FILE_BYTES:
                    raise Undeliverable(Reason.RESULT_FILE_TOO_LARGE) from None
            except RouteClosed as closed:
                is_shut = isinstance(closed, ChannelClosed) and not story.images
                raise Undeliverable(Reason.CHANNEL_CLOSED if is_shut else Reason.UNDELIVERED) from None

    async def _finish(self, context: DeliveryContext, story: StoryState) -> None:
        job = context.job
        pages = _pages(job)
        for number, page in enumerate(pages, start=1):
            new = await self._writer.download(job, story, number, page, required=_is_young(job))
            buttons = _buttons_between(job) if new or story.images_in(number) else ()
            wanted = StoryMessage(number, page, {}, buttons=buttons, quiet=story.without_text)
            if number == len(pages):
                _check_any_image(job, story, new)
                wanted = _with_foot(context, story, wanted, new)
            try:
                await self._write_or_replace(job, story, wanted, new)
            except RouteClosed as error:
                if number == 1 or isinstance(error, TextRefused | FilesTooLarge):
                    raise
                log.warning("story_cut_off", messages=number - 1, of=len(pages))
                last = StoryMessage(number - 1, pages[number - 2], {}, quiet=story.without_text)
                last = _with_foot(context, story, last, {}, unshown_parts=True)
                await self._write_or_replace(job, story, last, {})
                return

    async def _write_or_replace(
        self, job: Job, story: StoryState, wanted: StoryMessage, new: Mapping[int, ResultImage]
    ) -> None:
        """Write a message in its final form; replace a message that can no longer be edited."""
        try:
            await self._writer.write(job, story, wanted, new)
        except (TextRefused, FilesTooLarge):
            raise
        except RouteClosed as error:
            if story.message(wanted.number) is None:
                raise
            await self._replace(job, story, wanted, card_refused=isinstance(error, CardRefused))

    async def _replace(self, job: Job, story: StoryState, wanted: StoryMessage, *, card_refused: bool) -> None:
        """Send a message again as a new one, and remove the old one with those that follow it.

        Raises RouteClosed, and removes nothing, if an image that people see cannot be downloaded again.
        """
        new = await self._writer.download(job, story, len(story.messages) + 1, wanted.page, required=False)
        if story.images_in(wanted.number).keys() - new.keys():
            raise RouteClosed
        log.warning("story_message_replaced", number=wanted.number, card_refused=card_refused)
        while len(story.messages) >= wanted.number:
            await self._routes.remove(job, story.messages.pop().id)
        try:
            await self._writer.write(job, story, wanted, new)
        except CardRefused:
            await self._writer.write(job, story, wanted, new, plain=True)

    async def _story(self, job: Job, context: DeliveryContext | None = None) -> StoryState:
        """Return what is known of a story; after another process, read what its messages show."""
        if (known := self._stories.get(job.id)) is not None:
            return known
        settings = await settings_of(self._service, job) if context is None else context.settings
        story = StoryState(
            messages=[ShownMessage(message_id) for message_id in await self._message_ids(job)],
            max_file_bytes=job.address.max_file_bytes or FILE_BYTES,
            is_spoiler=settings.spoiler or is_spoiler(job.request),
            may_have_one_more=job.made is not None,
        )
        if job.made is not None:
            for message in story.messages:
                message.files = await self._routes.files_in(job, message.id)
            story.record_images()
        while len(self._stories) >= REMEMBERED:
            del self._stories[next(iter(self._stories))]
        self._stories[job.id] = story
        return story

    async def _message_ids(self, job: Job) -> list[int]:
        first = [] if job.address.message_id is None else [job.address.message_id]
        return [*first, *await self._service.display.further_messages(job.id)]


def _pages(job: Job) -> tuple[Page, ...]:
    if job.made is not None and job.request.image_set:
        return story_pages.set_pages(job.made.links)
    return story_pages.pages(() if job.made is None else job.made.parts, units(story_cards.head(job)))


def _buttons_between(job: Job) -> Rows:
    """Return the buttons of a message before the last: those that edit the images above them."""
    return EDITS_ONLY if job.request.image_set else ()


def _check_any_image(job: Job, story: StoryState, new: Mapping[int, ResultImage]) -> None:
    """Raise WanLinkLost for an image set without images; a story has a text at least."""
    if job.request.image_set and not new and not story.images:
        raise WanLinkLost(Reason.RESULT_LOST)


def _with_foot(
    context: DeliveryContext, story: StoryState, last: StoryMessage, new: Mapping[int, ResultImage], *,
    unshown_parts: bool = False,
) -> StoryMessage:  # fmt: skip
    """Return the last message with the foot, which says what was delivered, and with the buttons."""
    shown = set(story.images_in(last.number)) | set(new)
    before = sum(len(message.files) for message in story.messages[: last.number - 1])
    result = StoryResult(before + len(shown), sorted(story.lost), sorted(story.shrinks.items()), unshown_parts)
    buttons = story_cards.final_buttons(context.job, context.offered, with_images=bool(shown))
    return replace(last, foot=story_cards.foot(context.job, result, context.quotas), buttons=buttons)


def _is_young(job: Job) -> bool:
    """Return whether the results are new enough to wait for an image that cannot be downloaded now."""
    return job.generated_at is not None and discord.utils.utcnow() - job.generated_at < WAIT_FOR_IMAGE
