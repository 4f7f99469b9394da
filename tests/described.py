"""Fail a test whose requests or answers break Discord's description, or whose armed fault never happened.

Without DISCORD_OPENAPI nothing is compared, and the header of the run says so.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager

from aiohttp.typedefs import Middleware

from sandbox.faults import Faults
from sandbox.record import Record
from sandbox.run import Sandbox, sandbox


@contextmanager
def as_described(record: Record) -> Iterator[None]:
    """Fail at the end of the block if a request or answer in the block broke the description."""
    before = len(record.part("violations"))
    yield
    assert record.part("violations")[before:] == []


@contextmanager
def all_happen(faults: Faults) -> Iterator[None]:
    """Disarm every fault at the end of the block, and fail if one that was armed never happened."""
    try:
        yield
    finally:
        untaken = faults.untaken()
        faults.disarm()
    assert untaken == []


@asynccontextmanager
async def described_sandbox(around: Sequence[Middleware] = ()) -> AsyncIterator[Sandbox]:
    """Run a sandbox for one test, and fail when the sandbox stops if a request or answer broke the description."""
    async with sandbox(around) as box:
        box.record.max_entries = 1_000_000  # tests count in the whole record
        with as_described(box.record):
            yield box
