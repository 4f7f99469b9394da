"""The state of the local Wan: settings, results, tasks, limits, the bill. No I/O."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiohttp import web

from sandbox import settings
from sandbox.clock import Clock
from sandbox.faults import Argument, Faults
from sandbox.record import Entry, Record
from sandbox.wan.errors import documented
from sandbox.wan.models import UNCERTAIN, Model
from sandbox.wan.task_state import Task

ALLOWED_VALUES = {
    "failed_shape": ("a", "b", "c"),
    "alpha": ("refuse", "flatten"),
    "extra_n": ("refuse", "ignore"),
    "extra_size": ("refuse", "ignore"),
}
THINKING = 2  # how much longer an image with thinking takes


@dataclass
class Settings:
    """How the local Wan behaves. Delays of images and chunks pass in real seconds, those of tasks by the clock.

    *delay_s*: how long an image takes. A change also applies to images under way, except to those of tasks.
    *pending_s*: how long a task stays PENDING and can be canceled. *strict_stream*: a synchronous story needs
    ``parameters.stream`` beside the header. *story_images*: how many images the model decides on, at most as requested.
    *story_ends_in_text*: a paragraph follows the last image. *alpha*: ``refuse`` or ``flatten`` transparent images.
    *failed_shape*: which of the three documented shapes a failed task has. *queue_tasks*: tasks over the limit wait as
    PENDING instead of being refused. *submit_rate*: requests a second of each model; None: the limit in its row.
    *set_images*: how many images the model decides on for a set, at most as requested; 0: as the seed decides.
    *extra_n* and *extra_size*: a model of exactly one image, or without a size, is sent ``n`` or ``size``: ``refuse``,
    or ``ignore`` as was seen of qwen-image-edit, which billed the one image.
    *not_activated*: the models, separated by commas, that the account may not use. *lists_permissions*: whether the
    region tells which models those are; documented for Beijing alone.
    """

    delay_s: float = 0.05
    chunk_s: float = 0.005
    pending_s: float = 0.0
    submit_rate: float | None = None
    query_rate: float = 20.0
    in_flight: int = 5
    queue_tasks: bool = False
    failed_shape: str = "b"
    strict_stream: bool = True
    story_images: int = 5
    story_ends_in_text: bool = False
    alpha: str = "refuse"
    set_images: int = 0
    extra_n: str = "refuse"
    extra_size: str = "refuse"
    not_activated: str = ",".join(UNCERTAIN)
    lists_permissions: bool = True


@dataclass(repr=False)  # asyncio puts a task's whole result into its repr, which would print every image
class LocalWan:
    """The whole state. *hosts* are the sandbox's hosts, from which input images are fetched.

    *in_flight_count* and *sent_at* are by model: synchronous requests at work, and the clock's seconds of recent ones.
    """

    key: str
    clock: Clock
    faults: Faults
    record: Record
    settings: Settings = field(default_factory=Settings)
    results: dict[str, bytes] = field(default_factory=dict)
    tasks: dict[str, Task] = field(default_factory=dict)
    hosts: set[str] = field(default_factory=set)
    in_flight_count: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    sent_at: defaultdict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _dropped_bill: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        """Keep what the entries bill that the record drops."""
        self.record.on_drop.append(self._keep_bill)

    def _keep_bill(self, part: str, entry: Entry) -> None:
        if part == "wan":
            self._dropped_bill.update(_bill_of(entry))

    def bill(self) -> dict[str, int]:
        """Return the images and requests that Wan would have billed."""
        total = self._billed()
        return {"images": total["images"], "requests": total["requests"]}

    def bill_microusd(self) -> int:
        """Return what Wan would have billed by its list prices in Singapore, in micro-dollars."""
        return self._billed()["microusd"]

    def _billed(self) -> Counter[str]:
        self.settle()
        total = Counter(self._dropped_bill)
        for entry in self.record.part("wan"):
            total.update(_bill_of(entry))
        return total

    def not_activated(self) -> set[str]:
        """Return the names of the models that the account may not use."""
        return {name.strip() for name in self.settings.not_activated.split(",")}

    def set(self, /, **changes: Argument | None) -> None:
        """Change settings. ValueError for an unknown setting, or a value that it cannot have."""
        for name, value in changes.items():
            if value not in ALLOWED_VALUES.get(name, (value,)):
                raise ValueError(f"{name} must be one of {', '.join(ALLOWED_VALUES[name])}, not {value!r}")
            settings.change(self.settings, name, value, of="the local Wan")
        self._changed.set()
        self._changed = asyncio.Event()

    async def wait_for_image(self, times: int = 1) -> None:
        """Wait until ``delay_s``, *times* over, has passed since the call, whatever its value is by then."""
        began_s = time.monotonic()
        while (left_s := times * self.settings.delay_s - (time.monotonic() - began_s)) > 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), left_s)

    def settle(self) -> None:
        """Finish every task that is due, whether or not a client queries it."""
        now = self.clock.now()
        for task in self.tasks.values():
            if task.is_due(now):
                task.finish(self.faults)

    def check_limits(self, model: Model, *, queued: bool) -> None:
        """Count a request of *model*. Refusal over its rate limit, or, if it has tasks, over the limit in flight."""
        rate = self.settings.submit_rate
        limit, period_s = (model.limit.requests, model.limit.period_s) if rate is None else (rate, 1)
        self._check_rate(model.name, limit, period_s)
        at_work = self.in_flight_count[model.name] + len(self._running(model.name))
        if model.tasks and not queued and at_work >= self.settings.in_flight:
            raise documented("Throttling.Concurrency")
        self.sent_at[model.name].append(self.clock.elapsed_s())

    def _running(self, model: str) -> list[Task]:
        self.settle()
        return [task for task in self.tasks.values() if task.request.parsed.model.name == model and task.ended is None]

    def next_start_at(self, model: str) -> datetime:
        """Return when a new task of *model* can start: now, or once enough earlier tasks have ended."""
        ends = sorted(task.ready_at for task in self._running(model))
        over = len(ends) - self.settings.in_flight
        return ends[over] if over >= 0 else self.clock.now()

    def check_queries(self, kind: str) -> None:
        """Count a query, cancel or list (*kind*). Refusal over the limit per second."""
        self._check_rate(kind, self.settings.query_rate, 1)
        self.sent_at[kind].append(self.clock.elapsed_s())

    def _check_rate(self, kind: str, limit: float, period_s: int) -> None:
        sent = self.sent_at[kind]
        while sent and sent[0] <= self.clock.elapsed_s() - period_s:
            sent.popleft()
        if len(sent) >= limit:
            raise documented("Throttling.RateQuota")

    @contextmanager
    def in_flight_slot(self, model: str) -> Iterator[None]:
        """Hold one of the model's slots in flight for the length of the block."""
        self.in_flight_count[model] += 1
        try:
            yield
        finally:
            self.in_flight_count[model] -= 1


def _bill_of(entry: Entry) -> dict[str, int]:
    if not entry.get("billed"):
        return {}
    return {"images": entry["billed"], "requests": 1, "microusd": entry.get("billed_microusd", 0)}


WAN = web.AppKey("wan", LocalWan)
ENTRY = web.RequestKey("entry", Entry)
REQUEST_ID = web.RequestKey("request_id", str)


def with_request_id(request: web.Request, body: dict[str, Any]) -> web.Response:
    """Return *body* as JSON, with the request's id."""
    return web.json_response({**body, "request_id": request[REQUEST_ID]})
