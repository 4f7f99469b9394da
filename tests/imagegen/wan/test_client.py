"""What is sent, how long is waited, and which silence may have been paid; against a server that does as it is told."""

import asyncio
import base64
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import aiohttp
import pytest
from aiohttp import web
from pydantic import SecretStr

from imagegen.errors import PictureRefused, Reason, WanLinkLost, WanNotSent, WanUnanswered
from imagegen.wan.client import Timeouts, WanClient, is_whole
from imagegen.wan.wire import Generation
from tests.imagegen.drawn import encoded, halves

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
ANSWER = {"output": {"choices": [{"message": {"content": [{"type": "image", "image": "http://a/1.png"}]}}]}}
PNG = encoded(halves(), "PNG")


@dataclass
class Endpoint:
    """A server that answers as *answer* says, and keeps what it was sent."""

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
        client = WanClient(session, url, SecretStr("sk-secret"), Timeouts(answer_s=0.3, task_s=0.3, download_s=0.3))
        found = Endpoint(url, client, session, well)
        yield found
    await runner.cleanup()


def asked(*pictures: str) -> Generation:
    return Generation("wan2.6-image", "make it night", pictures, 1, "1K", "", 7, True, False)


def heavy_picture(size: int) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(os.urandom(size)).decode()


async def test_the_request_carries_the_key_and_its_length(endpoint: Endpoint) -> None:
    made = await endpoint.client.generate(asked("https://a/1.png"))

    ((request, body),) = endpoint.seen
    assert made.links == ("http://a/1.png",)
    assert request.headers["Authorization"] == "Bearer sk-secret"
    assert (request.headers["Content-Type"], request.content_length) == ("application/json", len(body))
    assert json.loads(body)["model"] == "wan2.6-image"


@pytest.mark.parametrize("answer", [silent, cut, cut_in_the_answer, endless, elsewhere])
async def test_what_was_sent_and_not_answered_may_have_been_paid(endpoint: Endpoint, answer: Answer) -> None:
    endpoint.answer = answer

    with pytest.raises(WanUnanswered):
        await endpoint.client.generate(asked())

    assert [request.path for request, _ in endpoint.seen] == [
        "/api/v1/services/aigc/multimodal-generation/generation"  # once: neither sent again nor sent elsewhere
    ]


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9/api/v1", "http://wanvas.invalid/api/v1", "https://127.0.0.1:{port}/api/v1"]
)
async def test_what_found_no_connection_was_not_sent(endpoint: Endpoint, url: str) -> None:
    port = endpoint.url.rpartition(":")[2].partition("/")[0]
    client = WanClient(endpoint.session, url.format(port=port), SecretStr("sk-secret"))

    with pytest.raises(WanNotSent):
        await client.generate(asked())

    assert endpoint.seen == []


async def test_a_cancelled_call_hangs_up(endpoint: Endpoint) -> None:
    asked_us, hung_up = asyncio.Event(), asyncio.Event()

    async def wait(request: web.Request) -> web.StreamResponse:
        asked_us.set()
        try:
            return await silent(request)
        finally:
            hung_up.set()

    endpoint.answer = wait
    call = asyncio.create_task(endpoint.client.generate(asked()))
    await asked_us.wait()

    call.cancel()
    await asyncio.wait([call])

    assert call.cancelled()
    await asyncio.wait_for(hung_up.wait(), 1)


async def test_a_heavy_request_is_sent_in_pieces_and_arrives_whole(endpoint: Endpoint) -> None:
    pictures = [heavy_picture(2_000_000) for _ in range(4)]

    await endpoint.client.generate(
        asked(*pictures)
    )  # aiohttp warns, and so fails here, of one piece of more than 1 MiB

    content = json.loads(endpoint.seen[0][1])["input"]["messages"][0]["content"]
    assert [item["image"] for item in content[1:]] == pictures


async def test_a_request_that_is_too_heavy_is_refused_before_it_is_sent(endpoint: Endpoint) -> None:
    with pytest.raises(PictureRefused) as refused:
        await endpoint.client.generate(asked(*[heavy_picture(2_400_000)] * 4))

    assert (refused.value.reason, refused.value.facts) == (Reason.PICTURES_TOO_HEAVY_TOGETHER, {"limit_mb": 12})
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
        (elsewhere, WanUnanswered),
    ],
    ids=["expired", "gone", "down", "cut short", "over the limit", "no picture", "silent", "cut", "redirect"],
)
async def test_a_link_is_lost_for_good_or_asked_again(
    endpoint: Endpoint, answer: Answer, error: type[Exception]
) -> None:
    endpoint.answer = answer

    with pytest.raises(error):
        await endpoint.client.download(endpoint.url + "/1.png", len(PNG))

    assert len(endpoint.seen) == 1


@pytest.mark.parametrize(
    "link",
    [
        "http://dashscope-result-bj.oss-cn-beijing.aliyuncs.com/1.png",
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
        "",
    ],
)
async def test_nothing_is_fetched_but_from_wans_own_hosts(link: str) -> None:
    async with aiohttp.ClientSession() as session:
        client = WanClient(session, "https://dashscope-intl.aliyuncs.com/api/v1", SecretStr("sk-secret"))

        with pytest.raises(WanLinkLost):
            await client.download(link, 1000)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_file_is_whole_only_with_its_end(kind: str) -> None:
    data = encoded(halves(), kind)

    assert is_whole(data)
    assert not is_whole(data[:-3])
    assert not is_whole(data[: len(data) // 2])
