"""Z-Image: fast and cheap drafts from words. Synchronous calls only; the answer has the prompt beside the image."""

from __future__ import annotations

from imagegen.image_request import Intent, Quality
from imagegen.model import Call
from imagegen.wan.hosts import BEIJING, SINGAPORE
from imagegen.wan.record import HELP, PX_2K, Mode, Model, Price, Source, Use

SOURCES = {"z-image": Source("Z-Image", HELP + "z-image-api-reference", "2026-02-11")}
MODELS = (
    Model(
        name="z-image-turbo",
        intent=Intent.DRAFT,
        modes={
            Use.TEXT_TO_IMAGE: Mode(
                images=(0, 0),
                prompt_chars=800,  # [z-image]
                negative_chars=0,  # [z-image]
                max_count=1,  # another n is refused: "num_images_per_prompt must be 1" [z-image]
                area_px=(512 * 512, PX_2K),  # best from 1024*1024 to 1536*1536 [z-image]
                target_px={Quality.NORMAL: 1280 * 1280, Quality.HIGH: 1536 * 1536},
                max_aspect=4,
                parameters=("n", "size", "prompt_extend", "seed"),  # no watermark [z-image]
                source="z-image",
                calls=(Call.SYNC,),  # [z-image]
                enhances=False,  # as in the document, because it doubles the price [z-image]
            )
        },
        prices=(
            Price(usd={SINGAPORE: 0.015}, cny={BEIJING: 0.10, SINGAPORE: 0.110089}, enhanced=False),  # [qwen-price]
            Price(usd={SINGAPORE: 0.03}, cny={BEIJING: 0.20, SINGAPORE: 0.220177}, enhanced=True),  # [qwen-price]
        ),
        per_s={BEIJING: 2, SINGAPORE: 2},  # [qwen-limits]
        in_flight=5,  # no limit is documented for synchronous calls; this one is ours
    ),
)
