"""Asks, right before a request leaves this process, whether the job that it is for is still this process's own.

A process that slept past its lease is a former owner: another process has taken its jobs over. What the former owner
has decided is still in its memory, and it would send, edit or remove on waking. So the question is not asked where a
job is claimed, but where the first byte would be written.
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

Still = Callable[[], None]  # raises OwnershipLost where the answer of the check has become too old
Check = Callable[[], Awaitable[Still]]  # raises OwnershipLost, or StoreUnavailable where nobody can tell

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

    The first signal comes when the connection stands, and is awaited before the headers are written. With a body they
    are only kept then, and written with its first piece: before Python 3.12 in another turn of the loop (aiohttp
    3.14.5, client_reqrep.py, ClientRequest.send), in which a process can fall asleep.
    https://docs.aiohttp.org/en/stable/tracing_reference.html (2026-11-25)
    """
    trace.on_request_headers_sent.append(_before_headers)
    trace.on_request_chunk_sent.append(_before_piece)
    return trace


def raise_if_lost(error: Exception) -> None:
    """Raise the OwnershipLost that aiohttp took for a broken connection, if that is what *error* comes from."""
    if isinstance(error.__cause__, OwnershipLost):
        raise error.__cause__


def since_boot_s() -> float:
    """Seconds on a clock that nobody sets, and that goes on while this process or the whole machine sleeps.

    time.monotonic stands still while Linux is suspended. https://man7.org/linux/man-pages/man2/clock_gettime.2.html
    """
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


async def _before_headers(
    _session: aiohttp.ClientSession, context: SimpleNamespace, request: aiohttp.TraceRequestHeadersSentParams
) -> None:
    check = _check.get()
    if check is not None and request.method != "GET":
        context.still_owned = await check()


async def _before_piece(
    _session: aiohttp.ClientSession, context: SimpleNamespace, _piece: aiohttp.TraceRequestChunkSentParams
) -> None:
    """Only the first piece: once it is out, the rest may follow as late as it likes."""
    if (still := vars(context).pop("still_owned", None)) is not None:
        still()
