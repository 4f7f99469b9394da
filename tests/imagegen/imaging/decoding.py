"""Decode bytes as the bot does: in a child of a real zygote."""

from __future__ import annotations

from functools import cache

from imagegen.image_request import InputImage
from imagegen.imaging.children import memory_file
from imagegen.imaging.images import IMAGE_BYTES, Decoder


@cache
def shared() -> Decoder:
    """Return the decoder of all tests that need none of their own: its zygote takes more time than most images."""
    return Decoder()


async def normalized(
    data: bytes, position: int = 1, decoder: Decoder | None = None, *, most_bytes: int = IMAGE_BYTES
) -> InputImage:
    """Return *data* in Wan's format, by *decoder* or by the shared one."""
    with memory_file(data) as file:
        return await (decoder or shared()).normalize(file, position, most_bytes)


async def tiled(data: bytes, decoder: Decoder | None = None) -> bytes:
    """Return *data* as a tile, by *decoder* or by the shared one."""
    with memory_file(data) as file:
        return await (decoder or shared()).tile(file)


async def answer_of(decoder: Decoder, task: str, *arguments: int | str, data: bytes = b"", **options: int) -> bytes:
    """Return what *task* answers in a child of *decoder*."""
    with memory_file(data) as file:
        return await decoder.run_child(task, file, *arguments, **options)
