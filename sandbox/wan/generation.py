"""Generate images: draw them, keep them behind links that expire, and bill them."""

from __future__ import annotations

import asyncio
import hashlib
import uuid
from datetime import timedelta
from random import Random
from typing import Any

from aiohttp import web

from sandbox.faults import Faults
from sandbox.wan import answers, boxes, draw, story
from sandbox.wan import faults as named
from sandbox.wan.requests import AcceptedRequest
from sandbox.wan.state import ENTRY, WAN, LocalWan

LINK_LIFETIME = timedelta(hours=24)
TOKENS_PER_IMAGE = 124  # as in the documented samples of streams


async def generate_image(request: web.Request, accepted: AcceptedRequest, index: int) -> dict[str, Any]:
    """Draw and keep one image, and return it as an item of ``content``."""
    wide = 256 if request.app[WAN].faults.take(named.WRONG_SIZE) is not None else 0
    data = await asyncio.to_thread(_draw, accepted, index, accepted.width + wide)
    return answers.item(accepted, _link(request, data))


def _draw(accepted: AcceptedRequest, index: int, width: int) -> bytes:
    """Return the file of one result. An edit with boxes changes the last input image that has any, inside them."""
    parsed, height = accepted.parsed, accepted.height
    look = draw.Look(
        parsed.negative_prompt, parsed.palette, parsed.seed if parsed.is_set else None,
        transparent=parsed.model.transparent and "transparent" in parsed.prompt.lower(), watermark=parsed.watermark,
    )  # fmt: skip
    if found := boxes.edited(parsed.boxes, accepted.inputs):
        image, inside = found
        places = tuple(boxes.scaled(box, image, width, height) for box in inside)
        return draw.draw_inside(places, image.data, parsed.prompt, parsed.seed + index, width, height, look)
    inputs = tuple(given.data for given in accepted.inputs)
    return draw.draw(parsed.prompt, parsed.seed + index, width, height, inputs, look)


async def sync_answer(request: web.Request, accepted: AcceptedRequest) -> dict[str, Any]:
    """Return the answer to a synchronous request, and bill the images that it holds."""
    wan, faults = request.app[WAN], request.app[WAN].faults
    n = max(1, image_count(wan, accepted) - (faults.take(named.FEWER_IMAGES) is not None))
    blocked = n > 1 and faults.take(named.EMPTY_CHOICE) is not None
    answer = await image_answer(request, accepted, n, blocked=blocked)
    billed = n - blocked + (faults.take(named.BILLED_MORE) is not None)
    answer["usage"] = answers.usage(accepted, billed)
    accepted.bill(request[ENTRY], billed)
    return answer


async def image_answer(
    request: web.Request, accepted: AcceptedRequest, n: int, *, blocked: bool = False
) -> dict[str, Any]:
    """Return ``output`` and ``usage`` with *n* images. *blocked*: the first is missing, and not billed."""
    items = [await generate_image(request, accepted, index) for index in range(blocked, n)]
    return answers.images(accepted, items, blocked=blocked)


async def story_answer(request: web.Request, accepted: AcceptedRequest, n: int) -> dict[str, Any]:
    """Return a story as a task does: one choice whose content alternates whole paragraphs and images."""
    content: list[dict[str, Any]] = []
    for part in story_parts(request.app[WAN], accepted, n):
        item = (
            {"type": "text", "text": part} if isinstance(part, str) else await generate_image(request, accepted, part)
        )
        content.append(item)
    tokens = sum(len(item.get("text", "")) // 4 for item in content) + n * TOKENS_PER_IMAGE
    output = {"choices": [answers.choice(content)], "finished": True}
    return {"output": output, "usage": answers.sized_usage(accepted, n, len(accepted.parsed.prompt), tokens)}


def story_parts(wan: LocalWan, accepted: AcceptedRequest, n: int) -> list[story.StoryPart]:
    """Return the story's paragraphs and image numbers, in order, for *n* images."""
    arguments = wan.faults.take(named.STORY_TEXT)
    paragraph = str(arguments["text"]) if arguments else ""
    ends_in_text = wan.settings.story_ends_in_text
    parsed = accepted.parsed
    return story.plan(parsed.prompt, parsed.seed, n, paragraph=paragraph, ends_in_text=ends_in_text)


def image_count(wan: LocalWan, accepted: AcceptedRequest) -> int:
    """Return how many images to generate: as many as requested; for a story or a set, the model may decide on fewer."""
    n, settings = accepted.parsed.n, wan.settings
    if accepted.is_story:
        return min(n, max(0, int(settings.story_images)))
    if accepted.parsed.is_set:
        return min(n, settings.set_images or Random(accepted.parsed.seed).randint((n + 1) // 2, n))
    return n


def _link(request: web.Request, data: bytes) -> str:
    wan, name = request.app[WAN], f"{uuid.uuid4()}.png"
    wan.results[name] = data
    short = wan.faults.take(named.SHORT_LINK)
    lifetime = LINK_LIFETIME if short is None else timedelta(seconds=float(short["seconds"]))
    expires = int((wan.clock.now() + lifetime).timestamp())
    signature = _signature(wan, name, str(expires))
    origin = _origin(request, wan.faults)
    return f"{origin}/results/{name}?Expires={expires}&OSSAccessKeyId=sandbox&Signature={signature}"


def _origin(request: web.Request, faults: Faults) -> str:
    """Return scheme and host of a link: those by which the client calls, unless a fault has others."""
    scheme, host = faults.take(named.LINK_SCHEME), faults.take(named.LINK_HOST)
    return f"{scheme['scheme'] if scheme else 'http'}://{host['host'] if host else request.host}"


def _signature(wan: LocalWan, name: str, expires: str) -> str:
    return hashlib.sha256(f"{wan.key}{name}{expires}".encode()).hexdigest()[:28]


async def serve_result(request: web.Request) -> web.StreamResponse:
    """Answer the file of a link; 403 if the link has expired or was altered."""
    wan, name = request.app[WAN], request.match_info["name"]
    expires, signature = request.query.get("Expires", "0"), request.query.get("Signature", "")
    data = wan.results.get(name)
    is_refused = (
        data is None or signature != _signature(wan, name, expires) or int(expires) < wan.clock.now().timestamp()
    )
    if is_refused or data is None or wan.faults.take(named.EXPIRED_LINK) is not None:
        return web.Response(status=403, text="<Error><Code>AccessDenied</Code></Error>", content_type="application/xml")
    if arguments := wan.faults.take(named.RESULT_DOWN):
        return web.Response(status=int(arguments["status"]), text="<Error><Code>ServiceUnavailable</Code></Error>")
    if wan.faults.take(named.TRUNCATED_IMAGE) is not None:
        data = data[: len(data) // 2]
    if wan.faults.take(named.CORRUPT_IMAGE) is not None:
        pixels = data.index(b"IDAT") + 6  # behind the chunk's name and zlib's header
        data = data[:pixels] + b"\xff" + data[pixels + 1 :]  # a kind of block that deflate does not have
    return web.Response(body=data, content_type="image/png")
