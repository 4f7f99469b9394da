"""Variations of a result: a subtle one of one image, a strong one of the request, and the request in a larger size.

No model of the endpoint takes a strength or a reference weight. So a subtle variation is an edit of the image, with an
instruction to keep nearly all of it; a strong one is the same prompt with a new seed, rewritten by the service where
the model has that; a larger one has the same prompt and seed. Pure.
"""

from __future__ import annotations

from dataclasses import replace

from imagegen.image_request import ImageLink, ImageRequest, Quality
from imagegen.model import Job
from imagegen.reports import RequestLimits

SUBTLE, STRONG, LARGER = "subtle", "strong", "larger"
INSTRUCTION = (
    "Keep this image nearly as it is: the same subject, composition, style and colors. "
    "Vary only small details, as in another take of the same scene. It shows: "
)


def subtle_of(source: Job, image: ImageLink, number: int | None, limits: RequestLimits) -> ImageRequest:
    """Return the request of a subtle variation of *image*, a result of *source*, by an editing model with *limits*.

    *number* is the image's among several. If the model cannot read the whole prompt, cut it: the image shows the rest.
    """
    quality = source.request.quality
    return ImageRequest(
        source.request.prompt[: max(1, limits.prompt_chars - len(INSTRUCTION))],
        images=(image,),
        quality=quality if quality in limits.qualities else Quality.NORMAL,
        origins=("message",),
        parent_id=source.id,
        spoiler=source.request.spoiler,
        private=source.request.private,
        variation=(SUBTLE,),
        varied_number=number,
    )


def strong_of(source: Job, *, can_enhance: bool) -> ImageRequest:
    """Return the request of *source* with a new seed, and with the prompt rewritten if its model can do that."""
    enhance = True if can_enhance else source.request.enhance
    return replace(
        source.request, seed=None, enhance=enhance, model=source.request.model, variation=(STRONG,), varied_number=None
    )


def larger_of(source: Job, quality: Quality) -> ImageRequest:
    """Return the request of *source* in a larger *quality*, by the same model with the same seed.

    A larger subtle variation is one, too: its model reads the same instruction.
    """
    kept = tuple(name for name in source.request.variation if name == SUBTLE)
    return replace(source.request, quality=quality, model=source.model, variation=(*kept, LARGER))


def words_for(request: ImageRequest) -> str:
    """Return what precedes the prompt of *request*, for the model to read; mostly nothing."""
    return INSTRUCTION if SUBTLE in request.variation else ""


def derived(source: Job, wanted: ImageRequest) -> ImageRequest:
    """Return *wanted*, a variation of *source*, with the stored input images of *source*."""
    return replace(wanted, images=(), parent_id=source.id)


def repeated(request: ImageRequest) -> ImageRequest:
    """Return *request* as a repeat has it: with another seed it is neither larger nor strong, but still subtle."""
    kept = tuple(name for name in request.variation if name == SUBTLE)
    return replace(request, variation=kept, varied_number=request.varied_number if kept else None)
