"""A result is delivered where it was generated, and one whose link gives nothing fails within minutes.

The real worker on the real store, and the local Wan's results; its clock stands still until moved.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from imagegen.errors import DeliverLater, Reason
from imagegen.imaging.images import Decoder, ImageReader, allowed_hosts
from imagegen.model import Delivered, Job
from imagegen.operator_limits import limits_from
from imagegen.settings import Settings
from imagegen.states import State
from imagegen.store.audit import audit
from imagegen.store.tables_jobs import jobs as table
from imagegen.wan.results import is_complete
from imagegen.worker import loop
from imagegen.worker.delivery import LINK_RETRY_FOR
from imagegen.worker.generate import Keep, deliver_elsewhere
from imagegen.worker.loop import DELIVERING_AT_ONCE, Worker
from imagegen.worker.retention import RetentionPolicy
from tests.imagegen.worker.test_generate import Shop
from tests.imagegen.worker.test_generate import shop as shop  # noqa: PLC0414  # a fixture
from tests.sandbox.wan.conftest import house as house  # noqa: PLC0414  # a fixture

STEP = timedelta(seconds=5)
MAX_BYTES = 20 * 1024 * 1024


@dataclass
class FakeDeliverer:
    """Delivers what can be downloaded; records the attempts and the reasons of failures."""

    shop: Shop
    tries: list[timedelta] = field(default_factory=list)  # since the job was generated
    tasks: list[asyncio.Task[Any] | None] = field(default_factory=list)  # that delivered
    discord_away: bool = False
    may_deliver: asyncio.Event = field(default_factory=asyncio.Event)
    notified: list[Reason | None] = field(default_factory=list)
    held: list[int] = field(default_factory=list)  # jobs whose results the managers have

    async def deliver(self, job: Job) -> Delivered:
        assert job.made is not None
        assert job.generated_at is not None
        self.tries.append(self.shop.now - job.generated_at)
        self.tasks.append(asyncio.current_task())
        await self.may_deliver.wait()
        if self.discord_away:
            raise DeliverLater(60.0)
        for link in job.made.links:
            assert is_complete(await self.shop.wan.client.download(link, MAX_BYTES))
        return Delivered(len(job.made.links), 77)

    async def hold(self, job: Job) -> tuple[int, int]:
        self.held.append(job.id)
        return 8, 80

    async def notify(self, job: Job) -> None:
        self.notified.append(None if job.failure is None else Reason(job.failure.reason))


@pytest.fixture
async def deliverer(shop: Shop) -> AsyncIterator[FakeDeliverer]:
    """Run a worker with a FakeDeliverer."""
    deliverer, settings = FakeDeliverer(shop), Settings(_env_file=None)
    deliverer.may_deliver.set()
    worker = Worker(
        shop.store, shop.service.wake_signal, shop.runner,
        ImageReader(shop.wan.session, Decoder(), allowed_hosts(settings)), deliverer,
        model_queues=shop.service.model_queues, limits=limits_from(settings),
        retention=RetentionPolicy(timedelta(days=1), timedelta(days=1)), clock=lambda: shop.now,
    )  # fmt: skip
    running = asyncio.create_task(worker.run())
    yield deliverer
    worker.stop()
    await asyncio.wait_for(running, 30)


@pytest.fixture
async def failing_rehearsal(shop: Shop) -> None:
    trigger = (
        "CREATE TRIGGER defect BEFORE INSERT ON jobs WHEN NEW.key LIKE 'rehearsal%'"
        " BEGIN SELECT RAISE(ABORT, 'a defect of ours'); END"
    )
    await shop.store.write(lambda tx: tx.exec_driver_sql(trigger))


@pytest.fixture
def nothing_offered(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the worker start as if every model had been taken from MODELS, with frequent heartbeats."""
    shop.service.model_queues = tuple(replace(each, is_offered=False) for each in shop.service.model_queues)
    monkeypatch.setattr(loop, "HEARTBEAT_S", 0.05)


async def made(shop: Shop) -> Job:
    """A job that the worker had made, and could not deliver at once."""
    job = await shop.submit()
    await nothing_due(shop, job)
    return await shop.look(job)


async def minutes_pass(shop: Shop, job: Job, minutes: float) -> None:
    """Move the clock in small steps; each ends when the worker has done what was due."""
    until = shop.now + timedelta(minutes=minutes)
    while shop.now < until:
        shop.now += STEP
        shop.service.wake_signal.send()
        await nothing_due(shop, job)


async def nothing_due(shop: Shop, job: Job) -> None:
    for _ in range(1000):
        row = await shop.store.read(lambda tx: tx.execute(table.select().where(table.c.id == job.id)).one())
        if row.notified_at is not None or (row.owner is None and row.next_attempt_at > shop.now):
            return
        await asyncio.sleep(0.01)
    pytest.fail("the worker did not come to it")


async def as_time_passes(shop: Shop, holds: Callable[[], bool]) -> None:
    """Move the clock until *holds*: a model takes only so many requests a second."""
    async with asyncio.timeout(30):
        while not holds():
            shop.later(seconds=0.2)
            shop.service.wake_signal.send()
            await asyncio.sleep(0.02)


async def generated(shop: Shop, job: Job) -> Job:
    for _ in range(1000):
        if (after := await shop.look(job)).state is State.GENERATED:
            return after
        await asyncio.sleep(0.01)
    pytest.fail("the result was not stored")


async def test_a_job_of_a_model_that_is_no_longer_offered_is_generated(
    shop: Shop, nothing_offered: None, deliverer: FakeDeliverer
) -> None:
    job = await shop.submit()

    await as_time_passes(shop, lambda: bool(deliverer.tries))
    await nothing_due(shop, job)

    assert (await shop.look(job)).state is State.DONE


async def test_a_rehearsal_that_fails_stops_no_worker(
    shop: Shop, failing_rehearsal: None, deliverer: FakeDeliverer
) -> None:
    job = await shop.submit()

    await as_time_passes(shop, lambda: bool(deliverer.tasks))
    await nothing_due(shop, job)

    assert (await shop.look(job)).state is State.DONE


@pytest.fixture
async def of_another_version(shop: Shop) -> Job:
    """Return a queued job with a quality that this version does not know."""
    job = await shop.submit()
    stored = 'replace(request, \'"quality": "\', \'"quality": "most-\')'
    await shop.store.write(lambda tx: tx.exec_driver_sql(f"UPDATE jobs SET request = {stored}"))  # noqa: S608  # a row of this test
    return job


async def test_a_request_of_another_version_fails_alone_and_is_stored_as_it_was(
    shop: Shop, of_another_version: Job, deliverer: FakeDeliverer
) -> None:
    readable = await shop.submit()

    await as_time_passes(shop, lambda: len(deliverer.notified) == 1 and bool(deliverer.tasks))
    await nothing_due(shop, readable)

    assert deliverer.notified == [Reason.INTERNAL]
    assert (await shop.look(readable)).state is State.DONE
    unread = await shop.look(of_another_version)
    assert unread.state is State.FAILED
    assert '"quality": "most-' in unread.request.unread
    assert await shop.store.read(audit) == ()


@pytest.mark.parametrize(
    "stored",
    [
        pytest.param("'" + "[" * 100_000 + "'", id="nested"),
        pytest.param("replace(request, '\"count\": 1', '\"count\": 4')", id="another count"),
        pytest.param("replace(request, '\"image_set\": false', '\"image_set\": true')", id="a set of a model without"),
    ],
)
async def test_a_request_that_describes_no_call_fails_alone_and_unpaid(
    shop: Shop, stored: str, deliverer: FakeDeliverer
) -> None:
    broken = await shop.submit()
    await shop.store.write(lambda tx: tx.exec_driver_sql(f"UPDATE jobs SET request = {stored}"))  # noqa: S608  # a row of this test
    readable = await shop.submit()

    await as_time_passes(shop, lambda: len(deliverer.notified) == 1 and bool(deliverer.tasks))
    await nothing_due(shop, readable)

    assert ((await shop.look(broken)).state, (await shop.look(readable)).state) == (State.FAILED, State.DONE)
    assert shop.wan.wan.bill()["images"] == 1
    assert {one.used for one in (await shop.service.operator_admin.status()).spending} == {30_000}
    assert await shop.store.read(audit) == ()


async def test_a_job_of_a_model_of_another_version_ends_with_a_sentence(shop: Shop, deliverer: FakeDeliverer) -> None:
    job = await shop.submit()
    await shop.store.write(lambda tx: tx.exec_driver_sql("UPDATE jobs SET model = 'qwen-image-9'"))
    shop.later(minutes=10)

    await as_time_passes(shop, lambda: bool(deliverer.notified))

    assert ((await shop.look(job)).state, deliverer.notified) == (State.FAILED, [Reason.INTERNAL])


async def test_the_task_that_generated_a_result_delivers_it_under_a_claim_of_its_own(
    shop: Shop, deliverer: FakeDeliverer
) -> None:
    deliverer.may_deliver.clear()
    generating = []
    generate = shop.runner.generate

    async def noted(job: Job, keep: Keep = deliver_elsewhere) -> Job | None:
        generating.append(asyncio.current_task())
        return await generate(job, keep)

    shop.runner.generate = noted  # type: ignore[method-assign]  # noted instead of generated
    job = await shop.submit()
    await as_time_passes(shop, lambda: bool(deliverer.tasks))
    during = await shop.look(job)
    deliverer.may_deliver.set()
    await nothing_due(shop, job)

    assert deliverer.tasks == generating
    assert (during.state, during.owner, during.epoch) == (State.GENERATED, shop.store.owner, 2)
    assert (await shop.look(job)).state is State.DONE


async def test_a_result_without_a_free_slot_waits_in_the_store_and_is_delivered_later(
    shop: Shop, deliverer: FakeDeliverer
) -> None:
    deliverer.may_deliver.clear()
    for _ in range(DELIVERING_AT_ONCE):
        await shop.submit()
    await as_time_passes(shop, lambda: len(deliverer.tasks) == DELIVERING_AT_ONCE)

    job = await shop.submit()
    bill = shop.wan.wan.bill
    await as_time_passes(shop, lambda: bill()["images"] == DELIVERING_AT_ONCE + 1)
    waiting = await generated(shop, job)
    deliverer.may_deliver.set()
    await nothing_due(shop, job)

    assert (waiting.owner, len(deliverer.tasks)) == (None, DELIVERING_AT_ONCE + 1)
    assert (await shop.look(job)).state is State.DONE


async def test_a_link_that_stays_dead_fails_after_eight_minutes_and_uses_no_quota(
    shop: Shop, deliverer: FakeDeliverer
) -> None:
    shop.wan.faults.arm("result_down", times=1000)
    job = await made(shop)

    await minutes_pass(shop, job, 7.5)
    before = (await shop.look(job)).state, list(deliverer.notified)
    await minutes_pass(shop, job, 1)

    after = await shop.look(job)
    assert before == (State.GENERATED, [])
    assert (after.state, deliverer.notified) == (State.FAILED, [Reason.RESULT_LOST])
    assert after.ended_at is not None
    assert after.generated_at is not None
    assert after.ended_at - after.generated_at < LINK_RETRY_FOR + 2 * STEP
    assert len(deliverer.tries) < 20, "it is asked ever more seldom"
    left = {one.name: one.used + one.reserved for one in await shop.service.quota(job.requester)}
    assert (left["member"], left["person"]) == (0, 0)


async def test_a_link_that_comes_back_after_five_minutes_is_delivered(shop: Shop, deliverer: FakeDeliverer) -> None:
    shop.wan.faults.arm("result_down", times=1000)
    job = await made(shop)

    await minutes_pass(shop, job, 5)
    shop.wan.faults.disarm()
    await minutes_pass(shop, job, 2.5)

    after = await shop.look(job)
    assert (after.state, after.delivered, deliverer.notified) == (State.DONE, 1, [])
    assert shop.wan.wan.bill() == {"images": 1, "requests": 1}


async def test_a_link_that_fails_once_after_a_long_wait_for_discord_is_tried_again(
    shop: Shop, deliverer: FakeDeliverer
) -> None:
    deliverer.discord_away = True
    job = await made(shop)
    await minutes_pass(shop, job, 20)

    deliverer.discord_away = False
    shop.wan.faults.arm("result_down")
    await minutes_pass(shop, job, 3)

    after = await shop.look(job)
    assert (after.state, after.delivered, deliverer.notified) == (State.DONE, 1, [])
