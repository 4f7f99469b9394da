"""The client sends the right bytes, waits the right time, and knows which requests may have been paid."""

import asyncio
import base64
import json
import os

import pytest
from aiohttp import web
from pydantic import SecretStr

from imagegen.errors import ImageRefused, Reason, WanNotSent, WanUnanswered
from imagegen.wan.client import WanClient
from tests.imagegen.wan.endpoint import (
    Answer,
    Endpoint,
    cut,
    cut_in_the_answer,
    elsewhere,
    endless,
    example,
    silent,
)


def heavy_image(size: int) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(os.urandom(size)).decode()


async def test_the_request_carries_the_key_and_its_length(endpoint: Endpoint) -> None:
    made = await endpoint.client.generate(example("https://a/1.png"))

    ((request, body),) = endpoint.seen
    assert made.links == ("http://a/1.png",)
    assert request.headers["Authorization"] == "Bearer sk-secret"
    assert (request.headers["Content-Type"], request.content_length) == ("application/json", len(body))
    assert json.loads(body)["model"] == "wan2.6-image"


async def test_the_workspace_is_sent_to_a_shared_host(endpoint: Endpoint) -> None:
    client = WanClient(endpoint.session, endpoint.url, SecretStr("sk-secret"), workspace="ws_1")

    await client.generate(example())
    await endpoint.client.generate(example())

    assert [request.headers.get("X-DashScope-WorkSpace") for request, _ in endpoint.seen] == ["ws_1", None]


@pytest.mark.parametrize("answer", [silent, cut, cut_in_the_answer, endless, elsewhere])
async def test_a_request_without_an_answer_may_have_been_paid(endpoint: Endpoint, answer: Answer) -> None:
    endpoint.answer = answer

    with pytest.raises(WanUnanswered):
        await endpoint.client.generate(example())

    assert [request.path for request, _ in endpoint.seen] == [
        "/api/v1/services/aigc/multimodal-generation/generation"  # one request: not repeated, not redirected
    ]


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9/api/v1", "http://wanvas.invalid/api/v1", "https://127.0.0.1:{port}/api/v1"]
)
async def test_a_request_without_a_connection_was_not_sent(endpoint: Endpoint, url: str) -> None:
    port = endpoint.url.rpartition(":")[2].partition("/")[0]
    client = WanClient(endpoint.session, url.format(port=port), SecretStr("sk-secret"))

    with pytest.raises(WanNotSent):
        await client.generate(example())

    assert endpoint.seen == []


async def test_canceling_a_call_closes_the_connection(endpoint: Endpoint) -> None:
    arrived, hung_up = asyncio.Event(), asyncio.Event()

    async def wait(request: web.Request) -> web.StreamResponse:
        arrived.set()
        try:
            return await silent(request)
        finally:
            hung_up.set()

    endpoint.answer = wait
    call = asyncio.create_task(endpoint.client.generate(example()))
    await arrived.wait()

    call.cancel()
    await asyncio.wait([call])

    assert call.cancelled()
    await asyncio.wait_for(hung_up.wait(), 1)


async def test_a_large_request_is_sent_in_pieces(endpoint: Endpoint) -> None:
    images = [heavy_image(2_000_000) for _ in range(4)]

    await endpoint.client.generate(
        example(*images)
    )  # aiohttp warns of a piece over 1 MiB, and a warning fails the test

    content = json.loads(endpoint.seen[0][1])["input"]["messages"][0]["content"]
    assert [item["image"] for item in content[1:]] == images


async def test_a_request_that_is_too_large_is_refused_before_it_is_sent(endpoint: Endpoint) -> None:
    with pytest.raises(ImageRefused) as refused:
        await endpoint.client.generate(example(*[heavy_image(2_400_000)] * 4))

    assert (refused.value.reason, refused.value.facts) == (Reason.IMAGES_TOO_LARGE_TOGETHER, {"limit_mb": 12})
    assert endpoint.seen == []
