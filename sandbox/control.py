"""The control port: people act, tests ask, faults are armed. See README.md beside this file."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from aiohttp import web

from sandbox.clock import Clock
from sandbox.discord import interactions, posting
from sandbox.discord.errors import DiscordError
from sandbox.discord.gateway import Gateway
from sandbox.discord.interactions import Impossible
from sandbox.discord.posting import Upload
from sandbox.faults import DECLARED, Faults, UnknownFault
from sandbox.record import Record
from sandbox.wan.app import LocalWan
from sandbox.world import PERMISSIONS, Channel, Json, Message, Person, World

PAGE = Path(__file__).parent / "page"
LONG_POLL_S = 25.0


class Control:
    """The routes of the control port over one world."""

    def __init__(
        self, world: World, gateway: Gateway, wan: LocalWan, clock: Clock, faults: Faults, record: Record
    ) -> None:
        self._world, self._gateway, self._wan = world, gateway, wan
        self._clock, self._faults, self._record = clock, faults, record
        self._news = asyncio.Event()
        world.on_change.append(self._ring)

    def _ring(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    def app(self) -> web.Application:
        app = web.Application(client_max_size=128 * 1024 * 1024)
        post: dict[str, Callable[[Json], Any]] = {
            "/people": self._add_person,
            "/channels": self._add_channel,
            "/permissions": self._deny,
            "/act/slash": self._slash,
            "/act/menu": self._menu,
            "/act/message": self._message,
            "/act/press": self._press,
            "/act/modal": self._modal,
            "/act/delete": self._delete,
            "/faults": self._arm,
            "/clock": self._advance,
            "/wan/settings": self._set_wan,
            "/discord/settings": self._set_discord,
        }
        for path, act in post.items():
            app.router.add_post(path, self._acting(act))
        app.router.add_post("/uploads", self._upload)
        app.router.add_get("/state", self._state)
        app.router.add_get("/interaction/{interaction_id}", self._interaction)
        app.router.add_get("/files/{file_id}", self._file)
        app.router.add_get("/record", self._asking(self._record.as_json))
        app.router.add_get("/people", self._asking(self._people))
        app.router.add_get("/wan/bill", self._asking(self._wan.bill))
        app.router.add_get("/faults", self._asking(self._known_faults))
        app.router.add_delete("/faults", self._asking(self._faults.disarm))
        app.router.add_get("/", self._page)
        app.router.add_static("/page", PAGE)
        return app

    def _acting(self, act: Callable[[Json], Any]) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            try:
                answer = act(json.loads(await request.read()))
            except (Impossible, UnknownFault, DiscordError, KeyError, TypeError, ValueError) as error:
                return web.json_response({"error": f"{type(error).__name__}: {error}"}, status=400)
            await self._gateway.flush()
            return web.json_response(answer or {})

        return handle

    @staticmethod
    def _asking(answer: Callable[[], Any]) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(_request: web.Request) -> web.Response:
            return web.json_response(answer() or {})

        return handle

    async def _page(self, _request: web.Request) -> web.FileResponse:
        return web.FileResponse(PAGE / "index.html")

    def _people(self) -> list[Json]:
        people = self._world.people.values()
        return [{"id": person.id, "name": person.name, "manager": person.manager} for person in people]

    def _person(self, said: Json) -> Person:
        return self._world.people[str(said["person"])]

    def _channel(self, said: Json) -> Channel:
        name = str(said["channel"])
        if name == "dm":
            return self._world.dm_with(self._person(said).id)
        found = [channel for channel in self._world.channels.values() if name in (channel.id, channel.name)]
        return found[0] if found else self._world.channels[name]

    def _seen(self, said: Json) -> Message:
        message = self._world.messages[str(said["message"])]
        if message.ephemeral_for not in (None, str(said["person"])):
            raise Impossible("that message is somebody else's alone")
        return message

    def _add_person(self, said: Json) -> Json:
        manager = bool(said.get("manager"))
        return {"id": self._world.add_person(said["name"], locale=said.get("locale", "en-US"), manager=manager).id}

    def _add_channel(self, said: Json) -> Json:
        return {"id": self._world.add_channel(said["name"], _permissions(said.get("deny", []))).id}

    def _deny(self, said: Json) -> None:
        channel = self._world.channels[str(said["channel"])]
        channel.denied = _permissions(said["deny"])
        self._world.emit("CHANNEL_UPDATE", self._world.channel_json(channel), channel)

    def _slash(self, said: Json) -> Json:
        person, channel = self._person(said), self._channel(said)
        made = interactions.slash(self._world, person, channel, said["command"], said.get("options") or {})
        return {"interaction": made.id}

    def _menu(self, said: Json) -> Json:
        message = self._seen(said)
        channel = self._world.channels[message.channel_id]
        made = interactions.menu(self._world, self._person(said), channel, said["command"], message)
        return {"interaction": made.id}

    def _press(self, said: Json) -> Json:
        message = self._seen(said)
        made = interactions.press(self._world, self._person(said), message, said["custom_id"], said.get("values"))
        return {"interaction": made.id}

    def _modal(self, said: Json) -> Json:
        modal = self._world.modals[str(said["modal"])]
        if modal.person_id != str(said["person"]):
            raise Impossible("that modal is open at somebody else")
        made = interactions.submit(self._world, self._person(said), modal, dict(said["values"]))
        return {"interaction": made.id}

    def _message(self, said: Json) -> Json:
        world, channel = self._world, self._channel(said)
        uploads = [Upload(str(n), *world.uploads[name]) for n, name in enumerate(said.get("uploads") or [])]
        payload: Json = {
            "content": said.get("content", ""),
            "embeds": [_embed(world, e) for e in said.get("embeds") or []],
        }
        extra: Json = {}
        if (there := said.get("reply_to")) is not None:
            about = {"type": 0, "message_id": there, "channel_id": channel.id, "guild_id": channel.server_id}
            extra = {"type": 19, "message_reference": about, "_replies_to": there}
            payload["_pings"] = self._pinged(world.messages[there]) if said.get("ping_reply", True) else []
        if (there := said.get("forward")) is not None:
            whole = world.message_json(world.messages[there])
            names = ("type", "content", "embeds", "attachments", "timestamp", "edited_timestamp", "flags", "mentions",
                     "mention_roles", "components")  # fmt: skip
            about = {"type": 1, "message_id": there, "channel_id": whole["channel_id"]}
            snapshot = {"message": {name: whole[name] for name in names}}
            extra = {"message_reference": about, "message_snapshots": [snapshot]}
        message = posting.create(world, channel, self._person(said).id, payload, uploads, **extra)
        return {"message": message.id}

    def _pinged(self, there: Message) -> list[str]:
        """Replying to what an interaction posted pings nobody: the reply ping is for regular messages."""
        return [] if there.body.get("webhook_id") else [there.author_id]

    def _delete(self, said: Json) -> None:
        message, person = self._seen(said), self._person(said)
        if message.author_id != person.id and not person.manager:
            raise Impossible("that message is not theirs to delete")
        posting.delete(self._world, message)

    def _arm(self, said: Json) -> None:
        said = dict(said)
        self._faults.arm(str(said.pop("name")), int(said.pop("times", 1)), **said)

    def _known_faults(self) -> Json:
        known = [{"name": f.name, "sentence": f.sentence, "arguments": dict(f.arguments)} for f in DECLARED.values()]
        return {"known": known, "armed": self._faults.armed()}

    def _advance(self, said: Json) -> None:
        self._clock.advance(float(said["advance_s"]))

    def _set_wan(self, said: Json) -> None:
        self._wan.set(**said)

    def _set_discord(self, said: Json) -> None:
        for name, value in said.items():
            if name not in ("message_content", "upload_limit"):
                raise ValueError(f"the local Discord has no setting {name}")
            setattr(self._world, name, value)

    async def _upload(self, request: web.Request) -> web.Response:
        name = self._world.snowflake()
        self._world.uploads[name] = (request.query["filename"], await request.read())
        return web.json_response({"id": name})

    async def _file(self, request: web.Request) -> web.Response:
        file = self._world.files.get(request.match_info["file_id"])
        return web.Response(status=404) if file is None else web.Response(body=file.data)

    async def _interaction(self, request: web.Request) -> web.Response:
        made = self._world.interactions[request.match_info["interaction_id"]]
        found = [self._world.messages.get(name) for name in (made.original_id or "", *made.followups)]
        bodies = [None if message is None else self._world.message_json(message) for message in found]
        about = {"acknowledged_ms": made.acknowledged_ms, "callback_type": made.callback_type}
        return web.json_response({**about, "response": bodies[0], "followups": bodies[1:]})

    async def _state(self, request: web.Request) -> web.Response:
        after = int(request.query.get("after", "-1"))
        if self._world.revision <= after:
            try:
                async with asyncio.timeout(LONG_POLL_S):
                    await self._news.wait()
            except TimeoutError:
                pass  # nothing new: the same state again
        return web.json_response(self._state_of(self._world.people[request.query["person"]]))

    def _state_of(self, person: Person) -> Json:
        world = self._world
        channels = [c for c in world.channels.values() if c.server_id or c.recipient == person.id]
        messages: dict[str, list[Json]] = {channel.id: [] for channel in channels}
        for message in sorted(world.messages.values(), key=lambda m: int(m.id)):
            if message.channel_id in messages and message.ephemeral_for in (None, person.id):
                body = {**world.message_json(message), "ephemeral_for": message.ephemeral_for}
                messages[message.channel_id].append(body)
        return {
            "revision": world.revision,
            "me": person.id,
            "bot": world.bot_id,
            "ready": self._gateway.ready,
            "people": self._people(),
            "channels": [{"id": c.id, "name": c.name, "dm": c.server_id is None} for c in channels],
            "messages": messages,
            "commands": world.commands,
            "modals": [{"id": m.id, **m.body} for m in world.modals.values() if m.person_id == person.id],
        }


def _permissions(names: list[str]) -> set[str]:
    if unknown := set(names) - set(PERMISSIONS):
        raise ValueError(f"no permission is called {sorted(unknown)}; there are {sorted(PERMISSIONS)}")
    return set(names)


def _embed(world: World, embed: Json) -> Json:
    """An embed as Discord passes it on: an outside picture gets an address of Discord's own beside its own."""
    if "image" in embed:
        file = next((f for f in reversed(world.files.values()) if f.filename == embed["image"].get("seen_as")), None)
        proxy = "" if file is None else world.signed(file)
        embed = {"type": "rich", **embed, "image": {"url": embed["image"]["url"], "proxy_url": proxy}}
    return embed
