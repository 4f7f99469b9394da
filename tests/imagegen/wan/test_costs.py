"""A price that an operator sets, or that no row knows, is never lower than what may be billed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from imagegen.image_request import ImageRequest
from imagegen.wan.catalogue import MODELS, cost
from imagegen.wan.hosts import SINGAPORE
from imagegen.wan.record import Price, Use

WORDS, EDIT = Use.TEXT_TO_IMAGE, Use.IMAGE_EDITING


@pytest.mark.parametrize(("usd", "image", "inputs"), [(0.06, 60_000, 18_000), (0.0, 0, 0)])
def test_an_operators_price_applies_to_input_images_in_proportion(usd: float, image: int, inputs: int) -> None:
    found = cost(MODELS["qwen-image-3.0"], EDIT, ImageRequest("a fox"), 3, SINGAPORE, {"qwen-image-3.0": usd}, {})

    assert (found.image_microusd, found.input_microusd) == (image, inputs)


@pytest.mark.parametrize(
    ("tiers", "microusd"),
    [
        ([(0.04, 1440 * 1440), (0.075, None)], 75_000),  # with sides in steps of 16 px, the image may be larger
        ([(0.04, 2_250_000), (0.075, None)], 40_000),
        ([(0.075, 100), (0.04, 200)], 75_000),
        ([(0.04, 100), (0.075, 200)], 75_000),
    ],
)
def test_an_image_between_two_prices_or_beyond_all_is_counted_at_the_higher(
    tiers: list[tuple[float, int | None]], microusd: int
) -> None:
    prices = tuple(Price(usd={SINGAPORE: usd}, cny={}, max_px=most) for usd, most in tiers)
    model = replace(MODELS["qwen-image-3.0-pro"], prices=prices)  # 1440 * 1440 in normal quality

    assert cost(model, WORDS, ImageRequest("a fox"), 0, SINGAPORE, {}, {}).image_microusd == microusd


def test_an_operators_price_and_weight_apply_in_proportion() -> None:
    plain, enhanced = ImageRequest("a fox"), ImageRequest("a fox", enhance=True)
    model, prices, weights = MODELS["z-image-turbo"], {"z-image-turbo": 0.02}, {"z-image-turbo": 25}

    found = [cost(model, WORDS, request, 0, SINGAPORE, prices, weights) for request in (plain, enhanced)]

    assert [(one.image_microusd, one.weight) for one in found] == [(20_000, 25), (40_000, 50)]
