"""A signal within one process that the store has changed. A hint only: a waiter reads the store again."""

from __future__ import annotations

import asyncio


class WakeSignal:
    """Wakes waiting tasks. Take a ticket, read the store, wait on the ticket: no signal in between is missed."""

    def __init__(self) -> None:
        self._next = asyncio.Event()

    def ticket(self) -> asyncio.Event:
        """Return the event that the next signal sets."""
        return self._next

    def send(self) -> None:
        """Wake every task that waits on a ticket."""
        self._next.set()
        self._next = asyncio.Event()


async def wait_for_signal(ticket: asyncio.Event, timeout_s: float) -> None:
    """Return when *ticket* is set, or after *timeout_s* seconds."""
    try:
        async with asyncio.timeout(timeout_s):
            await ticket.wait()
    except TimeoutError:
        return
