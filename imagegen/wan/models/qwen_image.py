"""Qwen-Image: lettering, posters, and edits of up to three images. Synchronous calls only.

All answer with one choice that has every image [qwen-t2i] [qwen-edit].
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from imagegen.image_request import Intent, Quality
from imagegen.model import Call
from imagegen.wan.hosts import BEIJING, SINGAPORE
from imagegen.wan.record import HELP, PX_1K, PX_2K, Mode, Model, Price, Source, Use

SOURCES = {
    "qwen-t2i": Source("Qwen text to image", HELP + "qwen-image-api", "2026-06"),
    "qwen-edit": Source("Qwen image editing", HELP + "qwen-image-edit-api", "2026-06"),
    "qwen-price": Source("Model prices", HELP + "model-pricing", "2026-07"),
    "qwen-limits": Source("Rate limits", HELP + "rate-limit", "mid-2026"),
    "probes": Source("Probes of others with wrong values", "issues of public repositories", "2026-10-06"),
}
_PARAMETERS = ("n", "size", "prompt_extend", "watermark", "seed", "negative_prompt")
_FIVE_SIZES = ("1664*928", "1472*1104", "1328*1328", "1104*1472", "928*1664")  # [qwen-t2i]
_SLOW_S = 300.0  # 60 to 171 s were seen [probes]; the document of the family advises a long limit

_WORDS = Mode(
    images=(0, 0),
    prompt_chars=800,  # characters until February 2026, tokens later [qwen-t2i]
    counts_tokens=True,
    negative_chars=500,  # [qwen-t2i]
    max_count=1,  # another n is refused: "num_images_per_prompt must be 1" [qwen-t2i]
    area_px=(512 * 512, 1664 * 1664),  # [probes]; only the five sizes are documented
    target_px={Quality.NORMAL: 1664 * 928},  # no size is larger, so there is no high quality
    max_aspect=2,
    sizes=_FIVE_SIZES,
    parameters=_PARAMETERS,
    source="qwen-t2i",
    calls=(Call.SYNC,),  # an older task path has another body
    answer_timeout_s=_SLOW_S,
    text_last=True,  # [qwen-edit]
)
_EDITING = replace(
    _WORDS,
    images=(1, 3),  # [qwen-edit]
    max_count=6,  # [qwen-edit]
    area_px=(512 * 512, PX_2K),  # [qwen-edit]
    side_px=(512, 2048),  # the answer is rounded to multiples of 16 [qwen-edit]
    target_px={Quality.NORMAL: PX_1K, Quality.HIGH: 1536 * 1536},
    max_aspect=4,
    sizes=(),
    source="qwen-edit",
)
_WORDS_20 = replace(
    _WORDS,
    prompt_chars=1300,  # [qwen-t2i]
    max_count=6,  # [qwen-t2i]
    area_px=(512 * 512, PX_2K),  # "between 262144 (512x512) and 4194304 (2048x2048)" [probes]
    target_px={Quality.NORMAL: 1328 * 1328, Quality.HIGH: PX_2K},
    max_aspect=4,
    sizes=(),
)
_EDITING_20 = replace(_EDITING, prompt_chars=1300)
_PLAIN_EDITING = replace(
    _EDITING,
    max_count=1,  # [qwen-edit]; 99 were accepted once, one came and was billed [probes]
    target_px={Quality.NORMAL: PX_1K},
    # No size: refused or ignored [probes]. No prompt_extend [qwen-edit].
    parameters=("n", "watermark", "seed", "negative_prompt"),
)
_A_MINUTE = {BEIJING: 2 / 60, SINGAPORE: 2 / 60}  # [qwen-limits]
_A_SECOND = {BEIJING: 2, SINGAPORE: 2}  # [qwen-limits]


def _model(
    name: str,
    intent: Intent,
    usd: float,
    cny: tuple[float, float],
    per_s: Mapping[str, float],
    words: Mode | None = None,
    editing: Mode | None = None,
) -> Model:
    """Return a row. *cny* is the price in Beijing and in Singapore [qwen-price]."""
    modes = {Use.TEXT_TO_IMAGE: words, Use.IMAGE_EDITING: editing}
    return Model(
        name=name,
        intent=intent,
        modes={use: mode for use, mode in modes.items() if mode is not None},
        prices=(Price(usd={SINGAPORE: usd}, cny=dict(zip((BEIJING, SINGAPORE), cny, strict=True))),),
        per_s=per_s,
        in_flight=5,  # no limit is documented for synchronous calls; this one is ours
    )


MODELS = (
    _model("qwen-image-2.0-pro", Intent.LETTERING, 0.075, (0.50, 0.550443), _A_MINUTE, _WORDS_20, _EDITING_20),
    _model("qwen-image-2.0", Intent.LETTERING, 0.035, (0.20, 0.256873), _A_SECOND, _WORDS_20, _EDITING_20),
    _model("qwen-image-max", Intent.DETAILED, 0.075, (0.50, 0.550443), _A_MINUTE, _WORDS),
    _model("qwen-image-plus", Intent.LETTERING, 0.03, (0.20, 0.220177), _A_SECOND, _WORDS),
    _model("qwen-image", Intent.LETTERING, 0.035, (0.25, 0.256873), _A_SECOND, _WORDS),
    _model("qwen-image-edit-max", Intent.EDITING, 0.075, (0.50, 0.550443), _A_MINUTE, None, _EDITING),
    _model("qwen-image-edit-plus", Intent.EDITING, 0.03, (0.20, 0.220177), _A_SECOND, None, _EDITING),
    _model("qwen-image-edit", Intent.EDITING, 0.045, (0.30, 0.330266), _A_SECOND, None, _PLAIN_EDITING),
)
