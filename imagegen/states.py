"""The states of a job, and every transition between them. Pure: no I/O.

The store writes no other transition (`store/jobs.py`), and `docs/architecture.md` prints this table.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Final


class State(StrEnum):
    """How far a job has come. ``TRANSITIONS`` says which state may follow."""

    REQUESTED = "requested"
    QUEUED = "queued"
    SUBMITTING = "submitting"
    SUBMITTED = "submitted"
    GENERATED = "generated"
    DONE = "done"
    FAILED = "failed"
    CANCELED = "canceled"

    @property
    def is_waiting(self) -> bool:
        """Whether the job waits in the queue: nothing was sent to Wan."""
        return self in (State.REQUESTED, State.QUEUED)

    @property
    def is_in_flight(self) -> bool:
        """Whether the request is at Wan, or on its way there."""
        return self in (State.SUBMITTING, State.SUBMITTED)

    @property
    def has_ended(self) -> bool:
        """Whether the state is final."""
        return self in (State.DONE, State.FAILED, State.CANCELED)


# A state that is its own successor: a process takes the job over, gives the job back, or notes something about it.
TRANSITIONS: Final[Mapping[State, frozenset[State]]] = {
    State.REQUESTED: frozenset({State.REQUESTED, State.QUEUED, State.FAILED, State.CANCELED}),
    State.QUEUED: frozenset({State.SUBMITTING, State.FAILED, State.CANCELED}),
    State.SUBMITTING: frozenset(
        {State.SUBMITTING, State.SUBMITTED, State.QUEUED, State.GENERATED, State.FAILED, State.CANCELED}
    ),
    State.SUBMITTED: frozenset({State.SUBMITTED, State.QUEUED, State.GENERATED, State.FAILED, State.CANCELED}),
    State.GENERATED: frozenset({State.GENERATED, State.DONE, State.FAILED}),
    State.DONE: frozenset(),
    State.FAILED: frozenset({State.FAILED}),
    State.CANCELED: frozenset({State.CANCELED}),
}

MEANINGS: Final[Mapping[State, str]] = {
    State.REQUESTED: "The request was accepted. Its input images are not downloaded yet.",
    State.QUEUED: "The job waits for its turn. Its input images are stored.",
    State.SUBMITTING: "A process sends the request to Wan, or receives a story.",
    State.SUBMITTED: "Wan has accepted a task. A process polls the task by its id.",
    State.GENERATED: "Wan has generated the images. A process delivers them.",
    State.DONE: "The images are delivered.",
    State.FAILED: "The job ended without a delivered image. The member is notified.",
    State.CANCELED: "Somebody canceled the job. The member is notified.",
}


def is_allowed(before: State, after: State) -> bool:
    """Return whether ``TRANSITIONS`` has the transition from *before* to *after*."""
    return after in TRANSITIONS[before]


def as_markdown() -> str:
    """Return ``TRANSITIONS`` as a Markdown table and a Mermaid drawing of the same transitions."""
    return "\n".join((*_table(), "", *_drawing()))


def _table() -> Iterator[str]:
    yield "| state | meaning | next states | may stay |"
    yield "| --- | --- | --- | --- |"
    for state, meaning in MEANINGS.items():
        following = ", ".join(f"`{after}`" for after in _next(state)) or "none"
        yield f"| `{state}` | {meaning} | {following} | {'yes' if is_allowed(state, state) else 'no'} |"


def _drawing() -> Iterator[str]:
    yield "```mermaid"
    yield "stateDiagram-v2"
    yield from (f"    [*] --> {state}" for state in State if state.is_waiting)
    for state in State:
        yield from (f"    {state} --> {after}" for after in _next(state))
    yield from (f"    {state} --> [*]" for state in State if state.has_ended)
    yield "```"


def _next(state: State) -> Iterator[State]:
    """Yield the other states that may follow *state*, in the order of ``State``."""
    return (after for after in State if after is not state and is_allowed(state, after))
