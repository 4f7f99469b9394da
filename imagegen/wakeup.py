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
    ROOM = auto()  # a request in flight has ended: this wakes the loop that generates, if it waits for that
    POLL = auto()
    DELIVER = auto()
    CARDS = auto()


BY_STATE = {
    State.REQUESTED: (Wake.READ, Wake.CARDS),
    State.QUEUED: (Wake.GENERATE, Wake.CARDS),
    State.SUBMITTING: (),
    State.SUBMITTED: (Wake.POLL,),
    State.GENERATED: (Wake.ROOM, Wake.DELIVER),
    State.DONE: (),
    State.FAILED: (Wake.ROOM, Wake.DELIVER),
    State.CANCELED: (Wake.ROOM, Wake.DELIVER),
}


class WakeSignal:
    """Wakes waiting tasks. Take a ticket, read the store, wait on the ticket: no signal in between is missed."""

    def __init__(self) -> None:
        self._next = {wake: asyncio.Event() for wake in Wake}
        self.waits_for_room = True  # whether the loop that generates waits for the end of a request in flight

    def ticket(self, wake: Wake) -> asyncio.Event:
        """Return the event that the next signal to *wake* sets. For ROOM, wait on a ticket of GENERATE."""
        return self._next[wake]

    def send(self, *wakes: Wake) -> None:
        """Wake every task that waits on a ticket of *wakes*; without *wakes*, of any."""
        for wake in wakes or Wake:
            heard = Wake.GENERATE if wake is Wake.ROOM and self.waits_for_room else wake
            self._next[heard].set()
            self._next[heard] = asyncio.Event()

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
