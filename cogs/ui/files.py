"""File objects for discord.py that hold their bytes once, however often they are sent."""

from __future__ import annotations

import io

import discord


class SharedBytes(io.BytesIO):
    """A stream that shares the bytes it was made with.

    aiohttp asks a stream for its buffer only to measure it, and BytesIO would copy all of it. discord.py replaces
    ``close`` of a stream that it uploads and restores it afterwards; a stream that holds its own bound method is freed
    only by the cyclic garbage collector, which runs so seldom that megabytes pile up. Nothing needs closing here, so
    ignore both.
    """

    def getbuffer(self) -> memoryview:
        """Return a read-only view."""
        return memoryview(self.getvalue())

    def __setattr__(self, name: str, value: object) -> None:
        if name != "close":
            super().__setattr__(name, value)

    def close(self) -> None:
        """Stay open: the same stream is read again if a request is sent again."""


def file_of(data: bytes, name: str, description: str | None = None) -> discord.File:
    """Return a fresh file for one request, with *description* as its alt text."""
    return discord.File(SharedBytes(data), name, description=description)
