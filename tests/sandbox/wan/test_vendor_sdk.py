"""The vendor's own SDK drives the local Wan over a socket, as it would drive the real one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import dashscope
import pytest
import requests
from dashscope.aigc.image_generation import AioImageGeneration, ImageGeneration
from dashscope.api_entities.aio_session import close_shared_aio_session
from dashscope.api_entities.http_request import close_shared_sync_session

from sandbox.wan.errors import DOCUMENTED
from tests.sandbox.wan.house import KEY, House, Json, picture

# The SDK's own annotations do not hold: what it calls a string may be None, what it returns may be a generator.
Blocking: Any = ImageGeneration
Aio: Any = AioImageGeneration

WORDS = {"model": "wan2.6-t2i", "messages": [{"role": "user", "content": [{"text": "a lighthouse"}]}], "n": 1}
STORY = {**WORDS, "model": "wan2.6-image", "enable_interleave": True, "max_images": 2, "size": "1024*640"}


@pytest.fixture
async def vendor(house: House, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    """A local Wan that the SDK takes for the real one. What it asks for a task cannot be given an address by itself."""
    monkeypatch.setattr(dashscope, "base_http_api_url", house.base_url)
    monkeypatch.setattr(dashscope, "api_key", KEY)
    yield house
    close_shared_sync_session()
    await close_shared_aio_session()


async def blocking(call: Callable[..., Any], *arguments: Any, **more: Any) -> Any:
    """A call of the blocking class, beside the loop on which the local Wan runs."""
    return await asyncio.to_thread(call, *arguments, **more)


async def told(**asked: Any) -> list[Any]:
    """A whole stream of the blocking class."""
    answers: list[Any] = await blocking(lambda: list(Blocking.call(**asked, stream=True)))
    return answers


def content(answers: list[Any]) -> list[Json]:
    return [answer.output.choices[0].message.content[0] for answer in answers]


def with_stream(raw: bytes) -> bytes:
    said = json.loads(raw)
    said["parameters"]["stream"] = True
    return json.dumps(said).encode()


class WithTheParameter(requests.Session):
    """Puts ``stream`` among the parameters, as the SDK did by itself from 1.25.8 to 1.26.7."""

    def send(self, request: requests.PreparedRequest, **more: Any) -> requests.Response:
        assert isinstance(request.body, bytes)
        request.prepare_body(with_stream(request.body), None)
        return super().send(request, **more)


async def test_a_synchronous_call_is_answered_with_a_picture(vendor: House) -> None:
    answer = await blocking(Blocking.call, **WORDS, size="1280*1280", seed=7)

    (item,) = answer.output.choices[0].message.content
    assert (answer.status_code, answer.output.finished, answer.usage.image_count) == (200, True, 1)
    assert (await vendor.drawn(item["image"])).size == (1280, 1280)
    assert answer.request_id == vendor.record.part("wan")[0]["request_id"]


async def test_an_edit_takes_a_data_uri_through_the_sdk(vendor: House) -> None:
    messages = [{"role": "user", "content": [{"text": "make it night"}, {"image": picture()}]}]

    answer = await blocking(Blocking.call, model="wan2.6-image", messages=messages, n=2)

    assert (answer.status_code, len(answer.output.choices)) == (200, 2)


async def test_a_story_streams_through_the_sdk(vendor: House) -> None:
    answers = await told(**STORY, session=WithTheParameter())

    finishes = [answer.output.choices[0].finish_reason for answer in answers]
    assert finishes == ["null"] * (len(answers) - 1) + ["stop"]
    assert "".join(item.get("text", "") for item in content(answers)).startswith("**1.** “a lighthouse”")
    assert sum("image" in item for item in content(answers)) == answers[-1].usage.image_count == 2


async def test_the_header_that_the_sdk_sends_alone_is_refused_strictly(vendor: House) -> None:
    (answer,) = await told(**STORY)

    assert (answer.status_code, answer.code) == (400, "InvalidParameter")
    assert "stream" not in vendor.record.part("wan")[0]["body"]["parameters"]


async def test_the_header_that_the_sdk_sends_alone_is_enough_leniently(vendor: House) -> None:
    vendor.wan.set(strict_stream=False)

    answers = await told(**STORY)

    assert answers[-1].output.choices[0].finish_reason == "stop"


async def test_an_error_in_a_stream_reaches_the_sdk_as_400_whatever_it_was(vendor: House) -> None:
    vendor.faults.arm("stream_error", code="InternalError", after=3)

    answers = await told(**STORY, session=WithTheParameter())

    assert [answer.status_code for answer in answers] == [200, 200, 200, 400]
    assert answers[-1].code == "InternalError"


async def test_a_task_is_created_waited_for_and_gives_its_pictures(vendor: House) -> None:
    vendor.wan.set(pending_s=0.3, delay_s=0.3)
    created = await blocking(Blocking.async_call, **{**WORDS, "n": 2})
    first = await blocking(Blocking.fetch, created)

    done = await blocking(Blocking.wait, created, wait_timeout=20)

    assert (created.output.task_status, first.output.task_status) == ("PENDING", "PENDING")
    assert (done.output.task_status, len(done.output.choices), done.usage.image_count) == ("SUCCEEDED", 2, 2)
    assert vendor.record.part("wan")[0]["body"]["parameters"]["is_async"] is True  # the SDK's own leak, ignored


async def test_a_story_as_a_task_needs_no_stream(vendor: House) -> None:
    created = await blocking(Blocking.async_call, **STORY)

    done = await blocking(Blocking.wait, created, wait_timeout=20)

    assert [item["type"] for item in done.output.choices[0].message.content] == ["text", "image"] * 2


async def test_a_pending_task_is_cancelled_and_a_running_one_is_not(vendor: House) -> None:
    vendor.wan.set(pending_s=60)
    created = await blocking(Blocking.async_call, **WORDS)

    cancelled = await blocking(Blocking.cancel, created)
    again = await blocking(Blocking.cancel, created)
    ended = await blocking(Blocking.wait, created, wait_timeout=20)

    assert (cancelled.status_code, again.status_code, again.code) == (200, 400, "UnsupportedOperation")
    assert ended.output.task_status == "CANCELED"


async def test_tasks_are_listed(vendor: House) -> None:
    ids = [(await blocking(Blocking.async_call, **WORDS)).output.task_id for _ in range(3)]

    answer = await blocking(Blocking.list, page_no=2, page_size=2, model_name="wan2.6-t2i", status="SUCCEEDED")

    assert (answer.status_code, answer.output["total"], answer.output["total_page"]) == (200, 3, 2)
    assert [row["task_id"] for row in answer.output["data"]] == ids[2:]


@pytest.mark.parametrize("code", ["DataInspectionFailed", "Arrearage", "Throttling.RateQuota", "ModelServingError"])
async def test_an_error_reaches_the_sdk_with_its_code_and_status(vendor: House, code: str) -> None:
    vendor.faults.arm("wan_error", code=code)

    answer = await blocking(Blocking.call, **WORDS)

    assert (answer.status_code, answer.code, answer.message) == (DOCUMENTED[code][0], code, DOCUMENTED[code][1])


@pytest.mark.parametrize(("key", "message"), [("sandbox-other", "Invalid API-key provided.")])
async def test_a_wrong_key_reaches_the_sdk_as_401(vendor: House, key: str, message: str) -> None:
    answer = await blocking(Blocking.call, **WORDS, api_key=key)

    assert (answer.status_code, answer.code, answer.message) == (401, "InvalidApiKey", message)


async def test_a_gateways_answer_has_no_code_for_the_sdk(vendor: House) -> None:
    vendor.faults.arm("gateway_error", status=502)

    answer = await blocking(Blocking.call, **WORDS)

    assert (answer.status_code, answer.code) == (502, "Unknown")
    assert answer.message.startswith("upstream connect error")


@pytest.mark.parametrize("shape", ["a", "b"])
async def test_a_failed_task_ends_the_sdks_wait(vendor: House, shape: str) -> None:
    vendor.wan.set(failed_shape=shape)
    vendor.faults.arm("task_failed", code="InternalError.Timeout")
    created = await blocking(Blocking.async_call, **WORDS)

    ended = await blocking(Blocking.wait, created, wait_timeout=20)

    assert (ended.status_code, ended.output.task_status) == (200, "FAILED")


async def test_the_aiohttp_class_calls_creates_waits_lists_and_cancels(vendor: House) -> None:
    vendor.wan.set(pending_s=0.2)

    answer = await Aio.call(**WORDS)
    created = await Aio.async_call(**WORDS)
    done = await Aio.wait(created, wait_timeout=20)
    listed = await Aio.list()
    vendor.wan.set(pending_s=60)
    cancelled = await Aio.cancel(await Aio.async_call(**WORDS))

    assert (answer.status_code, answer.usage.image_count) == (200, 1)
    assert (done.output.task_status, done.usage.image_count) == ("SUCCEEDED", 1)
    assert (listed.status_code, listed.output["total"], cancelled.status_code) == (200, 1, 200)
    asked = {
        entry["path"].rpartition("/tasks/")[2] for entry in vendor.record.part("wan") if "/tasks/" in entry["path"]
    }
    assert f"{created.output.task_id}/" in asked  # its slash at the end


async def test_the_aiohttp_class_streams_a_story(vendor: House) -> None:
    async def with_the_parameter(
        request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        assert not isinstance(request.body, bytes)
        await request.update_body(with_stream(await request.body.as_bytes()))
        return await handler(request)

    async with aiohttp.ClientSession(middlewares=(with_the_parameter,)) as session:
        answers = [answer async for answer in await Aio.call(**STORY, stream=True, session=session)]

    assert answers[-1].output.choices[0].finish_reason == "stop"
    assert sum("image" in item for item in content(answers)) == 2


async def test_the_aiohttp_class_is_refused_strictly_too(vendor: House) -> None:
    (answer,) = [answer async for answer in await Aio.call(**STORY, stream=True)]

    assert (answer.status_code, answer.code) == (400, "InvalidParameter")
