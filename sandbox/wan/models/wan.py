"""The Wan models from 2.6 on.

[image] help.aliyun.com/zh/model-studio/wan-image-generation-api-reference; [t2i] …/text-to-image-v2-api-reference;
[2.7] docs.qwencloud.com, "Wan 2.7" (all 2026-11-22), and help.aliyun.com/zh/model-studio/
wan-image-generation-and-editing-api-reference (2026-11-20); [price] …/model-pricing; [limits] …/rate-limit (mid-2026).
"""

from __future__ import annotations

from dataclasses import replace

from sandbox.wan.models.records import Answers, Inputs, Mode, Model, RateLimit, Sizes, UsageFormat, Use, flat

_1K, _2K, _4K = 1024 * 1024, 2048 * 2048, 4096 * 4096
_NO_INPUTS = Inputs((0, 0))
_26_BOOLEANS = ("watermark", "prompt_extend", "enable_interleave", "stream")
_26_ANSWERS = Answers(UsageFormat.SIZE, typed=True, finished=True, together=False)

_26_EDIT = Mode(
    inputs=Inputs((1, 4)),
    sizes=Sizes((768 * 768, _2K), "1K", aspect=4, keywords={"1K": 1280 * 1280, "2K": _2K}),
    prompt_chars=2000,
    n=(1, 4),
    default_n=4,
    negative_chars=500,
    booleans=_26_BOOLEANS,
)
# 1K and 2K are documented for the edit mode alone; n is exactly 1 [image].
_26_STORY = replace(
    _26_EDIT, inputs=Inputs((0, 1)), sizes=Sizes((768 * 768, 1280 * 1280), None, aspect=4), n=(1, 1), default_n=1
)
# The documented lower bound is 1280 * 1280, and two of the recommended sizes lie below it [t2i].
_26_TEXT = Mode(
    inputs=_NO_INPUTS,
    sizes=Sizes((1_600_000, 1440 * 1440), "1280*1280", aspect=4),
    prompt_chars=2100,
    n=(1, 4),
    default_n=4,
    negative_chars=500,
    booleans=("watermark", "prompt_extend"),
)
_27_INPUTS = Inputs((0, 9), max_bytes=20 * 1024 * 1024, aspect=8)
_27_EDIT = Mode(
    inputs=_27_INPUTS,
    sizes=Sizes(
        (768 * 768, _2K), "2K", aspect=8, keywords={"1K": _1K, "2K": _2K},
        range_message="Total pixels ({area}) must be between {low} and {high}",
    ),
    prompt_chars=5000,
    n=(1, 4),
    default_n=4,
    booleans=("watermark", "thinking_mode", "enable_sequential"),
    has_boxes=True,
    has_palette=True,
)  # fmt: skip
_27_TEXT = replace(_27_EDIT, thinking="thinking_mode")
# A set takes no palette, no 4K and no thinking [2.7]. Boxes in a set are not documented; refused here.
_27_SET = replace(_27_EDIT, n=(1, 12), default_n=12, has_boxes=False, has_palette=False)
_27_PRO_TEXT = replace(
    _27_TEXT,
    sizes=replace(_27_TEXT.sizes, area_px=(768 * 768, _4K), keywords={"1K": _1K, "2K": _2K, "4K": _4K}),
)


def _27(name: str, text: Mode, microusd: int) -> Model:
    return Model(
        name,
        {Use.TEXT: text, Use.EDIT: _27_EDIT, Use.SET: _27_SET},
        flat(microusd),  # [price]
        RateLimit(5, 1),  # [limits]
        replace(_26_ANSWERS, tokens=(18790, 2)),  # one choice for each image of n: undocumented for 2.7
        tasks=True,
    )


ROWS = (
    Model(
        "wan2.6-image", {Use.EDIT: _26_EDIT, Use.STORY: _26_STORY}, flat(30_000), RateLimit(5, 1), _26_ANSWERS,
        tasks=True,
    ),
    Model("wan2.6-t2i", {Use.TEXT: _26_TEXT}, flat(30_000), RateLimit(5, 1), _26_ANSWERS, tasks=True),
    _27("wan2.7-image", _27_TEXT, 30_000),
    _27("wan2.7-image-pro", _27_PRO_TEXT, 75_000),
)  # fmt: skip
