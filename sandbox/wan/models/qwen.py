"""The Qwen image models that are documented well. All are synchronous only.

[qwen] help.aliyun.com/zh/model-studio/qwen-image-api; [edit] …/qwen-image-edit-api (mid-2026); [price]
…/model-pricing; [limits] …/rate-limit (mid-2026). [seen]: wordings that public clients were answered (2026).
"""

from __future__ import annotations

from dataclasses import replace

from sandbox.wan.models.records import Answers, Inputs, Mode, Model, RateLimit, Sizes, UsageFormat, Use, flat

TWO_A_MINUTE, TWO_A_SECOND = RateLimit(2, 60), RateLimit(2, 1)  # [limits]
IMAGE_FORMATS = ("PNG", "JPEG", "BMP", "WEBP", "TIFF", "GIF")  # of GIF the first frame [edit]
AREA_PX = (512 * 512, 2048 * 2048)

_SIDES = Answers(UsageFormat.SIDES)
_FORM = "Expected format: '<width>*<height>'"  # [seen]
# Sides of 384 to 3072 px are advised; whether a bound is enforced is unknown [edit].
_UP_TO_THREE = Inputs(
    (0, 3), IMAGE_FORMATS, side_px=None, alpha=True,
    message="Model 'qwen-image-2.0-2in1' supports 0~3 image content items. Got {got} image items. "
    "(0 images = T2I mode, 1~3 images = I2I mode)",  # names an inner model [seen]
)  # fmt: skip
_EDIT_MESSAGE = "For image editing, the message must contain 1~3 image content items. Got {got} image items."  # [seen]
_ONE_TO_THREE = replace(_UP_TO_THREE, count=(1, 3), message=_EDIT_MESSAGE, none_message=_EDIT_MESSAGE)

_20_TEXT = Mode(
    inputs=_UP_TO_THREE,
    sizes=Sizes(
        AREA_PX, "2048*2048", form_message=_FORM,
        range_message="Image area must be between {low} (512x512) and {high} (2048x2048)",  # [seen]
    ),
    prompt_chars=1300,  # documented in tokens [qwen]
    n=(1, 6),
    default_n=1,
    negative_chars=500,
    booleans=("watermark", "prompt_extend"),
)  # fmt: skip
_20_EDIT = replace(_20_TEXT, sizes=replace(_20_TEXT.sizes, default=1024 * 1024))
_LISTED = ("1664*928", "1472*1104", "1328*1328", "1104*1472", "928*1664")
_WORDS = Mode(
    inputs=Inputs((0, 0)),
    sizes=Sizes(
        AREA_PX, "1664*928", listed=_LISTED, form_message="Invalid size format: {size}",  # [seen]
        range_message="size {size} is out of range [512*512, 1664*1664]",  # [seen]
    ),
    prompt_chars=800,  # characters until February 2026, tokens since [qwen]
    n=(1, 1),
    default_n=1,
    negative_chars=500,
    booleans=("watermark", "prompt_extend"),
)  # fmt: skip
_EDIT = Mode(
    inputs=_ONE_TO_THREE,
    sizes=Sizes((512 * 512, 2048 * 2048), 1024 * 1024, side_px=(512, 2048), form_message=_FORM),
    prompt_chars=800,
    n=(1, 6),
    default_n=1,
    negative_chars=500,
    booleans=("watermark", "prompt_extend"),
)
# The first edit model has no size and no prompt_extend [edit].
_FIRST_EDIT = replace(
    _EDIT, sizes=replace(_EDIT.sizes, taken=False), n=(1, 1), booleans=("watermark",), rewrites=False
)  # fmt: skip


def _two(name: str, microusd: int, limit: RateLimit) -> Model:
    return Model(name, {Use.TEXT: _20_TEXT, Use.EDIT: _20_EDIT}, flat(microusd), limit, _SIDES)


def _words(name: str, microusd: int, limit: RateLimit) -> Model:
    return Model(name, {Use.TEXT: _WORDS}, flat(microusd), limit, replace(_SIDES, task_metric=True))


ROWS = (
    _two("qwen-image-2.0-pro", 75_000, TWO_A_MINUTE),
    _two("qwen-image-2.0", 35_000, TWO_A_SECOND),
    _words("qwen-image-max", 75_000, TWO_A_MINUTE),
    _words("qwen-image-plus", 30_000, TWO_A_SECOND),
    _words("qwen-image", 35_000, TWO_A_SECOND),
    Model("qwen-image-edit-max", {Use.EDIT: _EDIT}, flat(75_000), TWO_A_MINUTE, _SIDES),
    Model("qwen-image-edit-plus", {Use.EDIT: _EDIT}, flat(30_000), TWO_A_SECOND, _SIDES),
    Model("qwen-image-edit", {Use.EDIT: _FIRST_EDIT}, flat(45_000), TWO_A_SECOND, _SIDES),
)
