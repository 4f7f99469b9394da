"""Models whose documents are not public as a whole. Each row says which of its facts are not the vendor's own.

[doc] help.aliyun.com/zh/model-studio/qwen-image-generation-and-editing-api-reference (September 2026, and excerpts of
2026-10-12). [3rd]: third parties' probes and notes (September and October 2026). [guess]: by analogy with 3.0.
"""

from __future__ import annotations

from dataclasses import replace

from sandbox.wan.models.qwen import AREA_PX, IMAGE_FORMATS
from sandbox.wan.models.records import ANY_AREA, Answers, Inputs, Mode, Model, Price, RateLimit, Sizes, UsageFormat, Use

_1K_TIER_PX = 2_250_000  # [3rd]
_MESSAGE = (
    "Model 'qwen-image-3.0-distill' supports 0~{high} image content items. Got {got} image items. "
    "(0 images = T2I mode, 1~{high} images = I2I mode)"  # [3rd]
)
_30_TEXT = Mode(
    inputs=Inputs((0, 3), IMAGE_FORMATS, side_px=None, alpha=True, message=_MESSAGE),
    # Areas up to 6,553,600 px were accepted for words [3rd]. Without a size, the model chooses one; here the largest.
    sizes=Sizes(
        AREA_PX, "2048*2048", aspect=8, multiple_px=1, form_message="Expected format: '<width>*<height>'",
        range_message="Image area must be between {low} and {high}",  # [guess]
    ),
    prompt_chars=4500,  # tokens, recommended; what happens to a longer prompt is unknown [doc]
    n=(1, 6),
    default_n=1,
    negative_chars=500,  # the length is a guess
    booleans=("watermark", "prompt_extend", "enable_thinking"),
    rewrite_modes=("direct", "agent"),
    thinking="enable_thinking",
)  # fmt: skip
# Without a size, edits had the input's ratio at 2K [3rd]. "agent" is for words alone [doc].
_30_EDIT = replace(_30_TEXT, sizes=replace(_30_TEXT.sizes, default=2048 * 2048), rewrite_modes=("direct",))
_21_INPUTS = replace(_30_TEXT.inputs, count=(0, 10))  # [3rd]
# Pro refuses a negative prompt; about turbo, notes differ [3rd].
_21_TEXT = replace(_30_TEXT, inputs=_21_INPUTS, negative_chars=None)
_21_EDIT = replace(_30_EDIT, inputs=_21_INPUTS, negative_chars=None)
_ANSWERS = Answers(UsageFormat.OUTPUT, typed=True)


def _30(name: str, price: Price) -> Model:
    """Return a row of 3.0. Its rate limit is unknown: 1 a minute, or 5 [3rd]."""
    modes = {Use.TEXT: _30_TEXT, Use.EDIT: _30_EDIT}
    return Model(name, modes, price, RateLimit(5, 60), _ANSWERS, tasks=True, uncertain=True)


def _21(name: str, microusd: int, a_minute: int) -> Model:
    """Return a row of 2.1: price and limit [3rd], answers [guess]. Whether it takes tasks is unknown."""
    return Model(
        name, {Use.TEXT: _21_TEXT, Use.EDIT: _21_EDIT}, Price(((ANY_AREA, microusd),)), RateLimit(a_minute, 60),
        _ANSWERS, uncertain=True, transparent=True,
    )  # fmt: skip


ROWS = (
    _30("qwen-image-3.0-pro", Price(((_1K_TIER_PX, 40_000), (ANY_AREA, 75_000)), input_microusd=3_000)),  # [3rd]
    _30("qwen-image-3.0", Price(((ANY_AREA, 30_000),), input_microusd=3_000)),  # [3rd]
    _21("qwen-image-2.1-pro", 40_000, 20),
    _21("qwen-image-2.1-turbo", 16_000, 120),
)
