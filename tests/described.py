"""A sandbox whose every request and answer has to be as Discord's own description says.

Without DISCORD_OPENAPI nothing is compared, and the header of the run says so.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager

from aiohttp.typedefs import Middleware

from sandbox.record import Record
from sandbox.run import Sandbox, sandbox


@contextmanager
def as_described(record: Record) -> Iterator[None]:
    """Fail at the end of the block for what was said in it, by the bot or the sandbox, against the description."""
    before = len(record.part("violations"))
    yield
    assert record.part("violations")[before:] == []


@asynccontextmanager
async def described_sandbox(around: Sequence[Middleware] = ()) -> AsyncIterator[Sandbox]:
    """A sandbox of its own; what is said in it and does not fit the description fails at its end."""
    async with sandbox(around) as box:
        with as_described(box.record):
            yield box
