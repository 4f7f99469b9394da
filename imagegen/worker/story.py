"""Receive one claimed story from Wan: store each part before it is shown, and stop when a member cancels."""

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

CHECK_EVERY_S = 0.5  # how soon a cancel request takes effect
WRITE_EVERY_S = 1.5  # a message is edited no more often, so nothing newer could be shown
MAX_CHARS = 20_000  # six full messages: all that a user install may send as follow-ups


@dataclass
class StoryBuffer:
    """What has come of a story so far, with adjacent texts joined. *max_images* is the number requested."""

    max_images: int
    parts: list[StoryPart] = field(default_factory=list)
    end: StoryEnd | None = None
    has_news: bool = False  # something came since the last write

    def add(self, part: StoryPart | StoryEnd) -> None:
        """Add *part*, without images beyond those requested and without text beyond MAX_CHARS."""
        match part:
            case StoryEnd():
                self.end = part
            case StoryImage() if len(self.links) < self.max_images:
                self.parts.append(part)
                self.has_news = True
            case StoryText() if not self.is_full:
                self._add_text(part.text[: MAX_CHARS - self.chars])
                self.has_news = True

    def _add_text(self, text: str) -> None:
        if self.parts and isinstance(last := self.parts[-1], StoryText):
            self.parts[-1] = StoryText(last.text + text)
        else:
            self.parts.append(StoryText(text))

    @property
    def links(self) -> tuple[str, ...]:
        """The links of its images, in order."""
        return tuple(part.link for part in self.parts if isinstance(part, StoryImage))

    @property
    def chars(self) -> int:
        """The length of its text, in characters."""
        return sum(len(part.text) for part in self.parts if isinstance(part, StoryText))

    @property
    def is_full(self) -> bool:
        """Whether its text has reached MAX_CHARS."""
        return self.chars >= MAX_CHARS


@dataclass(frozen=True)
class StoryOutcome:
    """How a story ended. *error* is what ended it early; *stopped* says that a member canceled it.

    *sent* is False if it was canceled before the request was sent.
    """

    buffer: StoryBuffer
    error: WanError | ImageRefused | None = None
    stopped: bool = False
    sent: bool = True

    @property
    def made(self) -> Made | None:
        """What can be delivered; None if nothing came."""
        if not self.buffer.parts:
            return None
        end = self.buffer.end or StoryEnd(None, "", self.error.request_id if isinstance(self.error, WanError) else "")
        parts = tuple(self.buffer.parts)
        return Made(self.buffer.links, end.image_count, end.size, end.request_id, parts, self.stop_reason)

    @property
    def stop_reason(self) -> StopReason | None:
        """Why it stopped early; None for a complete story, also if a member canceled it meanwhile."""
        if self.buffer.end is not None:
            return None
        if self.error is not None:
            return (
                StopReason.REFUSED if self.error.reason in (Reason.MODERATION, Reason.COPYRIGHT) else StopReason.BROKEN
            )
        return StopReason.CANCELED if self.stopped else StopReason.TOO_LONG

    @property
    def failure(self) -> WanError | ImageRefused:
        """Why nothing came at all. If Wan billed an image but sent none, the result is lost."""
        if self.error is not None:
            return self.error
        end = self.buffer.end or StoryEnd(None, "", "")
        reason = Reason.RESULT_LOST if end.image_count else Reason.NO_IMAGE
        return WanRefused(reason, status=200, request_id=end.request_id)


def limit_story(made: Made, max_images: int) -> Made:
    """Return a story that came in one answer, without images beyond *max_images* and text beyond MAX_CHARS."""
    buffer = StoryBuffer(max_images)
    for part in made.parts:
        buffer.add(part)
    stop_reason = StopReason.TOO_LONG if buffer.is_full else None
    return Made(buffer.links, made.image_count, made.size, made.request_id, tuple(buffer.parts), stop_reason)


class StoryRunner:
    """Sends the request and receives the story. JobRunner decides what follows for the job."""

    def __init__(self, store: Store, wan: WanClient, *, clock: Callable[[], datetime]) -> None:
        self._store, self._wan, self._clock = store, wan, clock

    async def receive(self, job: Job, generation: Generation) -> StoryOutcome:
        """Receive a story until it ends, fails, is full or is canceled. Raises StoreUnavailable before sending.

        If this task is canceled, store what has come, for the process that adopts the job.
        """
        buffer = StoryBuffer(job.request.count)
        if await self._store.read(stories.cancel_requested, job.id):
            return StoryOutcome(buffer, stopped=True, sent=False)
        receiving = asyncio.create_task(self._receive(generation, buffer))
        try:
            stopped = await self._watch(job, buffer, receiving)
        except asyncio.CancelledError:
            await self._store_parts(job, buffer)
            raise
        finally:
            receiving.cancel()
            await asyncio.wait([receiving])
        return StoryOutcome(buffer, _error_of(receiving), stopped)

    async def _receive(self, generation: Generation, buffer: StoryBuffer) -> None:
        async with aclosing(self._wan.stream(generation)) as stream:
            async for part in stream:
                buffer.add(part)
                if buffer.is_full:
                    return

    async def _watch(self, job: Job, buffer: StoryBuffer, receiving: asyncio.Task[None]) -> bool:
        """Store what comes while it comes; return True if a member cancels the story before it ends."""
        written_s = float("-inf")
        while not (await asyncio.wait([receiving], timeout=CHECK_EVERY_S))[0]:
            due = buffer.has_news and time.monotonic() - written_s >= WRITE_EVERY_S
            if due:
                written_s = time.monotonic()
            try:
                if await (
                    self._store_parts(job, buffer) if due else self._store.read(stories.cancel_requested, job.id)
                ):
                    return True
            except StoreUnavailable as error:  # what is not stored is not shown; the story continues
                buffer.has_news = True
                log.error("story_not_stored", why=str(error))
        return False

    async def _store_parts(self, job: Job, buffer: StoryBuffer) -> bool:
        """Store all that has come; return True if the story must stop, or this process no longer owns it."""
        buffer.has_news = False
        stored = await self._store.write(stories.store_parts, job, tuple(buffer.parts))
        return stored is None or stored.cancel_requested_at is not None


def _error_of(receiving: asyncio.Task[None]) -> WanError | ImageRefused | None:
    """Return the error that ended the receiving, or None; raise an unexpected one."""
    if receiving.cancelled():
        return None
    error = receiving.exception()
    if error is None or isinstance(error, WanError | ImageRefused):
        return error
    raise error
