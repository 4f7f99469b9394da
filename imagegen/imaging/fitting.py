"""Which made images are saved smaller so that all of them may be uploaded, and to what. The rest stay untouched."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from imagegen.model import ResultImage

ShrinkImage = Callable[[ResultImage, int], Awaitable[ResultImage]]


async def fit_uploads(
    images: Sequence[ResultImage], *, file_bytes: int, together_bytes: int, shrink: ShrinkImage
) -> tuple[ResultImage, ...]:
    """*images*, in their order: each within *file_bytes* and all within *together_bytes*, as far as *shrink* can.

    The heaviest is saved smaller first, into what the others leave, but never below its equal share: so that as few
    as possible are touched, and none pays for all.
    """
    kept = list(images)
    for index in sorted(range(len(kept)), key=lambda index: -len(kept[index].data)):
        size, total = len(kept[index].data), sum(len(image.data) for image in kept)
        room = max(together_bytes - (total - size), together_bytes // len(kept))
        if size > min(file_bytes, room):
            kept[index] = await shrink(kept[index], min(file_bytes, room))
    return tuple(kept)
