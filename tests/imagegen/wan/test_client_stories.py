"""The client yields a streamed story part by part, and says how it ended."""

import asyncio
import json
from contextlib import aclosing
from pathlib import Path

import pytest
from aiohttp import web
from pydantic import SecretStr

from imagegen.errors import Reason, WanError, WanNotSent, WanRefused, WanUnanswered
from imagegen.model import StoryImage, StoryPart, StoryText
from imagegen.wan.answers import StoryEnd
from imagegen.wan.client import WanClient
from imagegen.wan.requests import Generation
from tests.imagegen.wan.endpoint import (
    Answer,
    Endpoint,
    cut,
    elsewhere,
    endless,
    giving,
    silent,
)

STREAMS = Path(__file__).parents[2] / "samples" / "stream"


def a_story() -> Generation:
    return Generation("wan2.6-image", "three steps", (), 1, "1280*1280", "", 7, True, False, max_images=3)


def streaming(case: str, *, piece: int = 7, pause_s: float = 0, then: Answer | None = None) -> Answer:
    """Send a sample in pieces of so many bytes."""
    raw = (STREAMS / case / "body").read_bytes()

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream;charset=UTF-8"})
        await response.prepare(request)
        for at in range(0, len(raw), piece):
            await response.write(raw[at : at + piece])
            await asyncio.sleep(pause_s)
        return response if then is None else await then(request)

    return answer


async def heard(client: WanClient) -> tuple[list[StoryPart | StoryEnd], WanError | None]:
    """Return all parts of a story, and the error that ended it."""
    received: list[StoryPart | StoryEnd] = []
    try:
        async for part in client.stream(a_story()):
            received.append(part)
    except WanError as error:
        return received, error
    return received, None


@pytest.mark.parametrize("piece", [7, 1 << 16])
async def test_a_story_arrives_in_order_until_its_end(endpoint: Endpoint, piece: int) -> None:
    endpoint.answer = streaming("last_image_on_stop", piece=piece)

    received, error = await heard(endpoint.client)

    ((request, body),) = endpoint.seen
    assert (request.headers["X-DashScope-Sse"], json.loads(body)["parameters"]["stream"]) == ("enable", True)
    assert error is None
    assert [type(part) for part in received] == [StoryText, StoryText, StoryImage, StoryText, StoryImage, StoryEnd]
    assert received[-1] == StoryEnd(2, "1280*1280", "9d1b2c3e-0000-4000-8000-00000000000a")


async def test_a_story_has_no_time_limit_while_parts_come(endpoint: Endpoint) -> None:
    endpoint.answer = streaming("plain", piece=120, pause_s=0.05)

    received, error = await heard(endpoint.client)

    assert error is None
    assert isinstance(received[-1], StoryEnd)


async def test_a_story_ends_with_stop_whatever_the_connection_does(endpoint: Endpoint) -> None:
    endpoint.answer = streaming("plain", then=silent)

    received, error = await heard(endpoint.client)

    assert error is None
    assert isinstance(received[-1], StoryEnd)


@pytest.mark.parametrize(
    ("answer", "parts"),
    [
        (streaming("cut_between_frames"), 3),
        (streaming("cut_between_frames", then=silent), 3),
        (streaming("cut_between_frames", then=cut), 3),
        (silent, 0),
        (cut, 0),
        (endless, 0),
        (elsewhere, 0),
        (giving(b"<html>Bad Gateway</html>", 502), 0),
    ],
    ids=["closed", "silent", "cut", "silent at once", "cut at once", "endless frame", "redirect", "gateway"],
)
async def test_an_interrupted_story_keeps_its_parts_and_may_have_been_paid(
    endpoint: Endpoint, answer: Answer, parts: int
) -> None:
    endpoint.answer = answer

    received, error = await heard(endpoint.client)

    assert isinstance(error, WanUnanswered)
    assert len(received) == parts
    assert len(endpoint.seen) == 1


@pytest.mark.parametrize(
    ("answer", "parts", "reason"),
    [
        (streaming("error_in_the_middle", piece=1 << 16), 3, Reason.MODERATION),
        (streaming("error_at_the_start"), 0, Reason.WAN_REJECTED),
        (giving(b'{"code":"Throttling.RateQuota","message":""}', 429), 0, Reason.BUSY),
        (giving(b'id:1\nevent:error\ndata:{"code":"InvalidApiKey","message":""}\n\n', 401), 0, Reason.KEY_REFUSED),
    ],
    ids=["in the middle", "at the start", "under its status", "a frame under its status"],
)
async def test_a_story_that_wan_refuses_raises_wans_error(
    endpoint: Endpoint, answer: Answer, parts: int, reason: Reason
) -> None:
    endpoint.answer = answer

    received, error = await heard(endpoint.client)

    assert isinstance(error, WanRefused)
    assert (len(received), error.reason) == (parts, reason)


async def test_a_story_labeled_json_is_read(endpoint: Endpoint) -> None:
    async def labelled_json(_request: web.Request) -> web.StreamResponse:
        return web.Response(body=(STREAMS / "plain" / "body").read_bytes(), content_type="application/json")

    endpoint.answer = labelled_json

    received, error = await heard(endpoint.client)

    assert error is None
    assert (len(received), isinstance(received[-1], StoryEnd)) == (6, True)


async def test_a_story_without_a_connection_was_not_sent(endpoint: Endpoint) -> None:
    client = WanClient(endpoint.session, "http://127.0.0.1:9/api/v1", SecretStr("sk-secret"))

    received, error = await heard(client)

    assert isinstance(error, WanNotSent)
    assert received == []


@pytest.mark.parametrize("how", ["stops listening", "is canceled"])
async def test_stopping_a_story_closes_the_connection(endpoint: Endpoint, how: str) -> None:
    hung_up, heard_one = asyncio.Event(), asyncio.Event()

    async def telling_on(request: web.Request) -> web.StreamResponse:
        try:
            return await streaming("cut_between_frames", then=silent)(request)
        finally:
            hung_up.set()

    async def listen() -> None:
        async with aclosing(endpoint.client.stream(a_story())) as story:
            async for _ in story:
                heard_one.set()
                if how == "stops listening":
                    break

    endpoint.answer = telling_on
    listener = asyncio.create_task(listen())
    await asyncio.wait_for(heard_one.wait(), 5)
    if how == "is canceled":
        listener.cancel()
    await asyncio.wait([listener])

    assert listener.cancelled() is (how == "is canceled")
    await asyncio.wait_for(hung_up.wait(), 5)
