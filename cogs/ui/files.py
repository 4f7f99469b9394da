"""File objects for discord.py that hold their bytes once, and only until the call that uploads them has ended."""

from __future__ import annotations

import io

import discord


class SharedBytes(io.BytesIO):
    """A stream that shares the bytes it was made with, and frees them on ``release``.

    aiohttp asks a stream for its buffer only to measure it, and BytesIO would copy all of it. aiohttp also closes a
    stream after each upload, but discord.py reads the same stream again if it repeats the request, so ignore ``close``.
    discord.py replaces ``close`` for that reason and restores it afterwards; a stream that holds its own bound method
    is freed only by the cyclic garbage collector, which runs so seldom that megabytes pile up, so ignore that too.
    """

    def getbuffer(self) -> memoryview:
        """Return a read-only view."""
        return memoryview(self.getvalue())

    def __setattr__(self, name: str, value: object) -> None:
        if name != "close":
            super().__setattr__(name, value)

    def close(self) -> None:
        """Stay open: the same stream is read again if a request is sent again."""

    def release(self) -> None:
        """Free the bytes. The stream can no longer be read."""
        super().close()


class UploadedFile(discord.File):
    """A file for one call, with a stream of its own.

    discord.py closes a file when the call that uploads it has ended, also by an error or a cancellation, but leaves the
    stream open, because a caller may own it (2.7.1, http.py, MultipartParameters). What still refers to the file then,
    such as the traceback of a refusal, would keep its bytes.
    """

    __slots__ = ()
    fp: SharedBytes

    def __init__(self, data: bytes, name: str, description: str | None = None) -> None:
        super().__init__(SharedBytes(data), name, description=description)

    def close(self) -> None:
        """Free the bytes."""
        super().close()
        self.fp.release()


def file_of(data: bytes, name: str, description: str | None = None) -> discord.File:
    """Return a fresh file for one call, with *description* as its alt text."""
    return UploadedFile(data, name, description)
