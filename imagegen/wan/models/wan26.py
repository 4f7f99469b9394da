"""Wan 2.6: the models that the bot uses unless the operator chooses others."""

from __future__ import annotations

from imagegen.image_request import Intent, Quality
from imagegen.model import Call
from imagegen.wan.hosts import BEIJING, FRANKFURT, SINGAPORE, VIRGINIA
from imagegen.wan.record import HELP, PX_2K, Mode, Model, Price, Source, Use

SOURCES = {
    "image": Source("Wan image generation and editing 2.6", HELP + "wan-image-generation-api-reference", "mid-2026"),
    "t2i": Source("Text to image V2", HELP + "text-to-image-v2-api-reference", "2026-01"),
    "limits": Source("Rate limits", HELP + "rate-limit", "mid-2026"),
    "price": Source("Model prices", HELP + "model-pricing", "2026-09-24"),
}
_EVERYWHERE = {BEIJING: 5, SINGAPORE: 5, VIRGINIA: 5, FRANKFURT: 5}

WAN26_IMAGE = Model(
    name="wan2.6-image",
    intent=Intent.STANDARD,
    modes={
        Use.IMAGE_EDITING: Mode(
            images=(1, 4),  # 1 to 3 until February 2026 [image]
            prompt_chars=2000,  # [image]
            negative_chars=500,  # [image]
            max_count=4,  # n defaults to 4, and every image is billed [image]
            area_px=(768 * 768, PX_2K),  # to 1280*1280 until February 2026 [image]
            target_px={Quality.NORMAL: 1280 * 1280, Quality.HIGH: PX_2K},
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
            target_px={Quality.NORMAL: 1280 * 1280},
            max_aspect=4,  # [image]
            # prompt_extend has no effect here, and "stream" is for the streamed call only [image]
            parameters=(
                "enable_interleave", "n", "max_images", "size", "watermark", "seed", "negative_prompt", "stream"
            ),
            source="image",
            calls=(Call.STREAM, Call.TASK),  # [image]
        ),
    },
    prices=(Price(usd={SINGAPORE: 0.03}, cny={BEIJING: 0.20, SINGAPORE: 0.220177}),),  # [price]
    per_s=_EVERYWHERE,  # [limits]
    in_flight=5,  # the document does not say whether synchronous calls count, so we count them [limits]
)  # fmt: skip

WAN26_T2I = Model(
    name="wan2.6-t2i",
    intent=Intent.STANDARD,
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
    prices=(Price(usd={SINGAPORE: 0.03}, cny={BEIJING: 0.20}),),  # [price]
    per_s={**_EVERYWHERE, BEIJING: 1},  # [limits]
    in_flight=5,  # [limits]
)

MODELS = (WAN26_IMAGE, WAN26_T2I)
