"""Say before a verification what it costs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from cogs.text.money import dollars
from hosting.verify.items import Item
from imagegen.settings import Settings
from imagegen.wan.catalogue import MODELS, is_price_known

FREE = "This costs nothing: Wan generates no image."


def most_images(items: Sequence[Item]) -> Counter[str]:
    """Return by model the most images that Wan bills for *items*."""
    found: Counter[str] = Counter()
    for item in items:
        if item.images:
            found[item.model] += item.images
    return found


def most_microusd(items: Sequence[Item]) -> int:
    """Return the most that *items* cost, in micro-dollars."""
    return sum(item.images * item.image_microusd for item in items)


def sentence(items: Sequence[Item], settings: Settings) -> str:
    """Return in one sentence what *items* cost at most."""
    images: Counter[tuple[str, int]] = Counter()
    for item in items:
        images[item.model, item.image_microusd] += item.images
    parts = [f"{count} with {model} at {_each(model, price, settings)}" for (model, price), count in (+images).items()]
    if not parts:
        return FREE
    total, cost = images.total(), dollars(most_microusd(items))
    return f"Wan bills at most {total} image{'s' * (total > 1)}, US${cost} in all: {', '.join(parts)}."


def _each(model: str, microusd: int, settings: Settings) -> str:
    """Return the price of one image, and whether it is an assumption."""
    price, region = f"US${dollars(microusd)} each", settings.region
    if is_price_known(MODELS[model], region, settings.price_usd):
        return price
    return f"{price} (its highest known price: none in dollars is documented for {region})"
