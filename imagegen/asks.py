"""What is asked when something is asked once more, and whether an ask can be made at all. Pure."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

from imagegen.errors import Reason, Refused
from imagegen.model import AskLimits, ImageRequest, Job, Shape


def repeated(source: Job) -> ImageRequest:
    """The request of *source* once more, with a seed of its own, from the pictures that are kept."""
    return replace(source.request, seed=None, pictures=(), parent_id=source.id)


def changed(source: Job, wanted: ImageRequest) -> ImageRequest:
    """*wanted* in the place of what *source* asked for, from the pictures that are kept.

    The seed stays, so that only what was changed changes; where nothing was, it is the same request once more.
    """
    before = replace(source.request, pictures=())
    wanted = replace(wanted, seed=before.seed, pictures=(), parent_id=before.parent_id)
    return repeated(source) if wanted == before else replace(wanted, parent_id=source.id)


def checked(request: ImageRequest, pictures: int, limits: AskLimits) -> ImageRequest:
    """*request* with its words trimmed and its shape filled in; *pictures* counts those it will be made from.

    Refused, naming the limit, for what the model would cut silently or reject.
    """
    request = replace(request, prompt=request.prompt.strip(), negative_prompt=request.negative_prompt.strip())
    _check_words(request, limits)
    _check_numbers(request, pictures, limits)
    if request.shape is Shape.SAME and not pictures:
        raise Refused(Reason.SHAPE_NEEDS_PICTURE)
    return replace(request, shape=request.shape or (Shape.SAME if pictures else Shape.SQUARE))


def _shows(text: str) -> bool:
    """Whether there is anything to read in it: spaces, marks and invisible characters alone would be paid for too."""
    return any(unicodedata.category(sign)[0] not in "CMZ" for sign in text)


def _check_words(request: ImageRequest, limits: AskLimits) -> None:
    if not _shows(request.prompt):
        raise Refused(Reason.PROMPT_EMPTY)
    if (length := len(request.prompt)) > limits.prompt_chars:
        raise Refused(Reason.PROMPT_TOO_LONG, length=length, limit=limits.prompt_chars)
    if request.negative_prompt and not limits.negative_chars:
        raise Refused(Reason.MODEL_TAKES_NO_NEGATIVE, model=limits.model)
    if (length := len(request.negative_prompt)) > limits.negative_chars:
        raise Refused(Reason.NEGATIVE_TOO_LONG, length=length, limit=limits.negative_chars)


def _check_numbers(request: ImageRequest, pictures: int, limits: AskLimits) -> None:
    if pictures > limits.max_pictures:
        raise Refused(Reason.TOO_MANY_PICTURES, count=pictures, limit=limits.max_pictures)
    if not 1 <= request.count <= limits.max_count:
        raise Refused(Reason.COUNT_OUT_OF_RANGE, count=request.count, limit=limits.max_count)
    if request.seed is not None and not 0 <= request.seed <= limits.max_seed:
        raise Refused(Reason.SEED_OUT_OF_RANGE, limit=limits.max_seed)
