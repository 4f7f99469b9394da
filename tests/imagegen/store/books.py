"""A store for each test, and requests to put into it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from math import inf
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from imagegen.address import Address
from imagegen.image_request import ImageLink, ImageRequest, InputImage
from imagegen.model import Call, Job, Made, Request, Requester, Scope
from imagegen.policy.model_queue import ModelQueue
from imagegen.policy.quota import Limits, units_of
from imagegen.reports import QueueEntry
from imagegen.store import admission, jobs, processes, queue, queue_positions, quotas
from imagegen.store.admission import SubmissionPlan
from imagegen.store.audit import audit
from imagegen.store.processes import Adopted
from imagegen.store.queue import Idle
from imagegen.store.sqlite import sqlite_engine
from imagegen.store.tables import SCHEMA

T = TypeVar("T")

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
LIMITS = Limits(
    zone=ZoneInfo("UTC"),
    member_images_per_day=10,
    person_images_per_day=15,
    server_images_per_month=100,
    budget_microusd_per_day=5_000_000,
    budget_microusd_per_month=50_000_000,
    attempts_per_day=100,
    queued_per_member=50,
    queued_max=2000,
)
PRICE = 30_000
PLAIN: Mapping[str, Any] = {}  # one image of quota each, and free input images
MODEL_QUEUE = ModelQueue("wan2.6-t2i", in_flight=2, per_s=inf)
DELETIONS = [f"DELETE FROM {table.name}" for table in reversed(SCHEMA.sorted_tables)]  # noqa: S608  # our own names
FROM_ONE = {
    "sqlite": ["DELETE FROM sqlite_sequence"],
    "postgresql": ["SELECT setval(oid, 1, false) FROM pg_class WHERE relkind = 'S'"],
}
IMAGE = InputImage("data:image/png;base64,AAAA", 640, 480, ("turned", "reduced"))


def made(count: int = 1) -> Made:
    return Made(tuple(f"https://x.aliyuncs.com/{n}.png" for n in range(count)), count, "1280*1280", "request-1")


@dataclass
class Books:
    """The store as a test holds it: a clock that stands still until moved, and everyday asks."""

    engine: Engine
    now: datetime = NOON
    limits: Limits = LIMITS
    asked: int = 0
    model_queues: list[ModelQueue] = field(default_factory=lambda: [MODEL_QUEUE])

    def run(self, transaction: Callable[..., T], *args: Any, **more: Any) -> T:
        with self.engine.begin() as tx:
            return transaction(tx, *args, **more)

    def ask(self, user_id: int = 1, *, count: int = 1, images: int = 0, scope: str = "g:7", **more: Any) -> Request:
        self.asked += 1
        links = tuple(ImageLink(f"https://cdn.discordapp.com/{n}.png", f"{n}.png") for n in range(images))
        request = ImageRequest("a lighthouse", images=links, count=count, seed=5)
        more.setdefault("key", f"i:{self.asked}")
        more.setdefault("address", Address(token="secret", channel_id=5))
        return Request(requester=Requester(user_id, Scope.parse(scope)), image_request=request, **more)

    def plan(self, ask: Request, call: Call = Call.SYNC, **cost: Any) -> SubmissionPlan:
        return replace(SubmissionPlan(MODEL_QUEUE.model, call, PRICE, len(ask.image_request.images)), **cost)

    def submit(self, user_id: int = 1, *, call: Call = Call.SYNC, cost: Mapping[str, Any] = PLAIN, **more: Any) -> Job:
        """Accept a request. *cost* may have its weight and the price of its input images."""
        ask = self.ask(user_id, **more)
        plan = self.plan(ask, call, **cost)
        return self.run(admission.accept, ask, plan=plan, limits=self.limits, now=self.now).job

    def claim(self, owner: str = "one") -> Job | None:
        job = self.look(owner)
        return job if isinstance(job, Job) else None

    def look(self, owner: str = "one") -> Job | Idle:
        return self.run(queue.claim, owner, limits=self.model_queues, now=self.now)

    def claimed(self, owner: str = "one") -> Job:
        job = self.claim(owner)
        assert job is not None
        return job

    def made(self, job: Job, count: int = 1) -> Job:
        after = self.run(jobs.generated, job, made(count), now=self.now)
        assert after is not None
        return after

    def kept(self, job: Job) -> Job:
        """The job after its owner generated it and kept it to deliver it."""
        after = self.run(jobs.generated, job, made(), now=self.now, keep=True)
        assert after is not None
        return after

    def delivering(self, owner: str = "one") -> Job:
        job = self.run(queue.next_to_deliver, owner, now=self.now)
        assert isinstance(job, Job)
        return job

    def left(self, user_id: int = 1, scope: str = "g:7") -> dict[str, float]:
        """What is left of each quota: images, or attempts."""
        found = self.run(admission.quotas_left, Requester(user_id, Scope.parse(scope)), self.limits, now=self.now)
        return {remaining.name: remaining.left / units_of(remaining.name, 1, 0) for remaining in found}

    def spent(self) -> int:
        """Held and used of today's money, in micro-dollars."""
        day = self.run(quotas.budgets, self.limits, now=self.now)[0]
        return day.reserved + day.used

    def line(self) -> tuple[QueueEntry, ...]:
        return self.run(queue_positions.queue_entries, limits=self.model_queues, now=self.now)

    def adopt(self, owner: str = "one", dead_before: datetime | None = None) -> Adopted:
        """All that *owner* takes over, one job a transaction."""
        total: Counter[str] = Counter()
        while any((one := self._adopt_one(owner, dead_before or self.now)).values()):
            total.update(one)
        return Adopted(**total)

    def _adopt_one(self, owner: str, dead_before: datetime) -> dict[str, int]:
        return vars(self.run(processes.adopt, owner, dead_before=dead_before, limits=self.limits, now=self.now))

    def broken(self) -> tuple[str, ...]:
        return self.run(audit)

    def later(self, **by: float) -> None:
        self.now += timedelta(**by)

    def limit(self, **limits: Any) -> None:
        self.limits = replace(self.limits, **limits)


def open_books(folder: Path) -> Books:
    engine = sqlite_engine(folder / "books.db")
    SCHEMA.create_all(engine)
    return Books(engine)


def empty(engine: Engine) -> None:
    """Delete every row. A new file, or TRUNCATE, would take ten times as long."""
    with engine.begin() as tx:
        for statement in DELETIONS + FROM_ONE[engine.dialect.name]:
            tx.exec_driver_sql(statement)
