"""All models, and what a request to one of them may hold and costs. Pure.

The rows are in models/. Every figure there stands beside the tag of its source in SOURCES. If the documents contradict
each other, the row has the figure that is safe, and a comment names the other. `make docs` writes docs/models.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from imagegen.image_request import ImageRequest
from imagegen.model import MICRO_USD, UNITS_PER_IMAGE
from imagegen.reports import RequestLimits
from imagegen.wan import sizes
from imagegen.wan.hosts import FRANKFURT
from imagegen.wan.models import qwen_image, unconfirmed, wan26, wan27, z_image
from imagegen.wan.record import Mode, Model, Price, Source, Use

# Documented for wan2.6-image only [image]. Tasks are documented for every model there, so tasks are safe for all.
TASK_ONLY_REGIONS = (FRANKFURT,)
MAX_SEED = 2_147_483_647  # [image] [t2i], and every other document
# The most that a field of a modal takes, even if a model reads more.
# https://discord.com/developers/docs/components/reference#text-input (2026-11-22)
MAX_PROMPT_CHARS = 4000
_FAMILIES = (wan26, wan27, qwen_image, z_image, unconfirmed)
MODELS: dict[str, Model] = {model.name: model for family in _FAMILIES for model in family.MODELS}
SOURCES: dict[str, Source] = {tag: source for family in _FAMILIES for tag, source in family.SOURCES.items()}

_USUAL_USD = Fraction("0.03")  # of one image of Wan 2.6: it weighs one image
_YUAN_A_DOLLAR = Fraction(20, 3)  # as the document itself: ¥0.20 in Beijing is $0.03 in Singapore [price]
_SIZE_MARGIN = 1.05  # sides are multiples of 16 px, so an image may be a little larger than its target


@dataclass(frozen=True)
class Cost:
    """What a request costs: each image, in micro-dollars and in units of the quota, and its input images together."""

    image_microusd: int
    input_microusd: int
    weight: int


def request_limits(model: Model, use: Use) -> RequestLimits:
    """Return what a request may contain. KeyError if the model does not have *use*."""
    mode = model.modes[use]
    return RequestLimits(
        prompt_chars=min(mode.prompt_chars, MAX_PROMPT_CHARS),
        negative_chars=mode.negative_chars,
        max_images=mode.images[1],
        max_count=mode.max_count,
        max_seed=MAX_SEED,
        model=model.name,
        aspect_ratios=sizes.aspect_ratios(mode),
        qualities=tuple(mode.target_px),
        options=frozenset(mode.parameters),
        boxes=mode.boxes,
    )


def requests_per_second(model: Model, region: str) -> float:
    """Return the model's rate limit in *region*; the lowest documented rate if the region's is unknown."""
    return model.per_s.get(region, min(model.per_s.values()))


def price_microusd(model: Model, region: str, overrides: Mapping[str, float]) -> int:
    """Return the price of one usual image in micro-dollars.

    If it is unknown in dollars, count the highest known price, and at least the one in yuan at ¥6.67 a dollar.
    """
    price = Fraction(str(overrides[model.name])) if model.name in overrides else _usd(model.prices[0], region)
    return round(price * MICRO_USD)


def is_price_known(model: Model, region: str, overrides: Mapping[str, float]) -> bool:
    """Return whether the price of *model* is known in US dollars for *region*."""
    return model.name in overrides or region in model.prices[0].usd


def weight(model: Model, weights: Mapping[str, int]) -> int:
    """Return what one usual image of *model* uses of a quota, in units: as the operator says, else by its price.

    The price of Wan 2.6 counts as one image. Others are rounded to halves, and weigh at least a half.
    """
    halves = round(2 * _usd(model.prices[0], "") / _USUAL_USD)
    return weights.get(model.name, max(1, halves) * UNITS_PER_IMAGE // 2)


def request_weight(model: Model, use: Use, request: ImageRequest, region: str, weights: Mapping[str, int]) -> int:
    """Return what one image of *request* uses of a quota, in units; as a usual image, if the model makes none such.

    An image that costs more than the usual one by its size or its options weighs more in the same proportion.
    """
    mode = model.modes.get(use)
    if mode is None or request.quality not in mode.target_px:
        return weight(model, weights)
    return max(1, round(weight(model, weights) * _factor(model, _price_of(model, mode, request), region)))


def cost(
    model: Model,
    use: Use,
    request: ImageRequest,
    images: int,
    region: str,
    overrides: Mapping[str, float],
    weights: Mapping[str, int],
) -> Cost:
    """Return what *request* costs with *images* input images."""
    mode = model.modes[use]
    factor = _factor(model, _price_of(model, mode, request), region)
    usual_microusd, each_input = price_microusd(model, region, overrides), 0
    if model.input_price is not None:
        each_input = round(usual_microusd * _factor(model, model.input_price, region))
    return Cost(
        image_microusd=round(usual_microusd * factor),
        input_microusd=each_input * images,
        weight=request_weight(model, use, request, region, weights),
    )


def _price_of(model: Model, mode: Mode, request: ImageRequest) -> Price:
    """Return the price of one image of *request*; the highest, if no price is documented for such a request."""
    area, enhanced = mode.billed_px or mode.area_for(request.quality) * _SIZE_MARGIN, enhances(mode, request)
    for price in model.prices:
        if (price.max_px is None or area <= price.max_px) and price.enhanced in (None, enhanced):
            return price
    return max(model.prices, key=lambda price: _usd(price, ""))


def charges_rewriting(model: str) -> bool:
    """Return whether the price of an image depends on whether the service rewrites the prompt."""
    return any(price.enhanced is not None for price in MODELS[model].prices)


def enhances(mode: Mode, request: ImageRequest) -> bool:
    """Return whether the service rewrites the prompt of *request*."""
    wanted = mode.enhances if request.enhance is None else request.enhance
    return wanted and "prompt_extend" in mode.parameters


def _factor(model: Model, price: Price, region: str) -> Fraction:
    return _usd(price, region) / _usd(model.prices[0], region)


def _usd(price: Price, region: str) -> Fraction:
    """Return a price in US dollars for *region*; "": the highest known."""
    if region in price.usd:
        return Fraction(str(price.usd[region]))
    highest = Fraction(str(max(price.usd.values())))
    return max(highest, Fraction(str(price.cny.get(region, 0))) / _YUAN_A_DOLLAR)
