"""Shows a story in its messages: while it is told, and whole at its end.

An edit keeps the images that a message has by listing them, so each is downloaded and uploaded once. What a message
holds is remembered here; whoever takes over from a dead process reads it from the message itself.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import discord
import structlog

from cogs.delivery import server_log
from cogs.messaging.outcomes import CardRefused, PlaceClosed, RouteClosed, TooHeavy, WordsRefused
from cogs.messaging.routes import Routes
from cogs.messaging.story_routes import Content, Files, KeptFile, Sent, StoryRoutes, images_in
from cogs.text.units import units
from cogs.ui import cards, story_cards, story_pages
from cogs.ui.ids import result_file_name
from cogs.ui.story_cards import StoryMessage, StoryResult
from cogs.ui.story_pages import ImageBlock, Page
from imagegen.errors import DeliverLater, Reason, Undeliverable, WanError, WanLinkLost
from imagegen.model import Delivered, Job, ResultImage, Shrink, StoryImage
from imagegen.policy.validation import is_spoiler
from imagegen.reports import Quotas
from imagegen.service import Service

log = structlog.get_logger(__name__)

EDIT_EVERY_S = 1.5  # a message of a story is edited no more often
REFUSALS = 3  # after so many a story is no longer shown while it is told, only at its end
REMEMBERED = 200  # stories; one that another process ends would be remembered for ever
WAIT_FOR_IMAGE = timedelta(minutes=10)  # after that a story is shown without it rather than not at all
LEAST_FILE_BYTES = 16 * 1024


@dataclass
class _Message:
    """One message of a story: the images that it holds, by their numbers, and what it says."""

    id: int
    files: dict[int, KeptFile] = field(default_factory=dict)
    says: object = None
    edited_s: float = float("-inf")


@dataclass
class _Story:
    """What is known of a story's messages. *direct*: they are direct messages; *in_doubt*: there may be one more."""

    messages: list[_Message] = field(default_factory=list)
    most_bytes: int = cards.FILE_BYTES
    quiet: bool = False
    refusals: int = 0
    direct: bool = False
    spoiler: bool = False
    in_doubt: bool = False
    refits: dict[int, Shrink | None] = field(default_factory=dict)
    lost: set[int] = field(default_factory=set)
    most_shown: int = 0  # also of messages that are gone by now: what people saw is counted

    @property
    def shown(self) -> int:
        return sum(len(message.files) for message in self.messages)

    def see(self) -> None:
        """Remember how many images people have seen at once."""
        self.most_shown = max(self.most_shown, self.shown)


class StoryDelivery:
    """The messages of every story. Whoever calls holds the story's messages alone."""

    def __init__(self, bot: discord.Client, service: Service, ways: Routes) -> None:
        self._service, self._by = service, StoryRoutes(bot, ways)
        self._stories: dict[int, _Story] = {}

    def fresh(self, job: Job) -> int:
        """How many images of what has come are not shown yet, as far as is known here."""
        story = self._stories.get(job.id)
        return sum(isinstance(part, StoryImage) for part in job.story_so_far) - (0 if story is None else story.shown)

    async def grow(self, job: Job) -> int | None:
        """Show what has come so far; the id of its first message. A courtesy: where it cannot be shown, its end is.

        Raises DeliverLater.
        """
        story = await self._known(job)
        if story.refusals >= REFUSALS:
            return None
        laid = story_pages.pages(job.story_so_far, units(story_cards.head(job)))
        try:
            for number, page in enumerate(laid, start=1):
                fresh = await self._fresh(job, story, number, page, patient=True)
                last = number == len(laid)
                foot = story_cards.going_on(job) if last else ""
                buttons = story_cards.WHILE_TOLD if last and job.cancel_requested_at is None else ()
                await self._put(job, story, StoryMessage(number, page, {}, foot, buttons, story.quiet), fresh)
        except WordsRefused:
            story.quiet = True
        except TooHeavy:
            story.most_bytes //= 2
        except RouteClosed as error:
            story.refusals += 1
            for message in story.messages:
                message.files.clear()  # if it was the keeping that was refused, all are uploaded anew
            log.warning("story_not_grown", job_id=job.id, why=type(error).__name__)
        return story.messages[0].id if story.messages else None

    async def finish(self, job: Job, left: Quotas | None) -> Delivered:
        """Show a made story whole. Raises Undeliverable, DeliverLater, or a WanError of a download.

        What cannot be shown whole is left as it stands, and what people saw of it is counted.
        """
        story = await self._known(job)
        try:
            await self._finish_somehow(job, story, left)
        except DeliverLater as error:
            raise DeliverLater(error.delay_s, story.most_shown) from error
        except Undeliverable as error:
            if error.reason is Reason.CHANNEL_CLOSED or not story.most_shown:
                raise
            log.warning("story_left_as_it_stands", job_id=job.id)
            self.forget(job.id)
            return Delivered(story.most_shown, story.messages[0].id if story.messages else None)
        self.forget(job.id)
        return Delivered(story.shown, story.messages[0].id)

    async def _finish_somehow(self, job: Job, story: _Story, left: Quotas | None) -> None:
        """With the words, without them, in smaller files. Raises Undeliverable and DeliverLater."""
        while True:
            try:
                return await self._finish(job, story, left)
            except WordsRefused:
                if story.quiet:
                    raise Undeliverable(Reason.UNDELIVERED) from None
                story.quiet = True
            except TooHeavy:
                story.most_bytes //= 2
                if story.most_bytes < LEAST_FILE_BYTES:
                    raise Undeliverable(Reason.RESULT_FILE_TOO_LARGE) from None
            except RouteClosed as closed:
                shut = isinstance(closed, PlaceClosed) and not story.shown
                raise Undeliverable(Reason.CHANNEL_CLOSED if shut else Reason.UNDELIVERED) from None

    def forget(self, job_id: int) -> None:
        """A story that has ended."""
        self._stories.pop(job_id, None)

    async def remove(self, job: Job, but: int) -> None:
        """Take away every message of a story but the one with that id. Raises DeliverLater."""
        first = job.message_id or job.address.message_id
        for message_id in (first, *await self._service.display.further_messages(job.id)):
            if message_id is not None and message_id != but:
                await self._by.remove(job, message_id)

    async def _finish(self, job: Job, story: _Story, left: Quotas | None) -> None:
        parts = job.made.parts if job.made is not None else ()
        laid = story_pages.pages(parts, units(story_cards.head(job)))
        for number, page in enumerate(laid, start=1):
            last = number == len(laid)
            fresh = await self._fresh(job, story, number, page, patient=self._is_young(job))
            try:
                await self._end_page(job, story, number, page, fresh, left if last else None, last=last)
            except RouteClosed as error:
                if number == 1 or isinstance(error, WordsRefused | TooHeavy):
                    raise
                log.warning("story_not_continued", job_id=job.id, messages=number - 1, of=len(laid))
                await self._end_page(
                    job, story, number - 1, laid[number - 2], {}, left, last=True, unshown=True
                )  # fmt: skip
                return

    async def _end_page(
        self, job: Job, story: _Story, number: int, page: Page, fresh: dict[int, ResultImage],
        left: Quotas | None, *, last: bool, unshown: bool = False,
    ) -> None:  # fmt: skip
        """One message as it stays. Under the last one is said what came."""
        foot, buttons = "", StoryMessage.buttons
        if last:
            held = set(self._message(story, number).files if number <= len(story.messages) else ()) | set(fresh)
            before = sum(len(message.files) for message in story.messages[: number - 1])
            refits = sorted(story.refits.items())
            came = StoryResult(before + len(held), sorted(story.lost), refits, unshown)
            foot = story_cards.foot(job, came, left)
            buttons = story_cards.at_the_end(with_images=bool(held))
        sheet = StoryMessage(number, page, {}, foot, buttons, story.quiet)
        try:
            await self._put(job, story, sheet, fresh)
        except (WordsRefused, TooHeavy):
            raise
        except RouteClosed as error:
            if number > len(story.messages):
                raise
            await self._anew(job, story, sheet, refused=isinstance(error, CardRefused))

    async def _anew(self, job: Job, story: _Story, sheet: StoryMessage, *, refused: bool) -> None:
        """A message that can no longer be edited, or is refused: all of it in a new one. What follows it goes too.

        WayClosed where an image that people see cannot be had again: it is left where it stands.
        """
        fresh = await self._fresh(job, story, len(story.messages) + 1, sheet.page, patient=False)
        if self._message(story, sheet.number).files.keys() - fresh.keys():
            raise RouteClosed
        log.warning("story_begun_anew", job_id=job.id, number=sheet.number, refused=refused)
        while len(story.messages) >= sheet.number:
            await self._by.remove(job, story.messages.pop().id)
        try:
            await self._put(job, story, sheet, fresh)
        except CardRefused:
            await self._put(job, story, sheet, fresh, plain=True)

    @staticmethod
    def _is_young(job: Job) -> bool:
        return job.generated_at is not None and discord.utils.utcnow() - job.generated_at < WAIT_FOR_IMAGE

    async def _known(self, job: Job) -> _Story:
        """The messages of a story. What a dead process showed of it is read from its messages."""
        story = self._stories.get(job.id)
        if story is None:
            first = job.address.message_id
            ids = [*([first] if first is not None else []), *await self._service.display.further_messages(job.id)]
            most_bytes = job.address.max_file_bytes or cards.FILE_BYTES
            rules = await server_log.server_settings_of(self._service, job)
            messages = [_Message(message_id) for message_id in ids]
            spoiler = rules.spoiler or is_spoiler(job.request)
            story = _Story(messages, most_bytes, spoiler=spoiler, in_doubt=job.made is not None)
            if job.made is not None:
                for message in story.messages:
                    message.files = await self._by.files_in(job, message.id)
                story.see()
            while len(self._stories) >= REMEMBERED:
                del self._stories[next(iter(self._stories))]
            self._stories[job.id] = story
        return story

    @staticmethod
    def _message(story: _Story, number: int) -> _Message:
        return story.messages[number - 1]

    async def _fresh(
        self, job: Job, story: _Story, number: int, page: Page, *, patient: bool
    ) -> dict[int, ResultImage]:
        """The images of a page that its message does not hold yet, as large as this place takes.

        One that cannot be had is left out for now while the story grows. At its end it is waited for if *patient* (a
        WanError is raised), else it is lost.
        """
        held = story.messages[number - 1].files if number <= len(story.messages) else {}
        links = [link for block in page if isinstance(block, ImageBlock) for link in block.links if link[0] not in held]
        fresh: dict[int, ResultImage] = {}
        for position, link in links:
            image = await self._fetched(job, link, patient=patient)
            if image is None:
                if job.made is not None:
                    story.lost.add(position)
                continue
            (fitted,) = await self._service.display.fitted(
                (image,), file_bytes=story.most_bytes, together_bytes=cards.REQUEST_BYTES
            )
            fresh[position], story.refits[position] = fitted, fitted.refit
            story.lost.discard(position)
        return fresh

    async def _fetched(self, job: Job, link: str, *, patient: bool) -> ResultImage | None:
        try:
            return await self._service.display.result(link, job.made.size if job.made is not None else "")
        except WanLinkLost as error:
            log.warning("story_image_lost", job_id=job.id, why=str(error))
        except WanError as error:
            log.warning("story_image_not_fetched", job_id=job.id, why=str(error))
            if patient and job.made is not None:
                raise
        return None

    async def _put(
        self, job: Job, story: _Story, sheet: StoryMessage, fresh: dict[int, ResultImage], *, plain: bool = False
    ) -> None:
        """Make the message with this number say what *sheet* says; sent where there is none yet. Raises as tried."""
        message = self._message(story, sheet.number) if sheet.number <= len(story.messages) else None
        held = {} if message is None else message.files
        names = {number: result_file_name(job.id, number, image.extension) for number, image in fresh.items()}
        files = {**{number: kept.filename for number, kept in held.items()}, **names}
        sheet = StoryMessage(sheet.number, sheet.page, files, sheet.foot, sheet.buttons, sheet.quiet, story.spoiler)
        if message is not None and message.says == (says := (sheet, plain)):
            return
        says = (sheet, plain)

        def new() -> list[discord.File]:
            return [story_cards.file(job, number, names[number], fresh[number].data) for number in sorted(names)]

        def content() -> dict[str, Any]:
            return {"content": story_cards.plain(job, sheet)} if plain else {"view": story_cards.view(job, sheet)}

        if message is None:
            sent = await self._send(job, story, sheet.number, content, new)
            message = _Message(sent.id)
            story.messages.append(message)
            await self._remember(job, sheet.number, sent.id)
        else:
            await asyncio.sleep(max(0.0, EDIT_EVERY_S - (time.monotonic() - message.edited_s)))
            kept = [held[number] for number in sorted(held)]
            sent = await self._by.edit(job, sheet.number, message.id, content, lambda: [*kept, *new()])
        message.files, message.says, message.edited_s = images_in(job, sent), says, time.monotonic()
        story.see()

    async def _remember(self, job: Job, number: int, message_id: int) -> None:
        """Where it stands, before anything follows it, so that nobody sends it twice."""
        if number == 1:
            await self._service.display.set_message(job.id, message_id)
        else:
            await self._service.display.continue_in(job.id, number, message_id)

    async def _send(self, job: Job, story: _Story, number: int, content: Content, files: Files) -> Sent:
        """Send a message after those before it; if none can be placed in the channel, send it directly."""
        if story.direct:
            return await self._by.directly(job, number, content, files)
        known = {message.id for message in story.messages}
        if story.in_doubt and (found := await self._by.sent_before(job, known)) is not None:
            return found
        story.in_doubt = True  # until its answer has come
        try:
            sent = await self._by.send(job, number, content, files)
        except (CardRefused, TooHeavy, WordsRefused):
            raise
        except RouteClosed as closed:
            if number > 1 or job.made is None:
                raise
            sent, story.direct = await self._directly(job, number, content, files, closed), True
        story.in_doubt = False
        return sent

    async def _directly(self, job: Job, number: int, content: Content, files: Files, closed: RouteClosed) -> Sent:
        """To the requester alone. Raises *closed* where that is closed too: why it cannot stand where it was asked."""
        try:
            return await self._by.directly(job, number, content, files)
        except (CardRefused, TooHeavy, WordsRefused):
            raise
        except RouteClosed:
            raise closed from None
