"""A local Discord and a local Wan that cost almost nothing, and the times of what the bot does with them.

They check nothing: that is the sandbox's work, and it costs more than the bot may. Bodies are read and dropped. The
driver measures how long it computes or waits for a core, because a driver that never idles measures itself.
"""

from __future__ import annotations

import asyncio
import json
import math
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import WSMsgType, web

from benchmarks.discord_objects import Objects
from benchmarks.images import numbered, photo, result
from sandbox.records import Json

HOST = "127.0.0.1"
BUSY = 0.9  # of the time: above that, the driver was the bottleneck
READY_S, DONE_S = 60.0, 300.0
CALLBACK, WEBHOOK, CHANNEL = "interactions", "webhooks", "channels"


@dataclass
class Shot:
    """One interaction: when it was sent, acknowledged and shown with its image (seconds of ``perf_counter``)."""

    token: str
    sent_s: float = 0.0
    acknowledged_s: float = 0.0
    done_s: float = 0.0
    last_text: str = ""  # what the bot wrote last without a file: the reason if no image comes

    @property
    def ack_ms(self) -> float:
        """Return the milliseconds from sending to the acknowledgement."""
        return (self.acknowledged_s - self.sent_s) * 1000

    @property
    def took_s(self) -> float:
        """Return the seconds from sending to the image."""
        return self.done_s - self.sent_s


@dataclass
class Volley:
    """Interactions that were sent at once. *ack_cpu_s* is the bot's CPU time until all were acknowledged."""

    shots: list[Shot]
    ack_cpu_s: float

    @property
    def took_s(self) -> float:
        """Return the seconds from the first interaction to the last image."""
        return max(shot.done_s for shot in self.shots) - min(shot.sent_s for shot in self.shots)

    @property
    def ack_p99_ms(self) -> float:
        """Return the 99th percentile of the acknowledgements; the slowest of fewer than 100."""
        return p99(shot.ack_ms for shot in self.shots)


def p99(values: Iterable[float]) -> float:
    """Return the 99th percentile, which is the largest of fewer than 100 values."""
    ordered = sorted(values)
    return ordered[math.ceil(len(ordered) * 0.99) - 1]


def _wanted_s() -> float:
    """Return the seconds for which this thread computed or waited for a core.

    https://docs.kernel.org/scheduler/sched-stats.html#proc-pid-schedstat (2026-11-29)
    """
    computed_ns, waited_ns, _turns = map(int, Path("/proc/thread-self/schedstat").read_text().split())
    return (computed_ns + waited_ns) / 1e9


class Stuck(RuntimeError):
    """The bot did not do what it was asked within the time limit."""


@dataclass
class Driver:
    """The state of both servers. *delay_s* is how long the local Wan takes for a result."""

    objects: Objects = field(default_factory=Objects)
    delay_s: float = 1.0
    bot_cpu_s: Callable[[], float] = lambda: 0.0  # read when the last interaction of a volley is acknowledged
    rest: str = ""
    gateway: str = ""
    wan: str = ""
    cdn: str = ""
    unknown: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)  # what a bot did not do, and when
    bottlenecks: list[str] = field(default_factory=list)  # volleys in which the driver itself was too slow

    def __post_init__(self) -> None:
        self._socket: web.WebSocketResponse | None = None
        self._shots: dict[str, Shot] = {}
        self._open, self._unacknowledged, self._all_done = 0, 0, asyncio.Event()
        self._acknowledged_cpu_s = 0.0
        self._identified, self._registered = asyncio.Event(), asyncio.Event()
        self._result, self._photo = result(), photo()
        self._messages = 10**18

    def expect(self) -> None:
        """Forget the last bot, and expect another."""
        self._socket = None
        self._identified.clear()
        self._registered.clear()
        self.unknown.clear()

    async def ready(self, *, commands: bool) -> float:
        """Return when the bot is connected and, with *commands*, has registered them. Stuck after 60 s."""
        try:
            async with asyncio.timeout(READY_S):
                await self._identified.wait()
                if commands:
                    await self._registered.wait()
        except TimeoutError:
            raise Stuck("the bot did not connect") from None
        return time.perf_counter()

    async def volley(self, count: int, *, photos: bool = False) -> Volley:
        """Send *count* interactions at once and wait for all images. Stuck after 300 s."""
        size = len(self._photo) if photos else 0
        events = [self.objects.imagine(input_bytes=size) for _ in range(count)]
        self._shots = {token: Shot(token) for token, _ in events}
        self._open = self._unacknowledged = count
        self._all_done.clear()
        assert self._socket is not None  # noqa: S101  # ``ready`` returned
        began_s, wanted_s, bot_cpu_s = time.perf_counter(), _wanted_s(), self.bot_cpu_s()
        for token, text in events:
            self._shots[token].sent_s = time.perf_counter()
            await self._socket.send_str(text)
        try:
            await asyncio.wait_for(self._all_done.wait(), DONE_S)
        except TimeoutError:
            said = next((shot.last_text for shot in self._shots.values() if not shot.done_s), "")
            raise Stuck(f"{self._open} of {count} images did not come; the bot wrote: {said[:500]}") from None
        share = (_wanted_s() - wanted_s) / (time.perf_counter() - began_s)
        if share > BUSY:
            self.bottlenecks.append(f"{count} at once, {share:.0%} of the time")
        return Volley(list(self._shots.values()), self._acknowledged_cpu_s - bot_cpu_s)

    async def discord(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request to the local Discord."""
        method, parts = request.method, request.path.split("/")
        if parts[1] == "gateway":
            return await self._gateway(request)
        if parts[1] == "ephemeral-attachments":
            return web.Response(body=numbered(self._photo, int(parts[3])), content_type="image/jpeg")
        parts = parts[3:]  # without /api/v10
        if parts[0] == CALLBACK:
            return await self._callback(request, parts[2])
        if parts[0] == WEBHOOK:
            return await self._webhook(request, parts[2], parts[4] if len(parts) > 4 else "")
        if parts[0] == CHANNEL and len(parts) > 2:
            await _drop(request)
            return _json([] if method == "GET" else self.objects.message(self._message_id()))
        return await self._account(request, method, parts)

    async def _account(self, request: web.BaseRequest, method: str, parts: list[str]) -> web.Response:
        """Answer what a bot asks at its start. What is not known is noted, and answered with 404."""
        if parts[0] == "applications" and parts[-1] == "commands":
            commands = self.objects.registered(await request.json() if method == "PUT" else [])
            self._registered.set()
            return _json(commands)
        answers = {
            "users/@me": self.objects.me,
            "applications/@me": self.objects.application,
            "oauth2/applications/@me": self.objects.application,
            "gateway/bot": self._gateway_bot,
        }
        if (answer := answers.get("/".join(parts))) is not None:
            return _json(answer())
        self.unknown.append(f"{method} {'/'.join(parts)}")
        await _drop(request)
        return web.Response(
            status=404, text='{"code": 0, "message": "404: Not Found"}', content_type="application/json"
        )

    def _gateway_bot(self) -> Json:
        limit = {"total": 1000, "remaining": 999, "reset_after": 0, "max_concurrency": 1}
        return {"url": self.gateway, "shards": 1, "session_start_limit": limit}

    async def _callback(self, request: web.BaseRequest, token: str) -> web.Response:
        arrived_s = time.perf_counter()
        body = await request.read()
        shot, message_id = self._shots.get(token), self._message_id()
        if shot is not None:
            shot.acknowledged_s, shot.last_text = arrived_s, body[:500].decode(errors="replace")
            self._unacknowledged -= 1
            if not self._unacknowledged:
                self._acknowledged_cpu_s = self.bot_cpu_s()
        about = {"id": "1", "type": 2, "response_message_id": message_id, "response_message_loading": True}
        answer = {"interaction": {**about, "response_message_ephemeral": False}}
        if b'"type":5' not in body.replace(b" ", b""):
            answer["resource"] = {"type": 4, "message": self.objects.message(message_id)}
        return _json(answer)

    async def _webhook(self, request: web.BaseRequest, token: str, message_id: str) -> web.Response:
        has_file = request.content_type.startswith("multipart/")
        body = b"" if has_file else await request.read()
        if has_file:
            await _drop(request)
        if (shot := self._shots.get(token)) is not None:
            self._note(shot, body, has_file=has_file)
        if request.method == "DELETE":
            return web.Response(status=204)
        return _json(self.objects.message(message_id if message_id.isdigit() else self._message_id()))

    def _note(self, shot: Shot, body: bytes, *, has_file: bool) -> None:
        if not has_file:
            shot.last_text = body[:500].decode(errors="replace")
        elif not shot.done_s:
            shot.done_s = time.perf_counter()
            self._open -= 1
            if not self._open:
                self._all_done.set()

    def _message_id(self) -> str:
        self._messages += 1
        return str(self._messages)

    async def _gateway(self, request: web.BaseRequest) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"op": 10, "d": {"heartbeat_interval": 41_250}, "s": None, "t": None})
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                break
            op = json.loads(message.data)["op"]
            if op == 1:
                await socket.send_json({"op": 11, "d": None, "s": None, "t": None})
            elif op == 2:
                for event in self.objects.hello(self.gateway):
                    await socket.send_json(event)
                self._socket = socket
                self._identified.set()
        return socket

    async def wan_answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request to the local Wan: a generation after the delay, or the result's file."""
        if request.path.startswith("/results/"):
            return web.Response(body=self._result, content_type="image/png")
        await _drop(request)
        await asyncio.sleep(self.delay_s)
        content = [{"type": "image", "image": f"{self.wan.removesuffix('/api/v1')}/results/1.png?Expires=9999999999"}]
        choice = {"finish_reason": "stop", "message": {"role": "assistant", "content": content}}
        usage = {"image_count": 1, "size": "1280*1280", "input_tokens": 1, "output_tokens": 1, "total_tokens": 2}
        output = {"choices": [choice], "finished": True}
        return _json({"output": output, "usage": usage, "request_id": "bench"})


def _json(body: Json | list[Json]) -> web.Response:
    return web.Response(body=json.dumps(body).encode(), content_type="application/json")


async def _drop(request: web.BaseRequest) -> None:
    async for _ in request.content.iter_any():
        pass


@asynccontextmanager
async def driver() -> AsyncIterator[Driver]:
    """Run both servers on free ports of 127.0.0.1 for the block."""
    found = Driver()
    runners = [web.ServerRunner(web.Server(handler)) for handler in (found.discord, found.wan_answer)]
    ports = []
    for runner in runners:
        await runner.setup()
        await web.TCPSite(runner, HOST, 0, backlog=2048).start()
        ports.append(runner.addresses[0][1])
    found.rest, found.gateway = f"http://{HOST}:{ports[0]}/api/v10", f"ws://{HOST}:{ports[0]}/gateway"
    found.cdn = found.objects.cdn = f"http://{HOST}:{ports[0]}"
    found.wan = f"http://{HOST}:{ports[1]}/api/v1"
    try:
        yield found
    finally:
        for runner in runners:
            await runner.cleanup()
