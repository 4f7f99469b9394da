"""Download the images of a story or an image set, and write its messages.

An edit keeps the images of a message if it lists them, so each image is downloaded and uploaded once.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import discord
import structlog

from cogs.delivery.story_state import ShownMessage, StoryState
from cogs.messaging.address import reaches_only_requester
from cogs.messaging.outcomes import CONTENT_REFUSED, RouteClosed
from cogs.messaging.story_routes import Content, Files, Sent, StoryRoutes, images_in
from cogs.text import phrases
from cogs.ui import story_cards
from cogs.ui.cards import translator_for_job
from cogs.ui.ids import result_file_name
from cogs.ui.limits import REQUEST_BYTES
from cogs.ui.story_cards import StoryMessage
from cogs.ui.story_pages import ImageBlock, Page
from imagegen.errors import WanError, WanLinkLost
from imagegen.model import Job, ResultImage
from imagegen.service import Service

log = structlog.get_logger(__name__)

EDIT_EVERY_S = 1.5  # the shortest time between two edits of one message


class StoryWriter:
    """Writes single messages. ``StoryDelivery`` decides which."""

    def __init__(self, service: Service, routes: StoryRoutes) -> None:
        self._service, self._routes = service, routes

    async def download(
        self, job: Job, story: StoryState, number: int, page: Page, *, required: bool
    ) -> dict[int, ResultImage]:
        """Return the images of *page* that message *number* does not show yet, in files that fit into one request.

        Fit them as they come, so that memory holds no more than one request and one download.
        An image that cannot be downloaded now is left out, and tried again with the next edit. Of a complete story, a
        *required* image raises a WanError instead; otherwise the image counts as lost.
        """
        shown = story.images_in(number)
        links = [link for block in page if isinstance(block, ImageBlock) for link in block.links]
        images: dict[int, ResultImage] = {}
        for position, link in links:
            if position in shown:
                continue
            image = await self._download_one(job, link, required=required)
            if image is not None:
                images = await self._fit(story, {**images, position: image})
            elif job.made is not None:
                story.lost.add(position)
        return images

    async def _download_one(self, job: Job, link: str, *, required: bool) -> ResultImage | None:
        try:
            return await self._service.display.result(job, link)
        except WanLinkLost as error:
            log.warning("story_image_lost", why=str(error))
        except WanError as error:
            log.warning("story_image_not_downloaded", why=str(error))
            if required and job.made is not None:
                raise
        return None

    async def _fit(self, story: StoryState, images: Mapping[int, ResultImage]) -> dict[int, ResultImage]:
        fitted = await self._service.display.fitted(
            tuple(images.values()), file_bytes=story.max_file_bytes, together_bytes=REQUEST_BYTES
        )
        found = dict(zip(images, fitted, strict=True))
        story.shrinks |= {position: image.shrink for position, image in found.items()}
        story.lost -= found.keys()
        return found

    async def write(
        self, job: Job, story: StoryState, wanted: StoryMessage, new: Mapping[int, ResultImage], *, plain: bool = False
    ) -> None:
        """Make one message show *wanted* and its *new* images: edit it, or send it. *plain*: without a card.

        Raises as ``first_open`` does.
        """
        message = story.message(wanted.number)
        kept = {} if message is None else dict(message.files)
        names = {number: result_file_name(job.id, number, image.extension) for number, image in new.items()}
        files = {**{number: file.filename for number, file in kept.items()}, **names}
        wanted = replace(wanted, files=files, spoiler=story.is_spoiler)
        if message is not None and message.content == (wanted, plain):
            return

        def uploads() -> list[discord.File]:
            hides = plain and story.is_spoiler
            return [story_cards.file(job, n, names[n], new[n].data, spoiler=hides) for n in sorted(names)]

        def content() -> dict[str, Any]:
            found = replace(wanted, foot=_direct_foot(job, wanted)) if story.is_direct else wanted
            return {"content": story_cards.plain(job, found)} if plain else {"view": story_cards.view(job, found)}

        if message is None:
            message, sent = await self._send(job, story, wanted.number, content, uploads)
        else:
            await asyncio.sleep(max(0.0, EDIT_EVERY_S - (time.monotonic() - message.edited_s)))
            listed = [kept[number] for number in sorted(kept)]
            sent = await self._routes.edit(job, wanted.number, message.id, content, lambda: [*listed, *uploads()])
        message.files, message.content, message.edited_s = images_in(job, sent), (wanted, plain), time.monotonic()
        story.record_images()

    async def _send(
        self, job: Job, story: StoryState, number: int, content: Content, files: Files
    ) -> tuple[ShownMessage, Sent]:
        sent = await self._send_or_find(job, story, number, content, files)
        message = ShownMessage(sent.id)
        story.messages.append(message)
        await self._record(job, number, sent.id)
        return message, sent

    async def _record(self, job: Job, number: int, message_id: int) -> None:
        """Record a message before the next one is sent, so that no process sends this one twice."""
        if number == 1:
            await self._service.display.set_message(job.id, message_id)
        else:
            await self._service.display.continue_in(job.id, number, message_id)

    async def _send_or_find(self, job: Job, story: StoryState, number: int, content: Content, files: Files) -> Sent:
        """Send a message after those before it, or find it if an earlier try sent it.

        If the channel is closed to the first message of a complete story, send direct messages.
        """
        if story.is_direct:
            return await self._routes.send_direct(job, number, content, files)
        known = {message.id for message in story.messages}
        if story.may_have_one_more and (found := await self._routes.sent_before(job, known)) is not None:
            return found
        story.may_have_one_more = True  # until Discord has answered
        try:
            sent = await self._routes.send(job, number, content, files)
        except CONTENT_REFUSED:
            raise
        except RouteClosed as closed:
            if number > 1 or job.made is None:
                raise
            story.is_direct = True
            sent = await self._send_direct(job, story, number, content, files, closed)
        story.may_have_one_more = False
        return sent

    async def _send_direct(
        self, job: Job, story: StoryState, number: int, content: Content, files: Files, closed: RouteClosed
    ) -> Sent:
        """Send a direct message. If that is closed too, raise *closed*: why the channel takes no message."""
        try:
            return await self._routes.send_direct(job, number, content, files)
        except CONTENT_REFUSED:
            raise
        except RouteClosed:
            story.is_direct = False
            raise closed from None


def _direct_foot(job: Job, message: StoryMessage) -> str:
    """Return the foot of a direct message: the last one of a private story says why it is one."""
    if not message.foot or not reaches_only_requester(job):
        return message.foot
    return f"-# {translator_for_job(job)(phrases.SENT_DIRECTLY)}\n{message.foot}"
