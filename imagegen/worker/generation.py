"""What Wan is asked for: a request and its input images as one call."""

from __future__ import annotations

from collections.abc import Sequence

from imagegen.model import AspectRatio, ImageRequest, InputImage, Job
from imagegen.policy.validation import without_spoiler_marks
from imagegen.wan.calls import answer_timeout_s, thinks
from imagegen.wan.catalogue import MODELS, enhances
from imagegen.wan.record import use_of
from imagegen.wan.requests import Generation
from imagegen.wan.sizes import check_images, size_for


def generation_of(job: Job, images: Sequence[InputImage], *, watermark: bool) -> Generation:
    """Return the call of *job* with its input images. Raise ImageRefused for an image that its model cannot take."""
    return generation_for(job.request, job.model, images, watermark=watermark)


def generation_for(request: ImageRequest, model: str, images: Sequence[InputImage], *, watermark: bool) -> Generation:
    """Return the call of *request* to *model*, with its input images. Raise ImageRefused as generation_of does."""
    shape = request.aspect_ratio or AspectRatio.SQUARE
    mode = MODELS[model].modes[use_of(request, len(images))]
    check_images(mode, images)
    return Generation(
        model=model,
        prompt=without_spoiler_marks(request.prompt),
        images=tuple(image.data_uri for image in images),
        n=1 if request.story else request.count,
        max_images=request.count if request.story else None,
        size=size_for(mode, shape, request.quality, images),
        negative_prompt=without_spoiler_marks(request.negative_prompt),
        seed=request.seed,
        enhance=enhances(mode, request),
        thinks=thinks(mode, request),
        image_set=request.image_set,
        palette=request.palette,
        watermark=watermark,
        answer_timeout_s=answer_timeout_s(mode, request),
    )
