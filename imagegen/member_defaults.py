"""Apply what a member chose to a request that names nothing. Pure."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from dataclasses import replace
from typing import Any

from imagegen.errors import Refused
from imagegen.image_request import AspectRatio, ImageRequest
from imagegen.model_choice import ModelChoice
from imagegen.policy.member_settings import MemberSettings

NAMES = frozenset(("model", "count", "aspect_ratio"))


def with_defaults(
    wanted: ImageRequest, settings: MemberSettings, choice: ModelChoice, images: int, named: Collection[str] = ()
) -> ImageRequest:
    """Return *wanted* with a member's own defaults, but for the fields that the member has *named*.

    A default is no wish: one that the model does not take is left out, and no larger count and no heavier model is used
    than the member chose. The aspect ratio of an edit stays that of its first image.
    """
    free = NAMES - set(named)
    if "model" in free and wanted.model is None and settings.model is not None:
        wanted = replace(wanted, model=choice.preferred(settings.model, wanted, images))
    with suppress(Refused):  # the refusal of the request says why
        wanted = replace(wanted, **_taken(wanted, settings, choice, images, free))
    return wanted


def _taken(
    wanted: ImageRequest, settings: MemberSettings, choice: ModelChoice, images: int, free: Collection[str]
) -> dict[str, Any]:
    """Return the count and the aspect ratio that the model of *wanted* takes. Raises Refused if no model takes it."""
    if (settings.count is None or "count" not in free) and (
        settings.aspect_ratio is None or "aspect_ratio" not in free
    ):
        return {}
    fitted = choice.fitted(wanted, images)
    limits = choice.limits(fitted.model, fitted.use, boxes=bool(wanted.boxes))
    found: dict[str, Any] = {}
    if "count" in free and settings.count is not None:
        found["count"] = min(settings.count, limits.max_count)
    shape = settings.aspect_ratio
    if "aspect_ratio" in free and not images and shape in limits.aspect_ratios and shape is not AspectRatio.SAME:
        found["aspect_ratio"] = shape
    return found
