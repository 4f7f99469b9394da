"""The client sends the right bytes, waits the right time, and knows which requests may have been paid."""

import asyncio
import base64
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from pydantic import SecretStr

from imagegen.errors import ImageRefused, Reason, WanError, WanLinkLost, WanNotSent, WanRefused, WanUnanswered
from imagegen.model import StoryImage, StoryPart, StoryText
from imagegen.wan.answers import StoryEnd
from imagegen.wan.client import Timeouts, WanClient
from imagegen.wan.requests import Generation
from tests.imagegen.imaging.drawn import encoded, halves

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
ANSWER = {"output": {"choices": [{"message": {"content": [{"type": "image", "image": "http://a/1.png"}]}}]}}
STREAMS = Path(__file__).parents[2] / "samples" / "stream"
PNG = encoded(halves(), "PNG")


@dataclass
class Endpoint:
    """A server that answers with *answer* and stores the requests it gets."""

    url: str
    client: WanClient
    session: aiohttp.ClientSession
    answer: Answer
    seen: list[tuple[web.Request, bytes]] = field(default_factory=list)


async def well(_request: web.Request) -> web.StreamResponse:
    return web.json_response(ANSWER)


async def silent(_request: web.Request) -> web.StreamResponse:
    await asyncio.sleep(5)
    return web.Response()


async def cut(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def cut_in_the_answer(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": "1000"})
    await response.prepare(request)
    await response.write(b'{"output":')
    return await cut(request)


async def endless(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    for _ in range(40):
        await response.write(bytes(1 << 16))
    return response


async def elsewhere(_request: web.Request) -> web.StreamResponse:
    raise web.HTTPTemporaryRedirect("/api/v1/elsewhere")


def giving(data: bytes, status: int = 200) -> Answer:
    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.Response(body=data, status=status)

    return answer


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    async def handle(request: web.Request) -> web.StreamResponse:
        found.seen.append((request, await request.read()))
        return await found.answer(request)

    app = web.Application(client_max_size=1 << 26)
    app.router.add_route("*", "/{path:.*}", handle)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/api/v1"
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as session:
        client = WanClient(
            session,
            url,
            SecretStr("sk-secret"),
            Timeouts(answer_timeout_s=0.3, silence_s=0.3, task_s=0.3, download_s=0.3),
        )
        found = Endpoint(url, client, session, well)
        yield found
    await runner.cleanup()


def example(*images: str) -> Generation:
    given = images or ("https://a/1.png",)
    return Generation("wan2.6-image", "make it night", given, 1, "1K", "", 7, True, False)


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
    await asyncio.wait_for(heard_one.wait(), 2)
    if how == "is canceled":
        listener.cancel()
    await asyncio.wait([listener])

    assert listener.cancelled() is (how == "is canceled")
    await asyncio.wait_for(hung_up.wait(), 0.2)


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


async def test_a_result_is_fetched_without_the_key(endpoint: Endpoint) -> None:
    endpoint.answer = giving(PNG)

    data = await endpoint.client.download(endpoint.url + "/1.png", len(PNG))

    ((request, _),) = endpoint.seen
    assert data == PNG
    assert "Authorization" not in request.headers


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (giving(b"", 403), WanLinkLost),
        (giving(b"", 404), WanLinkLost),
        (giving(b"", 503), WanUnanswered),
        (giving(PNG[:-20]), WanUnanswered),
        (giving(PNG + PNG), WanUnanswered),
        (giving(b"<html>"), WanUnanswered),
        (silent, WanUnanswered),
        (cut_in_the_answer, WanUnanswered),
        (elsewhere, WanLinkLost),
        (giving(b"", 451), WanLinkLost),
        (giving(b"", 429), WanUnanswered),
    ],
    ids=[
        "expired",
        "gone",
        "down",
        "cut short",
        "over the limit",
        "no image",
        "silent",
        "cut",
        "redirect",
        "withheld",
        "throttled",
    ],
)
async def test_a_dead_link_is_final_and_a_transient_error_is_retried(
    endpoint: Endpoint, answer: Answer, error: type[Exception]
) -> None:
    endpoint.answer = answer

    with pytest.raises(error):
        await endpoint.client.download(endpoint.url + "/1.png", len(PNG))

    assert len(endpoint.seen) == 1


@pytest.mark.parametrize(
    "link",
    [
        "ftp://dashscope-result-bj.oss-cn-beijing.aliyuncs.com/1.png",
        "http://example.com/1.png",
        "https://example.com/1.png",
        "https://aliyuncs.com.example.com/1.png",
        "https://eviLaliyuncs.com/1.png",
        "https://user@x.aliyuncs.com/1.png",
        "https://x.aliyuncs.com:8443/1.png",
        "https://example.com#.aliyuncs.com",
        "https://example.com\\.aliyuncs.com/1.png",
        "http://127.0.0.1:9/1.png",
        "file:///etc/passwd",
        "https://[",
        "https://x.aliyuncs.com/\ud800.png",
        "",
    ],
)
async def test_results_are_fetched_from_wans_hosts_only(link: str) -> None:
    async with aiohttp.ClientSession() as session:
        client = WanClient(session, "https://dashscope-intl.aliyuncs.com/api/v1", SecretStr("sk-secret"))

        with pytest.raises(WanLinkLost):
            await client.download(link, 1000)


async def test_a_link_is_fetched_with_the_endpoints_scheme(endpoint: Endpoint) -> None:
    endpoint.answer = giving(PNG)

    data = await endpoint.client.download(endpoint.url.replace("http://", "https://") + "/1.png", len(PNG))

    assert data == PNG


async def test_an_http_link_is_fetched_over_https() -> None:
    link = "http://dashscope-result-bj.oss-cn-beijing.aliyuncs.com/1.png?Expires=1&Signature=a%2Bb%3D"
    seen: list[str] = []

    async def refuse(_session: object, _context: object, begun: aiohttp.TraceRequestStartParams) -> None:
        seen.append(str(begun.url))
        raise aiohttp.ClientConnectionError

    trace = aiohttp.TraceConfig()
    trace.on_request_start.append(refuse)
    async with aiohttp.ClientSession(trace_configs=[trace]) as session:
        client = WanClient(session, "https://dashscope-intl.aliyuncs.com/api/v1", SecretStr("sk-secret"))

        with pytest.raises(WanUnanswered):
            await client.download(link, 1000)

    assert seen == [link.replace("http://", "https://")]


@pytest.mark.parametrize("behind", [b"\n", b'{"AIGC":{"Label":"1"}}', bytes(512)])
async def test_a_result_with_bytes_after_its_end_is_accepted(endpoint: Endpoint, behind: bytes) -> None:
    endpoint.answer = giving(PNG + behind)

    assert await endpoint.client.download(endpoint.url + "/1.png", 1 << 20) == PNG + behind
