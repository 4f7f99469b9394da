"""Say how a refused request could be changed so that a model takes it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import combinations

from imagegen.errors import Reason, Refused
from imagegen.image_request import ImageRequest, Quality

Asked = tuple[ImageRequest, int]  # a request, and the number of its input images

_WITHIN: Mapping[Reason, Callable[[ImageRequest, int, int], Asked]] = {
    Reason.TOO_MANY_IMAGES: lambda request, _, limit: (replace(request, images=request.images[:limit]), limit),
    Reason.COUNT_OUT_OF_RANGE: lambda request, images, limit: (replace(request, count=limit), images),
    Reason.PROMPT_TOO_LONG: lambda request, images, limit: (_shortened(request, limit), images),
    Reason.NEGATIVE_PROMPT_TOO_LONG: lambda request, images, limit: (
        replace(request, negative_prompt=request.negative_prompt[:limit]),
        images,
    ),
}


def _shortened(request: ImageRequest, limit: int) -> ImageRequest:
    """Return *request* with so short a prompt that it has no more than *limit* characters with its style's words."""
    longer = len(request.whole_prompt) - len(request.prompt)
    return replace(request, prompt=request.prompt[: max(1, limit - longer)])


def is_about_a_number(error: Refused) -> bool:
    """Return whether *error* names a limit that the request exceeds."""
    return error.reason in _WITHIN


def within_limit(error: Refused, request: ImageRequest, images: int) -> Asked:
    """Return the request with no more than the limit that *error* names."""
    return _WITHIN[error.reason](request, images, int(error.facts["limit"]))


def clash(request: ImageRequest, images: int, is_taken: Callable[[ImageRequest, int], bool]) -> tuple[str, str] | None:
    """Return two parts of a request that *is_taken* refuses together and takes one at a time; None if there are none.

    The parts are named aspect_ratio, quality, palette, thinking, enhance, negative_prompt, image_set and images.
    """
    alone = [part for part in _parts(request, images) if is_taken(*_only(request, part))]
    pairs = (pair for pair in combinations(alone, 2) if not is_taken(*_only(request, *pair)))
    return next(pairs, None)


def _parts(request: ImageRequest, images: int) -> Iterator[str]:
    """Yield the parts that *request* has and could do without."""
    has = {
        "aspect_ratio": request.aspect_ratio is not None,
        "quality": request.quality is not Quality.NORMAL,
        "palette": bool(request.palette),
        "thinking": request.thinking is True,
        "enhance": request.enhance is True,
        "negative_prompt": bool(request.negative_prompt),
        "image_set": request.image_set,
        "images": images > 0,
    }
    return (part for part, is_there in has.items() if is_there)


def _only(request: ImageRequest, *parts: str) -> Asked:
    """Return a short request that has nothing of *request* but *parts*; of its input images, one."""
    least = ImageRequest("x")
    kept = {part: getattr(request, part) for part in parts if part != "images"}
    return replace(least, **kept), int("images" in parts)
