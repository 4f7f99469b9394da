"""Wan's models as documented: the limits and defaults of each mode.

[image] help.aliyun.com/zh/model-studio/wan-image-generation-api-reference; [t2i] …/text-to-image-v2-api-reference;
[2.7] docs.qwencloud.com, "Wan 2.7" (all 2026-11-22).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sandbox.wan.errors import Refusal, documented, invalid

EDIT, TEXT_TO_IMAGE, WAN_27, WAN_27_PRO = "wan2.6-image", "wan2.6-t2i", "wan2.7-image", "wan2.7-image-pro"
# Models with other addresses and an ``input.prompt``: known, and refused by the address.
OLDER = ("wan2.5-", "wan2.2-", "wan2.1-", "wanx")


@dataclass(frozen=True)
class Mode:
    """A mode of a model. Areas are in pixels; *input_images* and *n* are ranges, both ends included.

    *default_n* images are generated and billed if ``n`` is left out. *default_size* None means the input image's size.
    """

    input_images: tuple[int, int]
    prompt_chars: int
    area_px: tuple[int, int]
    aspect: float
    keywords: Mapping[str, int]
    default_size: str | None
    n: tuple[int, int]
    default_n: int
    input_aspect: float | None = None
    interleave: bool = False
    tokens: tuple[int, int] = (0, 0)
    booleans: tuple[str, ...] = field(default=("watermark",))


_1K, _2K, _4K = 1024 * 1024, 2048 * 2048, 4096 * 4096
_26 = ("watermark", "prompt_extend", "enable_interleave", "stream")
_27 = ("watermark", "thinking_mode", "enable_sequential")
_EDIT = Mode(
    (1, 4), 2000, (768 * 768, _2K), 4, {"1K": 1280 * 1280, "2K": _2K}, "1K", (1, 4), 4, booleans=_26
)  # fmt: skip
# 1K and 2K are documented for the edit mode alone; n is exactly 1 [image].
_STORY = Mode(
    (0, 1), 2000, (768 * 768, 1280 * 1280), 4, {}, None, (1, 1), 1, interleave=True, booleans=_26
)  # fmt: skip
# The documented lower bound is 1280 * 1280, and two of the recommended sizes lie below it [t2i].
_TEXT_TO_IMAGE = Mode(
    (0, 0), 2100, (1_600_000, 1440 * 1440), 4, {}, "1280*1280", (1, 4), 4, booleans=("watermark", "prompt_extend")
)  # fmt: skip


def mode_of(model: object, parameters: Mapping[str, object], images: int) -> Mode:
    """Return the mode in which a request with so many input *images* uses *model*."""
    if model == TEXT_TO_IMAGE:
        return _TEXT_TO_IMAGE
    if model == EDIT:
        return _STORY if parameters.get("enable_interleave") is True else _EDIT
    return _wan_27(model == WAN_27_PRO, parameters.get("enable_sequential") is True, images)


def _wan_27(pro: bool, sequential: bool, images: int) -> Mode:
    largest = pro and not images and not sequential
    keywords = {"1K": _1K, "2K": _2K, **({"4K": _4K} if largest else {})}
    n, default_n = ((1, 12), 12) if sequential else ((1, 4), 4)
    area = (768 * 768, _4K if largest else _2K)
    return Mode((0, 9), 5000, area, 8, keywords, "2K", n, default_n, input_aspect=8, tokens=(18790, 2), booleans=_27)


def check_model(model: object, path: str) -> None:
    """Raise Refusal for an unknown model, and for a model whose address is not *path*."""
    if not model:
        raise documented("BadRequest.EmptyModel")
    if isinstance(model, str) and (model.startswith(OLDER) or (model in KNOWN and not path)):
        raise invalid("url error, please check url！")
    if model not in KNOWN:
        raise Refusal(404, "ModelNotFound", f"Model not exist. ({model}; the sandbox has {', '.join(KNOWN)})")


KNOWN = (EDIT, TEXT_TO_IMAGE, WAN_27, WAN_27_PRO)
