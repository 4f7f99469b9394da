"""Draw stored input images, and find parts of them: a tile, a numbered grid, boxes, the strokes on a copy."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Sequence
from io import FileIO

from imagegen.errors import ImageRefused, Reason, Refused
from imagegen.image_request import Box, InputImage
from imagegen.imaging.children import memory_file
from imagegen.imaging.images import Decoder


async def numbered(decoder: Decoder, image: InputImage, cells: Sequence[Box]) -> bytes:
    """Return a JPEG of *image* with *cells*, numbered from 1. Raise ImageRefused if it cannot be drawn in time."""
    return await _drawn(decoder, "numbered", image, cells)


async def outlined(decoder: Decoder, image: InputImage, boxes: Sequence[Box]) -> bytes:
    """Return a JPEG of *image* with a frame in each of *boxes*. Raise ImageRefused if it cannot be drawn in time."""
    return await _drawn(decoder, "outlined", image, boxes)


async def strokes(decoder: Decoder, original: InputImage, copy: InputImage) -> tuple[Box, ...]:
    """Return a box around each stroke on *copy*, in pixels of *original*.

    Raise Refused NO_STROKES without any, and STROKES_ON_OTHER_IMAGE if *copy* shows something else. Raise ImageRefused
    if they cannot be compared in time.
    """
    parts = [await _bytes_of(image) for image in (original, copy)]
    with memory_file(b"".join(parts)) as file:
        answer = await _run(decoder, "strokes", file, len(parts[0]))
    found = json.loads(answer)
    if found.get("other"):
        raise Refused(Reason.STROKES_ON_OTHER_IMAGE)
    if not found["boxes"]:
        raise Refused(Reason.NO_STROKES)
    return tuple(Box(*edges) for edges in found["boxes"])


async def tile(decoder: Decoder, image: InputImage) -> bytes:
    """Return *image* as a small JPEG; nothing if that is impossible."""
    with memory_file(await _bytes_of(image)) as file:
        return await decoder.tile(file)


async def _drawn(decoder: Decoder, task: str, image: InputImage, boxes: Sequence[Box]) -> bytes:
    edges = [edge for box in boxes for edge in (box.left, box.top, box.right, box.bottom)]
    with memory_file(await _bytes_of(image)) as file:
        return await _run(decoder, task, file, *edges)


async def _bytes_of(image: InputImage) -> bytes:
    """Return the file of an input image. A thread decodes it: it has megabytes."""
    return await asyncio.to_thread(base64.b64decode, image.data_uri.partition(",")[2])


async def _run(decoder: Decoder, task: str, file: FileIO, *arguments: int) -> bytes:
    """Return the answer of a child. Raise ImageRefused if it is too slow or crashes."""
    try:
        answer = await decoder.run_child(task, file, *arguments)
    except TimeoutError:
        answer = b""
    if not answer:
        raise ImageRefused(Reason.IMAGE_TOO_COMPLEX, position=1)
    return answer
