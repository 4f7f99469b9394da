"""Models of which no price or limit page of the vendor was found. Offered only if the operator names them."""

from __future__ import annotations

from dataclasses import replace

from imagegen.image_request import Intent, Quality
from imagegen.model import Call
from imagegen.wan.hosts import BEIJING, SINGAPORE
from imagegen.wan.record import HELP, PX_2K, Mode, Model, Price, Source, Use

SOURCES = {
    "qwen-3": Source("Qwen image generation and editing", HELP + "qwen-image-generation-and-editing-api-reference",
        "2026-10-12"),
    "others": Source("Notes of others on prices, limits and Qwen-Image 2.1", "public repositories", "2026-10-10"),
}  # fmt: skip
_WORDS = Mode(
    images=(0, 0),
    prompt_chars=4000,  # 4,500 tokens are recommended; what happens beyond is unknown [qwen-3]
    counts_tokens=True,
    negative_chars=500,  # the length is unknown; that of 2.0 [qwen-3]
    max_count=6,  # [qwen-3]
    area_px=(512 * 512, PX_2K),  # [qwen-3]; 2560*2560 was accepted too [others]
    target_px={Quality.NORMAL: 1440 * 1440, Quality.HIGH: PX_2K},  # normal stays within the cheaper tier
    max_aspect=8,  # [qwen-3]
    parameters=("n", "size", "prompt_extend", "watermark", "seed", "negative_prompt"),
    source="qwen-3",
    text_last=True,  # [qwen-3]
    answer_timeout_s=300.0,  # 60 to 171 s were seen [others]
)
# 1 to 3 inputs [qwen-3]. One note says that an edit has 4.1 megapixels whatever size is asked for; two differ [others].
_EDITING = replace(_WORDS, images=(1, 3), billed_px=PX_2K)
# Negative prompts are refused by pro; for turbo, two notes disagree [others].
_WORDS_21 = replace(
    _WORDS, negative_chars=0, parameters=("n", "size", "prompt_extend", "watermark", "seed"), calls=(Call.SYNC,)
)
_EDITING_21 = replace(_WORDS_21, images=(1, 10))  # [others]
_1K_PX = 2_250_000  # the upper bound of the cheaper tier of 3.0 pro [others]
_DOUBTS = "prices and limits are known from notes of others only"
_INPUT = Price(usd={SINGAPORE: 0.003}, cny={BEIJING: 0.02})  # [others]
_UNKNOWN_RATE = {BEIJING: 1 / 60, SINGAPORE: 1 / 60}  # 1 or 5 a minute, by two notes [others]

MODELS = (
    Model(
        name="qwen-image-3.0-pro",
        intent=Intent.LETTERING,
        modes={Use.TEXT_TO_IMAGE: _WORDS, Use.IMAGE_EDITING: _EDITING},
        prices=(
            Price(usd={SINGAPORE: 0.04}, cny={BEIJING: 0.25}, max_px=_1K_PX),  # [others]
            Price(usd={SINGAPORE: 0.075}, cny={BEIJING: 0.50}),  # [others]
        ),
        per_s=_UNKNOWN_RATE,
        in_flight=1,
        input_price=_INPUT,
        doubts=_DOUBTS,
    ),
    Model(
        name="qwen-image-3.0",
        intent=Intent.LETTERING,
        modes={Use.TEXT_TO_IMAGE: _WORDS, Use.IMAGE_EDITING: _EDITING},
        prices=(Price(usd={SINGAPORE: 0.03}, cny={BEIJING: 0.18}),),  # [others]
        per_s=_UNKNOWN_RATE,
        in_flight=1,
        input_price=_INPUT,
        doubts=_DOUBTS,
    ),
    Model(
        name="qwen-image-2.1-pro",
        intent=Intent.EDITING,
        modes={Use.TEXT_TO_IMAGE: _WORDS_21, Use.IMAGE_EDITING: _EDITING_21},
        prices=(Price(usd={SINGAPORE: 0.04}, cny={BEIJING: 0.25}),),  # [others]
        per_s={BEIJING: 20 / 60, SINGAPORE: 20 / 60},  # [others]
        in_flight=1,
        doubts="no reference was found, and the rest is known from notes of others only",
    ),
    Model(
        name="qwen-image-2.1-turbo",
        intent=Intent.DRAFT,
        modes={Use.TEXT_TO_IMAGE: _WORDS_21, Use.IMAGE_EDITING: _EDITING_21},
        prices=(Price(usd={SINGAPORE: 0.016}, cny={BEIJING: 0.10}),),  # [others]
        per_s={BEIJING: 2, SINGAPORE: 2},  # [others]
        in_flight=1,
        doubts="no document of the vendor was found; all is known from notes of others",
    ),
)
