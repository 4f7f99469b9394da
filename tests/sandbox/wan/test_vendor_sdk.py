"""The vendor's SDK works with the local Wan over a socket, as with Wan."""

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
from tests.sandbox.wan.house import KEY, House, Json, data_uri

# The SDK's annotations are wrong: a "string" may be None, and a return value may be a generator.
Blocking: Any = ImageGeneration
Aio: Any = AioImageGeneration

WORDS = {"model": "wan2.6-t2i", "messages": [{"role": "user", "content": [{"text": "a lighthouse"}]}], "n": 1}
STORY = {**WORDS, "model": "wan2.6-image", "enable_interleave": True, "max_images": 2, "size": "1024*640"}


@pytest.fixture
async def vendor(house: House, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    """A local Wan at the SDK's global address: the SDK's calls about a task take no address of their own."""
    monkeypatch.setattr(dashscope, "base_http_api_url", house.base_url)
    monkeypatch.setattr(dashscope, "api_key", KEY)
    yield house
    close_shared_sync_session()
    await close_shared_aio_session()


async def blocking(call: Callable[..., Any], *arguments: Any, **more: Any) -> Any:
    """Make a call of the blocking class in a thread, beside the loop of the local Wan."""
    return await asyncio.to_thread(call, *arguments, **more)


async def streamed(**arguments: Any) -> list[Any]:
    """Return a whole stream of the blocking class."""
    answers: list[Any] = await blocking(lambda: list(Blocking.call(**arguments, stream=True)))
    return answers


def content(answers: list[Any]) -> list[Json]:
    return [answer.output.choices[0].message.content[0] for answer in answers]


def with_stream(raw: bytes) -> bytes:
    body = json.loads(raw)
    body["parameters"]["stream"] = True
    return json.dumps(body).encode()


class WithStreamParameter(requests.Session):
    """Add ``stream`` to the parameters, as the SDK itself did from 1.25.8 to 1.26.7."""

    def send(self, request: requests.PreparedRequest, **more: Any) -> requests.Response:
        assert isinstance(request.body, bytes)
        request.prepare_body(with_stream(request.body), None)
        return super().send(request, **more)


async def test_a_synchronous_call_is_answered_with_an_image(vendor: House) -> None:
    answer = await blocking(Blocking.call, **WORDS, size="1280*1280", seed=7)

    (item,) = answer.output.choices[0].message.content
    assert (answer.status_code, answer.output.finished, answer.usage.image_count) == (200, True, 1)
    assert (await vendor.drawn(item["image"])).size == (1280, 1280)
    assert answer.request_id == vendor.record.part("wan")[0]["request_id"]


async def test_an_edit_takes_a_data_uri_through_the_sdk(vendor: House) -> None:
    messages = [{"role": "user", "content": [{"text": "make it night"}, {"image": data_uri()}]}]

    answer = await blocking(Blocking.call, model="wan2.6-image", messages=messages, n=2)

    assert (answer.status_code, len(answer.output.choices)) == (200, 2)


async def test_a_story_streams_through_the_sdk(vendor: House) -> None:
    answers = await streamed(**STORY, session=WithStreamParameter())

    finishes = [answer.output.choices[0].finish_reason for answer in answers]
    assert finishes == ["null"] * (len(answers) - 1) + ["stop"]
    assert "".join(item.get("text", "") for item in content(answers)).startswith("**1.** “a lighthouse”")
    assert sum("image" in item for item in content(answers)) == answers[-1].usage.image_count == 2


async def test_the_sdks_header_alone_is_refused_if_strict(vendor: House) -> None:
    (answer,) = await streamed(**STORY)

    assert (answer.status_code, answer.code) == (400, "InvalidParameter")
    assert "stream" not in vendor.record.part("wan")[0]["body"]["parameters"]


async def test_the_sdks_header_alone_is_enough_if_lenient(vendor: House) -> None:
    vendor.wan.set(strict_stream=False)

    answers = await streamed(**STORY)

    assert answers[-1].output.choices[0].finish_reason == "stop"


async def test_any_error_in_a_stream_reaches_the_sdk_as_400(vendor: House) -> None:
    vendor.faults.arm("stream_error", code="InternalError", after=3)

    answers = await streamed(**STORY, session=WithStreamParameter())

    assert [answer.status_code for answer in answers] == [200, 200, 200, 400]
    assert answers[-1].code == "InternalError"


async def test_a_task_is_created_awaited_and_gives_its_images(vendor: House) -> None:
    vendor.wan.set(pending_s=0.3, delay_s=0.3)
    created = await blocking(Blocking.async_call, **{**WORDS, "n": 2})
    first = await blocking(Blocking.fetch, created)

    done = await blocking(Blocking.wait, created, wait_timeout=20)

    assert (created.output.task_status, first.output.task_status) == ("PENDING", "PENDING")
    assert (done.output.task_status, len(done.output.choices), done.usage.image_count) == ("SUCCEEDED", 2, 2)
    assert vendor.record.part("wan")[0]["body"]["parameters"]["is_async"] is True  # leaked by the SDK, ignored


async def test_a_story_as_a_task_needs_no_stream(vendor: House) -> None:
    created = await blocking(Blocking.async_call, **STORY)

    done = await blocking(Blocking.wait, created, wait_timeout=20)

    assert [item["type"] for item in done.output.choices[0].message.content] == ["text", "image"] * 2


async def test_only_a_pending_task_is_canceled_through_the_sdk(vendor: House) -> None:
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
    paths = {
        entry["path"].rpartition("/tasks/")[2] for entry in vendor.record.part("wan") if "/tasks/" in entry["path"]
    }
    assert f"{created.output.task_id}/" in paths  # the SDK's trailing slash


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


async def test_the_aiohttp_class_is_refused_too_if_strict(vendor: House) -> None:
    (answer,) = [answer async for answer in await Aio.call(**STORY, stream=True)]

    assert (answer.status_code, answer.code) == (400, "InvalidParameter")
