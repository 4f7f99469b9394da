"""A server for the client: it gives the answer that a test chooses, and stores the requests."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web
from pydantic import SecretStr

from imagegen.wan.client import Timeouts, WanClient
from imagegen.wan.requests import Generation

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
ANSWER = {"output": {"choices": [{"message": {"content": [{"type": "image", "image": "http://a/1.png"}]}}]}}


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


def in_pieces(data: bytes, count: int, every_s: float) -> Answer:
    """Answer *data* in so many pieces, with a pause before each."""

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": str(len(data))})
        await response.prepare(request)
        size = -(-len(data) // count)
        for at in range(0, len(data), size):
            await asyncio.sleep(every_s)
            await response.write(data[at : at + size])
        return response

    return answer


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


@asynccontextmanager
async def serve() -> AsyncIterator[Endpoint]:
    """Serve on a free port of this machine, with a client whose waits are short."""

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
            Timeouts(answer_timeout_s=0.3, silence_s=0.3, task_s=0.3, download_s=0.3, download_most_s=1.0),
        )
        found = Endpoint(url, client, session, well)
        yield found
    await runner.cleanup()


def example(*images: str) -> Generation:
    """Return a request for one image."""
    given = images or ("https://a/1.png",)
    return Generation("wan2.6-image", "make it night", given, 1, "1K", "", 7, True, False)
