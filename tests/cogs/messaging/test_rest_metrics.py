"""Discord's answers are counted by status, and acknowledgements measured against Discord's 3 s."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta

import aiohttp
import discord
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from cogs.messaging import rest_metrics
from imagegen import metrics


def value(name: str, **labels: str) -> float:
    return metrics.REGISTRY.get_sample_value(name, labels) or 0.0


def answers(status: str) -> float:
    return value("wanvas_discord_responses_total", status=status)


@pytest.fixture
async def discord_like() -> AsyncIterator[TestServer]:
    """Return a server that answers the status in the query."""

    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=int(request.query["status"]))

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    server = TestServer(app)
    async with server:
        yield server


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    trace = aiohttp.TraceConfig()
    rest_metrics.count(trace)
    async with aiohttp.ClientSession(trace_configs=[trace]) as session:
        yield session


def callback(created_s_ago: float) -> str:
    """Return the path of an acknowledgement of an interaction that was created so long ago."""
    made = discord.utils.time_snowflake(discord.utils.utcnow() - timedelta(seconds=created_s_ago))
    return f"/api/v10/interactions/{made}/token/callback"


@pytest.mark.parametrize(
    ("status", "label"), [(200, "2xx"), (204, "2xx"), (403, "403"), (429, "429"), (418, "4xx"), (502, "5xx")]
)
async def test_an_answer_is_counted_by_its_status(
    discord_like: TestServer, session: aiohttp.ClientSession, status: int, label: str
) -> None:
    before = answers(label)

    await session.get(discord_like.make_url(f"/channels?status={status}"))

    assert answers(label) == before + 1


async def test_a_call_without_an_answer_is_counted_too(session: aiohttp.ClientSession, unused_tcp_port: int) -> None:
    before = answers("none")

    with suppress(aiohttp.ClientConnectorError):
        await session.get(f"http://127.0.0.1:{unused_tcp_port}/")

    assert answers("none") == before + 1


async def test_a_call_that_is_given_up_is_counted_as_unanswered(session: aiohttp.ClientSession) -> None:
    async def read_only(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    before = answers("none")

    async with await asyncio.start_server(read_only, "127.0.0.1", 0) as silent:
        with suppress(TimeoutError):
            async with asyncio.timeout(0.1):
                await session.get(f"http://127.0.0.1:{silent.sockets[0].getsockname()[1]}/")

    assert answers("none") == before + 1


async def test_an_acknowledgement_is_measured_from_the_creation_of_the_interaction(
    discord_like: TestServer, session: aiohttp.ClientSession
) -> None:
    before = value("wanvas_acknowledgement_seconds_sum"), value("wanvas_acknowledgement_seconds_count")

    await session.post(discord_like.make_url(f"{callback(created_s_ago=2.0)}?status=200"))

    took_s = value("wanvas_acknowledgement_seconds_sum") - before[0]
    assert 2.0 <= took_s < 2.0 + 5.0
    assert value("wanvas_acknowledgement_seconds_count") == before[1] + 1


async def test_an_acknowledgement_that_came_too_late_is_counted_and_not_measured(
    discord_like: TestServer, session: aiohttp.ClientSession
) -> None:
    before = value("wanvas_late_acknowledgements_total"), value("wanvas_acknowledgement_seconds_count")

    await session.post(discord_like.make_url(f"{callback(created_s_ago=4.0)}?status=404"))

    after = value("wanvas_late_acknowledgements_total"), value("wanvas_acknowledgement_seconds_count")
    assert after == (before[0] + 1, before[1])


async def test_a_clock_behind_discords_makes_no_negative_time(
    discord_like: TestServer, session: aiohttp.ClientSession
) -> None:
    before = value("wanvas_acknowledgement_seconds_sum")

    await session.post(discord_like.make_url(f"{callback(created_s_ago=-5.0)}?status=200"))

    assert value("wanvas_acknowledgement_seconds_sum") == before
