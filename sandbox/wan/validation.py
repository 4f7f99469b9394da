"""Read a request to the local Wan: the key, the body, the checks in order, and the faults that refuse it."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from aiohttp import web

from sandbox import json_input
from sandbox.faults import Argument, Faults
from sandbox.wan import boxes, rules, sizes
from sandbox.wan import faults as named
from sandbox.wan.errors import Refusal, documented
from sandbox.wan.images import ImageReader, image_entry
from sandbox.wan.models import Model
from sandbox.wan.requests import AcceptedRequest, InputImage, ParsedRequest, RequestContext
from sandbox.wan.state import ENTRY, WAN

GATEWAY_BODIES = {
    401: "",
    403: "<Error><Code>AccessDenied</Code></Error>",
    429: "error code: 1015",
    502: "upstream connect error or disconnect/reset before headers",
    504: "upstream request timeout",
}

HTTP_ERRORS: Mapping[int, type[web.HTTPException]] = {
    401: web.HTTPUnauthorized, 403: web.HTTPForbidden, 429: web.HTTPTooManyRequests, 504: web.HTTPGatewayTimeout,
}  # fmt: skip


def check_key(request: web.Request) -> None:
    """Raise Refusal for a missing key or a wrong key: their messages differ."""
    if request.app[WAN].faults.take(named.KEY_REFUSED) is not None:
        raise documented("InvalidApiKey")
    key = request.headers.get("Authorization", "")
    if not key:
        raise documented("InvalidApiKey", "No API-key provided.")
    if key != f"Bearer {request.app[WAN].key}":
        raise documented("InvalidApiKey")


async def read_request(request: web.Request, path: str) -> AcceptedRequest:
    """Return the accepted request, and write it to the record without the bytes of its images.

    Raises Refusal. *path* is "sync", "task", or empty for another model's address.
    """
    check_key(request)
    wan = request.app[WAN]
    raw = await _raw(request)
    body = _parsed(raw)
    request[ENTRY]["body"] = _without_image_data(body)
    seed = int.from_bytes(hashlib.sha256(raw).digest()[:4], "big") & rules.MAX_SEED
    parsed = rules.parse(body, _context(request, path), seed)
    _check_access(request, parsed.model)
    accepted = await _with_inputs(request, parsed)
    if rules.FORBIDDEN_WORD in parsed.prompt:
        raise documented("DataInspectionFailed")
    _take_refusals(wan.faults)
    wan.check_limits(parsed.model, queued=path == "task" and wan.settings.queue_tasks)
    return accepted


def _check_access(request: web.Request, model: Model) -> None:
    """Raise Refusal for a model that the account has not activated, or that a fault denies."""
    wan = request.app[WAN]
    if wan.faults.take(named.MODEL_DENIED, model=model.name) is not None:
        raise documented("Model.AccessDenied")
    if model.name in wan.not_activated():
        raise documented("Model.AccessDenied")


async def _raw(request: web.Request) -> bytes:
    """Return the whole body. Wan documents no limit for TooLarge; the limit here is the web server's."""
    try:
        return await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise documented("BadRequest.TooLarge") from None


def _parsed(raw: bytes) -> Any:
    try:
        return json_input.load(raw)
    except ValueError:
        raise documented("InvalidParameter") from None


def _enabled(request: web.Request, header: str) -> bool:
    return request.headers.get(header, "").lower() == "enable"


def _context(request: web.Request, path: str) -> RequestContext:
    settings = request.app[WAN].settings
    return RequestContext(
        path,
        asynchronous=_enabled(request, "X-DashScope-Async"),
        sse=_enabled(request, "X-DashScope-Sse"),
        strict_stream=settings.strict_stream,
        ignores_n=settings.extra_n == "ignore",
        ignores_size=settings.extra_size == "ignore",
    )


async def _with_inputs(request: web.Request, parsed: ParsedRequest) -> AcceptedRequest:
    wan = request.app[WAN]
    resolves_oss = _enabled(request, "X-DashScope-OssResourceResolve")
    reader = ImageReader({*wan.hosts, request.host}, resolves_oss, parsed.mode.inputs, wan.settings.alpha)
    inputs = await _read_inputs(reader, parsed.links, wan.faults)
    boxes.check_inside(parsed.boxes, inputs)
    size = parsed.size if wan.faults.take(named.SIZE_IGNORED) is None else None
    width, height = sizes.sides(parsed, size, inputs)
    if wan.faults.take(named.INPUT_LOST) is not None:
        inputs = []
    request[ENTRY]["images"] = [await asyncio.to_thread(image_entry, image) for image in inputs]
    return AcceptedRequest(parsed, tuple(inputs), width, height)


async def _read_inputs(reader: ImageReader, links: Sequence[str], faults: Faults) -> list[InputImage]:
    try:
        inputs = [await reader.read(link) for link in links]
    except Refusal:
        if faults.take(named.UNREADABLE_ACCEPTED) is None:
            raise
        return []
    if any(link.startswith("data:") for link in links) and faults.take(named.DATA_URI_REFUSED) is not None:
        raise documented("InvalidURL")
    return inputs


def _without_image_data(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_image_data(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_without_image_data(inner) for inner in value]
    return "<image>" if isinstance(value, str) and value.startswith("data:") else value


def _take_refusals(faults: Faults) -> None:
    if arguments := faults.take(named.PROMPT_REJECTED):
        side = str(arguments["side"]).capitalize()
        raise documented("DataInspectionFailed", f"{side} data may contain inappropriate content.")
    if arguments := faults.take(named.WAN_ERROR):
        raise injected_error(arguments)
    if arguments := faults.take(named.SSE_LABELLED_JSON):
        refusal = documented(str(arguments["code"]))
        refusal.framed = True
        raise refusal
    if arguments := faults.take(named.GATEWAY_ERROR):
        raise gateway_error(int(arguments["status"]), float(arguments["retry_after_s"]))


def injected_error(arguments: Mapping[str, Argument]) -> Refusal:
    """Return the error that a fault's arguments describe."""
    code, status = str(arguments["code"]), int(arguments["status"])
    refusal = documented(code, str(arguments.get("message", "")), status)
    refusal.retry_after_s, refusal.openai = float(arguments["retry_after_s"]), bool(arguments.get("openai"))
    return refusal


def gateway_error(status: int, retry_after_s: float = 0.0) -> web.HTTPException:
    """Return an error of the gateway in front of Wan: plain text, without a code."""
    headers = {"Retry-After": f"{retry_after_s:g}"} if retry_after_s else {}
    return HTTP_ERRORS.get(status, web.HTTPBadGateway)(
        text=GATEWAY_BODIES.get(status, GATEWAY_BODIES[502]), headers=headers
    )


async def inject_after(request: web.Request) -> None:
    """Apply the faults that follow work that is done and billed."""
    faults = request.app[WAN].faults
    if arguments := faults.take(named.WAN_SLOW):
        await asyncio.sleep(float(arguments["seconds"]))
    if faults.take(named.WAN_DISCONNECT) is not None:
        disconnect(request)


def disconnect(request: web.Request) -> NoReturn:
    """Close the connection without an answer."""
    if request.transport is not None:
        request.transport.abort()
    raise asyncio.CancelledError
