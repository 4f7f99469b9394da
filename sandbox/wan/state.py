"""Everything that the local Wan knows: settings, results, tasks, limits, the bill. No I/O."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiohttp import web

from sandbox.clock import Clock
from sandbox.faults import Argument, Faults
from sandbox.record import Entry, Record
from sandbox.wan.errors import documented
from sandbox.wan.task_state import Task

ALLOWED_VALUES = {"failed_shape": ("a", "b", "c"), "alpha": ("refuse", "flatten")}


@dataclass
class Settings:
    """How it behaves until told otherwise. Seconds of pictures and chunks are real, those of tasks are the clock's.

    *pending_s* is how long a task can be cancelled. *strict_stream*: a synchronous story needs ``parameters.stream``
    beside the header. *story_images*: how many the model decides to make of those it may. *story_ends_in_text*: a
    paragraph after the last picture. *alpha*: what becomes of a transparent picture. *failed_shape*: which of the three
    documented ones. *queue_tasks*: tasks over the limit wait as PENDING instead of being refused.
    """

    delay_s: float = 0.05
    chunk_s: float = 0.005
    pending_s: float = 0.0
    submit_rate: float = 5.0
    query_rate: float = 20.0
    in_flight: int = 5
    queue_tasks: bool = False
    failed_shape: str = "b"
    strict_stream: bool = True
    story_images: int = 5
    story_ends_in_text: bool = False
    alpha: str = "refuse"


@dataclass(repr=False)  # it holds every image: asyncio writes what a task returned, whole, into that task's repr
class LocalWan:
    """Everything that it knows. *bill* counts what the real one would have charged for; *hosts* are those of the
    sandbox, from which given pictures are fetched.
    """

    key: str
    clock: Clock
    faults: Faults
    record: Record
    settings: Settings = field(default_factory=Settings)
    results: dict[str, bytes] = field(default_factory=dict)
    tasks: dict[str, Task] = field(default_factory=dict)
    hosts: set[str] = field(default_factory=set)
    live: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    sends: defaultdict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def bill(self) -> dict[str, int]:
        self.settle()
        entries = [entry for entry in self.record.part("wan") if entry.get("billed")]
        return {"images": sum(entry["billed"] for entry in entries), "requests": len(entries)}

    def set(self, **changes: Argument) -> None:
        """ValueError for a setting that there is not, or a value that it cannot have."""
        for name, value in changes.items():
            if not hasattr(self.settings, name):
                raise ValueError(f"the local Wan has no setting {name}")
            if value not in ALLOWED_VALUES.get(name, (value,)):
                raise ValueError(f"{name} is one of {', '.join(ALLOWED_VALUES[name])}, not {value!r}")
            setattr(self.settings, name, value)

    def settle(self) -> None:
        """End each task whose time has come, whether somebody asks for it or not."""
        now = self.clock.now()
        for task in self.tasks.values():
            if task.is_due(now):
                task.finish(self.faults)

    def check_limits(self, model: str, *, queued: bool) -> None:
        """At most so many a second and so many at once, per model, as the account of the real one."""
        self._check_rate(model, self.settings.submit_rate)
        if not queued and self.live[model] + len(self._running(model)) >= self.settings.in_flight:
            raise documented("Throttling.Concurrency")
        self.sends[model].append(self.clock.elapsed_s())

    def _running(self, model: str) -> list[Task]:
        self.settle()
        return [task for task in self.tasks.values() if task.request.model == model and task.ended is None]

    def next_start_at(self, model: str) -> datetime:
        """When a new task of *model* may start: now, or when enough of those before it have ended."""
        ends = sorted(task.ready_at for task in self._running(model))
        over = len(ends) - self.settings.in_flight
        return ends[over] if over >= 0 else self.clock.now()

    def check_queries(self, kind: str) -> None:
        """Queries, cancels and lists: so many a second each."""
        self._check_rate(kind, self.settings.query_rate)
        self.sends[kind].append(self.clock.elapsed_s())

    def _check_rate(self, what: str, most: float) -> None:
        sent = self.sends[what]
        while sent and sent[0] <= self.clock.elapsed_s() - 1:
            sent.popleft()
        if len(sent) >= most:
            raise documented("Throttling.RateQuota")

    @contextmanager
    def in_flight_slot(self, model: str) -> Iterator[None]:
        """One of the places in flight, for as long as the block runs."""
        self.live[model] += 1
        try:
            yield
        finally:
            self.live[model] -= 1


WAN = web.AppKey("wan", LocalWan)
ENTRY = web.RequestKey("entry", Entry)
REQUEST_ID = web.RequestKey("request_id", str)


def with_request_id(request: web.Request, body: dict[str, Any]) -> web.Response:
    """*body* with the request's id."""
    return web.json_response({**body, "request_id": request[REQUEST_ID]})
