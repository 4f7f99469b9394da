"""Check whether quotas, budgets and prices make sense together. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from hosting.problems import Exit, Finding
from imagegen.model import MICRO_USD, UNITS_PER_IMAGE
from imagegen.settings import Settings
from imagegen.wan.catalogue import is_price_known, price_microusd, weight
from imagegen.wan.record import Model

# The first is never used up, because the second is smaller. Each setting limits a part of what the next one limits.
NESTED = (
    ("MEMBER_IMAGES_PER_DAY", "PERSON_IMAGES_PER_DAY"),
    ("MEMBER_IMAGES_PER_DAY", "SERVER_IMAGES_PER_MONTH"),
    ("PERSON_IMAGES_PER_DAY", "ATTEMPTS_PER_DAY"),  # an attempt gives up to twelve images, and most give one
    ("BUDGET_USD_PER_DAY", "BUDGET_USD_PER_MONTH"),
    ("SERVER_USD_PER_MONTH", "BUDGET_USD_PER_MONTH"),
    ("QUEUED_PER_MEMBER", "QUEUED_MAX"),
    ("INPUT_MB_PER_PERSON", "INPUT_MB"),
)
BUDGETS = ("BUDGET_USD_PER_DAY", "BUDGET_USD_PER_MONTH")
QUOTAS = ("MEMBER_IMAGES_PER_DAY", "PERSON_IMAGES_PER_DAY", "SERVER_IMAGES_PER_MONTH")
PRICED_BY = ("MODELS", "PRICE_USD", "WAN_REGION", "DASHSCOPE_HTTP_BASE_URL")
Part = Callable[[Settings], Iterator[Finding]]


async def found(part: Part, settings: Settings) -> Sequence[Finding]:
    """Return what one of PARTS finds."""
    return list(part(settings))


def _price_usd(settings: Settings, model: Model) -> float:
    return price_microusd(model, settings.region, settings.price_usd) / MICRO_USD


def _prices(settings: Settings) -> Iterator[Finding]:
    for model in settings.lineup.models:
        if not is_price_known(model, settings.region, settings.price_usd):
            usd = _price_usd(settings, model)
            yield Finding(
                f"no price in US dollars is documented for {model.name} in {settings.region}, so the budget counts "
                f"${usd:g} an image. Set PRICE_USD to what you pay.",
                Exit.GOOD,
            )


def _free(settings: Settings) -> Iterator[Finding]:
    for model in settings.lineup.models:
        if not _price_usd(settings, model):
            yield Finding(f"PRICE_USD counts {model.name} as free, so no budget and no share limits it.", Exit.GOOD)


def _cheapest(settings: Settings) -> tuple[float, str]:
    """Return the lowest price of an image, and its model."""
    return min((_price_usd(settings, model), model.name) for model in settings.lineup.models)


def _budgets(settings: Settings) -> Iterator[Finding]:
    price, model = _cheapest(settings)
    for name in BUDGETS:
        budget = getattr(settings, name.lower())
        if budget < price:
            yield Finding(
                f"{name} is ${budget:g}, less than one image ({model}: ${price:g}), so nothing would be "
                "generated. Raise it.",
                Exit.SETUP,
            )


def _dear(settings: Settings) -> Iterator[Finding]:
    least = min(getattr(settings, name.lower()) for name in BUDGETS)
    if least < _cheapest(settings)[0]:
        return  # _budgets says that nothing would be generated
    for model in settings.lineup.models:
        if (price := _price_usd(settings, model)) > least:
            yield Finding(
                f"an image of {model.name} costs ${price:g}, and a budget is ${least:g}, so nobody can use that model. "
                "Raise the budget, or take the model from MODELS.",
                Exit.GOOD,
            )


def _heavy(settings: Settings) -> Iterator[Finding]:
    most, name = min((getattr(settings, name.lower()), name) for name in QUOTAS)
    for model in settings.lineup.models:
        if (images := weight(model, settings.model_weights) / UNITS_PER_IMAGE) > most:
            yield Finding(
                f"an image of {model.name} uses {images:g} images, more than {name}={most}, so members without a grant "
                f"can't use that model. Raise {name}, or lower the weight in MODEL_WEIGHTS.",
                Exit.GOOD,
            )


def _share(settings: Settings) -> Iterator[Finding]:
    share, (price, model) = settings.server_usd_per_month, _cheapest(settings)
    if share is not None and (share == 0 or share < price):
        yield Finding(
            f"SERVER_USD_PER_MONTH is ${share:g}, which pays for no image ({model}: ${price:g}), so the bot works only "
            "in servers to which /operator share gives more. Raise it, or leave it empty for no share.",
            Exit.GOOD,
        )


def _nested(inner: str, outer: str, settings: Settings) -> Iterator[Finding]:
    values = getattr(settings, inner.lower()), getattr(settings, outer.lower())
    if values[0] is not None and values[0] > values[1]:
        yield Finding(
            f"{inner}={values[0]:g} is more than {outer}={values[1]:g}, which ends first. Lower {inner}, or raise "
            f"{outer}.",
            Exit.GOOD,
        )


def _kept(settings: Settings) -> Iterator[Finding]:
    if settings.input_retention_h > settings.history_days * 24:
        yield Finding(
            f"INPUT_RETENTION_H={settings.input_retention_h} is longer than HISTORY_DAYS={settings.history_days}, "
            "after which requests are erased with their input images. Lower INPUT_RETENTION_H.",
            Exit.GOOD,
        )


def _open(settings: Settings) -> Iterator[Finding]:
    if not settings.allowed_servers:
        yield Finding("every server may spend your budget. Set ALLOWED_SERVERS to limit that.", Exit.GOOD)


# Each part with the settings that it judges.
PARTS: tuple[tuple[Part, tuple[str, ...]], ...] = (
    (_prices, PRICED_BY),
    (_free, PRICED_BY),
    (_budgets, (*PRICED_BY, *BUDGETS)),
    (_dear, (*PRICED_BY, *BUDGETS)),
    (_heavy, ("MODELS", "MODEL_WEIGHTS", *QUOTAS)),
    (_share, (*PRICED_BY, "SERVER_USD_PER_MONTH")),
    *((partial(_nested, *pair), pair) for pair in NESTED),
    (_kept, ("INPUT_RETENTION_H", "HISTORY_DAYS")),
    (_open, ("ALLOWED_SERVERS",)),
)
