"""The operator's limits, as the settings and the catalogue give them."""

from __future__ import annotations

from imagegen.model import MICRO_USD
from imagegen.policy.model_queue import ModelQueue
from imagegen.policy.quota import Limits
from imagegen.settings import Settings
from imagegen.wan.catalogue import MODELS, price_microusd, requests_per_second


def limits_from(settings: Settings) -> Limits:
    """Return the operator's limits, in the ledger's units."""
    share = settings.server_usd_per_month
    offered = settings.lineup.models
    prices = [price_microusd(model, settings.region, settings.price_usd) for model in offered]
    return Limits(
        zone=settings.zone,
        member_images_per_day=settings.member_images_per_day,
        person_images_per_day=settings.person_images_per_day,
        server_images_per_month=settings.server_images_per_month,
        budget_microusd_per_day=round(settings.budget_usd_per_day * MICRO_USD),
        budget_microusd_per_month=round(settings.budget_usd_per_month * MICRO_USD),
        attempts_per_day=settings.attempts_per_day,
        queued_per_member=settings.queued_per_member,
        queued_max=settings.queued_max,
        input_bytes_per_person=settings.input_mb_per_person * 1024 * 1024,
        input_bytes=settings.input_mb * 1024 * 1024,
        share_microusd_per_month=None if share is None else round(share * MICRO_USD),
        image_microusd=max(1, min(prices)),
    )


def model_queues_of(settings: Settings) -> tuple[ModelQueue, ...]:
    """Return the limits of every model's queue.

    Models that are no longer offered have one too: a job that was accepted while its model was offered is generated.
    """
    region, offered = settings.region, settings.lineup.models
    return tuple(
        ModelQueue(model.name, model.in_flight, requests_per_second(model, region), is_offered=model in offered)
        for model in MODELS.values()
    )
