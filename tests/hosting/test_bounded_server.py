"""Callers of the health page, however unfriendly, leave it answerable and take nothing from the bot."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from time import monotonic

import pytest

from hosting import bounded_server
from hosting.bounded_server import SHUTDOWN_S
from hosting.health_server import Health, health_server
from tests.hosting.test_health import answering
from tests.hosting.test_health_server import HOST, get

FEW = 4  # connections, so that the tests are quick
CALLERS = 4 * FEW
ENOUGH_S = 3.0  # on a machine that others use
LONG = Health(answering("a" * 5_000_000))  # an answer that no buffer of the kernel holds
WHOLE = b"GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n"
HALF = WHOLE[:-2] + b"X-A: "
SECRET = b"heronry"
MALFORMED = {
    "a long line": SECRET * 100_000,
    "a wrong version": b"GET /%b HTTP/9.9\r\n\r\n" % SECRET,
    "a wrong header": b"GET / HTTP/1.1\r\nHost: a\r\n%b\r\n\r\n" % SECRET,
    "a long header": HALF + SECRET * 2_000 + b"\r\n\r\n",
    "many headers": b"GET / HTTP/1.1\r\nHost: a\r\n" + b"A: %b\r\n" % SECRET * 500 + b"\r\n",
    "a wrong body": b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n%b\r\n" % SECRET,
}


@asynccontextmanager
async def calling(port: int, sends: bytes) -> AsyncIterator[socket.socket]:
    """Hold a connection on which *sends* was sent and nothing is read."""
    loop = asyncio.get_running_loop()
    with socket.socket() as link:
        link.setblocking(False)
        link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        await loop.sock_connect(link, (HOST, port))
        await loop.sock_sendall(link, sends)
        yield link


async def answer_to(link: socket.socket) -> bytes:
    """Return what the page sends next; nothing if it ended the connection."""
    try:
        return await asyncio.wait_for(asyncio.get_running_loop().sock_recv(link, 65536), ENOUGH_S)
    except ConnectionError:
        return b""


def descriptors() -> int:
    """Return how many descriptors this process has."""
    return len(os.listdir("/proc/self/fd"))


@pytest.fixture(autouse=True)
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded_server, "MAX_CONNECTIONS", FEW)


@pytest.mark.parametrize("sends", [HALF, WHOLE], ids=["half a request", "a request whose answer they do not read"])
async def test_a_crowd_that_holds_connections_gets_few_of_them_and_others_an_answer(
    sends: bytes, unused_tcp_port: int
) -> None:
    async with health_server(HOST, unused_tcp_port, LONG), AsyncExitStack() as crowd:
        before = descriptors()

        for _ in range(CALLERS):
            await crowd.enter_async_context(calling(unused_tcp_port, sends))
        answer = await asyncio.wait_for(get(unused_tcp_port, "/healthz"), ENOUGH_S)

        assert answer == (200, "ok")
        assert descriptors() - before - CALLERS < 2 * FEW


async def test_a_request_that_does_not_arrive_whole_is_ended(
    unused_tcp_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded_server, "IDLE_S", 0.1)

    async with health_server(HOST, unused_tcp_port, Health()), calling(unused_tcp_port, HALF) as link:
        assert await answer_to(link) == b""


@pytest.mark.parametrize("sends", MALFORMED.values(), ids=MALFORMED)
async def test_a_malformed_request_writes_no_line_into_the_log(
    sends: bytes, unused_tcp_port: int, caplog: pytest.LogCaptureFixture
) -> None:
    async with health_server(HOST, unused_tcp_port, Health()), calling(unused_tcp_port, sends) as link:
        answer = await answer_to(link)

    assert answer.startswith(b"HTTP/1.0 400 ")
    assert caplog.messages == []


async def test_a_defect_of_a_page_is_logged(unused_tcp_port: int, caplog: pytest.LogCaptureFixture) -> None:
    async def defect() -> list[str]:
        raise RuntimeError

    async with health_server(HOST, unused_tcp_port, Health(defect)):
        status, _ = await get(unused_tcp_port, "/readyz")

    assert status == 500
    assert [record.levelname for record in caplog.records] == ["ERROR"]


async def test_callers_who_neither_read_nor_end_do_not_delay_the_stop(unused_tcp_port: int) -> None:
    async with AsyncExitStack() as callers:
        async with health_server(HOST, unused_tcp_port, LONG):
            for sends in (HALF, WHOLE):
                await callers.enter_async_context(calling(unused_tcp_port, sends))
            await get(unused_tcp_port, "/healthz")
            began_s = monotonic()

        assert monotonic() - began_s < 4 * SHUTDOWN_S


async def test_callers_who_hang_up_leave_no_task_that_waits(unused_tcp_port: int) -> None:
    async def silent() -> list[str]:
        await asyncio.Event().wait()
        return []

    async with health_server(HOST, unused_tcp_port, Health(silent)):
        before = asyncio.all_tasks()  # other tests of this worker have theirs

        for _ in range(CALLERS):
            async with calling(unused_tcp_port, WHOLE):
                await get(unused_tcp_port, "/healthz")

        left = asyncio.all_tasks() - before
        assert len(left) < CALLERS


@pytest.mark.parametrize("request_line", ["GET /", "GET /.env", "POST /metrics", "CONNECT /metrics"])
async def test_there_are_no_other_pages(request_line: str, unused_tcp_port: int) -> None:
    sends = f"{request_line} HTTP/1.1\r\nHost: a\r\n\r\n".encode()

    async with health_server(HOST, unused_tcp_port, Health()), calling(unused_tcp_port, sends) as link:
        assert (await answer_to(link)).startswith(b"HTTP/1.1 404 ")
