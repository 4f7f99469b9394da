"""A local Wan for each test, without delays."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web
from pydantic import SecretStr

from imagegen.wan.client import Timeouts, WanClient
from sandbox.clock import Clock
from sandbox.faults import Faults
from sandbox.record import Record
from sandbox.wan.app import WAN, make_app
from tests.sandbox.wan.house import KEY, House


@pytest.fixture
async def house() -> AsyncIterator[House]:
    clock, faults, record = Clock(), Faults(), Record()
    app = make_app(key=KEY, clock=clock, faults=faults, record=record)
    app[WAN].set(delay_s=0.0, chunk_s=0.0, submit_rate=100, query_rate=100)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    base_url = f"http://127.0.0.1:{runner.addresses[0][1]}/api/v1"
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as session:
        patient = Timeouts(answer_timeout_s=3, connect_s=3)  # a busy machine takes a second to draw
        client = WanClient(session, base_url, SecretStr(KEY), patient)
        yield House(base_url, client, session, clock, faults, record, app)
    await runner.cleanup()
