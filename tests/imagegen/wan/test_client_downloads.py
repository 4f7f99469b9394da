"""The client downloads results from Wan's hosts only, without the key, and knows which links are dead."""

import aiohttp
import pytest
from pydantic import SecretStr

from imagegen.errors import WanLinkLost, WanUnanswered
from imagegen.wan.client import WanClient
from tests.imagegen.imaging.drawn import encoded, halves
from tests.imagegen.wan.endpoint import Answer, Endpoint, cut_in_the_answer, elsewhere, giving, in_pieces, silent

PNG = encoded(halves(), "PNG")


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


async def test_a_large_result_may_take_long_as_long_as_it_moves(endpoint: Endpoint) -> None:
    endpoint.answer = in_pieces(PNG, count=5, every_s=0.08)  # a pause may take 0.3 s, and the whole 1 s

    assert await endpoint.client.download(endpoint.url + "/1.png", len(PNG)) == PNG


async def test_a_download_that_never_ends_is_given_up(endpoint: Endpoint) -> None:
    endpoint.answer = in_pieces(PNG, count=50, every_s=0.1)

    with pytest.raises(WanUnanswered):
        await endpoint.client.download(endpoint.url + "/1.png", len(PNG))


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
