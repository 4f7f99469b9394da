"""What Wan is asked for: a request and its input images as one call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from imagegen.image_request import AspectRatio, Box, ImageRequest, InputImage
from imagegen.model import Job
from imagegen.policy import parts, variations
from imagegen.policy.characters import numbered
from imagegen.policy.validation import without_spoiler_marks
from imagegen.wan.calls import answer_timeout_s, thinks
from imagegen.wan.catalogue import MODELS, enhances
from imagegen.wan.record import Mode, use_of
from imagegen.wan.requests import Generation
from imagegen.wan.sizes import check_images, size_for

Boxes = tuple[Box, ...]


def generation_of(job: Job, images: Sequence[InputImage], *, watermark: bool) -> Generation:
    """Return the call of *job* with its input images. Raise ImageRefused for an image that its model cannot take."""
    return generation_for(job.request, job.model, images, watermark=watermark)


def generation_for(request: ImageRequest, model: str, images: Sequence[InputImage], *, watermark: bool) -> Generation:
    """Return the call of *request* to *model*, with its input images. Raise ImageRefused as generation_of does."""
    shape = request.aspect_ratio or AspectRatio.SQUARE
    mode = MODELS[model].modes[use_of(request, len(images))]
    check_images(mode, images)
    boxes = _boxes(request, images)
    prompt = variations.words_for(request) + numbered(without_spoiler_marks(request.whole_prompt), request.origins)
    words = [prompt, *_words(boxes, images, mode)]
    return Generation(
        model=model,
        prompt="\n".join(words),
        images=tuple(image.data_uri for image in images),
        n=1 if request.story else request.count,
        max_images=request.count if request.story else None,
        size=size_for(mode, shape, request.quality, images),
        negative_prompt=without_spoiler_marks(request.whole_negative_prompt),
        seed=request.seed,
        enhance=enhances(mode, request),
        thinks=thinks(mode, request),
        image_set=request.image_set,
        palette=request.palette,
        boxes=_edges(boxes, images) if mode.boxes else (),
        watermark=watermark,
        answer_timeout_s=answer_timeout_s(mode, request),
    )


def _boxes(request: ImageRequest, images: Sequence[InputImage]) -> tuple[Boxes, ...]:
    """Return the boxes of each image, inside that image; nothing if no image has any."""
    given = (*request.boxes, *[()] * len(images))
    found = [
        tuple(parts.within(box, image.width_px, image.height_px) for box in boxes)
        for image, boxes in zip(images, given, strict=False)
    ]
    return tuple(found) if any(found) else ()


def _words(boxes: Sequence[Boxes], images: Sequence[InputImage], mode: Mode) -> Iterator[str]:
    """Yield what to add to a prompt: that nothing else changes, and for a model without boxes, where they are."""
    for number, (its_boxes, image) in enumerate(zip(boxes, images, strict=False), start=1):
        which = number if len(images) > 1 else None
        if its_boxes and mode.boxes:
            yield parts.words_for_boxes(len(its_boxes), which)
        elif its_boxes:
            yield parts.words_for(its_boxes, image.width_px, image.height_px, which)


def _edges(boxes: Sequence[Boxes], images: Sequence[InputImage]) -> tuple[tuple[tuple[int, int, int, int], ...], ...]:
    """Return boxes as Wan 2.7 takes them.

    No document says whether an edge may equal the side of the image, so the last pixel is the farthest that is sent.
    """
    inner = [
        [parts.within(box, image.width_px - 1, image.height_px - 1) for box in its_boxes]
        for its_boxes, image in zip(boxes, images, strict=False)
    ]
    return tuple(tuple((box.left, box.top, box.right, box.bottom) for box in its_boxes) for its_boxes in inner)
