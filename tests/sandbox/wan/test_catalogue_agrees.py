"""The local Wan accepts whatever the product's catalogue allows, at the price that the ledger counts."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from imagegen.image_request import AspectRatio, Box, ImageRequest, InputImage, PaletteColor
from imagegen.model import Call
from imagegen.wan.catalogue import MODELS, cost, request_limits
from imagegen.wan.hosts import SINGAPORE
from imagegen.wan.record import Model, Use
from imagegen.wan.requests import generation_request
from imagegen.worker.generation import generation_for
from sandbox.wan import models, rules, sizes
from sandbox.wan import requests as local
from tests.sandbox.wan.house import House, data_uri

EVERY = [(model, use) for model in MODELS.values() for use in model.modes]
NAMED: Any = {"ids": lambda value: value.name, "argnames": ("model", "use")}
EACH = pytest.mark.parametrize(argvalues=EVERY, **NAMED)
CONTEXTS = {
    Call.SYNC: local.RequestContext("sync"),
    Call.STREAM: local.RequestContext("sync", sse=True),
    Call.TASK: local.RequestContext("task", asynchronous=True),
}
PALETTE = tuple(PaletteColor(color, share) for color, share in (("#112233", 5000), ("#445566", 4999), ("#778899", 1)))


def requests(model: Model, use: Use) -> list[tuple[ImageRequest, list[InputImage]]]:
    """Return requests with each aspect ratio, quality and option, and as many results and input images as allowed."""
    limits, mode = request_limits(model, use), model.modes[use]
    fewest, most = ([InputImage("data:", 900, 600 + number) for number in range(count)] for count in mode.images)
    first = ImageRequest(
        "a fox", story=use is Use.STORY, image_set=use is Use.IMAGE_SET, count=limits.max_count, seed=7
    )
    shapes = [shape for shape in limits.aspect_ratios if shape is not AspectRatio.SAME or fewest]
    found = [
        (replace(first, aspect_ratio=shape, quality=quality), fewest)
        for shape in shapes
        for quality in limits.qualities
    ]
    found.append((replace(first, negative_prompt="fog" if limits.negative_chars else "", enhance=False), most))
    found.append((replace(first, enhance=True, thinking=True, quality=limits.qualities[0]), fewest))
    if "color_palette" in limits.options:
        found.append((replace(first, palette=PALETTE), fewest))
    if limits.boxes:
        box = Box(0, 0, 900, 600)
        found.append((replace(first, boxes=((box,) * limits.boxes, *[()] * (len(most) - 1))), most))
    return found


def parsed(model: Model, use: Use, request: ImageRequest, images: list[InputImage], call: Call) -> local.ParsedRequest:
    """Return what the local Wan understands of the product's request. Raises Refusal."""
    generation = generation_for(request, model.name, images, watermark=True)
    body = json.loads("".join(generation_request(generation, call).body))
    return rules.parse(body, CONTEXTS[call], 1)


def test_both_know_the_same_models() -> None:
    assert set(MODELS) == set(models.MODELS)


@EACH
def test_every_request_of_the_product_is_accepted(model: Model, use: Use) -> None:
    for request, images in requests(model, use):
        for call in model.modes[use].calls:
            found = parsed(model, use, request, images, call)

            assert (found.use is models.Use.STORY, found.is_set) == (request.story, request.image_set)
            assert (found.n, len(found.links)) == (request.count, len(images))
            assert len(found.palette) == len(request.palette)


@EACH
def test_the_ledger_counts_the_price_that_is_billed(model: Model, use: Use) -> None:
    for request, images in requests(model, use):
        found = parsed(model, use, request, images, model.modes[use].calls[-1])
        inputs = tuple(local.InputImage(b"", image.width_px, image.height_px) for image in images)
        entry: dict[str, Any] = {}
        local.AcceptedRequest(found, inputs, *sizes.sides(found, found.size, inputs)).bill(entry, request.count)

        counted = cost(model, use, request, len(images), SINGAPORE, {}, {})
        total, billed = counted.image_microusd * request.count + counted.input_microusd, entry["billed_microusd"]
        # Where Wan may ignore the size, the ledger counts the dearer tier; the local Wan keeps to the size.
        assert total == billed or (model.modes[use].billed_px and total > billed), request


@pytest.mark.parametrize(argvalues=[pair for pair in EVERY if pair[1] is not Use.STORY], **NAMED)
async def test_the_product_reads_each_answer_of_the_local_wan(house: House, model: Model, use: Use) -> None:
    house.wan.set(not_activated="", set_images=2)
    request = ImageRequest("a fox", image_set=use is Use.IMAGE_SET, count=2 if use is Use.IMAGE_SET else 1)
    images = [InputImage(data_uri(), 400, 300)] * model.modes[use].images[0]

    made = await house.client.generate(generation_for(request, model.name, images, watermark=False))

    drawn = await house.drawn(made.links[0])
    assert (len(made.links), made.image_count, made.parts) == (request.count, request.count, ())
    assert made.size == f"{drawn.width}*{drawn.height}"
