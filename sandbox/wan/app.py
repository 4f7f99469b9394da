"""The local Wan over HTTP: synchronous calls, tasks, results that expire, limits, named misbehaviours."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import uuid
from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web
from PIL import Image

from sandbox.clock import Clock
from sandbox.faults import Argument, Faults, declare
from sandbox.record import Entry, Record
from sandbox.wan import draw, rules
from sandbox.wan.rules import Asked, Given, Refusal

LINK_LIVES = timedelta(hours=24)

REFUSED_PROMPT = declare("refused_prompt", "Moderation refuses the next request.", side="input")
WAN_ERROR = declare("wan_error", "The next request gets this error body.", status=503, code="ModelUnavailable")
GATEWAY_ERROR = declare("gateway_error", "A gateway answers with a page, without a code of Wan's.", status=502)
SLOW = declare("slow", "Bills, then answers nothing for so many real seconds.", seconds=61.0)
ACCEPTED_THEN_CUT = declare("accepted_then_cut", "Bills, then cuts the connection.")
TRUNCATED_PICTURE = declare("truncated_picture", "A result's file is cut in half.")
EXPIRED_LINK = declare("expired_link", "A result's link is refused with 403.")
FEWER_PICTURES = declare("fewer_pictures", "One picture fewer is made and billed than was asked for.")
TASK_FAILED = declare("task_failed", "The next task ends as FAILED with this code.", code="InternalError")
TASK_UNKNOWN = declare("task_unknown", "The next query does not know its task.")
LOSE_INPUT = declare("lose_input", "The given pictures are lost before they are looked at.")
WRONG_SIZE = declare("wrong_size", "The picture has another size than the answer says.")


@dataclass
class Task:
    asked: Asked
    ready_at: datetime
    entry: Entry
    answer: dict[str, Any] | None = None


@dataclass
class Settings:
    """How it behaves until told otherwise."""

    delay_s: float = 0.05
    submit_rate: float = 5.0
    in_flight: int = 5
    failed_shape: str = "b"


@dataclass
class LocalWan:
    """Everything that it knows. *bill* counts what the real one would have charged for."""

    key: str
    clock: Clock
    faults: Faults
    record: Record
    settings: Settings = field(default_factory=Settings)
    results: dict[str, bytes] = field(default_factory=dict)
    tasks: dict[str, Task] = field(default_factory=dict)
    live: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    sends: defaultdict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def bill(self) -> dict[str, int]:
        entries = [entry for entry in self.record.part("wan") if entry.get("billed")]
        return {"pictures": sum(entry["billed"] for entry in entries), "requests": len(entries)}

    def set(self, **changes: Argument) -> None:
        """ValueError for a setting that there is not."""
        for name, value in changes.items():
            if not hasattr(self.settings, name):
                raise ValueError(f"the local Wan has no setting {name}")
            setattr(self.settings, name, value)

    def check_limits(self, model: str) -> None:
        """At most so many a second and so many at once, per model, as the account of the real one."""
        sent, now_s = self.sends[model], self.clock.elapsed_s()
        while sent and sent[0] <= now_s - 1:
            sent.popleft()
        if len(sent) >= self.settings.submit_rate:
            raise Refusal(429, "Throttling.RateQuota", "Requests rate limit exceeded, please try again later.")
        in_flight = self.live[model] + sum(
            task.asked.model == model and task.answer is None for task in self.tasks.values()
        )
        if in_flight >= self.settings.in_flight:
            raise Refusal(429, "Throttling.Concurrency", "Too many tasks in flight.")
        sent.append(now_s)


WAN = web.AppKey("wan", LocalWan)
ENTRY = web.RequestKey("entry", dict[str, Any])
REQUEST_ID = web.RequestKey("request_id", str)


def make_app(*, key: str, clock: Clock, faults: Faults, record: Record) -> web.Application:
    """The local Wan; its results' links are built from the host that it is called by."""
    app = web.Application(client_max_size=64 * 1024 * 1024, middlewares=[_errors])
    app[WAN] = LocalWan(key, clock, faults, record)
    base = "/{prefix:.*}api/v1"
    for slash in ("", "/"):
        app.router.add_post(f"{base}/services/aigc/multimodal-generation/generation{slash}", _sync)
        app.router.add_post(f"{base}/services/aigc/image-generation/generation{slash}", _create)
        app.router.add_get(f"{base}/tasks/{{task_id}}{slash}", _query)
        app.router.add_post(f"{base}/tasks/{{task_id}}/cancel{slash}", _cancel)
        app.router.add_get(f"{base}/tasks{slash}", _list)
    app.router.add_get("/results/{name}", _result)
    return app


@web.middleware
async def _errors(request: web.Request, handler: Any) -> web.StreamResponse:
    request_id = str(uuid.uuid4())
    entry: Entry = {} if request.path.startswith("/results/") else _enter(request, request_id)
    request[ENTRY], request[REQUEST_ID] = entry, request_id
    try:
        response: web.StreamResponse = await handler(request)
    except Refusal as refusal:
        body = {"code": refusal.code, "message": refusal.message, "request_id": request_id}
        response = web.json_response(body, status=refusal.status)
        entry["code"] = refusal.code
    entry["status"] = response.status
    response.headers["x-request-id"] = request_id
    return response


def _enter(request: web.Request, request_id: str) -> Entry:
    wan = request.app[WAN]
    at = wan.clock.now().isoformat()
    return wan.record.add(
        "wan", at=at, method=request.method, path=request.path, status=0, billed=0, request_id=request_id
    )


def _check_key(request: web.Request) -> None:
    given = request.headers.get("Authorization", "")
    if not given:
        raise Refusal(401, "InvalidApiKey", "No API-key provided.")
    if given != f"Bearer {request.app[WAN].key}":
        raise Refusal(401, "InvalidApiKey", "Invalid API-key provided.")


async def _asked(request: web.Request) -> Asked:
    """The request, judged; written down with its pictures' fingerprints instead of their bytes."""
    _check_key(request)
    wan, entry = request.app[WAN], request[ENTRY]
    raw = await request.read()
    try:
        body = json.loads(raw)
    except ValueError:
        raise Refusal(400, "InvalidParameter", "Required body invalid, please check the request body.") from None
    seed = int.from_bytes(hashlib.sha256(raw).digest()[:4], "big") & rules.MAX_SEED
    asked = await asyncio.to_thread(rules.read, body, seed)
    entry["body"] = _without_pictures(body)
    if wan.faults.take(LOSE_INPUT) is not None:
        asked = Asked(asked.model, asked.prompt, (), asked.n, asked.width, asked.height, asked.seed)
    entry["pictures"] = [await asyncio.to_thread(_fingerprint, picture) for picture in asked.pictures]
    _take_refusals(request, wan.faults)
    wan.check_limits(asked.model)
    return asked


def _without_pictures(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_pictures(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_without_pictures(inner) for inner in value]
    return "<picture>" if isinstance(value, str) and value.startswith("data:") else value


def fingerprint(data: bytes) -> list[int]:
    """64 greys of 0 to 255: what a picture looks like from afar, whatever it was re-encoded to."""
    with Image.open(io.BytesIO(data)) as image:
        return list(image.convert("RGB").convert("L").resize((8, 8), Image.Resampling.BOX).tobytes())


def _fingerprint(picture: Given) -> dict[str, Any]:
    digest = hashlib.sha256(picture.data).hexdigest()
    looks = fingerprint(picture.data)
    return {
        "sha256": digest,
        "width": picture.width,
        "height": picture.height,
        "bytes": len(picture.data),
        "looks": looks,
    }


def _take_refusals(request: web.Request, faults: Faults) -> None:
    def taken(name: str) -> Mapping[str, Argument] | None:
        arguments = faults.take(name)
        if arguments is not None:
            request[ENTRY]["fault"] = name
        return arguments

    if arguments := taken(REFUSED_PROMPT):
        side = str(arguments["side"]).capitalize()
        raise Refusal(400, "DataInspectionFailed", f"{side} data may contain inappropriate content.")
    if arguments := taken(WAN_ERROR):
        raise Refusal(int(arguments["status"]), str(arguments["code"]), "rehearsed")
    if arguments := taken(GATEWAY_ERROR):
        raise _gateway(int(arguments["status"]))


def _gateway(status: int) -> web.HTTPException:
    kinds: dict[int, type[web.HTTPException]] = {502: web.HTTPBadGateway, 504: web.HTTPGatewayTimeout}
    return kinds.get(status, web.HTTPBadGateway)(text="<html>Bad Gateway</html>", content_type="text/html")


async def _sync(request: web.Request) -> web.StreamResponse:
    wan = request.app[WAN]
    if request.headers.get("X-DashScope-Async"):
        raise Refusal(403, "AccessDenied", "current user api does not support asynchronous calls.")
    asked = await _asked(request)
    wan.live[asked.model] += 1
    try:
        await asyncio.sleep(wan.settings.delay_s)
        answer = await _make(request, asked, request[ENTRY])
    finally:
        wan.live[asked.model] -= 1
    await _misbehave_after(request)
    return web.json_response({**answer, "request_id": request[REQUEST_ID]})


async def _misbehave_after(request: web.Request) -> None:
    faults = request.app[WAN].faults
    if arguments := faults.take(SLOW):
        request[ENTRY]["fault"] = SLOW
        await asyncio.sleep(float(arguments["seconds"]))
    if faults.take(ACCEPTED_THEN_CUT) is not None:
        request[ENTRY]["fault"] = ACCEPTED_THEN_CUT
        if request.transport is not None:
            request.transport.abort()
        raise asyncio.CancelledError


async def _make(request: web.Request, asked: Asked, entry: Entry) -> dict[str, Any]:
    """Draw, keep, bill; the ``output`` and ``usage`` of an answer."""
    wan = request.app[WAN]
    n = max(1, asked.n - (wan.faults.take(FEWER_PICTURES) is not None))
    inputs = tuple(picture.data for picture in asked.pictures)
    width = asked.width + (256 if wan.faults.take(WRONG_SIZE) is not None else 0)
    choices = []
    for index in range(n):
        data = await asyncio.to_thread(draw.draw, asked.prompt, asked.seed + index, width, asked.height, inputs)
        content = [{"type": "image", "image": _link(request, data)}]
        choices.append({"finish_reason": "stop", "message": {"role": "assistant", "content": content}})
    entry["billed"] = n
    usage = {"image_count": n, "size": f"{asked.width}*{asked.height}", "input_tokens": 0, "output_tokens": 0}
    return {"output": {"choices": choices, "finished": True}, "usage": {**usage, "total_tokens": 0}}


def _link(request: web.Request, data: bytes) -> str:
    wan, name = request.app[WAN], f"{uuid.uuid4()}.png"
    wan.results[name] = data
    expires = int((wan.clock.now() + LINK_LIVES).timestamp())
    signature = _signature(wan, name, str(expires))
    return f"http://{request.host}/results/{name}?Expires={expires}&OSSAccessKeyId=sandbox&Signature={signature}"


def _signature(wan: LocalWan, name: str, expires: str) -> str:
    return hashlib.sha256(f"{wan.key}{name}{expires}".encode()).hexdigest()[:28]


async def _result(request: web.Request) -> web.StreamResponse:
    wan, name = request.app[WAN], request.match_info["name"]
    expires, signature = request.query.get("Expires", "0"), request.query.get("Signature", "")
    data = wan.results.get(name)
    dead = data is None or signature != _signature(wan, name, expires) or int(expires) < wan.clock.now().timestamp()
    if dead or data is None or wan.faults.take(EXPIRED_LINK) is not None:
        return web.Response(status=403, text="<Error><Code>AccessDenied</Code></Error>", content_type="application/xml")
    if wan.faults.take(TRUNCATED_PICTURE) is not None:
        data = data[: len(data) // 2]
    return web.Response(body=data, content_type="image/png")


async def _create(request: web.Request) -> web.StreamResponse:
    wan = request.app[WAN]
    if request.headers.get("X-DashScope-Async") != "enable":
        raise Refusal(403, "AccessDenied", "current user api does not support synchronous calls.")
    asked = await _asked(request)
    task_id = str(uuid.uuid4())
    ready_at = wan.clock.now() + timedelta(seconds=wan.settings.delay_s)
    wan.tasks[task_id] = Task(asked, ready_at, request[ENTRY])
    request[ENTRY]["task_id"] = task_id
    await _misbehave_after(request)
    output = {"task_status": "PENDING", "task_id": task_id}
    return web.json_response({"output": output, "request_id": request[REQUEST_ID]})


async def _query(request: web.Request) -> web.StreamResponse:
    _check_key(request)
    wan, task_id = request.app[WAN], request.match_info["task_id"]
    task = wan.tasks.get(task_id)
    if task is None or wan.faults.take(TASK_UNKNOWN) is not None:
        return _task(request, {"task_id": task_id, "task_status": "UNKNOWN"})
    if wan.clock.now() < task.ready_at:
        return _task(request, {"task_id": task_id, "task_status": "RUNNING", "submit_time": _local(task.ready_at)})
    if task.answer is None:
        task.answer = await _end(request, task, task_id)
    return web.json_response({**task.answer, "request_id": request[REQUEST_ID]})


async def _end(request: web.Request, task: Task, task_id: str) -> dict[str, Any]:
    wan = request.app[WAN]
    if arguments := wan.faults.take(TASK_FAILED):
        why = {"code": str(arguments["code"]), "message": "rehearsed"}
        output = {"task_id": task_id, "task_status": "FAILED"}
        shapes: dict[str, dict[str, Any]] = {
            "a": {**why, "output": output},
            "b": {"output": {**output, **why}},
            "c": why,
        }
        return shapes[wan.settings.failed_shape]
    made = await _make(request, task.asked, task.entry)
    times = {"submit_time": _local(task.ready_at), "end_time": _local(wan.clock.now())}
    return {**made, "output": {"task_id": task_id, "task_status": "SUCCEEDED", **times, **made["output"]}}


def _local(at: datetime) -> str:
    """The service writes its times in UTC+8, without saying so."""
    return (at + timedelta(hours=8)).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


def _task(request: web.Request, output: dict[str, Any]) -> web.Response:
    return web.json_response({"output": output, "request_id": request[REQUEST_ID]})


async def _cancel(request: web.Request) -> web.StreamResponse:
    _check_key(request)
    # Its tasks run at once, so none is ever PENDING long enough to be cancelled.
    message = "Failed to cancel the task, please confirm if the task is in PENDING status."
    raise Refusal(400, "UnsupportedOperation", message)


async def _list(request: web.Request) -> web.StreamResponse:
    _check_key(request)
    tasks = request.app[WAN].tasks
    data = [{"task_id": task_id, "model_name": task.asked.model} for task_id, task in tasks.items()]
    page = {"total": len(data), "total_page": 1, "page_no": 1, "page_size": 10, "data": data[:10]}
    return web.json_response({**page, "request_id": request[REQUEST_ID]})
