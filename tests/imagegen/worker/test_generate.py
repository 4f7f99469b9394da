"""One job, from the queue to Wan and back into the store: the real store, and the local Wan over its socket."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
import structlog
from pydantic import SecretStr

from imagegen.address import Address
from imagegen.errors import Reason, Refused
from imagegen.image_request import ImageLink, ImageRequest, InputImage
from imagegen.model import Call, Job, Request, Requester, Scope
from imagegen.operator_limits import limits_from
from imagegen.reports import Alert, SendingPause
from imagegen.service import Service
from imagegen.settings import Settings
from imagegen.states import State
from imagegen.store import input_bytes, jobs, pauses, queue, quotas
from imagegen.store.engine import Store, open_store
from imagegen.wan.catalogue import MODELS
from imagegen.wan.codes import DOCUMENTED
from imagegen.worker.generate import POLL_S, JobRunner
from tests.sandbox.wan.conftest import house as house  # noqa: PLC0414  # a fixture
from tests.sandbox.wan.house import KEY, House, data_uri

GENEROUS: dict[str, Any] = {
    "member_images_per_day": 10_000,
    "person_images_per_day": 10_000,
    "queued_per_member": 100,
    "attempts_per_day": 10_000,
    "budget_usd_per_day": 1000,
    "budget_usd_per_month": 1000,
    "models": tuple(MODELS),
}


@dataclass
class Shop:
    """A JobRunner with its store and the local Wan, and a clock that stands still until moved."""

    wan: House
    store: Store
    now: datetime = datetime(2026, 11, 23, 12, tzinfo=UTC)
    alarms: list[Alert] = field(default_factory=list)
    keys: itertools.count[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        settings = Settings(
            _env_file=None,
            dashscope_api_key=SecretStr(KEY),
            dashscope_http_base_url=self.wan.base_url,
            **GENEROUS,
        )
        self.service = Service(self.store, settings, self.wan.client, rng=Random(1), clock=lambda: self.now)
        self.runner = self.new_runner()

    def new_runner(self, **more: Any) -> JobRunner:
        return JobRunner(
            self.store, self.wan.client, self.service.wake_signal, watermark=False, alarm=self._alarm,
            clock=lambda: self.now, rng=Random(1), poll_s=0.05, other_call=self.service.other_call, **more,
        )  # fmt: skip

    async def _alarm(self, alarm: Alert) -> None:
        self.alarms.append(alarm)

    def later(self, **by: float) -> None:
        self.now += timedelta(**by)

    async def submit(self, prompt: str = "a lighthouse", *images: InputImage, **more: Any) -> Job:
        """An accepted request, its images read."""
        links = tuple(ImageLink(f"https://cdn.discordapp.com/{n}.png", f"{n}.png") for n in range(len(images)))
        requester = Requester(more.pop("user_id", 1), Scope(7))
        request = Request(f"i:{next(self.keys)}", requester, ImageRequest(prompt, links, **more), Address())
        job = (await self.service.submit(request)).job
        if images:
            taken = await self.store.write(queue.next_to_read, "one", now=self.now)
            assert isinstance(taken, Job)
            await self.store.write(jobs.read, taken, images, now=self.now)
        return job

    async def claim(self) -> Job | None:
        job = await self.store.write(queue.claim, "one", limits=self.service.model_queues, now=self.now)
        return job if isinstance(job, Job) else None

    async def claimed(self) -> Job:
        """The next job, once its model's rate allows it."""
        while (job := await self.claim()) is None:
            self.later(seconds=0.2)
        return job

    async def make_next(self) -> Job:
        """Claim and send the next job; how it stands then."""
        job = await self.claim()
        assert job is not None
        await self.runner.generate(job)
        return await self.look(job)

    async def look(self, job: Job) -> Job:
        found = await self.service.display.job(job.id)
        assert found is not None
        return found

    def sent(self, name: str) -> list[Any]:
        """What the requests to the local Wan said under *name*, in their order."""
        bodies = [entry["body"] for entry in self.wan.record.part("wan") if "body" in entry]
        return [body["parameters"].get(name, body.get(name)) for body in bodies]

    async def used(self) -> list[int]:
        return [
            left.used + left.reserved
            for left in await self.service.quota(Requester(1, Scope(7)))
            if left.name != "attempts"
        ]


@pytest.fixture
async def shop(house: House, tmp_path: Path) -> AsyncIterator[Shop]:
    store = await open_store(f"sqlite:///{tmp_path}/shop.db")
    yield Shop(house, store)
    await store.close()


async def test_a_request_whose_rewriting_failed_is_sent_again_without_it_and_paid_once(shop: Shop) -> None:
    shop.wan.faults.arm("wan_error", status=500, code="RewriteFailed")
    await shop.submit()

    waiting = await shop.make_next()
    shop.later(minutes=1)
    made = await shop.make_next()

    assert (waiting.state, made.state) == (State.QUEUED, State.GENERATED)
    assert shop.sent("prompt_extend") == [True, False]
    assert shop.wan.wan.bill() == {"images": 1, "requests": 1}


async def test_a_request_whose_rewriting_is_paid_is_sent_again_as_it_was(shop: Shop) -> None:
    shop.wan.faults.arm("wan_error", status=500, code="RewriteFailed")
    await shop.submit(model="z-image-turbo", enhance=True)

    await shop.make_next()
    shop.later(minutes=1)
    made = await shop.make_next()

    assert shop.sent("prompt_extend") == [True, True]
    assert (made.state, made.weight, made.price_microusd) == (State.GENERATED, 100, 30_000)


async def test_a_throttle_delays_its_model_in_every_process_and_no_other_model(shop: Shop) -> None:
    shop.wan.faults.arm("wan_error", status=429, code="Throttling.RateQuota")
    for _ in range(2):
        await shop.submit()
    assert (await shop.make_next()).state is State.QUEUED
    shop.later(seconds=0.3)

    held = await shop.claim()
    await shop.submit("other", InputImage(data_uri(), 400, 300))
    other = await shop.make_next()
    shop.later(seconds=5)
    after = await shop.make_next()

    assert held is None
    assert (other.model, other.state) == ("wan2.6-image", State.GENERATED)
    assert after.state is State.GENERATED


async def test_a_refused_key_pauses_all_sending_and_one_job_tests_it_later(shop: Shop) -> None:
    shop.wan.faults.arm("wan_error", times=2, status=401, code="InvalidApiKey")
    for _ in range(2):
        await shop.submit()

    first = await shop.make_next()
    meanwhile = await shop.claim()
    with pytest.raises(Refused) as refused:
        await shop.submit()
    shop.later(minutes=10)
    probe, beside = await shop.make_next(), await shop.claim()
    shop.later(minutes=10)
    well = await shop.make_next()
    shop.later(seconds=1)
    then = await shop.make_next()

    assert (first.state, meanwhile, refused.value.reason) == (State.QUEUED, None, Reason.SENDING_PAUSED)
    assert (probe.state, beside) == (State.QUEUED, None)
    assert (well.state, then.state) == (State.GENERATED, State.GENERATED)
    assert shop.alarms == [Alert(Reason.KEY_REFUSED, "*", "*", "InvalidApiKey", 401)]


async def test_a_refused_model_pauses_only_itself_and_its_job_fails_at_once(shop: Shop) -> None:
    shop.wan.faults.arm("wan_error", status=403, code="Model.AccessDenied")
    await shop.submit()
    waiting = await shop.submit(user_id=2)
    other = await shop.submit("other", InputImage(data_uri(), 400, 300), user_id=3)

    refused = await shop.make_next()
    made = await shop.make_next()
    nothing = await shop.claim()
    with pytest.raises(Refused) as told:
        await shop.submit(user_id=4)

    assert refused.failure is not None
    assert (refused.state, refused.failure.reason) == (State.FAILED, Reason.MODEL_REFUSED)
    assert refused.failure.facts["model"] == "wan2.6-t2i"
    assert (made.id, made.state, nothing) == (other.id, State.GENERATED, None)
    assert (told.value.reason, told.value.facts["model"]) == (Reason.MODEL_PAUSED, "wan2.6-t2i")
    assert shop.alarms == [Alert(Reason.MODEL_REFUSED, "wan2.6-t2i", "*", "Model.AccessDenied", 403)]
    shop.later(minutes=10)
    assert ((await shop.make_next()).id, (await shop.submit(user_id=4)).state) == (waiting.id, State.QUEUED)


REFUSED_CALL: dict[str, Any] = {"status": 403, "code": "AccessDenied"}


async def test_an_account_without_tasks_sends_synchronous_calls(shop: Shop) -> None:
    shop.wan.faults.arm("wan_error", **REFUSED_CALL)
    task, waiting = await shop.submit(count=2), await shop.submit(count=2, user_id=2)

    refused = await shop.make_next()
    later = await shop.submit(count=2, user_id=3)
    calls = [(await shop.look(job)).call for job in (refused, waiting, later)]
    shop.later(seconds=1)
    made = await shop.make_next()

    assert (task.call, refused.state, calls) == (Call.TASK, State.QUEUED, [Call.SYNC] * 3)
    assert (made.id, made.state) == (task.id, State.GENERATED)
    assert shop.wan.wan.bill() == {"images": 2, "requests": 1}
    assert shop.alarms == [Alert(Reason.CALL_REFUSED, "wan2.6-t2i", "task", "AccessDenied", 403)]


async def test_a_refused_call_style_is_tried_again_later(shop: Shop) -> None:
    shop.wan.faults.arm("wan_error", **REFUSED_CALL)
    await shop.submit(count=2)
    await shop.make_next()
    shop.later(minutes=10)

    probing = await shop.submit(count=2, user_id=2)
    after = [await shop.make_next()]
    shop.later(seconds=1)
    after.append(await shop.make_next())

    assert probing.call is Call.TASK
    assert sorted(job.state for job in after) == [State.GENERATED, State.SUBMITTED]


async def test_if_both_call_styles_are_refused_the_job_fails(shop: Shop) -> None:
    shop.wan.faults.arm("wan_error", times=2, **REFUSED_CALL)
    await shop.submit()

    first = await shop.make_next()
    shop.later(seconds=1)
    second = await shop.make_next()

    assert (first.state, first.call) == (State.QUEUED, Call.TASK)
    assert second.failure is not None
    assert (second.state, second.failure.reason) == (State.FAILED, Reason.CALL_REFUSED)
    assert await shop.used() == [0] * len(await shop.used())


async def test_another_job_than_the_refused_one_tests_whether_the_pause_is_over(shop: Shop) -> None:
    shop.wan.faults.arm("wan_error", status=401, code="InvalidApiKey")
    first, second = await shop.submit(), await shop.submit(user_id=2)

    await shop.make_next()
    shop.later(minutes=10)
    probe = await shop.make_next()

    assert (probe.id, probe.state) == (second.id, State.GENERATED)
    assert (await shop.look(first)).state is State.QUEUED


@pytest.mark.parametrize("code", ["InvalidParameter", "Conflict"])
async def test_an_error_that_only_the_operator_can_fix_alerts_the_operator(shop: Shop, code: str) -> None:
    shop.wan.faults.arm("wan_error", code=code)
    await shop.submit()

    failed = await shop.make_next()

    assert failed.failure is not None
    assert failed.failure.reason == Reason.WAN_REJECTED
    assert [(alarm.code, alarm.model, alarm.pauses) for alarm in shop.alarms] == [(code, "wan2.6-t2i", False)]


async def test_a_429_of_the_gateway_pauses_every_model_until_its_retry_after(shop: Shop) -> None:
    shop.wan.faults.arm("gateway_error", status=429, retry_after_s=120.0)
    first, _other = await shop.submit(), await shop.submit("other", InputImage(data_uri(), 400, 300))

    turned_away = await shop.make_next()
    shop.later(seconds=119)
    held = await shop.claim()
    shop.later(seconds=1)
    made = await shop.make_next()

    assert (turned_away.id, turned_away.state, held) == (first.id, State.QUEUED, None)
    assert made.state is State.GENERATED
    assert shop.alarms == []


@pytest.mark.parametrize("status", DOCUMENTED)
async def test_the_request_id_of_each_error_is_stored_with_its_job(shop: Shop, status: int) -> None:
    for code in DOCUMENTED[status]:
        shop.wan.faults.arm("wan_error", status=status, code=code)
        job = await shop.submit()

        after = await shop.make_next()

        told = shop.wan.record.part("wan")[-1]["request_id"]
        assert (after.id, after.request_id) == (job.id, told), code
        if after.state is State.FAILED:
            assert after.failure is not None
            assert after.failure.facts["request_id"] == told
        else:
            assert after.state is State.QUEUED
            await shop.service.cancel(job.id)
        await shop.store.write(_sending_on)
        shop.later(minutes=11)
    assert shop.wan.wan.bill() == {"images": 0, "requests": 0}
    assert await shop.used() == [0] * len(await shop.used())


def _sending_on(tx: Any) -> None:
    tx.exec_driver_sql("DELETE FROM sending_pauses")


async def test_a_generated_image_keeps_the_id_of_its_request(shop: Shop) -> None:
    await shop.submit()

    made = await shop.make_next()

    assert made.request_id == shop.wan.record.part("wan")[-1]["request_id"]


async def test_a_task_keeps_the_id_of_its_last_answer(shop: Shop) -> None:
    await shop.submit(count=2)

    submitted = await shop.make_next()
    await shop.runner.poll(submitted)

    asked, queried, *_ = (entry["request_id"] for entry in shop.wan.record.part("wan"))
    assert (submitted.call, submitted.request_id) == (Call.TASK, asked)
    assert (await shop.look(submitted)).request_id == queried


async def test_the_log_has_the_price_that_the_budgets_count(shop: Shop) -> None:
    shop.wan.wan.set(not_activated="")
    await shop.submit("other", InputImage(data_uri(), 400, 300), model="qwen-image-3.0")

    with structlog.testing.capture_logs() as lines:
        await shop.make_next()

    logged = next(line["usd"] for line in lines if line["event"] == "job_generated")
    budgets = await shop.store.read(quotas.budgets, limits_from(Settings(_env_file=None)), now=shop.now)
    assert round(logged * 1_000_000) == budgets[0].used == 33_000


async def test_requests_with_input_images_wait_for_memory_and_others_do_not(shop: Shop) -> None:
    shop.runner = shop.new_runner(input_bytes_at_once=1)
    for images in ((InputImage(data_uri(), 400, 300),), (InputImage(data_uri(), 400, 300),), ()):
        await shop.submit("a fox", *images)
    words, first, second = sorted([await shop.claimed() for _ in range(3)], key=lambda job: job.input_count)
    shop.wan.faults.arm("wan_slow", seconds=1.0)

    edits = [asyncio.create_task(shop.runner.generate(first))]
    async with asyncio.timeout(10):
        while not shop.wan.wan.bill()["requests"]:  # noqa: ASYNC110  # the local Wan sends no signal
            await asyncio.sleep(0.01)
    edits.append(asyncio.create_task(shop.runner.generate(second)))
    await shop.runner.generate(words)
    early = shop.wan.wan.bill()["requests"]
    await asyncio.gather(*edits)

    assert (early, shop.wan.wan.bill()["requests"]) == (2, 3)


async def a_task(shop: Shop, *, pending_s: float = 60) -> Job:
    """A job whose task waits at the local Wan for *pending_s* of its clock, and runs for a minute."""
    shop.wan.wan.set(pending_s=pending_s, delay_s=60)
    await shop.submit(count=2)
    return await shop.make_next()


async def polled(shop: Shop, job: Job, until: Callable[[Job], bool]) -> Job:
    """*job* as its poller leaves it, or as soon as *until* is true of it."""
    polling = asyncio.create_task(shop.runner.poll(job))
    for _ in range(1000):
        if polling.done() or until(await shop.look(job)):
            break
        await asyncio.sleep(0.01)
    polling.cancel()
    await asyncio.wait([polling])
    return await shop.look(job)


def asked_of_wan(shop: Shop, end: str) -> int:
    """How many requests to the local Wan had such a path."""
    return sum(entry["path"].endswith(end) for entry in shop.wan.record.part("wan"))


async def test_a_task_that_waits_at_wan_is_canceled_and_nothing_is_billed(shop: Shop) -> None:
    job = await a_task(shop)
    await shop.service.cancel(job.id)

    await shop.runner.poll(job)

    after = await shop.look(job)
    assert (after.state, await shop.used()) == (State.CANCELED, [0] * len(await shop.used()))
    (task,) = shop.wan.wan.tasks.values()
    assert task.ended == "CANCELED"
    assert shop.wan.wan.bill() == {"images": 0, "requests": 0}


async def test_a_cancel_request_reaches_the_process_that_polls_the_task(shop: Shop) -> None:
    job = await a_task(shop)
    polling = asyncio.create_task(shop.runner.poll(job))
    for _ in range(1000):
        if asked_of_wan(shop, str(job.remote_id)):
            break
        await asyncio.sleep(0.01)

    await shop.service.cancel(job.id)
    await asyncio.wait_for(polling, 10)

    assert (await shop.look(job)).state is State.CANCELED


async def test_a_running_task_is_too_late_to_cancel_and_is_generated(shop: Shop) -> None:
    job = await a_task(shop)
    await shop.service.cancel(job.id)
    shop.wan.clock.advance(60)

    late = await polled(shop, job, lambda job: job.running_at is not None)
    pressed_again = await shop.service.cancel(job.id)
    shop.wan.clock.advance(60)
    await shop.runner.poll(late)

    assert (late.state, pressed_again, asked_of_wan(shop, "/cancel")) == (State.SUBMITTED, None, 1)
    assert (await shop.look(job)).state is State.GENERATED
    assert shop.wan.wan.bill() == {"images": 2, "requests": 1}


@pytest.mark.parametrize("done", [True, False], ids=["done", "not done"])
async def test_a_cancel_that_wan_does_not_answer_is_sent_again(shop: Shop, done: bool) -> None:
    shop.wan.faults.arm("cancel_disconnect", done=done)
    job = await a_task(shop)
    await shop.service.cancel(job.id)

    await shop.runner.poll(job)

    assert (await shop.look(job)).state is State.CANCELED
    assert asked_of_wan(shop, "/cancel") == (1 if done else 2)
    assert await shop.used() == [0] * len(await shop.used())


async def test_a_task_that_was_canceled_outside_the_bot_fails(shop: Shop) -> None:
    job = await a_task(shop)
    await shop.wan.client.cancel_task(str(job.remote_id))

    await shop.runner.poll(job)

    assert (await shop.look(job)).state is State.FAILED


async def test_a_failed_task_with_a_cancel_request_is_not_sent_again(shop: Shop) -> None:
    job = await a_task(shop)
    await shop.service.cancel(job.id)
    shop.wan.faults.arm("task_failed")
    shop.wan.clock.advance(120)

    await shop.runner.poll(job)

    assert (await shop.look(job)).state is State.CANCELED
    assert await shop.claim() is None


async def ready_task(shop: Shop) -> Job:
    """A job whose task has ended at Wan."""
    await shop.submit(count=2)
    return await shop.make_next()


async def polled_for_a_while(shop: Shop, job: Job) -> asyncio.Task[Job | None]:
    """The poller of *job*, after it could have asked several times."""
    polling = asyncio.create_task(shop.runner.poll(job))
    await asyncio.wait([polling], timeout=0.4)
    return polling


async def paused(shop: Shop) -> tuple[SendingPause, ...]:
    return await shop.store.read(pauses.found)


async def test_a_task_is_not_polled_while_wan_refuses_every_call(shop: Shop) -> None:
    job = await ready_task(shop)
    shop.wan.faults.arm("gateway_error", status=429, retry_after_s=120.0)
    await shop.submit("other", InputImage(data_uri(), 400, 300))
    await shop.make_next()

    polling = await polled_for_a_while(shop, job)
    meanwhile = asked_of_wan(shop, str(job.remote_id))
    shop.later(seconds=120)
    await asyncio.wait_for(polling, 10)

    assert (meanwhile, asked_of_wan(shop, str(job.remote_id))) == (0, 1)
    assert (await shop.look(job)).state is State.GENERATED


@pytest.mark.parametrize(
    ("answer", "reason", "minutes"),
    [
        ({"gateway": True, "status": 429, "retry_after_s": 120.0}, Reason.GATEWAY_REFUSED, 2),
        ({"status": 401, "code": "InvalidApiKey"}, Reason.KEY_REFUSED, 10),
    ],
)
async def test_a_refused_poll_pauses_every_call(
    shop: Shop, answer: dict[str, Any], reason: Reason, minutes: int
) -> None:
    job, waiting = await ready_task(shop), await shop.submit(user_id=2)
    shop.wan.faults.arm("query_error", **answer)

    polling = await polled_for_a_while(shop, job)
    (pause,), held = await paused(shop), await shop.claim()
    asked = asked_of_wan(shop, str(job.remote_id))
    shop.later(minutes=minutes)
    await asyncio.wait_for(polling, 10)

    assert ((pause.model, pause.reason), held, asked) == (("*", reason), None, 1)
    assert (await shop.look(job)).state is State.GENERATED
    assert await paused(shop) == ()
    assert (await shop.make_next()).id == waiting.id


async def test_a_task_that_tests_a_pause_is_polled_at_once(shop: Shop) -> None:
    shop.wan.faults.arm("wan_error", status=401, code="InvalidApiKey")
    await ready_task(shop)
    shop.later(minutes=10)

    probe = await shop.make_next()
    await asyncio.wait_for(shop.runner.poll(probe), 10)

    assert (await shop.look(probe)).state is State.GENERATED


async def test_polling_waits_for_a_long_pause_past_the_deadline_of_a_task(shop: Shop) -> None:
    job = await ready_task(shop)
    until = shop.now + timedelta(hours=1)
    await shop.store.write(pauses.pause, Reason.GATEWAY_REFUSED, until, now=shop.now)
    shop.later(minutes=50)

    polling = await polled_for_a_while(shop, job)
    meanwhile = (await shop.look(job)).state
    shop.later(minutes=10)
    await asyncio.wait_for(polling, 10)

    assert (meanwhile, (await shop.look(job)).state) == (State.SUBMITTED, State.GENERATED)


async def test_polling_does_not_wait_for_a_pause_without_end(shop: Shop) -> None:
    job = await ready_task(shop)
    shop.later(hours=2, minutes=31)
    await shop.store.write(pauses.pause, Reason.GATEWAY_REFUSED, shop.now + timedelta(hours=1), now=shop.now)
    shop.wan.faults.arm("query_error", gateway=True, status=429)

    await asyncio.wait_for(shop.runner.poll(job), 10)

    after = await shop.look(job)
    assert after.failure is not None
    assert (after.state, after.failure.reason) == (State.FAILED, Reason.UNANSWERED)


async def test_an_image_that_its_model_does_not_accept_fails_unsent_and_uses_no_quota(shop: Shop) -> None:
    await shop.submit("longer", InputImage(data_uri(), 2048, 240), model="wan2.7-image")

    failed = await shop.make_next()

    assert failed.failure is not None
    assert (failed.state, failed.failure.reason) == (State.FAILED, Reason.IMAGE_TOO_LONG)
    assert shop.wan.record.part("wan") == []
    assert await shop.used() == [0] * len(await shop.used())


async def test_the_chosen_model_generates_the_image(shop: Shop) -> None:
    chosen = await shop.submit(model="wan2.7-image-pro")
    default = await shop.submit()

    assert (chosen.model, default.model) == ("wan2.7-image-pro", "wan2.6-t2i")
    assert chosen.request.model == "wan2.7-image-pro"


async def test_again_keeps_the_chosen_model(shop: Shop) -> None:
    source = await shop.submit(model="wan2.7-image")

    again = await shop.service.again(Request("i:again", Requester(2, Scope(7)), ImageRequest(""), Address()), source.id)

    assert again.job.model == "wan2.7-image"
    assert replace(again.job.request, seed=0) == replace(source.request, seed=0, parent_id=source.id)


async def test_a_change_reserves_the_quota_of_its_requester_and_keeps_the_seed_of_its_source(shop: Shop) -> None:
    source = await shop.submit()
    request = Request(
        "i:changed", Requester(2, Scope(7)), replace(source.request, prompt="by night", count=2), Address()
    )

    changed = await shop.service.change(request, source.id)
    twice = await shop.service.change(request, source.id)

    assert (changed.job.request.prompt, changed.job.request.seed) == ("by night", source.request.seed)
    assert (changed.job.requester.user_id, changed.job.request.parent_id) == (2, source.id)
    assert (twice.job.id, twice.repeated) == (changed.job.id, True)


async def test_a_request_that_is_no_longer_stored_is_neither_repeated_nor_changed(shop: Shop) -> None:
    source = await shop.submit()
    cancelled = await shop.service.cancel(source.id)
    assert cancelled is not None
    await shop.store.write(jobs.notified, cancelled, now=shop.now)
    await shop.service.history.forget(source.requester.user_id)
    request = Request("i:late", Requester(2, Scope(7)), ImageRequest("by night"), Address())

    for again in (shop.service.again, shop.service.change):
        with pytest.raises(Refused) as refused:
            await again(request, source.id)
        assert refused.value.reason is Reason.INPUTS_GONE


def test_polling_the_most_possible_tasks_stays_within_the_accounts_rate() -> None:
    polled = [model for model in MODELS.values() if any(Call.TASK in mode.calls for mode in model.modes.values())]
    tasks = sum(model.in_flight for model in polled)

    assert tasks / POLL_S <= 20  # queries a second of an account, facts of the documents (manage-asynchronous-tasks)


async def test_a_claimed_job_whose_reference_image_was_deleted_is_not_sent(shop: Shop) -> None:
    await shop.submit("@Momo in a tram", InputImage(data_uri(), 640, 480))
    job = await shop.claimed()
    await shop.store.write(input_bytes.drop, job.id)

    await shop.runner.generate(job)

    failed = await shop.look(job)
    assert failed.failure is not None
    assert (failed.state, failed.failure.reason) == (State.FAILED, Reason.REFERENCE_GONE)
    assert shop.sent("n") == []
    assert set(await shop.used()) == {0}
