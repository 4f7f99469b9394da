"""Which process a request came from: two may talk from the same port to two of the sandbox's."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import AsyncExitStack
from dataclasses import dataclass

from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.chaos.bots import requester
from tests.ports import free_port

TALK = """
import socket, sys
mine, theirs = map(int, sys.argv[1:])
with socket.socket() as talk:
    talk.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    talk.bind(("127.0.0.1", mine))
    talk.connect(("127.0.0.1", theirs))
    sys.stdin.readline()
    talk.sendall(b"GET / HTTP/1.1\\r\\nHost: here\\r\\n\\r\\n")
    talk.recv(1)
"""


@dataclass(frozen=True)
class Talker:
    """What is asked of a bot."""

    pid: int
    dead: bool = False


async def listening(stack: AsyncExitStack, talkers: list[Talker], asked: list[int]) -> int:
    """The port of a server that writes down which of *talkers* asked."""

    async def answer(request: web.Request) -> web.Response:
        found = requester(request, talkers)  # type: ignore[arg-type]  # they have what is asked of a bot
        asked.append(0 if found is None else found.pid)
        return web.Response()

    app = web.Application()
    app.router.add_get("/", answer)
    server = await stack.enter_async_context(TestServer(app))
    assert server.port is not None
    return server.port


async def test_two_bots_on_the_same_port_number_are_told_apart() -> None:
    talkers: list[Talker] = []
    asked: list[int] = []
    mine = free_port()
    async with AsyncExitStack() as stack:
        ports = [await listening(stack, talkers, asked) for _ in range(2)]
        bots: list[Process] = []
        for port in ports:
            command = [sys.executable, "-c", TALK, str(mine), str(port)]
            bots.append(await asyncio.create_subprocess_exec(*command, stdin=PIPE))
            talkers.append(Talker(bots[-1].pid))

        for bot in reversed(bots):  # both talk by now, or will wait
            await asyncio.sleep(1)
            assert bot.stdin is not None
            bot.stdin.write(b"\n")
            await bot.stdin.drain()
            async with asyncio.timeout(45):
                while bot.pid not in asked and len(asked) < 2:  # noqa: ASYNC110  # the other process rings no bell
                    await asyncio.sleep(0.02)
        for bot in bots:
            await bot.communicate()

    assert asked == [bot.pid for bot in reversed(bots)]
