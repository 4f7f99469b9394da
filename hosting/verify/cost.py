"""Say before a verification what it costs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from cogs.text.money import dollars
from hosting.verify.items import Item
from imagegen.settings import Settings
from imagegen.wan.catalogue import MODELS, is_price_known, price_microusd

FREE = "This costs nothing: Wan generates no image."


def most_images(items: Sequence[Item]) -> Counter[str]:
    """Return by model the most images that Wan bills for *items*."""
    found: Counter[str] = Counter()
    for item in items:
        if item.images:
            found[item.model] += item.images
    return found


def most_microusd(items: Sequence[Item], settings: Settings) -> int:
    """Return the most that *items* cost, in micro-dollars, by the catalogue's prices and PRICE_USD."""
    return sum(count * _price(model, settings) for model, count in most_images(items).items())


def sentence(items: Sequence[Item], settings: Settings) -> str:
    """Return in one sentence what *items* cost at most."""
    images = most_images(items)
    if not images:
        return FREE
    parts = ", ".join(f"{count} with {model} at {_each(model, settings)}" for model, count in images.items())
    total, cost = images.total(), dollars(most_microusd(items, settings))
    return f"Wan bills at most {total} image{'s' * (total > 1)}, US${cost} in all: {parts}."


def _each(model: str, settings: Settings) -> str:
    """Return the price of one image, and whether it is an assumption."""
    price, region = f"US${dollars(_price(model, settings))} each", settings.region
    if is_price_known(MODELS[model], region, settings.price_usd):
        return price
    return f"{price} (its highest known price: none in dollars is documented for {region})"


def _price(model: str, settings: Settings) -> int:
    return price_microusd(MODELS[model], settings.region, settings.price_usd)
