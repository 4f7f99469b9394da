"""Wan 2.7: image sets, palettes, boxes, and 4K for words alone. Thinking is on by default there, and slower."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from imagegen.image_request import Intent, Quality
from imagegen.wan.hosts import BEIJING, SINGAPORE
from imagegen.wan.record import HELP, PX_2K, PX_4K, Mode, Model, Price, Source, Use

SOURCES = {
    "2.7": Source("Wan 2.7 image generation and editing", HELP + "wan-image-generation-and-editing-api-reference",
        "2026-11-20"),
    "guide": Source("The vendor's own skills for agents", "https://github.com/QwenCloud/qwencloud-ai", "2026-04-30"),
}  # fmt: skip
_EDITING = Mode(
    images=(1, 9),  # [2.7]
    prompt_chars=5000,  # [2.7]
    negative_chars=0,  # although a guide lists negative_prompt [2.7] [guide]
    max_count=4,  # 1 to 4; the default is 1 in one document and 4 in another [2.7] [guide]
    area_px=(768 * 768, PX_2K),  # [2.7]
    target_px={Quality.NORMAL: 1280 * 1280, Quality.HIGH: PX_2K},  # the same as in 2.6
    max_aspect=8,  # [2.7]
    max_image_aspect=8,  # [2.7]
    keywords=("1K", "2K"),  # "2K" is the default [2.7]
    # Without thinking_mode: the models think only if there are no input images [2.7]
    parameters=("n", "size", "enable_sequential", "color_palette", "bbox_list", "watermark", "seed"),
    source="2.7",
    boxes=2,  # [2.7]
    text_last=True,  # [2.7]
)
_IMAGE_SET = replace(
    _EDITING,
    images=(0, 9),  # from words or from images [2.7]
    max_count=12,  # n is the most that may come, and defaults to 12 [2.7]
    parameters=("n", "size", "enable_sequential", "watermark", "seed"),  # no palette, no thinking [2.7]
    boxes=0,  # no document shows boxes in a set
)


def _model(name: str, intent: Intent, text_px: Mapping[Quality, int], keywords: tuple[str, ...], price: Price) -> Model:
    """Return a model of Wan 2.7. The two models differ in price and in the largest size without input images."""
    text_to_image = replace(
        _EDITING,
        images=(0, 0),
        area_px=(768 * 768, max(text_px.values())),  # [2.7]
        target_px=text_px,
        max_image_aspect=None,
        keywords=keywords,  # [2.7]
        parameters=("n", "size", "thinking_mode", "enable_sequential", "color_palette", "watermark", "seed"),
        boxes=0,
    )
    return Model(
        name=name,
        intent=intent,
        modes={Use.TEXT_TO_IMAGE: text_to_image, Use.IMAGE_EDITING: _EDITING, Use.IMAGE_SET: _IMAGE_SET},
        prices=(price,),
        per_s={BEIJING: 5, SINGAPORE: 5},  # [limits]
        in_flight=5,  # [limits]
    )


MODELS = (
    _model(
        "wan2.7-image", Intent.STANDARD, _EDITING.target_px, ("1K", "2K"),
        # [price]; another document has 0.220177 for Singapore
        Price(usd={SINGAPORE: 0.03}, cny={BEIJING: 0.20, SINGAPORE: 0.224826}),
    ),
    _model(
        "wan2.7-image-pro", Intent.DETAILED, {**_EDITING.target_px, Quality.FOUR_K: PX_4K}, ("1K", "2K", "4K"),
        Price(usd={SINGAPORE: 0.075}, cny={BEIJING: 0.50, SINGAPORE: 0.562065}),  # [price]
    ),
)  # fmt: skip
