"""Listens to one claimed story: writes down what has come before anybody is shown it, and stops when it is asked to."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from imagegen.errors import ImageRefused, Reason, StoreUnavailable, WanError, WanRefused
from imagegen.model import Job, Made, StopReason, StoryImage, StoryPart, StoryText
from imagegen.store import stories
from imagegen.store.engine import Store
from imagegen.wan.answers import StoryEnd
from imagegen.wan.client import WanClient
from imagegen.wan.requests import Generation

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 0.5  # how soon a wish to stop is heard
WRITE_EVERY_S = 1.5  # a message is edited no more often, so nothing newer could be shown
MAX_CHARS = 20_000  # six full messages; what user installs may follow up with


@dataclass
class StoryBuffer:
    """What has come of a story, its fragments of text put together. *most*: the images that were asked for."""

    most: int
    parts: list[StoryPart] = field(default_factory=list)
    end: StoryEnd | None = None
    news: bool = False  # something came since it was written down

    def add(self, told: StoryPart | StoryEnd) -> None:
        """Images past *most* were not asked for and are left out, as is text past MAX_CHARS."""
        match told:
            case StoryEnd():
                self.end = told
            case StoryImage() if len(self.links) < self.most:
                self.parts.append(told)
                self.news = True
            case StoryText() if not self.is_full:
                self._write(told.text[: MAX_CHARS - self.chars])
                self.news = True

    def _write(self, text: str) -> None:
        if self.parts and isinstance(last := self.parts[-1], StoryText):
            self.parts[-1] = StoryText(last.text + text)
        else:
            self.parts.append(StoryText(text))

    @property
    def links(self) -> tuple[str, ...]:
        return tuple(part.link for part in self.parts if isinstance(part, StoryImage))

    @property
    def chars(self) -> int:
        return sum(len(part.text) for part in self.parts if isinstance(part, StoryText))

    @property
    def is_full(self) -> bool:
        return self.chars >= MAX_CHARS


@dataclass(frozen=True)
class StoryOutcome:
    """What came of listening. *error* is what ended it early, *stopped* that somebody wished so.

    *sent* is false where it was stopped before the request left.
    """

    tale: StoryBuffer
    error: WanError | ImageRefused | None = None
    stopped: bool = False
    sent: bool = True

    @property
    def made(self) -> Made | None:
        """What can be shown; None when nothing came."""
        if not self.tale.parts:
            return None
        end = self.tale.end or StoryEnd(None, "", self.error.request_id if isinstance(self.error, WanError) else "")
        parts = tuple(self.tale.parts)
        return Made(self.tale.links, end.image_count, end.size, end.request_id, parts, self.cut)

    @property
    def cut(self) -> StopReason | None:
        """Why it has no end; a story that was told whole has one, whoever wished for what meanwhile."""
        if self.tale.end is not None:
            return None
        if self.error is not None:
            return (
                StopReason.REFUSED if self.error.reason in (Reason.MODERATION, Reason.COPYRIGHT) else StopReason.BROKEN
            )
        return StopReason.CANCELED if self.stopped else StopReason.TOO_LONG

    @property
    def failure(self) -> WanError | ImageRefused:
        """Why nothing came at all. An end without a story is an image lost where one was counted."""
        if self.error is not None:
            return self.error
        end = self.tale.end or StoryEnd(None, "", "")
        reason = Reason.RESULT_LOST if end.image_count else Reason.NO_IMAGE
        return WanRefused(reason, status=200, request_id=end.request_id)


def within(made: Made, most: int) -> Made:
    """A story that came in one piece, with no more of it than was asked for and can be shown."""
    tale = StoryBuffer(most)
    for part in made.parts:
        tale.add(part)
    cut = StopReason.TOO_LONG if tale.is_full else None
    return Made(tale.links, made.image_count, made.size, made.request_id, tuple(tale.parts), cut)


class StoryRunner:
    """Sends the request and listens. It decides nothing about the job: Maker does, by what was told."""

    def __init__(self, store: Store, wan: WanClient, *, clock: Callable[[], datetime]) -> None:
        self._store, self._wan, self._clock = store, wan, clock

    async def tell(self, job: Job, generation: Generation) -> StoryOutcome:
        """Listen to its end, or until it is cut or stopped. Raises StoreUnavailable before anything was sent.

        Canceled itself, it writes down what had come, for whoever adopts the job.
        """
        tale = StoryBuffer(job.request.count)
        if await self._store.read(stories.cancel_asked, job.id):
            return StoryOutcome(tale, stopped=True, sent=False)
        listening = asyncio.create_task(self._listen(generation, tale))
        try:
            stopped = await self._watch(job, tale, listening)
        except asyncio.CancelledError:
            await self._keep(job, tale)
            raise
        finally:
            listening.cancel()
            await asyncio.wait([listening])
        return StoryOutcome(tale, _error_of(listening), stopped)

    async def _listen(self, generation: Generation, tale: StoryBuffer) -> None:
        async with aclosing(self._wan.stream(generation)) as stream:
            async for told in stream:
                tale.add(told)
                if tale.is_full:
                    return

    async def _watch(self, job: Job, tale: StoryBuffer, listening: asyncio.Task[None]) -> bool:
        """Write down what comes while it comes; True when it shall stop before it has ended."""
        written_s = float("-inf")
        while not (await asyncio.wait([listening], timeout=LOOK_EVERY_S))[0]:
            due = tale.news and time.monotonic() - written_s >= WRITE_EVERY_S
            if due:
                written_s = time.monotonic()
            try:
                if await (self._keep(job, tale) if due else self._store.read(stories.cancel_asked, job.id)):
                    return True
            except StoreUnavailable as error:  # what is not written down is not shown; the story goes on
                tale.news = True
                log.error("story_not_kept", job_id=job.id, why=str(error))
        return False

    async def _keep(self, job: Job, tale: StoryBuffer) -> bool:
        """Write down all that has come; True when the story shall stop, or is no longer ours."""
        tale.news = False
        kept = await self._store.write(stories.keep, job, tuple(tale.parts), now=self._clock())
        return kept is None or kept.cancel_asked_at is not None


def _error_of(listening: asyncio.Task[None]) -> WanError | ImageRefused | None:
    """What ended the listening; a defect of ours is raised."""
    if listening.cancelled():
        return None
    error = listening.exception()
    if error is None or isinstance(error, WanError | ImageRefused):
        return error
    raise error
