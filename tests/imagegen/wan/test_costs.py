"""A price that an operator sets, or that no row knows, is never lower than what may be billed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from imagegen.model import ImageRequest, Quality
from imagegen.wan.catalogue import MODELS, cost
from imagegen.wan.hosts import SINGAPORE
from imagegen.wan.record import Price, Use

WORDS, EDIT = Use.TEXT_TO_IMAGE, Use.IMAGE_EDITING


@pytest.mark.parametrize(("usd", "image", "inputs"), [(0.06, 60_000, 18_000), (0.0, 0, 0)])
def test_an_operators_price_applies_to_input_images_in_proportion(usd: float, image: int, inputs: int) -> None:
    found = cost(MODELS["qwen-image-3.0"], EDIT, ImageRequest("a fox"), 3, SINGAPORE, {"qwen-image-3.0": usd}, {})

    assert (found.image_microusd, found.input_microusd) == (image, inputs)


def test_what_no_price_names_or_what_may_exceed_a_tier_counts_the_dearest() -> None:
    small, large = Price({SINGAPORE: 0.01}, {}, max_px=1_000_000), Price({SINGAPORE: 0.04}, {}, max_px=4_000_000)
    model = MODELS["qwen-image-3.0-pro"]
    mode = model.modes[WORDS]

    def counted(target_px: int) -> int:
        row = replace(model, prices=(small, large), modes={WORDS: replace(mode, target_px={Quality.NORMAL: target_px})})
        return cost(row, WORDS, ImageRequest("a fox"), 0, SINGAPORE, {}, {}).image_microusd

    assert [counted(px) for px in (900_000, 990_000, 9_000_000)] == [10_000, 40_000, 40_000]
