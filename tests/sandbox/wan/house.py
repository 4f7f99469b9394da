"""A local Wan in a test: its address, its controls, and bodies to send."""

from __future__ import annotations

import base64
import io
import json
from dataclasses import dataclass
from functools import cache
from typing import Any

import aiohttp
from aiohttp import web
from PIL import Image

from imagegen.wan.client import WanClient
from sandbox.clock import Clock
from sandbox.faults import Faults
from sandbox.record import Record
from sandbox.wan.app import WAN, LocalWan

KEY = "sandbox-key"
SYNC = "/services/aigc/multimodal-generation/generation"
TASK = "/services/aigc/image-generation/generation"
ASYNC = {"X-DashScope-Async": "enable"}
SSE = {"X-DashScope-Sse": "enable"}

Json = dict[str, Any]


@cache
def png(size: tuple[int, int] = (400, 300), mode: str = "RGB", kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert(mode).save(out, kind)
    return out.getvalue()


def data_uri(size: tuple[int, int] = (400, 300), mode: str = "RGB", kind: str = "PNG") -> str:
    """Return a gradient from dark to light, as a data URI."""
    return f"data:image/{kind.lower()};base64," + base64.b64encode(png(size, mode, kind)).decode()


def body(**changes: Any) -> Json:
    """Return an edit of one image. *changes* are parameters, or the model, the content or the messages."""
    content = changes.pop("content", [{"text": "make it night"}, {"image": data_uri()}])
    message = {"role": "user", "content": content}
    return {
        "model": changes.pop("model", "wan2.6-image"),
        "input": {"messages": changes.pop("messages", [message])},
        "parameters": {"n": 1, **changes},
    }


def story(**changes: Any) -> Json:
    """Return a streamed story of at most two images."""
    fields = {"content": [{"text": "a lighthouse"}], "enable_interleave": True, "stream": True, "max_images": 2}
    return body(**{**fields, "size": "1024*640", "seed": 7, **changes})


@dataclass(frozen=True)
class Chunk:
    """One event of a stream."""

    event: str
    body: Json

    @property
    def finish(self) -> str:
        return str(self.body["output"]["choices"][0]["finish_reason"])

    @property
    def item(self) -> Json:
        (choice,) = self.body["output"]["choices"]
        (item,) = choice["message"]["content"]
        found: Json = item
        return found


def chunks(raw: bytes) -> list[Chunk]:
    """Return the events of a whole stream, after checking its framing line by line."""
    found = []
    for number, text in enumerate(raw.decode().removesuffix("\n\n").split("\n\n"), 1):
        first, second, third, fourth = text.split("\n")
        assert first == f"id:{number}"
        assert second in ("event:result", "event:error")
        assert third.startswith(":HTTP_STATUS/")
        assert fourth.startswith("data:{")
        found.append(Chunk(second.removeprefix("event:"), json.loads(fourth.removeprefix("data:"))))
    return found


@dataclass
class House:
    """A local Wan, the product's client, and the controls of a test."""

    base_url: str
    client: WanClient
    session: aiohttp.ClientSession
    clock: Clock
    faults: Faults
    record: Record
    app: web.Application

    @property
    def wan(self) -> LocalWan:
        return self.app[WAN]

    def send(
        self, method: str, path: str, payload: object = None, **headers: str
    ) -> aiohttp.client._RequestContextManager:
        headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json", **headers}
        data = io.BytesIO(json.dumps(payload).encode())
        return self.session.request(method, self.base_url + path, data=data, headers=headers)

    async def post(self, payload: object, path: str = SYNC, **headers: str) -> tuple[int, Json]:
        async with self.send("POST", path, payload, **headers) as answer:
            return answer.status, await answer.json()

    async def get(self, path: str) -> Json:
        async with self.send("GET", path) as answer:
            assert answer.status == 200
            found: Json = await answer.json()
            return found

    async def task(self, payload: object) -> str:
        """Create a task and return its id."""
        status, answer = await self.post(payload, TASK, **ASYNC)
        assert status == 200, answer
        return str(answer["output"]["task_id"])

    async def stream(self, payload: object) -> list[Chunk]:
        async with self.send("POST", SYNC, payload, **SSE) as answer:
            assert answer.status == 200, await answer.text()
            return chunks(await answer.read())

    async def drawn(self, link: str) -> Image.Image:
        async with self.session.get(link) as answer:
            assert answer.status == 200
            return Image.open(io.BytesIO(await answer.read()))
