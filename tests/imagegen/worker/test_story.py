"""The parts of a story are stored while they come; however it ends, they are kept, and other quota is released."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import aiohttp
import pytest
from pydantic import SecretStr

from imagegen.errors import Reason, WanUnanswered
from imagegen.model import Call, Job, Made, StopReason, StoryImage, StoryPart, StoryText
from imagegen.policy.model_queue import ModelQueue
from imagegen.reports import Alert
from imagegen.states import State
from imagegen.store import admission, jobs, processes, queue, quotas
from imagegen.store.audit import audit
from imagegen.store.engine import Store, open_store
from imagegen.wakeup import WakeSignal
from imagegen.wan.answers import StoryEnd
from imagegen.wan.client import Timeouts, WanClient
from imagegen.worker.generate import JobRunner
from imagegen.worker.story import MAX_CHARS, StoryBuffer, StoryOutcome, limit_story
from sandbox.run import Sandbox, sandbox
from tests.imagegen.store.books import LIMITS, PRICE, Books

MODEL_QUEUES = [ModelQueue("wan2.6-image", 5, 1000.0)]


@dataclass
class StoryHouse:
    """A JobRunner with the local Wan and a store of its own."""

    box: Sandbox
    store: Store
    runner: JobRunner
    books: Books

    async def claimed(self, count: int = 3, call: Call = Call.STREAM) -> Job:
        request = self.books.ask(count=count)
        request = replace(request, image_request=replace(request.image_request, story=True))
        plan = replace(self.books.plan(request, call), model="wan2.6-image")
        await self.store.write(admission.accept, request, plan=plan, limits=self.books.limits, now=now())
        job = await self.store.write(queue.claim, "one", limits=MODEL_QUEUES, now=now())
        assert isinstance(job, Job)
        return job

    async def read(self, job: Job) -> Job:
        found = await self.store.read(jobs.job, job.id)
        assert found is not None
        return found

    async def generated(self, count: int = 3) -> Job:
        """Generate a story until it ends, in whatever way."""
        job = await self.claimed(count)
        await self.runner.generate(job)
        return await self.read(job)

    async def until(self, job: Job, holds: Callable[[Job], bool]) -> Job:
        async with asyncio.timeout(45):
            while True:
                if holds(found := await self.read(job)):
                    return found
                await asyncio.sleep(0.02)

    async def money(self) -> int:
        day = (await self.store.read(quotas.budgets, self.books.limits, now=now()))[0]
        return day.reserved + day.used

    async def member_left(self) -> int:
        found = await self.store.read(quotas.statuses, self.books.ask().requester, self.books.limits, now=now())
        return {remaining.name: remaining.left // 100 for remaining in found}["member"]

    def billed(self) -> int:
        return self.box.local_wan.bill()["images"]

    def hung_up(self) -> bool:
        return bool(self.box.record.part("wan")[-1].get("disconnected"))


def now() -> datetime:
    return datetime.now(UTC)


async def seen(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(45):
        while True:
            if holds():
                return
            await asyncio.sleep(0.01)


async def nobody(_alarm: Alert) -> None:
    return None


@pytest.fixture
async def context(tmp_path: Path) -> AsyncIterator[StoryHouse]:
    async with sandbox() as box, aiohttp.ClientSession() as session:
        store = await open_store(f"sqlite:///{tmp_path}/story.db")
        wan = WanClient(session, box.wan, SecretStr(box.key), Timeouts(silence_s=0.5))
        runner = JobRunner(
            store, wan, WakeSignal(), watermark=False, alarm=nobody, clock=now, rng=Random(1), poll_s=0.02
        )
        asks = Books(engine=None)  # type: ignore[arg-type]  # only its asks are used
        box.local_wan.set(chunk_s=0.0, delay_s=0.0)
        yield StoryHouse(box, store, runner, asks)
        assert await store.read(audit) == ()
        await store.close()


def kinds(parts: tuple[StoryPart, ...]) -> str:
    return "".join("T" if isinstance(part, StoryText) else "P" for part in parts)


async def test_a_story_has_its_parts_in_order_and_costs_the_images_that_came(context: StoryHouse) -> None:
    job = await context.generated(count=2)

    assert job.state is State.GENERATED
    assert job.made is not None
    assert kinds(job.made.parts) == "TPTP"
    assert job.made.links == tuple(part.link for part in job.made.parts if isinstance(part, StoryImage))
    assert (job.made.image_count, job.made.size, job.made.stop_reason) == (2, "1280*1280", None)
    assert job.made.request_id == context.box.record.part("wan")[-1]["request_id"]
    assert await context.money() == 2 * PRICE == context.billed() * PRICE


async def test_the_request_asks_for_one_story_as_a_stream(context: StoryHouse) -> None:
    await context.generated(count=4)

    parameters = context.box.record.part("wan")[-1]["body"]["parameters"]
    assert (parameters["enable_interleave"], parameters["stream"], parameters["n"]) == (True, True, 1)
    assert (parameters["max_images"], parameters["size"]) == (4, "1280*1280")


async def test_fewer_images_than_requested_cost_less(context: StoryHouse) -> None:
    context.box.local_wan.set(story_images=1)

    job = await context.generated(count=5)

    assert len(job.made.links if job.made else ()) == 1
    assert await context.money() == PRICE


async def test_a_story_without_an_image_costs_nothing(context: StoryHouse) -> None:
    context.box.local_wan.set(story_images=0)

    job = await context.generated()

    assert job.made is not None
    assert (kinds(job.made.parts), job.made.links) == ("T", ())
    assert await context.money() == 0


async def test_the_parts_so_far_are_stored_while_more_come(context: StoryHouse) -> None:
    context.box.local_wan.set(chunk_s=0.3)  # the whole story takes long enough for a busy machine
    context.runner._wan._timeouts = Timeouts()
    job = await context.claimed()
    telling = asyncio.create_task(context.runner.generate(job))

    early = await context.until(job, lambda found: bool(found.story_so_far))
    later = await context.until(job, lambda found: found.story_so_far != early.story_so_far)

    assert early.state is later.state is State.SUBMITTING
    assert text_of(later.story_so_far).startswith(text_of(early.story_so_far))
    telling.cancel()
    with suppress(asyncio.CancelledError):
        await telling


def text_of(parts: tuple[StoryPart, ...]) -> str:
    return "".join(part.text for part in parts if isinstance(part, StoryText))


@pytest.mark.parametrize(
    ("fault", "arguments", "cut"),
    [
        ("stream_disconnect", {}, StopReason.BROKEN),
        ("stream_disconnect", {"clean": True}, StopReason.BROKEN),
        ("stream_slow", {"seconds": 5.0}, StopReason.BROKEN),
        ("stream_error", {"code": "InternalError"}, StopReason.BROKEN),
        ("stream_error", {"code": "DataInspectionFailed"}, StopReason.REFUSED),
    ],
)
async def test_a_story_that_breaks_off_keeps_its_parts_and_its_whole_budget(
    context: StoryHouse, fault: str, arguments: dict[str, Any], cut: StopReason
) -> None:
    context.box.faults.arm(fault, after=30, images=1, **arguments)

    job = await context.generated(count=3)

    assert job.made is not None
    assert kinds(job.made.parts).startswith("TP")
    assert (len(job.made.links), job.made.image_count, job.made.stop_reason) == (1, None, cut)
    assert await context.money() == 3 * PRICE


async def test_a_story_that_breaks_off_before_any_part_fails_and_is_never_sent_again(context: StoryHouse) -> None:
    context.box.faults.arm("stream_disconnect", after=0)

    job = await context.generated()

    assert job.failure is not None
    assert job.failure.reason == Reason.UNANSWERED
    assert await context.member_left() == 10
    assert await context.money() == 3 * PRICE


@pytest.mark.parametrize("status", [200, 400])
async def test_a_story_that_moderation_refuses_at_once_costs_nothing(context: StoryHouse, status: int) -> None:
    context.box.faults.arm("stream_error", code="DataInspectionFailed", after=0, status=status)

    job = await context.generated()

    assert job.failure is not None
    assert job.failure.reason == Reason.MODERATION
    assert await context.member_left() == 10
    assert await context.money() == 0


async def test_a_story_without_any_part_is_sent_again_after_busy(context: StoryHouse) -> None:
    context.box.faults.arm("wan_error", code="Throttling.RateQuota")

    job = await context.generated()

    assert (job.state, job.attempts) == (State.QUEUED, 1)


async def test_cancel_stops_a_story_keeps_its_parts_and_disconnects(context: StoryHouse) -> None:
    context.box.local_wan.set(chunk_s=0.01)
    context.box.faults.arm("stream_slow", seconds=30.0, after=30, images=1)
    context.runner._wan._timeouts = Timeouts()
    job = await context.claimed()
    telling = asyncio.create_task(context.runner.generate(job))
    await context.until(job, lambda found: "P" in kinds(found.story_so_far))

    await context.store.write(jobs.cancel, job.id, now=now())
    async with asyncio.timeout(10):
        await telling

    stopped = await context.read(job)
    assert stopped.made is not None
    assert (len(stopped.made.links), stopped.made.stop_reason) == (1, StopReason.CANCELED)
    assert await context.money() == 3 * PRICE
    await seen(context.hung_up)
    assert context.billed() == 1


async def test_cancel_before_any_part_releases_the_quota_and_keeps_the_budget_used(context: StoryHouse) -> None:
    context.box.faults.arm("stream_slow", seconds=30.0, after=0)
    context.runner._wan._timeouts = Timeouts()
    job = await context.claimed()
    telling = asyncio.create_task(context.runner.generate(job))
    await seen(lambda: bool(context.box.record.part("wan")))

    await context.store.write(jobs.cancel, job.id, now=now())
    async with asyncio.timeout(10):
        await telling

    assert (await context.read(job)).state is State.CANCELED
    assert await context.member_left() == 10
    assert await context.money() == 3 * PRICE


async def test_a_story_canceled_before_it_is_sent_is_never_sent(context: StoryHouse) -> None:
    job = await context.claimed()
    await context.store.write(jobs.cancel, job.id, now=now())

    await context.runner.generate(job)

    assert (await context.read(job)).state is State.CANCELED
    assert await context.money() == 0
    assert context.box.record.part("wan") == []


async def test_a_process_that_stops_stores_the_last_parts_and_disconnects(context: StoryHouse) -> None:
    context.box.faults.arm("stream_slow", seconds=30.0, after=30, images=1)
    context.runner._wan._timeouts = Timeouts()
    job = await context.claimed()
    telling = asyncio.create_task(context.runner.generate(job))
    await seen(lambda: context.billed() == 1)
    await asyncio.sleep(0.05)

    telling.cancel()
    with suppress(asyncio.CancelledError):
        await telling

    left = await context.read(job)
    assert left.state is State.SUBMITTING
    assert "P" in kinds(left.story_so_far)
    adopted = await context.store.write(processes.adopt, "two", dead_before=now(), limits=LIMITS, now=now())
    assert adopted.delivered_as_is == 1
    assert (await context.read(job)).state is State.GENERATED


async def test_a_story_as_a_task_comes_in_one_piece(context: StoryHouse) -> None:
    job = await context.claimed(count=2, call=Call.TASK)
    await context.runner.generate(job)

    await context.runner.poll(await context.read(job))

    made = (await context.read(job)).made
    assert made is not None
    assert (kinds(made.parts), made.image_count, made.stop_reason) == ("TPTP", 2, None)
    assert await context.money() == 2 * PRICE


def test_fragments_become_one_text_and_extra_images_are_left_out() -> None:
    tale = StoryBuffer(max_images=1)

    for told in (StoryText("Once "), StoryText("more"), StoryImage("a"), StoryImage("b"), StoryText("!")):
        tale.add(told)

    assert tale.parts == [StoryText("Once more"), StoryImage("a"), StoryText("!")]


def test_a_story_without_an_end_has_a_stop_reason() -> None:
    tale = StoryBuffer(max_images=1)

    for _ in range(3):
        tale.add(StoryText("x" * (MAX_CHARS // 2 + 1)))

    assert tale.is_full
    assert tale.chars == MAX_CHARS
    assert StoryOutcome(tale).stop_reason is StopReason.TOO_LONG


def test_a_story_in_one_answer_is_limited_to_what_was_requested() -> None:
    parts = (StoryImage("a"), StoryText("x" * (MAX_CHARS + 1)), StoryImage("b"))

    kept = limit_story(Made(("a", "b"), 2, "1*1", "r", parts), 1)

    assert (kept.links, kept.image_count, kept.stop_reason) == (("a",), 2, StopReason.TOO_LONG)
    assert [part for part in kept.parts if isinstance(part, StoryImage)] == [StoryImage("a")]


def test_a_cancel_after_the_end_of_a_story_stops_nothing() -> None:
    tale = StoryBuffer(max_images=1)
    tale.add(StoryText("The end."))
    tale.add(StoryEnd(0, "", "r"))

    assert StoryOutcome(tale, stopped=True).stop_reason is None


@pytest.mark.parametrize(
    ("image_count", "reason"), [(0, Reason.NO_IMAGE), (None, Reason.NO_IMAGE), (2, Reason.RESULT_LOST)]
)
def test_an_end_without_any_part_is_a_failure(image_count: int | None, reason: Reason) -> None:
    tale = StoryBuffer(max_images=1)
    tale.add(StoryEnd(image_count, "", "r-9"))

    told = StoryOutcome(tale)

    assert told.made is None
    assert told.failure.reason is reason
    assert told.failure.facts["request_id"] == "r-9"


def test_a_story_that_breaks_off_keeps_its_request_id() -> None:
    tale = StoryBuffer(max_images=1)
    tale.add(StoryText("Once"))

    made = StoryOutcome(tale, WanUnanswered(Reason.UNANSWERED, request_id="r-9")).made

    assert made is not None
    assert made.request_id == "r-9"
