"""Signals within one process that the store has changed. Hints only: a waiter reads the store again.

Each signal wakes only the tasks that have work then: when every signal woke every loop, three of four looks at the
database found nothing (docs/decisions/0029-wake-only-who-has-work.md).
"""

from __future__ import annotations

import asyncio
from enum import Enum, auto

from imagegen.states import State


class Wake(Enum):
    """Whom a signal wakes: a loop of the worker, or the status cards."""

    READ = auto()
    GENERATE = auto()
    POLL = auto()
    DELIVER = auto()
    CARDS = auto()


BY_STATE = {
    State.REQUESTED: (Wake.READ, Wake.CARDS),
    State.QUEUED: (Wake.GENERATE, Wake.CARDS),  # a job that is queued again has left Wan, which has room for another
    State.SUBMITTING: (),
    State.SUBMITTED: (Wake.POLL,),
    State.GENERATED: (Wake.GENERATE, Wake.DELIVER),
    State.DONE: (),
    State.FAILED: (Wake.GENERATE, Wake.DELIVER),
    State.CANCELED: (Wake.GENERATE, Wake.DELIVER),
}


class WakeSignal:
    """Wakes waiting tasks. Take a ticket, read the store, wait on the ticket: no signal in between is missed."""

    def __init__(self) -> None:
        self._next = {wake: asyncio.Event() for wake in Wake}

    def ticket(self, wake: Wake) -> asyncio.Event:
        """Return the event that the next signal to *wake* sets."""
        return self._next[wake]

    def send(self, *wakes: Wake) -> None:
        """Wake every task that waits on a ticket of *wakes*; without *wakes*, of any."""
        for wake in wakes or Wake:
            self._next[wake].set()
            self._next[wake] = asyncio.Event()

    def send_for(self, state: State) -> None:
        """Wake who has work when a job has come into *state*."""
        for wake in BY_STATE[state]:
            self.send(wake)


async def wait_for_signal(ticket: asyncio.Event, timeout_s: float) -> None:
    """Return when *ticket* is set, or after *timeout_s* seconds."""
    try:
        async with asyncio.timeout(timeout_s):
            await ticket.wait()
    except TimeoutError:
        return
