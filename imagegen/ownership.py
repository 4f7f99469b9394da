"""Check, right before a request leaves this process, that this process still owns the job.

If a process sleeps past its lease, another process adopts its jobs. When the first process wakes, its decisions are
still in memory, and it would send, edit or remove. So ownership is checked where the first byte of a request is
written, not only where a job is claimed.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta
from types import SimpleNamespace

import aiohttp

from imagegen.errors import OwnershipLost

LEASE = timedelta(seconds=30)  # six missed heartbeats: after that, other processes adopt a process's jobs

StillOwned = Callable[[], None]  # raises OwnershipLost if the answer of the check has become too old
Check = Callable[[], Awaitable[StillOwned]]  # raises OwnershipLost, or StoreUnavailable if the database is away

_check: ContextVar[Check | None] = ContextVar("check_ownership", default=None)


@contextmanager
def checked_by(check: Check | None) -> Iterator[None]:
    """Run *check* before every request of this block and of the tasks that it starts; None: check nothing.

    GET requests are not checked: reading changes nothing.
    """
    before = _check.set(check)
    try:
        yield
    finally:
        _check.reset(before)


def add_to(trace: aiohttp.TraceConfig) -> aiohttp.TraceConfig:
    """Make requests of a session with *trace* run the check. Return *trace*.

    aiohttp awaits the first signal on an open connection, before it writes the headers. For a request with a body, it
    buffers the headers and writes them with the first chunk of the body: before Python 3.12 in another turn of the
    event loop (aiohttp 3.14.5, client_reqrep.py, ClientRequest.send), and a process can fall asleep in between.
    https://docs.aiohttp.org/en/stable/tracing_reference.html (2026-11-25)
    """
    trace.on_request_headers_sent.append(_before_headers)
    trace.on_request_chunk_sent.append(_before_chunk)
    return trace


def raise_if_lost(error: Exception) -> None:
    """Raise the OwnershipLost behind *error*, if there is one: aiohttp reports it as a broken connection."""
    if isinstance(error.__cause__, OwnershipLost):
        raise error.__cause__


def since_boot_s() -> float:
    """Return seconds on a clock that cannot be set, and that continues while this process or the machine sleeps.

    time.monotonic stops while Linux is suspended. https://man7.org/linux/man-pages/man2/clock_gettime.2.html
    """
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


async def _before_headers(
    _session: aiohttp.ClientSession, context: SimpleNamespace, request: aiohttp.TraceRequestHeadersSentParams
) -> None:
    check = _check.get()
    if check is not None and request.method != "GET":
        context.still_owned = await check()


async def _before_chunk(
    _session: aiohttp.ClientSession, context: SimpleNamespace, _chunk: aiohttp.TraceRequestChunkSentParams
) -> None:
    """Check before the first chunk only: once it is sent, the rest may follow at any time."""
    if (still_owned := vars(context).pop("still_owned", None)) is not None:
        still_owned()
