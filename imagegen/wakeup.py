"""A bell that wakes whoever waits for news of the store, within one process. A hint, never the truth."""

from __future__ import annotations

import asyncio


class WakeSignal:
    """Take a ticket, look, and wait on the ticket: a ring between the look and the wait is not missed."""

    def __init__(self) -> None:
        self._next = asyncio.Event()

    def ticket(self) -> asyncio.Event:
        """What the next ring sets."""
        return self._next

    def ring(self) -> None:
        """Wake everybody who holds a ticket."""
        self._next.set()
        self._next = asyncio.Event()


async def wait_for_signal(ticket: asyncio.Event, timeout_s: float) -> None:
    """Return when *ticket* is rung or after *timeout_s*, whichever is first."""
    try:
        async with asyncio.timeout(timeout_s):
            await ticket.wait()
    except TimeoutError:
        return
