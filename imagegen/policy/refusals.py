"""Say how a refused request could be changed so that a model takes it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from imagegen.errors import Reason, Refused
from imagegen.model import ImageRequest

Asked = tuple[ImageRequest, int]  # a request, and the number of its input images

_WITHIN: Mapping[Reason, Callable[[ImageRequest, int, int], Asked]] = {
    Reason.TOO_MANY_IMAGES: lambda request, _, limit: (replace(request, images=request.images[:limit]), limit),
    Reason.COUNT_OUT_OF_RANGE: lambda request, images, limit: (replace(request, count=limit), images),
    Reason.PROMPT_TOO_LONG: lambda request, images, limit: (replace(request, prompt=request.prompt[:limit]), images),
    Reason.NEGATIVE_PROMPT_TOO_LONG: lambda request, images, limit: (
        replace(request, negative_prompt=request.negative_prompt[:limit]),
        images,
    ),
}


def is_about_a_number(error: Refused) -> bool:
    """Return whether *error* names a limit that the request exceeds."""
    return error.reason in _WITHIN


def within_limit(error: Refused, request: ImageRequest, images: int) -> Asked:
    """Return the request with no more than the limit that *error* names."""
    return _WITHIN[error.reason](request, images, int(error.facts["limit"]))
