"""A local Wan without delays, and the checks of a set-up that uses it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from hosting.connect import wan_client
from hosting.verify import wan
from hosting.verify.items import Check, Outcome
from hosting.verify.wan_calls import Waits
from imagegen.imaging.images import Decoder
from imagegen.settings import Settings
from imagegen.wan.client import new_session
from sandbox.clock import Clock
from sandbox.faults import Faults
from sandbox.record import Record
from sandbox.wan.app import WAN, LocalWan, make_app

KEY = "sandbox-key"


@dataclass
class Verification:
    """The checks of one run, in order, and the local Wan that they call."""

    settings: Settings
    checks: Sequence[Check]
    local: LocalWan

    async def run(self, *keys: str) -> dict[str, Outcome]:
        """Run the checks with these keys, or all, and return each outcome."""
        return {
            check.item.key: await check.verify() for check in self.checks if not keys or check.item.key in keys
        }  # fmt: skip

    def generated(self) -> int:
        """Return the number of requests to generate images that reached the local Wan."""
        return sum("services" in entry["path"] for entry in self.local.record.part("wan"))


@asynccontextmanager
async def verification(
    decoder: Decoder, *, result_s: float = 20.0, minute_s: float = 0.0, **values: object
) -> AsyncIterator[Verification]:
    """Serve a local Wan, and yield the checks of the settings *values* for it."""
    app = make_app(key=KEY, clock=Clock(), faults=Faults(), record=Record())
    app[WAN].set(delay_s=0.0, chunk_s=0.0, submit_rate=100, query_rate=100)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    base_url = f"http://127.0.0.1:{runner.addresses[0][1]}/api/v1"
    given = {"dashscope_http_base_url": base_url, "dashscope_api_key": KEY, **values}
    settings = Settings(_env_file=None, **given)  # type: ignore[arg-type]  # by name
    try:
        async with new_session() as session:
            waits = Waits(first_poll_s=0.01, poll_s=0.01, result_s=result_s, minute_s=minute_s)
            checks = wan.checks(settings, wan_client(session, settings), decoder, waits=waits)
            yield Verification(settings, checks, app[WAN])
    finally:
        await runner.cleanup()
