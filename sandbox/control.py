"""The control port: people act, tests read, faults are armed. See README.md in this folder."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from aiohttp import web

from sandbox import page_security, views
from sandbox.actions import Actions
from sandbox.clock import Clock
from sandbox.discord.errors import ClientRefusal, DiscordError
from sandbox.discord.gateway import Gateway
from sandbox.faults import DECLARED, Faults, UnknownFault
from sandbox.program import Program
from sandbox.record import Record
from sandbox.records import Json
from sandbox.setup_api import SetupApi
from sandbox.wan.app import LocalWan
from sandbox.world import World

PAGE = Path(__file__).parent / "page"
LONG_POLL_S = 25.0
MOST_MESSAGES = 5000  # of one answer to the page


class Control:
    """The routes of the control port over one world."""

    def __init__(
        self, world: World, gateway: Gateway, wan: LocalWan, clock: Clock, faults: Faults, record: Record
    ) -> None:
        self._world, self._gateway, self._wan = world, gateway, wan
        self._clock, self._faults, self._record = clock, faults, record
        self.program: Program | None = None  # the bot that ``play`` runs
        self._changed = asyncio.Event()
        self._run = secrets.token_hex(4)  # tells the page that the sandbox was restarted
        world.on_change.append(self._notify)

    def _notify(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    def app(self) -> web.Application:
        """Return the web application with the page and every call that README.md lists."""
        app = web.Application(client_max_size=128 * 1024 * 1024)
        page_security.protect(app, self._world)
        post: dict[str, Callable[[Json], Any]] = {
            **Actions(self._world).routes(),
            **SetupApi(self._world).routes(),
            "/faults": self._arm,
            "/clock": self._advance,
            "/wan/settings": self._change_wan_settings,
        }
        for path, act in post.items():
            app.router.add_post(path, self._post_handler(act))
        app.router.add_post("/uploads", self._upload)
        app.router.add_get("/state", self._state)
        app.router.add_get("/interaction/{interaction_id}", self._interaction)
        app.router.add_get("/files/{file_id}", self._file)
        app.router.add_get("/record", self._record_entries)
        app.router.add_get("/people", self._get_handler(lambda: views.people(self._world)))
        app.router.add_get("/wan/bill", self._get_handler(self._bill))
        app.router.add_get("/faults", self._get_handler(self._known_faults))
        app.router.add_delete("/faults", self._get_handler(self._faults.disarm))
        app.router.add_get("/", self._page)
        app.router.add_static("/page", PAGE)
        return app

    def _post_handler(self, act: Callable[[Json], Any]) -> Callable[[web.Request], Awaitable[web.Response]]:
        """Wrap a call: answer 400 with the error's sentence if it fails, and send the events it caused."""

        async def handle(request: web.Request) -> web.Response:
            try:
                answer = act(json.loads(await request.read()))
            except (ClientRefusal, UnknownFault, DiscordError, KeyError, TypeError, ValueError) as error:
                return web.json_response({"error": f"{type(error).__name__}: {error}"}, status=400)
            await self._gateway.flush()
            return web.json_response(answer or {})

        return handle

    @staticmethod
    def _get_handler(answer: Callable[[], Any]) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(_request: web.Request) -> web.Response:
            return web.json_response(answer() or {})

        return handle

    async def _page(self, _request: web.Request) -> web.FileResponse:
        return web.FileResponse(PAGE / "index.html")

    def _arm(self, body: Json) -> None:
        body = dict(body)
        self._faults.arm(str(body.pop("name")), int(body.pop("times", 1)), **body)

    def _known_faults(self) -> Json:
        known = [{"name": f.name, "sentence": f.sentence, "arguments": dict(f.arguments)} for f in DECLARED.values()]
        return {"known": known, "armed": self._faults.armed()}

    def _advance(self, body: Json) -> None:
        self._clock.advance(float(body["advance_s"]))

    async def _record_entries(self, request: web.Request) -> web.Response:
        self._wan.settle()
        entries, part = self._record.as_json(), request.query.get("part")
        return web.json_response({part: entries[part]} if part else entries)

    def _bill(self) -> Json:
        return {**self._wan.bill(), "microusd": self._wan.bill_microusd()}

    def _change_wan_settings(self, body: Json) -> None:
        self._wan.set(**body)

    async def _upload(self, request: web.Request) -> web.Response:
        name = self._world.snowflake()
        self._world.uploads[name] = (request.query["filename"], await request.read())
        return web.json_response({"id": name})

    async def _file(self, request: web.Request) -> web.Response:
        file = self._world.files.get(request.match_info["file_id"])
        return web.Response(status=404) if file is None else web.Response(body=file.data)

    async def _interaction(self, request: web.Request) -> web.Response:
        interaction = self._world.interactions[request.match_info["interaction_id"]]
        found = [self._world.messages.get(name) for name in (interaction.original_id or "", *interaction.followups)]
        bodies = [None if message is None else self._world.message_json(message) for message in found]
        about = {"acknowledged_ms": interaction.acknowledged_ms, "callback_type": interaction.callback_type}
        return web.json_response(
            {**about, "response": bodies[0], "followups": bodies[1:], "choices": interaction.choices}
        )

    async def _state(self, request: web.Request) -> web.Response:
        person = self._world.people.get(request.query["person"])
        if person is None:
            return web.json_response({"error": "nobody has that id"}, status=404)
        await self._wait_for_change(after=int(request.query.get("after", "-1")))
        channel, shown = request.query.get("channel", ""), request.query.get("shown")
        if shown is None:
            found = views.state(self._world, person, ready=self._gateway.ready, channel=channel)
        else:
            last = min(int(request.query.get("last", "50")), MOST_MESSAGES)
            found = views.page(self._world, person, ready=self._gateway.ready, shown=shown, last=last)
        return web.json_response({"run": self._run, **found})

    async def _wait_for_change(self, *, after: int) -> None:
        """Wait until the world is newer than the revision *after*, at most 25 s."""
        if self._world.revision <= after:
            with suppress(TimeoutError):
                async with asyncio.timeout(LONG_POLL_S):
                    await self._changed.wait()
