"""Start the local Discord and the local Wan on ports of 127.0.0.1."""

from __future__ import annotations

import errno
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
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


class UnusablePort(RuntimeError):
    """A port cannot be opened. The message is a sentence for the person who chose the port."""


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
async def sandbox(
    around: Sequence[Middleware] = (),
    *,
    port: int | None = None,
    bot_name: str = "Wanvas",
    set_stage: Callable[[World], None] | None = None,
) -> AsyncIterator[Sandbox]:
    """Run a sandbox for the length of the block. Nothing is kept afterwards.

    *around* are aiohttp middlewares, outermost first, around every request to the local Discord and the local Wan.
    Tests use them to kill a bot before, during or after a request.

    Without *port*, all ports are free ones. With it, the control port is *port*, and the local Discord has the port
    after it: a page that stays open through a restart may load images only from there. UnusablePort if one is not free.
    *set_stage* is World's.
    """
    clock, faults, record = Clock(), Faults(), Record()
    token, key = f"sandbox-{secrets.token_urlsafe(24)}", f"sandbox-{secrets.token_urlsafe(24)}"
    world = World(clock, bot_name=bot_name, set_stage=set_stage)
    gateway = Gateway(world, faults, record, token)
    discord = _discord_app(around, gateway, Transport(world, faults, record, token))
    wan = make_app(key=key, clock=clock, faults=faults, record=record)
    for middleware in reversed(around):
        wan.middlewares.insert(0, middleware)
    controls = Control(world, gateway, wan[WAN], faults, record)
    async with AsyncExitStack() as stack:
        control_port = await _serve(stack, controls.app(), port or 0)
        try:
            discord_port = await _serve(stack, discord, port + 1 if port else 0)
        except UnusablePort as error:
            raise UnusablePort(f"The local Discord needs the port after {port}. {error}") from error
        wan_port, outside_port = await _serve(stack, wan), await _serve(stack, _outside(record))
        world.cdn = f"http://{HOST}:{discord_port}"
        wan[WAN].hosts.add(f"{HOST}:{discord_port}")
        yield Sandbox(
            world, gateway, wan[WAN], clock, faults, record, controls, token, key,
            rest=f"http://{HOST}:{discord_port}/api/v10",
            gateway=f"ws://{HOST}:{discord_port}/gateway",
            cdn=world.cdn,
            wan=f"http://{HOST}:{wan_port}/api/v1",
            control=f"http://{HOST}:{control_port}",
            outside=f"http://{HOST}:{outside_port}",
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


async def _serve(stack: AsyncExitStack, app: web.Application, port: int = 0) -> int:
    """Serve *app* on *port*, or on a free port if that is 0. Return the port; UnusablePort if it cannot be opened."""
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.2)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    try:
        await web.TCPSite(runner, HOST, port).start()
    except OSError as error:
        raise UnusablePort(_why_unusable(port, error)) from error
    found: int = runner.addresses[0][1]
    return found


def _why_unusable(port: int, error: OSError) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return f"Port {port} is taken by another program."
        case errno.EACCES:
            return f"Port {port} needs the rights of an administrator."
        case _:
            return f"Port {port} cannot be opened: {error.strerror}."
