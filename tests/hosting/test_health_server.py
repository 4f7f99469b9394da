"""The health page tells the truth."""

from __future__ import annotations

import asyncio
import errno
import os
import sys
from pathlib import Path

import aiohttp
import pytest
from prometheus_client import CONTENT_TYPE_LATEST

from hosting.health_server import Health, HealthServerFailed, health_server
from hosting.shared_answer import SharedAnswer
from tests.hosting.test_health import ROOT, answering, run

HOST = "127.0.0.1"


async def get(port: int, page: str, host: str = HOST) -> tuple[int, str]:
    """Return the status and the text of *page*."""
    async with aiohttp.ClientSession() as session, session.get(f"http://{host}:{port}{page}") as answer:
        return answer.status, await answer.text()


async def test_a_bot_that_is_not_ready_names_each_part_and_is_alive_all_the_same(unused_tcp_port: int) -> None:
    health = Health(answering("gateway: not ready yet", "database: no answer within 2 s"))

    async with health_server(HOST, unused_tcp_port, health):
        before = await get(unused_tcp_port, "/readyz")
        alive = await get(unused_tcp_port, "/healthz")
        health.troubles = answering()
        after = await get(unused_tcp_port, "/readyz")

    assert before == (503, "gateway: not ready yet\ndatabase: no answer within 2 s")
    assert alive == after == (200, "ok")


async def test_a_bot_that_still_starts_is_alive_and_not_ready(unused_tcp_port: int) -> None:
    async with health_server(HOST, unused_tcp_port, Health()):
        assert await get(unused_tcp_port, "/healthz") == (200, "ok")
        assert await get(unused_tcp_port, "/readyz") == (503, "bot: starting")


async def test_prometheus_can_read_the_metrics(unused_tcp_port: int) -> None:
    url = f"http://{HOST}:{unused_tcp_port}/metrics"

    async with health_server(HOST, unused_tcp_port, Health()), aiohttp.request("GET", url) as answer:
        text = await answer.text()

    assert answer.headers["Content-Type"] == CONTENT_TYPE_LATEST
    assert "wanvas_images_delivered_total" in text


async def test_the_page_is_served_on_ipv6_too(unused_tcp_port: int) -> None:
    async with health_server("::1", unused_tcp_port, Health()):
        assert await get(unused_tcp_port, "/healthz", "[::1]") == (200, "ok")


async def test_an_address_that_cannot_be_used_is_told_with_its_settings(unused_tcp_port: int) -> None:
    async with health_server(HOST, unused_tcp_port, Health()):
        with pytest.raises(HealthServerFailed) as taken:
            await health_server(HOST, unused_tcp_port, Health()).__aenter__()
    with pytest.raises(HealthServerFailed) as elsewhere:
        await health_server("192.0.2.1", unused_tcp_port, Health()).__aenter__()

    what_to_do = "Set another HEALTH_PORT or HEALTH_HOST in .env, or HEALTH_PORT=0 for no health page."
    assert str(taken.value) == (
        f"The health page cannot use 127.0.0.1 port {unused_tcp_port} ({os.strerror(errno.EADDRINUSE)}). {what_to_do}"
    )
    assert f"192.0.2.1 port {unused_tcp_port} ({os.strerror(errno.EADDRNOTAVAIL)})" in str(elsewhere.value)


async def test_a_bot_whose_port_is_taken_ends_at_once_with_that_sentence(unused_tcp_port: int, tmp_path: Path) -> None:
    async with health_server(HOST, unused_tcp_port, Health()):
        code, said = await run([sys.executable, str(ROOT / "bot.py")], tmp_path, HEALTH_PORT=str(unused_tcp_port))

    assert code == 1
    assert said.endswith("or HEALTH_PORT=0 for no health page.\n")
    assert "Traceback" not in said


async def test_a_crowd_of_askers_shares_few_answers_and_none_is_older_than_its_question() -> None:
    asked = 0

    async def ask() -> int:
        nonlocal asked
        asked += 1
        await asyncio.sleep(0)
        return asked

    shared = SharedAnswer(ask)
    crowd = await asyncio.gather(*(shared.get() for _ in range(50)))
    later = await shared.get()

    assert set(crowd) <= {1, 2}
    assert later == asked


async def test_a_kept_answer_is_given_again() -> None:
    answers = iter(range(3))

    async def ask() -> int:
        return next(answers)

    shared = SharedAnswer(ask, kept_s=60)

    assert [await shared.get() for _ in range(3)] == [0, 0, 0]


async def test_callers_who_hang_up_do_not_make_the_bot_ask_again() -> None:
    asked, answers = 0, asyncio.Event()

    async def ask() -> str:
        nonlocal asked
        asked += 1
        await answers.wait()
        return "ok"

    async with SharedAnswer(ask, kept_s=60) as shared:
        for _ in range(10):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(shared.get(), 0.01)
        answers.set()

        assert (await shared.get(), asked) == ("ok", 1)


async def test_a_question_without_an_answer_ends_with_the_page() -> None:
    ended = asyncio.Event()

    async def ask() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async with SharedAnswer(ask) as shared:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(shared.get(), 0.01)

    assert ended.is_set()
