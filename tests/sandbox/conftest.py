"""A bot without a library, over the sandbox's sockets: a test writes each request itself."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from sandbox.people import Control, Person, SentInteraction
from sandbox.program import Program
from sandbox.records import Interaction
from sandbox.run import Sandbox, sandbox

PNG = b"\x89PNG\r\n\x1a\n" + bytes(32)
GUILDS_AND_MESSAGES = 1 << 0 | 1 << 9 | 1 << 12
WITH_CONTENT = GUILDS_AND_MESSAGES | 1 << 15


@dataclass
class Events:
    """The events of one connection to the gateway, after its READY."""

    wire: WireBot
    seen: list[dict[str, Any]] = field(default_factory=list)
    socket: aiohttp.ClientWebSocketResponse | None = None

    async def next(self, name: str) -> Any:
        """Return the body of the next event of this name."""
        assert self.socket is not None
        while True:
            event = await self.socket.receive_json(timeout=5)
            self.seen.append(event)
            if event["t"] == name:
                return event["d"]


@dataclass
class WireBot:
    """A bot without a library: a test writes each request itself."""

    box: Sandbox
    session: aiohttp.ClientSession
    control: Control
    ana: Person
    channel: str

    async def call(self, method: str, path: str, body: Any = None, files: dict[str, bytes] | None = None) -> Any:
        """Make a call and return the status and the answer's JSON."""
        data: Any = None if body is None else json.dumps(body)
        headers = {"Authorization": f"Bot {self.box.token}"}
        if files:
            form = aiohttp.FormData({"payload_json": json.dumps(body)})
            for number, (name, content) in enumerate(files.items()):
                form.add_field(
                    f"files[{number}]", io.BytesIO(content), filename=name, content_type="application/octet-stream"
                )
            data = form
        async with self.session.request(method, self.box.rest + path, data=data, headers=headers) as answer:
            raw = await answer.read()
            return answer.status, json.loads(raw) if raw else None

    async def status(self, method: str, path: str, body: str | None = None) -> int:
        """Make a call of the control port with any *body*, and return the status."""
        async with self.session.request(method, self.control.url + path, data=body) as answer:
            return answer.status

    async def error(self, method: str, path: str, body: Any = None, files: dict[str, bytes] | None = None) -> Any:
        status, answer = await self.call(method, path, body, files)
        return status, answer["code"]

    async def post(self, body: Any, files: dict[str, bytes] | None = None) -> Any:
        return await self.call("POST", f"/channels/{self.channel}/messages", body, files)

    async def refused(self, body: Any, files: dict[str, bytes] | None = None) -> tuple[Any, str]:
        """Post a message, and return the error's code and its tree as text."""
        _, answer = await self.post(body, files)
        return answer["code"], json.dumps(answer.get("errors", {}))

    async def interaction(self) -> dict[str, Any]:
        return self.made(await self.ana.slash(self.channel, "ping")).payload

    def made(self, sent: SentInteraction) -> Interaction:
        return self.box.world.interactions[sent.id]

    async def register(self, *commands: dict[str, Any]) -> Any:
        """Register commands, and return the status and the answer."""
        return await self.call("PUT", f"/applications/{self.box.world.bot_id}/commands", list(commands))

    async def answer(self, payload: dict[str, Any], kind: int, **data: Any) -> Any:
        """Answer an interaction, and return the status and the answer."""
        return await self.call("POST", self.callback(payload), {"type": kind, **({"data": data} if data else {})})

    async def server(self, name: str, **about: Any) -> str:
        return str((await self.control.post("/servers", name=name, **about))["id"])

    async def make(self, path: str, **about: Any) -> str:
        return str((await self.control.post(path, **about))["id"])

    def violations(self) -> list[Any]:
        """Return the sandbox's own violations of Discord's description."""
        return [found for found in self.box.record.part("violations") if found["side"] == "sandbox"]

    @asynccontextmanager
    async def events(self, intents: int = GUILDS_AND_MESSAGES, **identify: Any) -> AsyncIterator[Events]:
        """Connect to the gateway and identify, and yield after READY."""
        async with self.session.ws_connect(self.box.gateway) as socket:
            fields = {"token": self.box.token, "intents": intents, "properties": {}, **identify}
            await socket.send_json({"op": 2, "d": fields})
            found = Events(self, socket=socket)
            await found.next("READY")
            yield found

    def callback(self, payload: dict[str, Any]) -> str:
        return f"/interactions/{payload['id']}/{payload['token']}/callback?with_response=1"

    def hook(self, payload: dict[str, Any], rest: str = "") -> str:
        return f"/webhooks/{payload['application_id']}/{payload['token']}{rest}"


@pytest.fixture
async def wire() -> AsyncIterator[WireBot]:
    async with sandbox() as box, aiohttp.ClientSession() as session:
        control = Control(session, box.control)
        ana = await control.person("Cleo")
        channel = next(iter(box.world.channels))
        found = WireBot(box, session, control, ana, channel)
        await found.register({"name": "ping", "type": 1, "description": "answers"})
        yield found
        assert found.violations() == []


def write_log(log: Path, text: str | bytes) -> None:
    """Append to a log, as the program does."""
    with log.open("ab") as file:
        file.write(text.encode() if isinstance(text, str) else text)


@pytest.fixture
def log(tmp_path: Path, wire: WireBot) -> Path:
    """Give the sandbox a program that is not started, and return its log's path."""
    path = tmp_path / "bot.log"
    wire.box.controls.program = Program("bot", ["true"], folder=tmp_path, environment={}, log=path)
    return path
