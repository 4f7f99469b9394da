"""All REST routes. Each subject has a file. https://discord.com/developers/docs/reference (2026-11-22)"""

from __future__ import annotations

from aiohttp import web

from sandbox.discord.account import Account
from sandbox.discord.callbacks import Callbacks
from sandbox.discord.channels import Channels
from sandbox.discord.commands import Commands
from sandbox.discord.guilds import Guilds
from sandbox.discord.pins import Pins
from sandbox.discord.reactions import Reactions
from sandbox.discord.threads import Threads
from sandbox.discord.transport import Answer, Call, Transport


class Rest:
    """The REST routes of one world."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        world, faults = transport.world, transport.faults
        channels = (Pins(world), Channels(world, faults), Reactions(world), Threads(world))
        self._with_token = (Account(world), Commands(world, faults), Guilds(world), *channels)
        self._by_interaction = Callbacks(world, faults)

    def add_to(self, app: web.Application) -> None:
        """Add every route to *app*. An unknown route answers 404 with its own name."""
        add, route = app.router.add_route, self._transport.route
        for part in self._with_token:
            for method, path, handler in part.routes():
                add(method, f"/api/v10{path}", route(handler))
        for method, path, handler in self._by_interaction.routes():
            add(method, f"/api/v10{path}", route(handler, with_token=False))
        add("*", "/api/v10/{rest:.*}", route(self._unknown))

    def _unknown(self, request: web.Request, _call: Call) -> Answer:
        return 404, {"message": f"the sandbox has no route {request.method} {request.path}", "code": 0}
