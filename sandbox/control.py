"""The control port: people act, tests read, faults are armed. See README.md in this folder."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any

from aiohttp import web

from sandbox import calls, page_files, page_security, views
from sandbox.actions import Actions
from sandbox.discord.gateway import Gateway
from sandbox.faults import Faults
from sandbox.panel_api import PanelApi, get_handler
from sandbox.program import Program
from sandbox.record import Record
from sandbox.records import Json
from sandbox.refusals import refuse
from sandbox.setup_api import SetupApi
from sandbox.wan.app import LocalWan
from sandbox.world import World

LONG_POLL_S = 25.0


class Control:
    """The routes of the control port over one world."""

    def __init__(self, world: World, gateway: Gateway, wan: LocalWan, faults: Faults, record: Record) -> None:
        self._world, self._gateway, self._wan = world, gateway, wan
        self._faults, self._record = faults, record
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
        app.middlewares.append(refuse)
        panel = PanelApi(self._world, self._gateway, self._wan, self._faults, self._record, lambda: self.program)
        post: dict[str, Callable[[Json], Any]] = {
            **Actions(self._world).routes(),
            **SetupApi(self._world).routes(),
            **panel.posts(),
            "/wan/settings": self._change_wan_settings,
        }
        for path, act in post.items():
            app.router.add_post(path, self._post_handler(path, act))
        app.router.add_post("/uploads", self._upload)
        app.router.add_get("/state", self._state)
        app.router.add_get("/changes", self._changes)
        app.router.add_get("/interaction/{interaction_id}", self._interaction)
        app.router.add_get("/files/{file_id}", self._file)
        for path, answer in {**panel.gets(), "/people": lambda _query: views.people(self._world)}.items():
            app.router.add_get(path, get_handler(answer))
        app.router.add_delete("/faults", get_handler(panel.disarm))
        page_files.add_page(app)
        return app

    def _post_handler(self, path: str, act: Callable[[Json], Any]) -> Callable[[web.Request], Awaitable[web.Response]]:
        """Wrap a call: read its body, and send the gateway events that it caused, before it is answered."""

        async def handle(request: web.Request) -> web.Response:
            body = calls.read(path, await request.read())
            try:
                answer = act(body)
                if isinstance(answer, Awaitable):
                    answer = await answer
            finally:
                await self._gateway.flush()
            return web.json_response(answer or {})

        return handle

    def _change_wan_settings(self, body: Json) -> None:
        self._wan.set(**body)

    async def _upload(self, request: web.Request) -> web.Response:
        limit, data = self._world.settings.person_upload_limit, bytearray()
        filename = calls.text(request.query, "filename")
        if (request.content_length or 0) <= limit:
            async for chunk in request.content.iter_any():
                data += chunk
                if len(data) > limit:
                    break
        if len(data) > limit or (request.content_length or 0) > limit:
            sentence = f"{filename} is over the limit of {limit / 1024**2:g} MB for each file."
            return web.json_response({"error": sentence}, status=413)
        name = self._world.snowflake()
        self._world.uploads[name] = (filename, bytes(data))
        return web.json_response({"id": name})

    async def _file(self, request: web.Request) -> web.Response:
        file = self._world.files.get(request.match_info["file_id"])
        if file is None:
            raise web.HTTPNotFound
        return web.Response(body=file.data)

    async def _interaction(self, request: web.Request) -> web.Response:
        interaction = self._world.interactions[request.match_info["interaction_id"]]
        found = [self._world.messages.get(name) for name in (interaction.original_id or "", *interaction.followups)]
        bodies = [None if message is None else self._world.message_json(message) for message in found]
        about = {"acknowledged_ms": interaction.acknowledged_ms, "callback_type": interaction.callback_type}
        return web.json_response(
            {**about, "response": bodies[0], "followups": bodies[1:], "choices": interaction.choices}
        )

    async def _state(self, request: web.Request) -> web.Response:
        person = self._world.people.get(calls.text(request.query, "person"))
        if person is None:
            return web.json_response({"error": "There is no person with that id."}, status=404)
        after, shown = calls.number(request.query, "after", -1, least=-1), self._shown(request.query)
        await self._wait_for_change(after=after)
        ready = self._gateway.ready
        if "shown" in request.query:
            found = views.page(self._world, person, ready=ready, shown=shown)
        else:
            channel = request.query.get("channel", "")
            found = views.state(self._world, person, ready=ready, channel=channel)
        return web.json_response({"run": self._run, **found})

    def _shown(self, query: Mapping[str, str]) -> views.Shown:
        """Return which messages a page asks for. What it knows counts only if it is of this run of the sandbox."""
        run, _, revision = query.get("known", "").partition("-")
        known = calls.number({"known": revision}, "known", -1)
        return views.Shown(
            query.get("shown", ""), calls.number(query, "last", 50), calls.number(query, "since", 0),
            query.get("target", ""), known=known if run == self._run else -1,
        )  # fmt: skip

    async def _wait_for_change(self, *, after: int) -> None:
        """Wait until the world is newer than the revision *after*, at most 25 s."""
        if self._world.revision <= after:
            with suppress(TimeoutError):
                async with asyncio.timeout(LONG_POLL_S):
                    await self._changed.wait()

    async def _changes(self, request: web.Request) -> web.WebSocketResponse:
        """Send the run and the revision over a WebSocket: at once, and after each change.

        The page waits here, because a browser leaves only six requests to a host open, over all tabs:
        https://www.rfc-editor.org/rfc/rfc7230#section-6.4 (2026-11-29)
        """
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async with asyncio.TaskGroup() as tasks:
            sending = tasks.create_task(self._send_changes(socket))
            async for _ in socket:  # until the page closes it
                pass
            sending.cancel()
        return socket

    async def _send_changes(self, socket: web.WebSocketResponse) -> None:
        with suppress(ConnectionError):
            while True:
                changed = self._changed
                await socket.send_json({"run": self._run, "revision": self._world.revision})
                await changed.wait()
