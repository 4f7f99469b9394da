"""Asks, right before a request leaves this process, whether the job that it is for is still this process's own.

A process that slept past its lease is a former owner: another process has taken its jobs over. What the former owner
has decided is still in its memory, and it would send, edit or remove on waking. So the question is not asked where a
job is claimed, but where the first byte would be written.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import SimpleNamespace

import aiohttp

Check = Callable[[], Awaitable[None]]  # raises OwnershipLost, or StoreUnavailable where nobody can tell

_check: ContextVar[Check | None] = ContextVar("check_ownership", default=None)


@contextmanager
def checked_by(check: Check | None) -> Iterator[None]:
    """Let *check* stop every request of this block, and of the tasks that the block starts; None: nothing stops them.

    Only what changes something outside is asked about: reading harms nobody.
    """
    before = _check.set(check)
    try:
        yield
    finally:
        _check.reset(before)


def add_to(trace: aiohttp.TraceConfig) -> aiohttp.TraceConfig:
    """Let requests of a session with this trace ask. Returns *trace*.

    The signal comes when the connection stands, and is awaited before the headers are written.
    https://docs.aiohttp.org/en/stable/tracing_reference.html (2026-11-25)
    """
    trace.on_request_headers_sent.append(_before_first_byte)
    return trace


async def _before_first_byte(
    _session: aiohttp.ClientSession, _context: SimpleNamespace, request: aiohttp.TraceRequestHeadersSentParams
) -> None:
    check = _check.get()
    if check is not None and request.method != "GET":
        await check()
