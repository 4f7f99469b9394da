"""Choose which results to save smaller so that all fit into one upload. The others stay untouched."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from imagegen.model import ResultImage

ShrinkImage = Callable[[ResultImage, int], Awaitable[ResultImage]]


async def fit_uploads(
    images: Sequence[ResultImage], *, file_bytes: int, together_bytes: int, shrink: ShrinkImage
) -> tuple[ResultImage, ...]:
    """Return *images* in order, each within *file_bytes* and all within *together_bytes*, as far as *shrink* can.

    Save the largest smaller first, into the room that the others leave, but never below its equal share. So as few
    images as possible change, and no single image pays for all.
    """
    fitted = list(images)
    for index in sorted(range(len(fitted)), key=lambda index: -len(fitted[index].data)):
        size, total = len(fitted[index].data), sum(len(image.data) for image in fitted)
        room = max(together_bytes - (total - size), together_bytes // len(fitted))
        if size > min(file_bytes, room):
            fitted[index] = await shrink(fitted[index], min(file_bytes, room))
    return tuple(fitted)
