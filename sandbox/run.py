"""Start the local Discord and the local Wan on free ports of 127.0.0.1."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from aiohttp import web
from aiohttp.typedefs import Middleware

from sandbox.clock import Clock
from sandbox.control import Control
from sandbox.discord.cdn import add_cdn
from sandbox.discord.gateway import Gateway
from sandbox.discord.rest import Rest
from sandbox.discord.transport import Transport
from sandbox.faults import Faults
from sandbox.record import Record
from sandbox.wan.app import WAN, LocalWan, make_app
from sandbox.world import World

HOST = "127.0.0.1"


@dataclass
class Sandbox:
    """The running parts of a sandbox, and their addresses."""

    world: World
    gateway_server: Gateway
    local_wan: LocalWan
    clock: Clock
    faults: Faults
    record: Record
    controls: Control
    token: str
    key: str
    rest: str
    gateway: str
    cdn: str
    wan: str
    control: str
    outside: str

    def lines(self) -> list[str]:
        """Return the addresses and secrets as ``serve`` prints them, one ``name=value`` a line."""
        names = ("rest", "gateway", "cdn", "wan", "control", "outside", "token", "key")
        return [f"{name}={getattr(self, name)}" for name in names]

    def set_delay(self, seconds: float) -> None:
        """Set how long the local Wan takes for an image. A fragment of a story takes a sixtieth of that."""
        self.local_wan.set(delay_s=seconds, chunk_s=seconds / 60)


@asynccontextmanager
async def sandbox(around: Sequence[Middleware] = ()) -> AsyncIterator[Sandbox]:
    """Run a sandbox for the length of the block. Nothing is kept afterwards.

    *around* are aiohttp middlewares, outermost first, around every request to the local Discord and the local Wan.
    Tests use them to kill a bot before, during or after a request.
    """
    clock, faults, record = Clock(), Faults(), Record()
    token, key = f"sandbox-{secrets.token_urlsafe(24)}", f"sandbox-{secrets.token_urlsafe(24)}"
    world = World(clock)
    gateway = Gateway(world, faults, record, token)
    discord = _discord_app(around, gateway, Transport(world, faults, record, token))
    wan = make_app(key=key, clock=clock, faults=faults, record=record)
    for middleware in reversed(around):
        wan.middlewares.insert(0, middleware)
    controls = Control(world, gateway, wan[WAN], faults, record)
    async with AsyncExitStack() as stack:
        ports = [await _serve(stack, app) for app in (discord, wan, controls.app(), _outside(record))]
        world.cdn = f"http://{HOST}:{ports[0]}"
        wan[WAN].hosts.add(f"{HOST}:{ports[0]}")
        yield Sandbox(
            world, gateway, wan[WAN], clock, faults, record, controls, token, key,
            rest=f"http://{HOST}:{ports[0]}/api/v10",
            gateway=f"ws://{HOST}:{ports[0]}/gateway",
            cdn=world.cdn,
            wan=f"http://{HOST}:{ports[1]}/api/v1",
            control=f"http://{HOST}:{ports[2]}",
            outside=f"http://{HOST}:{ports[3]}",
        )  # fmt: skip


def _discord_app(around: Sequence[Middleware], gateway: Gateway, transport: Transport) -> web.Application:
    app = web.Application(client_max_size=64 * 1024 * 1024, middlewares=[*around, _flushing(gateway)])
    app.router.add_get("/gateway", gateway.handle)
    add_cdn(app, transport.world, transport.faults, transport.record)
    Rest(transport).add_to(app)
    return app


def _flushing(gateway: Gateway) -> web.middleware:  # type: ignore[valid-type]  # aiohttp's decorator, used as a type
    """Return a middleware that sends the gateway events of a REST call once the call is answered."""

    @web.middleware
    async def flush(request: web.Request, handler: object) -> web.StreamResponse:
        try:
            response: web.StreamResponse = await handler(request)  # type: ignore[operator]  # aiohttp's handler
        finally:
            await gateway.flush()
        return response

    return flush


def _outside(record: Record) -> web.Application:
    """Return the app of the outside address, which records every request under ``outside``."""

    async def answer(request: web.Request) -> web.Response:
        record.add("outside", method=request.method, path=request.path)
        return web.Response(text="the bot must not fetch this address")

    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", answer)
    return app


async def _serve(stack: AsyncExitStack, app: web.Application) -> int:
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.2)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, HOST, 0).start()
    port: int = runner.addresses[0][1]
    return port
