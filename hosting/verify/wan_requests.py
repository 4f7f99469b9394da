"""The requests that a verification sends to Wan, as this set-up's members could make them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from math import ceil

from hosting.verify.items import Item
from imagegen.image_request import AspectRatio, Box, ImageRequest, PaletteColor, Quality
from imagegen.model import Call
from imagegen.settings import Settings
from imagegen.wan.calls import call_for
from imagegen.wan.catalogue import TASK_ONLY_REGIONS, cost
from imagegen.wan.record import Mode, Model, Use

PROMPTS = {
    Use.TEXT_TO_IMAGE: "A lighthouse at dusk, oil on canvas",
    Use.IMAGE_EDITING: "Turn each bar of this chart into a lighthouse at dusk",
    Use.STORY: "How a lighthouse is built, in two steps with an image each",
    Use.IMAGE_SET: "A lighthouse by day, and the same lighthouse at night",
}
NOT_OFFERED = {
    Use.TEXT_TO_IMAGE: "No model in MODELS generates an image from a prompt alone.",
    Use.IMAGE_EDITING: "No model in MODELS takes input images.",
    Use.STORY: "No model in MODELS writes stories.",
}
PLAIN = ImageRequest("")
BOXED = ImageRequest("", boxes=((Box(0, 0, 400, 600),),))  # the left third of the chart that is edited
SHARES = {"#1D3557": 5000, "#F1FAEE": 3000, "#E63946": 2000}
COLORED = ImageRequest("", palette=tuple(PaletteColor(color, share) for color, share in SHARES.items()), thinking=True)
SEED = 20261129  # always the same, so that two runs can be compared
SQUARE, WIDE, TALL, SAME = AspectRatio.SQUARE, AspectRatio.WIDE, AspectRatio.TALL, AspectRatio.SAME


@dataclass(frozen=True)
class Trial:
    """One request to *model*, by *call*. *why_not*: why this set-up cannot send it; "" if it can."""

    item: Item
    use: Use
    request: ImageRequest
    model: str
    call: Call
    why_not: str = ""


def refusable(settings: Settings) -> Trial:
    """Return the request to send with an unreadable image. Wan refuses it, and bills no refused request."""
    return _trial(
        settings, "wan.refusal", "Wan refuses an unreadable image, at no cost", Use.IMAGE_EDITING, bills=False
    )


def billed(settings: Settings) -> list[Trial]:
    """Return the requests that generate images: each call style, use, number of images and size, and each model."""
    lineup, region = settings.lineup, settings.region
    basic = Use.TEXT_TO_IMAGE if Use.TEXT_TO_IMAGE in lineup.defaults else Use.IMAGE_EDITING
    tasks_only = f"{region} has tasks only." if region in TASK_ONLY_REGIONS else ""
    trial: Callable[..., Trial] = partial(_trial, settings)
    trials = [
        trial("wan.sync", "A synchronous call brings an image", basic, Call.SYNC, why_not=tasks_only),
        trial("wan.task", "A task brings an image", basic, Call.TASK, ratio=WIDE),
        trial("wan.two", "One request brings two images", basic, count=2, ratio=TALL),
        trial("wan.high", "High quality brings a larger image", basic, quality=Quality.HIGH),
        trial("wan.story", "A story is streamed", Use.STORY, Call.STREAM, count=2, why_not=tasks_only),
        trial("wan.edit", "An image sent as a data URI is edited", Use.IMAGE_EDITING, ratio=SAME),
        trial("wan.high_edit", "An edit in high quality keeps the aspect ratio", Use.IMAGE_EDITING, ratio=SAME,
            quality=Quality.HIGH),
    ]  # fmt: skip
    covered = {each.model for each in trials}
    others = [model for model in lineup.models if model.name not in covered]
    further = [
        trial(f"wan.{model.name}", f"{model.name} answers", next(iter(model.modes)), model=model) for model in others
    ]
    return [*trials, *further, *_special(settings)]


def _special(settings: Settings) -> Iterator[Trial]:
    """Yield the requests for what only some models have, if one of them is offered: a set, 4K, a box, a palette."""
    if Use.IMAGE_SET in settings.lineup.defaults:
        yield _trial(settings, "wan.set", "A set brings related images", Use.IMAGE_SET, Call.TASK, count=2)
    able = [model for model in settings.lineup.models if _has_4k(model)]
    for model in able[:1]:
        yield _trial(
            settings, "wan.4k", "4K brings the largest image", Use.TEXT_TO_IMAGE, quality=Quality.FOUR_K, model=model
        )
    title = "A box is accepted, and an image comes"
    for model in [model for model in settings.lineup.models if _has_boxes(model)][:1]:
        yield _trial(settings, "wan.boxes", title, Use.IMAGE_EDITING, ratio=SAME, model=model, feature=BOXED)
    title = "A palette and thinking are accepted, and an image comes"
    for model in [model for model in settings.lineup.models if _has_palettes(model)][:1]:
        yield _trial(settings, "wan.palette", title, Use.TEXT_TO_IMAGE, model=model, feature=COLORED)


def _has_boxes(model: Model) -> bool:
    mode = model.modes.get(Use.IMAGE_EDITING)
    return mode is not None and bool(mode.boxes)


def _has_palettes(model: Model) -> bool:
    mode = model.modes.get(Use.TEXT_TO_IMAGE)
    return mode is not None and {"color_palette", "thinking_mode"} <= {*mode.parameters}


def _has_4k(model: Model) -> bool:
    mode = model.modes.get(Use.TEXT_TO_IMAGE)
    return mode is not None and Quality.FOUR_K in mode.target_px


def _trial(
    settings: Settings,
    key: str,
    title: str,
    use: Use,
    call: Call | None = None,
    *,
    count: int = 1,
    ratio: AspectRatio = SQUARE,
    quality: Quality = Quality.NORMAL,
    model: Model | None = None,
    feature: ImageRequest = PLAIN,
    bills: bool = True,
    why_not: str = "",
) -> Trial:
    """Return one request, with a *feature*. *call* None: the bot's own. *model* None: the default for *use*."""
    request = replace(
        feature,
        prompt=PROMPTS[use],
        aspect_ratio=ratio,
        quality=quality,
        count=count,
        seed=SEED,
        story=use is Use.STORY,
        image_set=use is Use.IMAGE_SET,
    )
    model = model or settings.lineup.defaults.get(use)
    why_not = why_not or (NOT_OFFERED[use] if model is None else _why_not(model, model.modes[use], request, call))
    if model is None or why_not:
        return Trial(Item(key, title), use, request, "", call or Call.TASK, why_not)
    usual = call_for(model.modes[use], settings.region, request, settings.wan_call)
    item = _billed_item(settings, key, title, use, request, model) if bills else Item(key, title)
    return Trial(item, use, request, model.name, call or usual)


def _why_not(model: Model, mode: Mode, request: ImageRequest, call: Call | None) -> str:
    """Return why *model* cannot answer *request* by *call*; "" if it can."""
    if call is Call.TASK and call not in mode.calls:
        return f"{model.name} has no tasks."
    if request.count > mode.max_count:
        return f"{model.name} generates one image a request."
    if request.quality is Quality.HIGH and Quality.HIGH not in mode.target_px:
        return f"{model.name} has no larger images."
    return ""


def _billed_item(settings: Settings, key: str, title: str, use: Use, request: ImageRequest, model: Model) -> Item:
    """Return the item of a request, with the price of each image and its part of the input image's."""
    inputs = int(use is Use.IMAGE_EDITING)
    price = cost(model, use, request, inputs, settings.region, settings.price_usd, settings.model_weights)
    each = price.image_microusd + ceil(price.input_microusd / request.count)
    return Item(key, title, images=request.count, model=model.name, image_microusd=each)
