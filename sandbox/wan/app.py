"""The local Wan over HTTP: its routes, errors and record."""

from __future__ import annotations

import time
import uuid
from typing import Any

from aiohttp import web

from sandbox.clock import Clock
from sandbox.faults import Faults, noted_in
from sandbox.record import Entry, Record
from sandbox.wan import account, generation, stream, task_routes, validation
from sandbox.wan.errors import Refusal
from sandbox.wan.images import fingerprint
from sandbox.wan.state import ENTRY, REQUEST_ID, THINKING, WAN, LocalWan, with_request_id

__all__ = ["WAN", "LocalWan", "fingerprint", "make_app"]

SYNC, TASK = "multimodal-generation/generation", "image-generation/generation"


def make_app(*, key: str, clock: Clock, faults: Faults, record: Record) -> web.Application:
    """Build the local Wan. Links to results use the host by which the client calls it."""
    app = web.Application(client_max_size=64 * 1024 * 1024, middlewares=[_with_errors])
    app[WAN] = LocalWan(key, clock, faults, record)
    base = "/{prefix:.*}api/v1"
    for slash in ("", "/"):
        app.router.add_post(f"{base}/services/aigc/{SYNC}{slash}", _sync)
        app.router.add_post(f"{base}/services/aigc/{TASK}{slash}", task_routes.create)
        app.router.add_get(f"{base}/tasks/{{task_id}}{slash}", task_routes.query)
        app.router.add_post(f"{base}/tasks/{{task_id}}/cancel{slash}", task_routes.cancel)
        app.router.add_get(f"{base}/tasks{slash}", task_routes.list_tasks)
        app.router.add_get(f"{base}/models{slash}", account.list_models)
        app.router.add_get(f"{base}/models/permissions{slash}", account.list_permissions)
        for path in ("quotas", "models/limits"):
            app.router.add_get(f"{base}/{path}{slash}", account.list_limits)
    app.router.add_post(f"{base}/services/{{rest:.*}}", _wrong_address)
    app.router.add_get("/results/{name}", generation.serve_result)
    return app


@web.middleware
async def _with_errors(request: web.Request, handler: Any) -> web.StreamResponse:
    request_id = str(uuid.uuid4())
    entry: Entry = {} if request.path.startswith("/results/") else _add_entry(request, request_id)
    request[ENTRY], request[REQUEST_ID] = entry, request_id
    began_s = time.monotonic()
    try:
        with noted_in(entry):
            response: web.StreamResponse = await handler(request)
    except Refusal as refusal:
        entry["code"] = refusal.code
        response = _error_response(refusal, request_id)
    except web.HTTPException as error:
        entry["status"] = error.status
        raise
    finally:
        entry["duration_ms"] = round((time.monotonic() - began_s) * 1000)
    entry["status"] = response.status
    if not response.prepared:
        response.headers["x-request-id"] = request_id
    return response


def _error_response(refusal: Refusal, request_id: str) -> web.Response:
    body = refusal.body(request_id)
    if refusal.framed:
        raw = stream.frame(1, "error", refusal.status, body)
        response = web.Response(status=refusal.status, body=raw, content_type="application/json")
    else:
        response = web.json_response(body, status=refusal.status)
    if refusal.retry_after_s:
        response.headers["Retry-After"] = f"{refusal.retry_after_s:g}"
    return response


def _add_entry(request: web.Request, request_id: str) -> Entry:
    wan = request.app[WAN]
    at = wan.clock.now().isoformat()
    return wan.record.add(
        "wan", at=at, method=request.method, path=request.path, status=0, billed=0, request_id=request_id
    )


async def _sync(request: web.Request) -> web.StreamResponse:
    wan = request.app[WAN]
    accepted = await validation.read_request(request, "sync")
    with wan.in_flight_slot(accepted.parsed.model.name):
        if accepted.is_story:
            return await stream.stream_story(request, accepted)
        await wan.wait_for_image(THINKING if accepted.parsed.thinks else 1)
        answer = await generation.sync_answer(request, accepted)
    await validation.inject_after(request)
    return with_request_id(request, answer)


async def _wrong_address(request: web.Request) -> web.StreamResponse:
    """Refuse a model at another model's address, as Wan does: url error."""
    await validation.read_request(request, "")
    raise web.HTTPNotFound
