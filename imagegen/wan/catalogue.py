"""The models: what each accepts and costs, with the source and date of every figure. Pure.

Every figure stands beside the tag of its source in SOURCES. If the documents contradict each other, the catalogue has
the figure that is safe, and a comment names the other. `make docs` writes docs/wan.md from this file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from imagegen.model import MICRO_USD, Call, Quality
from imagegen.reports import RequestLimits
from imagegen.wan.hosts import BEIJING, FRANKFURT, SINGAPORE, VIRGINIA

# Documented for wan2.6-image only [image]. Tasks are documented for every model, so tasks are safe for all.
TASK_ONLY_REGIONS = (FRANKFURT,)
MAX_SEED = 2_147_483_647  # [image] [t2i]
# The most that a field of a modal takes, even if a model reads more.
# https://discord.com/developers/docs/components/reference#text-input (2026-11-22)
MAX_PROMPT_CHARS = 4000


@dataclass(frozen=True)
class Source:
    """A document, and the date of the version that was read."""

    title: str
    address: str
    read: str


_HELP = "https://help.aliyun.com/zh/model-studio/"
SOURCES = {
    "image": Source("Wan image generation and editing 2.6", _HELP + "wan-image-generation-api-reference", "mid-2026"),
    "t2i": Source("Text to image V2", _HELP + "text-to-image-v2-api-reference", "2026-01"),
    "2.7": Source("Wan 2.7, create a task", "https://docs.qwencloud.com/api-reference/image-generation", "2026"),
    "guide": Source("The vendor's own skills for agents", "https://github.com/QwenCloud/qwencloud-ai", "2026-04-30"),
    "limits": Source("Rate limits", _HELP + "rate-limit", "mid-2026"),
    "price": Source("Model prices", _HELP + "model-pricing", "2026-09-24"),
}


class Use(StrEnum):
    """What a model is used for. The limits of one model differ by use."""

    TEXT_TO_IMAGE = "text_to_image"  # a prompt alone
    IMAGE_EDITING = "image_editing"  # input images and a prompt
    STORY = "story"  # text and images interleaved


def use_for(images: int, *, story: bool) -> Use:
    """Return the use of a request with *images* input images."""
    if story:
        return Use.STORY
    return Use.IMAGE_EDITING if images else Use.TEXT_TO_IMAGE


@dataclass(frozen=True)
class Mode:
    """What a model accepts in one use.

    *area_px* is the smallest and largest area of a ``W*H``; *tolerance_px* lowers the smallest, because some documented
    sizes lie below the documented bound. Aspect limits count both ways (4 = 1:4 to 4:1). *keywords* are sizes by name;
    *follow_keywords* are those that we send to keep the aspect ratio of the last input image. *target_px* is the area
    that we request.
    """

    images: tuple[int, int]
    prompt_chars: int  # the service silently cuts a longer prompt [image]
    negative_chars: int  # 0: the model takes no negative prompt
    max_count: int  # for a story, the most images in it
    area_px: tuple[int, int]
    target_px: Mapping[Quality, int]
    max_aspect: float
    parameters: tuple[str, ...]
    source: str
    tolerance_px: int = 0
    keywords: tuple[str, ...] = ()
    follow_keywords: Mapping[Quality, str] | None = None
    max_image_aspect: float | None = None  # of the input images
    answer_timeout_s: float = 120.0  # one normal image without thinking took 8 to 27 s [image] [t2i]
    calls: tuple[Call, ...] = (Call.SYNC, Call.TASK)


@dataclass(frozen=True)
class Model:
    """One model. A price is for one generated image of any size.

    *per_s* (requests a second, by region) and *in_flight* (requests at once) apply to the whole account. The regions of
    *per_s* are those that have the model.
    """

    name: str
    modes: Mapping[Use, Mode]
    price_usd: Mapping[str, float]
    price_cny: Mapping[str, float]
    per_s: Mapping[str, float]
    in_flight: int

    @property
    def regions(self) -> tuple[str, ...]:
        """Return the regions that have the model."""
        return tuple(self.per_s)


_EVERYWHERE = {BEIJING: 5, SINGAPORE: 5, VIRGINIA: 5, FRANKFURT: 5}
_1K, _2K, _4K = 1024 * 1024, 2048 * 2048, 4096 * 4096

WAN26_IMAGE = Model(
    name="wan2.6-image",
    modes={
        Use.IMAGE_EDITING: Mode(
            images=(1, 4),  # 1 to 3 until February 2026 [image]
            prompt_chars=2000,  # [image]
            negative_chars=500,  # [image]
            max_count=4,  # n defaults to 4, and every image is billed [image]
            area_px=(768 * 768, _2K),  # to 1280*1280 until February 2026 [image]
            target_px={Quality.NORMAL: 1280 * 1280, Quality.HIGH: _2K},
            max_aspect=4,  # [image]
            keywords=("1K", "2K"),  # the text says that "1K" is 1280*1280; an example shows 1376*768 [image]
            follow_keywords={Quality.NORMAL: "1K", Quality.HIGH: "2K"},
            parameters=("enable_interleave", "n", "size", "prompt_extend", "watermark", "seed", "negative_prompt"),
            source="image",
        ),
        Use.STORY: Mode(
            images=(0, 1),  # [image]
            prompt_chars=2000,  # [image]
            negative_chars=500,  # [image]
            max_count=5,  # max_images; n is 1 [image]
            area_px=(768 * 768, 1280 * 1280),  # no keyword is documented [image]
            target_px={Quality.NORMAL: 1280 * 1280, Quality.HIGH: 1280 * 1280},
            max_aspect=4,  # [image]
            # prompt_extend has no effect here, and "stream" is for the streamed call only [image]
            parameters=(
                "enable_interleave", "n", "max_images", "size", "watermark", "seed", "negative_prompt", "stream"
            ),
            source="image",
            calls=(Call.STREAM, Call.TASK),  # [image]
        ),
    },
    price_usd={SINGAPORE: 0.03},  # [price]
    price_cny={BEIJING: 0.20, SINGAPORE: 0.220177},  # [price]
    per_s=_EVERYWHERE,  # [limits]
    in_flight=5,  # the document does not say whether synchronous calls count, so we count them [limits]
)  # fmt: skip

WAN26_T2I = Model(
    name="wan2.6-t2i",
    modes={
        Use.TEXT_TO_IMAGE: Mode(
            images=(0, 0),
            prompt_chars=2100,  # [t2i]
            negative_chars=500,  # [t2i]
            max_count=4,  # n defaults to 4 [t2i]
            area_px=(1280 * 1280, 1440 * 1440),  # [t2i]
            tolerance_px=38_400,  # recommends 1104*1472 and 960*1696, which are smaller than the bound [t2i]
            target_px={Quality.NORMAL: 1280 * 1280, Quality.HIGH: 1440 * 1440},
            max_aspect=4,  # [t2i]
            answer_timeout_s=150.0,  # slower than wan2.6-image: 27 s, and 3 to 4 s more with prompt_extend [t2i]
            parameters=("n", "size", "prompt_extend", "watermark", "seed", "negative_prompt"),
            source="t2i",
        )
    },
    price_usd={SINGAPORE: 0.03},  # [price]
    price_cny={},  # no document confirms 0.20 for Beijing
    per_s={**_EVERYWHERE, BEIJING: 1},  # [limits]
    in_flight=5,  # [limits]
)


# Wan 2.7: we switch off what would make a model slower or more expensive by default: sequences (n would be 12), and
# thinking if the member turns enhancing off. The bot does not offer 4K, bbox_list and color_palette.
_WAN27_EDITING = Mode(
    images=(1, 9),  # [2.7]
    prompt_chars=5000,  # [2.7]
    negative_chars=0,  # although a guide lists negative_prompt [2.7] [guide]
    max_count=4,  # n defaults to 4 [2.7]
    area_px=(768 * 768, _2K),  # [2.7]
    target_px={Quality.NORMAL: 1280 * 1280, Quality.HIGH: _2K},  # the same as in 2.6
    max_aspect=8,  # [2.7]
    max_image_aspect=8,  # [2.7]
    keywords=("1K", "2K"),  # "2K" is the default [2.7]
    # Without thinking_mode: the models think only if there are no input images [2.7]
    parameters=("n", "size", "enable_sequential", "watermark", "seed"),
    source="2.7",
)


def _wan27_model(
    name: str, max_text_px: int, text_keywords: tuple[str, ...], usd: float, cny: Mapping[str, float]
) -> Model:
    """Return a model of Wan 2.7. The two models differ in price and in the largest size without input images."""
    text_to_image = replace(
        _WAN27_EDITING,
        images=(0, 0),
        area_px=(768 * 768, max_text_px),  # [2.7]
        max_image_aspect=None,
        keywords=text_keywords,  # [2.7]
        parameters=("n", "size", "thinking_mode", "enable_sequential", "watermark", "seed"),
    )
    return Model(
        name=name,
        modes={Use.TEXT_TO_IMAGE: text_to_image, Use.IMAGE_EDITING: _WAN27_EDITING},
        price_usd={SINGAPORE: usd},  # [price]
        price_cny=cny,  # [price]
        per_s={BEIJING: 5, SINGAPORE: 5},  # [limits]
        in_flight=5,  # [limits]
    )


MODELS = {
    model.name: model
    for model in (
        WAN26_IMAGE,
        WAN26_T2I,
        _wan27_model("wan2.7-image", _2K, ("1K", "2K"), 0.03, {BEIJING: 0.20, SINGAPORE: 0.224826}),
        _wan27_model("wan2.7-image-pro", _4K, ("1K", "2K", "4K"), 0.075, {BEIJING: 0.50, SINGAPORE: 0.562065}),
    )
}


def request_limits(model: Model, use: Use) -> RequestLimits:
    """Return what a request may contain. KeyError if the model does not have *use*."""
    mode = model.modes[use]
    chars = min(mode.prompt_chars, MAX_PROMPT_CHARS)
    return RequestLimits(chars, mode.negative_chars, mode.images[1], mode.max_count, MAX_SEED, model.name)


def requests_per_second(model: Model, region: str) -> float:
    """Return the model's rate limit in *region*; the lowest documented rate if the region's is unknown."""
    return model.per_s.get(region, min(model.per_s.values()))


def price_microusd(model: Model, region: str, overrides: Mapping[str, float]) -> int:
    """Return the price of one image in micro-dollars.

    If it is unknown in dollars, count the model's highest known price.

    So ¥0.20 counts as $0.03, which is enough at any rate above ¥6.67 a dollar.
    """
    price = overrides.get(model.name, model.price_usd.get(region, max(model.price_usd.values())))
    return round(price * MICRO_USD)
