"""Call the live Wan as the bot does: synchronously, as a task, as a stream. Keep what it answered."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

from hosting.verify.items import Outcome, failed, passed, skipped
from hosting.verify.wan_errors import Refusals, error_facts, failure
from hosting.verify.wan_requests import Trial
from imagegen.errors import ImageRefused, Reason, WanError, WanNotSent, WanUnanswered
from imagegen.image_request import InputImage
from imagegen.imaging.charts import Charts
from imagegen.imaging.children import memory_file
from imagegen.imaging.images import Decoder
from imagegen.model import Call, Made, StoryImage, StoryPart, StoryText
from imagegen.policy import retry
from imagegen.policy.model_queue import MINUTE_S
from imagegen.settings import Settings
from imagegen.wan.answers import StoryEnd
from imagegen.wan.catalogue import MODELS, requests_per_second
from imagegen.wan.client import Timeouts, WanClient
from imagegen.wan.record import Use
from imagegen.wan.requests import Generation
from imagegen.worker.generate import POLL_S, TASK_DEADLINE
from imagegen.worker.generation import generation_for

INPUT = ("01", "02", "03"), {"images": (3, 7, 5)}  # drawn as a chart of bars of 1200*600
# Moderation looks at an image first, so it may be what finds it unreadable.
REFUSED = (Reason.WAN_REJECTED, Reason.WAN_REJECTED_IMAGE, Reason.MODERATION)
UNREADABLE = InputImage("data:image/png;base64,V2FudmFz", 1200, 600)


@dataclass(frozen=True)
class Waits:
    """Seconds until the first poll of a task, and the most between two: polls that begin close together time a quick
    task. *result_s* is how long to wait for a task or a story: tasks take 1 to 4 minutes. *minute_s* is the minute of a
    rate limit.
    """

    first_poll_s: float = 0.25
    poll_s: float = POLL_S
    result_s: float = 540.0
    minute_s: float = MINUTE_S


@dataclass(frozen=True)
class Received:
    """What came back. *took_s* is the longest wait for one piece of it, and *limit_s* how long the bot waits for it."""

    made: Made
    took_s: float
    limit_s: float
    facts: Mapping[str, float]


@dataclass(frozen=True)
class Answer:
    """A request that Wan answered. *size* was requested, a keyword or ``W*H``; a keyword keeps *ratio*."""

    trial: Trial
    received: Received
    size: str
    ratio: float
    received_at: datetime

    @property
    def key(self) -> str:
        """The key of its item."""
        return self.trial.item.key

    @property
    def made(self) -> Made:
        """What Wan generated and bills."""
        return self.received.made

    @property
    def links(self) -> tuple[str, ...]:
        """The links to look at: no more than were requested."""
        return self.made.links[: self.trial.request.count]


@dataclass
class WanCalls:
    """Sends the requests of a verification. After a refusal of the key or of a model, sends no more of that kind."""

    settings: Settings
    client: WanClient
    decoder: Decoder
    waits: Waits
    clock: Callable[[], datetime]
    answers: list[Answer] = field(default_factory=list)
    _refusals: Refusals = field(default_factory=Refusals)
    _free_s: dict[str, float] = field(default_factory=dict)  # by model: when its rate limit allows the next request

    async def check_key(self) -> Outcome:
        """Verify that Wan accepts the key, by listing tasks."""
        began_s = time.monotonic()
        try:
            await self.client.check_key()
        except WanError as error:
            self._refusals.note(error)
            return failure(error)
        return passed("Wan accepts the key.", answer_s=time.monotonic() - began_s)

    async def refuse(self, trial: Trial) -> Outcome:
        """Verify that Wan refuses an unreadable image with a code of its own. No refused request is billed."""
        if (outcome := self._why_not(trial)) is not None:
            return outcome
        try:
            await self._send(trial, [UNREADABLE])
        except WanError as error:
            if error.reason in REFUSED:
                return passed(f"Wan refused it: {error.code} (HTTP {error.status}).", **error_facts(error))
            self._refusals.note(error, trial)
            return failure(error, trial.call)
        return failed("Wan generated an image from it instead, which is billed.")

    async def generate(self, trial: Trial) -> Outcome:
        """Send a request, and verify that the images come that it asks for."""
        if (outcome := self._why_not(trial)) is not None:
            return outcome
        try:
            answer = await self._answer(trial)
        except WanError as error:
            self._refusals.note(error, trial)
            return failure(error, trial.call)
        except ImageRefused as error:
            return failed(f"This machine cannot prepare an input image: {error.reason}.")
        self.answers.append(answer)
        return _judge(answer)

    def _why_not(self, trial: Trial) -> Outcome | None:
        return skipped(trial.why_not) if trial.why_not else self._refusals.outcome(trial)

    async def _answer(self, trial: Trial) -> Answer:
        images = [await self._input_image()] if trial.use is Use.IMAGE_EDITING else []
        size, received = await self._send(trial, images)
        ratio = images[0].width_px / images[0].height_px if images else 1.0
        return Answer(trial, received, size, ratio, self.clock())

    async def _input_image(self) -> InputImage:
        """Return an image of our own, in Wan's format."""
        with memory_file(await Charts().draw(*INPUT, sign="", dark=True)) as file:
            return await self.decoder.normalize(file, 1)

    async def _send(self, trial: Trial, images: Sequence[InputImage]) -> tuple[str, Received]:
        """Send a request as the bot does. Return the size that it asks for, and what came back."""
        generation = generation_for(trial.request, trial.model, images, watermark=self.settings.watermark)
        await self._wait_for_turn(trial.model)
        send: Mapping[Call, Callable[[Generation], Awaitable[Received]]] = {
            Call.SYNC: self._synchronous, Call.TASK: self._task, Call.STREAM: self._stream,
        }  # fmt: skip
        return generation.size, await send[trial.call](generation)

    async def _wait_for_turn(self, model: str) -> None:
        """Wait until a rate limit a minute allows the next request. One a second is never reached here."""
        await asyncio.sleep(self._free_s.get(model, 0.0) - time.monotonic())
        if (per_s := requests_per_second(MODELS[model], self.settings.region)) < 1:
            self._free_s[model] = time.monotonic() + self.waits.minute_s / 60 / per_s

    async def _synchronous(self, generation: Generation) -> Received:
        began_s = time.monotonic()
        made = await self.client.generate(generation)
        took_s = time.monotonic() - began_s
        limit_s = self.settings.wan_answer_s or generation.answer_timeout_s
        return Received(made, took_s, limit_s, {"answer_s": took_s})

    async def _task(self, generation: Generation) -> Received:
        """Create a task and poll it to its end."""
        began_s = time.monotonic()
        created = await self.client.create_task(generation)
        took_s, polls, pause_s = time.monotonic() - began_s, 0, self.waits.first_poll_s
        facts: dict[str, float] = {"created_s": took_s}
        while took_s < self.waits.result_s:
            await asyncio.sleep(pause_s)
            polls, pause_s = polls + 1, min(2 * pause_s, self.waits.poll_s)
            made, took_s = await self._polled(created.task_id), time.monotonic() - began_s
            if made is not None:
                limit_s = TASK_DEADLINE.total_seconds()
                return Received(made, took_s, limit_s, {**facts, "task_s": took_s, "polls": polls})
        raise WanUnanswered(Reason.UNANSWERED, request_id=created.request_id, cause=f"no end in {took_s:.0f} s")

    async def _polled(self, task_id: str) -> Made | None:
        """Return a task's result; None if it runs, or if this poll got no answer: the next one may."""
        try:
            polled = await self.client.query_task(task_id)
        except (WanNotSent, WanUnanswered) as error:
            if retry.shared_pause(error) is not None:
                raise
            return None
        return polled if isinstance(polled, Made) else None

    async def _stream(self, generation: Generation) -> Received:
        """Receive a story to its end."""
        parts: list[StoryPart | StoryEnd] = []
        times_s = [time.monotonic()]
        try:
            async with asyncio.timeout(self.waits.result_s), aclosing(self.client.stream(generation)) as stream:
                async for part in stream:
                    parts.append(part)
                    times_s.append(time.monotonic())
        except TimeoutError:
            raise WanUnanswered(Reason.UNANSWERED, cause="endless story") from None
        return _story(parts, times_s)


def _story(received: Sequence[StoryPart | StoryEnd], times_s: Sequence[float]) -> Received:
    """Return a story with its times: until its first piece, the longest pause, and in all. It has an end."""
    parts = tuple(part for part in received if not isinstance(part, StoryEnd))
    (end,) = (part for part in received if isinstance(part, StoryEnd))
    links = tuple(part.link for part in parts if isinstance(part, StoryImage))
    pause_s = max(after - before for before, after in pairwise(times_s))
    facts = {
        "first_piece_s": times_s[1] - times_s[0], "longest_pause_s": pause_s, "story_s": times_s[-1] - times_s[0],
        "characters": sum(len(part.text) for part in parts if isinstance(part, StoryText)),
    }  # fmt: skip
    return Received(Made(links, end.image_count, end.size, end.request_id, parts), pause_s, Timeouts().silence_s, facts)


def _judge(answer: Answer) -> Outcome:
    """Return whether the images came that were requested; of a set, at least one, and of a story, text too."""
    request, made, came = answer.trial.request, answer.made, len(answer.made.links)
    facts: dict[str, str | int | float] = {**answer.received.facts, "images": came, "request_id": made.request_id}
    has_text = any(isinstance(part, StoryText) for part in made.parts)
    if request.story and not (came and has_text):
        return failed(f"The story has {'images' if came else 'text'} only.", **facts)
    fewest = 1 if request.image_set else request.count
    if not request.story and not fewest <= came <= request.count:
        return failed(f"{_images(came)} came of {request.count} that were requested.", **facts)
    return passed(f"{answer.trial.model} answered with {_images(came)}.", **facts)


def _images(count: int) -> str:
    return f"{count} image{'' if count == 1 else 's'}"
