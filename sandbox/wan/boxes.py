"""The boxes of an edit: which are accepted, and where they lie in the result. Pure.

help.aliyun.com/zh/model-studio/wan-image-generation-and-editing-api-reference, bbox_list (2026-11-20): a list for each
input image, in their order, of at most 2 boxes [x1, y1, x2, y2] in pixels of that image. What Wan answers to wrong
boxes is not documented, nor their smallest size.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor

from sandbox.wan.errors import invalid
from sandbox.wan.requests import Box, InputImage

MAX_BOXES = 2


def parse(value: object, images: int) -> tuple[tuple[Box, ...], ...]:
    """Return the boxes of each of so many *images*; nothing for None. Refusal for another form."""
    if value is None:
        return ()
    if not isinstance(value, list) or len(value) != images:
        raise invalid(f"bbox_list should have {images} lists, one for each image")
    return tuple(_of_image(boxes) for boxes in value)


def _of_image(value: object) -> tuple[Box, ...]:
    if not isinstance(value, list) or len(value) > MAX_BOXES:
        raise invalid(f"bbox_list should have at most {MAX_BOXES} boxes for each image")
    return tuple(_box(corners) for corners in value)


def _box(value: object) -> Box:
    is_box = isinstance(value, list) and len(value) == 4 and all(type(corner) is int for corner in value)
    if not is_box or not isinstance(value, list):
        raise invalid("a box of bbox_list should be four integers [x1, y1, x2, y2]")
    box = Box(*value)
    if not (box.left < box.right and box.top < box.bottom):
        raise invalid("a box of bbox_list should have x1 < x2 and y1 < y2")
    return box


def check_inside(boxes: Sequence[Sequence[Box]], images: Sequence[InputImage]) -> None:
    """Raise Refusal if a box reaches beyond its input image."""
    for of_image, image in zip(boxes, images, strict=False):
        for box in of_image:
            if min(box.left, box.top) < 0 or box.right > image.width or box.bottom > image.height:
                raise invalid(f"a box of bbox_list lies outside its image of {image.width}*{image.height}")


def edited(boxes: Sequence[Sequence[Box]], images: Sequence[InputImage]) -> tuple[InputImage, Sequence[Box]] | None:
    """Return the image that an edit with boxes changes, and its boxes: the last image that has any; else None."""
    with_boxes = [(image, of_image) for of_image, image in zip(boxes, images, strict=False) if of_image]
    return with_boxes[-1] if with_boxes else None


def scaled(box: Box, of: InputImage, width: int, height: int) -> Box:
    """Return the box in a result of another size: every pixel that it touches."""
    across, down = width / of.width, height / of.height
    return Box(floor(box.left * across), floor(box.top * down), ceil(box.right * across), ceil(box.bottom * down))
