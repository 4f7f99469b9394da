"""What the product sends to each model is accepted, and the local Wan bills what the product counted.

Both sides have the figures of the documents independently, so a figure that was misread on one side shows here.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Iterator
from functools import cache
from io import BytesIO

import pytest
from PIL import Image

from imagegen.model import AspectRatio, Call, ImageRequest, InputImage, Made, PaletteColor, Quality
from imagegen.wan.catalogue import MODELS, cost, request_limits
from imagegen.wan.hosts import SINGAPORE
from imagegen.wan.record import Model, Use
from imagegen.wan.requests import generation_request
from imagegen.wan.sizes import RATIOS
from imagegen.worker.generation import generation_for
from sandbox.wan import rules
from sandbox.wan.requests import InputImage as Input
from sandbox.wan.requests import RequestContext
from sandbox.wan.sizes import sides
from tests.sandbox.wan.house import House

PALETTE = (PaletteColor("#C2D1E6", 5000), PaletteColor("#101010", 3000), PaletteColor("#FFFFFF", 2000))
WIDTH, HEIGHT = 480, 320


@cache
def input_image() -> InputImage:
    data = BytesIO()
    Image.new("RGB", (WIDTH, HEIGHT), "teal").save(data, "PNG")
    return InputImage(f"data:image/png;base64,{base64.b64encode(data.getvalue()).decode()}", WIDTH, HEIGHT)


def requests_to(model: Model, use: Use) -> Iterator[ImageRequest]:
    """Yield a request of each kind that *model* takes: most images, each ratio, and each option."""
    limits, plain = request_limits(model, use), ImageRequest("a fox", image_set=use is Use.IMAGE_SET, seed=7)
    ratio = AspectRatio.SAME if model.modes[use].images[0] else AspectRatio.SQUARE
    yield with_options(plain, aspect_ratio=ratio, count=limits.max_count)
    for named in limits.aspect_ratios:
        if named is not AspectRatio.SAME or model.modes[use].images[0]:
            yield with_options(plain, aspect_ratio=named)
    yield with_options(plain, aspect_ratio=ratio, quality=limits.qualities[-1])
    if "color_palette" in limits.options:
        yield with_options(plain, aspect_ratio=ratio, palette=PALETTE)
    if "prompt_extend" in limits.options:
        yield with_options(plain, aspect_ratio=ratio, enhance=True)
    if limits.negative_chars:
        yield with_options(plain, aspect_ratio=ratio, negative_prompt="fog")


def with_options(plain: ImageRequest, **options: object) -> ImageRequest:
    return ImageRequest(**{**vars(plain), **options})


EVERY = [
    pytest.param(model, use, id=f"{model.name}, {use}")
    for model in MODELS.values()
    for use in model.modes
    if use is not Use.STORY
]


def body_of(request: ImageRequest, model: Model, images: int) -> str:
    generation = generation_for(request, model.name, [input_image()] * images, watermark=False)
    return "".join(generation_request(generation, Call.SYNC).body)


@pytest.mark.parametrize(("model", "use"), EVERY)
def test_each_option_is_accepted_and_priced_alike(model: Model, use: Use) -> None:
    images = model.modes[use].images[0]
    for request in requests_to(model, use):
        parsed = rules.parse(json.loads(body_of(request, model, images)), RequestContext("sync"), 1)

        counted = cost(model, use, request, images, SINGAPORE, {}, {})
        width, height = sides(parsed, parsed.size, [Input(b"", WIDTH, HEIGHT)] * images)
        price = parsed.model.price.of(1, width * height, images, rewritten=parsed.rewrites)
        assert (parsed.n, parsed.seed) == (request.count, 7)
        assert price == counted.image_microusd + counted.input_microusd
        ratio = request.aspect_ratio or AspectRatio.SQUARE
        assert width / height == pytest.approx(WIDTH / HEIGHT if ratio is AspectRatio.SAME else RATIOS[ratio], rel=0.03)
        assert request.quality is not Quality.FOUR_K or (width, height) == (4096, 4096)


@pytest.mark.parametrize(("model", "use"), EVERY)
async def test_as_many_images_come_as_are_billed(house: House, model: Model, use: Use) -> None:
    house.wan.set(not_activated="")
    mode, count = model.modes[use], model.modes[use].max_count
    ratio = AspectRatio.SAME if mode.images[0] else AspectRatio.SQUARE
    request = ImageRequest("a fox", aspect_ratio=ratio, image_set=use is Use.IMAGE_SET, count=count)

    made = await made_by(house, request, model, mode.images[0], mode.calls[-1])

    (entry,) = [entry for entry in house.record.part("wan") if entry["billed"]]
    counted = cost(model, use, request, mode.images[0], SINGAPORE, {}, {})
    assert made.image_count == len(made.links) == entry["billed"]
    assert len(made.links) == count or (use is Use.IMAGE_SET and 1 <= len(made.links) < count)
    assert entry["billed_microusd"] == len(made.links) * counted.image_microusd + counted.input_microusd
    assert "*" in made.size


async def made_by(house: House, request: ImageRequest, model: Model, images: int, call: Call) -> Made:
    generation = generation_for(request, model.name, [input_image()] * images, watermark=False)
    if call is Call.SYNC:
        return await house.client.generate(generation)
    created = await house.client.create_task(generation)
    for _ in range(200):  # 20 s on a busy machine
        if isinstance(found := await house.client.query_task(created.task_id), Made):
            return found
        await asyncio.sleep(0.1)
    raise TimeoutError("the task does not end")
