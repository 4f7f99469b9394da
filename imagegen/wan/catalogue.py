"""The models: their limits, prices and sources, and what follows from them. Pure.

Sources (all read 2026-11-22): [image] the vendor's "Wan image generation and editing 2.6 API reference",
help.aliyun.com/zh/model-studio/wan-image-generation-api-reference; [t2i] "Text to image V2 API reference",
…/text-to-image-v2-api-reference; [limits] …/rate-limit; [price] …/model-pricing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil, floor, sqrt
from urllib.parse import urlsplit

from imagegen.model import AskLimits, Call, Picture, Quality, Shape
from imagegen.settings import CallStyle

BEIJING, SINGAPORE, VIRGINIA, FRANKFURT = "cn-beijing", "ap-southeast-1", "us-east-1", "eu-central-1"
MAX_SEED = 2_147_483_647
STEP_PX = 16  # sizes are rounded to it by the service [image]
MAX_ASPECT = 4.0  # 1:4 to 4:1 [image] [t2i]
RATIOS = {
    Shape.SQUARE: 1.0,
    Shape.PORTRAIT: 3 / 4,
    Shape.LANDSCAPE: 4 / 3,
    Shape.TALL: 9 / 16,
    Shape.WIDE: 16 / 9,
}


@dataclass(frozen=True)
class Model:
    """One model as it is documented. Areas are in pixels; rates are requests a second and tasks in flight, per account.

    *area_px* is what we send at each quality: the normal one near the middle of what the service draws by itself.
    """

    name: str
    pictures: tuple[int, int]
    prompt_chars: int
    negative_chars: int
    max_count: int
    min_area_px: int
    max_area_px: int
    area_px: Mapping[Quality, int]
    keywords: Mapping[Quality, str]
    parameters: tuple[str, ...]
    price_usd: Mapping[str, float]
    per_s: Mapping[str, float]
    in_flight: int
    tasks_only: tuple[str, ...] = ()

    @property
    def ask_limits(self) -> AskLimits:
        return AskLimits(self.prompt_chars, self.negative_chars, self.pictures[1], self.max_count, MAX_SEED)


EDIT = Model(
    name="wan2.6-image",
    pictures=(1, 4),  # edit mode; 1 to 3 until February 2026 [image]
    prompt_chars=2000,  # the service cuts silently beyond [image]
    negative_chars=500,
    max_count=4,  # and n defaults to 4, each billed [image]
    min_area_px=768 * 768,
    max_area_px=2048 * 2048,
    area_px={Quality.NORMAL: 1280 * 1280, Quality.HIGH: 2048 * 2048},
    keywords={Quality.NORMAL: "1K", Quality.HIGH: "2K"},
    parameters=("enable_interleave", "n", "size", "prompt_extend", "watermark", "seed", "negative_prompt"),
    price_usd={SINGAPORE: 0.03},  # [price], 2026-09-24; other regions are not documented in dollars
    per_s={BEIJING: 5, SINGAPORE: 5, VIRGINIA: 5, FRANKFURT: 5},  # [limits]
    in_flight=5,
    tasks_only=(FRANKFURT,),  # [image]
)
WORDS = Model(
    name="wan2.6-t2i",
    pictures=(0, 0),
    prompt_chars=2100,
    negative_chars=500,
    max_count=4,
    # The documented minimum is 1280 * 1280, and two of the documented sizes lie below it. [t2i]
    min_area_px=1_600_000,
    max_area_px=1440 * 1440,
    area_px={Quality.NORMAL: 1280 * 1280, Quality.HIGH: 1440 * 1440},
    keywords={},
    parameters=("n", "size", "prompt_extend", "watermark", "seed", "negative_prompt"),
    price_usd={SINGAPORE: 0.03},
    per_s={BEIJING: 1, SINGAPORE: 5, VIRGINIA: 5, FRANKFURT: 5},  # [limits]
    in_flight=5,
)
# Text and pictures interleaved: the same model, lane and price, other limits. One picture or none; n is 1, and the
# most pictures are asked for as max_images. prompt_extend has no effect, and no size keyword is documented. [image]
STORY = replace(
    EDIT,
    pictures=(0, 1),
    max_count=5,
    max_area_px=1280 * 1280,
    area_px={Quality.NORMAL: 1280 * 1280, Quality.HIGH: 1280 * 1280},
    keywords={},
    parameters=("enable_interleave", "n", "max_images", "size", "watermark", "seed", "negative_prompt", "stream"),
)
MODELS = {model.name: model for model in (EDIT, WORDS)}


def model_for(pictures: int) -> Model:
    """Pictures are edited by one model; words alone are drawn by another, for the first refuses them."""
    return EDIT if pictures else WORDS


def region_of(base_url: str, override: str) -> str:
    """The region whose limits hold: *override*, or read from the host. The sandbox keeps Singapore's."""
    host = urlsplit(base_url).hostname or ""
    if override:
        return override
    named = [region for region in (BEIJING, SINGAPORE, VIRGINIA, FRANKFURT) if f".{region}." in host]
    if named:
        return named[0]
    if host == "dashscope.aliyuncs.com":
        return BEIJING
    return VIRGINIA if host == "dashscope-us.aliyuncs.com" else SINGAPORE


def rate_of(model: Model, region: str) -> float:
    """Requests a second; where a region's is not documented, the slowest that is."""
    return model.per_s.get(region, min(model.per_s.values()))


def price_microusd(model: Model, region: str, overrides: Mapping[str, float]) -> int:
    """What one picture costs, in micro-dollars; an unknown price counts as the dearest known."""
    dearest = max(price for known in MODELS.values() for price in known.price_usd.values())
    price = overrides.get(model.name, model.price_usd.get(region, dearest))
    return round(price * 1_000_000)


def call_for(model: Model, region: str, count: int, quality: Quality, style: CallStyle) -> Call:
    """One picture is fastest through the synchronous call; several and large ones outlast its time limit."""
    if region in model.tasks_only or style is CallStyle.TASKS:
        return Call.TASK
    if style is CallStyle.SYNC:
        return Call.SYNC
    return Call.SYNC if count == 1 and quality is Quality.NORMAL else Call.TASK


def size_for(model_name: str, shape: Shape, quality: Quality, pictures: Sequence[Picture]) -> str:
    """The ``size`` to send: a keyword where the service follows the one picture, else a ``W*H`` valid for the model.

    The keyword follows the *last* of several pictures; people mean the first, so then its shape is sent in numbers.
    """
    model = MODELS[model_name]
    if shape is Shape.SAME and len(pictures) == 1 and model.keywords:
        return model.keywords[quality]
    ratio = pictures[0].width_px / pictures[0].height_px if shape is Shape.SAME else RATIOS[shape]
    width, height = _sides(min(MAX_ASPECT, max(1 / MAX_ASPECT, ratio)), model.area_px[quality], model)
    return f"{width}*{height}"


def _sides(ratio: float, area_px: int, model: Model) -> tuple[int, int]:
    """The sides nearest to *ratio* and *area_px* in steps, inside the model's bounds."""
    ideal = sqrt(area_px * ratio)
    widths = range(floor(ideal / STEP_PX - 4) * STEP_PX, ceil(ideal / STEP_PX + 4) * STEP_PX, STEP_PX)
    fits = [
        (width, height)
        for width in widths
        for height in (floor(width / ratio / STEP_PX) * STEP_PX, ceil(width / ratio / STEP_PX) * STEP_PX)
        if is_valid(model, width, height)
    ]
    return min(fits, key=lambda side: abs(side[0] / side[1] / ratio - 1) + abs(side[0] * side[1] / area_px - 1))


def is_valid(model: Model, width: int, height: int) -> bool:
    """Whether the model takes ``width*height``."""
    if width <= 0 or height <= 0 or not 1 / MAX_ASPECT <= width / height <= MAX_ASPECT:
        return False
    return model.min_area_px <= width * height <= model.max_area_px


def takes(model: Model, size: str) -> bool:
    """Whether *size*, a keyword or ``W*H``, may be sent to the model."""
    width, _, height = size.partition("*")
    if width.isdecimal() and height.isdecimal():
        return is_valid(model, int(width), int(height))
    return size in model.keywords.values()
