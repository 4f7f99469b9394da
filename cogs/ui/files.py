"""Bytes as Discord gets them: held once however often they are sent, and let go with the last try."""

from __future__ import annotations

import io

import discord


class SharedBytes(io.BytesIO):
    """Bytes to read from: they are those it was made with, not a copy.

    aiohttp asks a stream for its buffer, only to measure it, and BytesIO copies all of it for that. discord.py puts a
    ``close`` of its own on what it uploads, and the stream's own one back in the end: a stream that holds a method of
    itself is freed by the garbage collector alone, which comes so seldom that megabytes pile up. Nothing has to be
    closed here, so that is ignored.
    """

    def getbuffer(self) -> memoryview:
        """Return a view that nobody can write through."""
        return memoryview(self.getvalue())

    def __setattr__(self, name: str, value: object) -> None:
        if name != "close":
            super().__setattr__(name, value)

    def close(self) -> None:
        """Stay open: the same stream is read again where a request is sent again."""


def file_of(data: bytes, name: str, description: str | None = None) -> discord.File:
    """Return a fresh file for one request, with *description* as its alt text."""
    return discord.File(SharedBytes(data), name, description=description)
