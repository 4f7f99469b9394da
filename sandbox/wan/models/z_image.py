"""Z-Image: words alone, one image, and a price that rewriting doubles. Synchronous only.

help.aliyun.com/zh/model-studio/z-image-api-reference (2026-02-11), …/model-pricing (mid-2026).
"""

from __future__ import annotations

from sandbox.wan.models.records import ANY_AREA, Answers, Inputs, Mode, Model, Price, RateLimit, Sizes, UsageFormat, Use

_TEXT = Mode(
    inputs=Inputs((0, 0)),
    sizes=Sizes(
        (512 * 512, 2048 * 2048), "1024*1536", multiple_px=1, form_message="Invalid size format: {size}",
        range_message="Image area must be between {low} and {high} pixels",
    ),
    prompt_chars=800,
    n=(1, 1),
    default_n=1,
    booleans=("prompt_extend",),
    rewrites=False,
)  # fmt: skip

ROWS = (
    Model(
        "z-image-turbo", {Use.TEXT: _TEXT}, Price(((ANY_AREA, 15_000),), rewriting=2), RateLimit(2, 1),
        Answers(UsageFormat.SIDES, echoes_prompt=True),
    ),
)  # fmt: skip
