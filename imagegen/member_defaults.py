"""Apply a style, and what a member chose, to a request that names nothing. Pure."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from dataclasses import replace
from typing import Any

from imagegen.errors import Reason, Refused
from imagegen.image_request import OF_STYLE, AspectRatio, ImageLink, ImageRequest
from imagegen.model_choice import ModelChoice
from imagegen.policy.member_settings import MemberSettings
from imagegen.policy.styles import Style

NAMES = frozenset(("model", "count", "aspect_ratio"))


def with_defaults(
    wanted: ImageRequest, settings: MemberSettings, choice: ModelChoice, images: int, named: Collection[str] = ()
) -> ImageRequest:
    """Return *wanted* with a member's own defaults, but for the fields that the member or the style has *named*.

    A default is no wish: one that the model does not take is left out, and no larger count and no heavier model is used
    than the member chose. The aspect ratio of an edit stays that of its first image, unless that is one of the style.
    """
    free = NAMES - set(named)
    if "model" in free and wanted.model is None and settings.model is not None:
        wanted = replace(wanted, model=choice.preferred(settings.model, wanted, images))
    given = images - sum(origin.startswith(OF_STYLE) for origin in wanted.origins)
    shape = settings.aspect_ratio if "aspect_ratio" in free and not given else None
    if shape is None and not given and images and wanted.aspect_ratio is None:
        shape = AspectRatio.SQUARE
    return _with(wanted, choice, images, shape=shape, count=settings.count if "count" in free else None)


def for_more_images(wanted: ImageRequest, settings: MemberSettings, choice: ModelChoice, images: int) -> ImageRequest:
    """Return *wanted*, which now has *images* input images, with a model that takes them in place of a mere default."""
    if wanted.model is None or wanted.model != settings.model:
        return wanted
    return replace(wanted, model=choice.preferred(wanted.model, wanted, images))


def with_style(
    wanted: ImageRequest, style: Style, choice: ModelChoice, images: int, named: Collection[str] = ()
) -> tuple[ImageRequest, frozenset[str]]:
    """Return *wanted* in a style, and the fields that the member or the style has *named*.

    The aspect ratio and the model of the style apply unless the member named one, as far as the model takes them. A
    model that is not offered any more, or that does not take the request, is replaced as a member's default is.
    """
    links = tuple(ImageLink("", style.name, reference_id=one) for one in style.references)
    styled = replace(
        without_style(wanted),
        images=(*wanted.images, *links),
        origins=(*_padded(wanted.origins, images), *style.origins) if links else wanted.origins,
        style=style.name,
        style_before=style.before,
        style_after=style.after,
        style_negative=style.negative_prompt,
    )
    images, found = images + len(links), set(named)
    if style.model is not None and "model" not in named:
        model = choice.preferred(style.model, styled, images)
        styled = replace(styled, model=model, style_model="" if model == style.model else style.model)
        found.add("model")
    if style.aspect_ratio is not None and "aspect_ratio" not in named:
        styled = _with(styled, choice, images, shape=style.aspect_ratio)
        found.add("aspect_ratio")
    return styled, frozenset(found)


def fewer_images(refused: Refused, wanted: ImageRequest) -> int | None:
    """Return how many images are left of a quota, for a request that takes fewer than its count; None if none are."""
    left = refused.facts.get("left")
    may = wanted.fewer and refused.reason in (Reason.MORE_THAN_LEFT, Reason.MORE_UNITS_THAN_LEFT)
    return left if may and isinstance(left, int) and 1 <= left < wanted.count else None


def restyled(
    wanted: ImageRequest,
    style: Style | None,
    source: ImageRequest,
    input_count: int,
    choice: ModelChoice,
    named: Collection[str] = (),
) -> ImageRequest:
    """Return *wanted*, a change of *source*, in another style or in none.

    Its images are those that the style adds to the input images of *source*, and its origins those of all that it will
    have: images of the style before go.
    """
    there, wished = _padded(source.origins, input_count), () if style is None else style.origins
    kept = tuple(origin for origin in there if not origin.startswith(OF_STYLE) or origin in wished)
    plain = replace(wanted, images=(), origins=wanted.origins if kept == there else kept)
    if style is None:
        return without_style(plain)
    new = tuple(one for one, origin in zip(style.references, style.origins, strict=True) if origin not in there)
    return with_style(plain, replace(style, references=new), choice, len(kept), named)[0]


def _padded(origins: tuple[str, ...], images: int) -> tuple[str, ...]:
    """Return the origin of each of *images* input images; "" where it is unknown."""
    return (*origins, *("",) * images)[:images]


def without_style(wanted: ImageRequest) -> ImageRequest:
    """Return *wanted* without the words of a style."""
    return replace(wanted, style="", style_before="", style_after="", style_negative="", style_model="")


def _with(
    wanted: ImageRequest,
    choice: ModelChoice,
    images: int,
    *,
    shape: AspectRatio | None = None,
    count: int | None = None,
) -> ImageRequest:
    """Return *wanted* with as much of an aspect ratio and a number of images as its model takes."""
    if shape is None and count is None:
        return wanted
    with suppress(Refused):  # the refusal of the request itself says why
        fitted = choice.fitted(wanted, images)
        limits = choice.limits(fitted.model, fitted.use, boxes=bool(wanted.boxes))
        found: dict[str, Any] = {} if count is None else {"count": min(count, limits.max_count), "fewer": True}
        if shape in limits.aspect_ratios and (images or shape is not AspectRatio.SAME):
            found["aspect_ratio"] = shape
        return replace(wanted, **found)
    return wanted
