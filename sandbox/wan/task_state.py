"""A task: PENDING, then RUNNING, then an end, by the clock. No I/O."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sandbox.faults import Faults
from sandbox.record import Entry
from sandbox.wan import faults as named
from sandbox.wan.errors import DOCUMENTED
from sandbox.wan.rules import AcceptedRequest

RETENTION = timedelta(hours=24)


@dataclass
class Task:
    """*ended* is SUCCEEDED, FAILED or CANCELED once it has ended. *answer* is what it made, once somebody looked."""

    id: str
    request: AcceptedRequest
    entry: Entry
    created_at: datetime
    starts_at: datetime
    ready_at: datetime
    image_count: int
    blocked: bool = False
    ended: str | None = None
    error: dict[str, str] = field(default_factory=dict)
    answer: dict[str, Any] | None = None

    def status(self, now: datetime) -> str:
        if self.ended:
            return self.ended
        return "PENDING" if now < self.starts_at else "RUNNING"

    def is_due(self, now: datetime) -> bool:
        return self.ended is None and now >= self.ready_at

    def is_expired(self, now: datetime) -> bool:
        """Ids are known for 24 h, as the links are."""
        return now > self.created_at + RETENTION

    def cancel(self, now: datetime) -> bool:
        """False when it is not PENDING."""
        if self.status(now) != "PENDING":
            return False
        self.ended, self.ready_at = "CANCELED", now
        return True

    def finish(self, faults: Faults) -> None:
        """Its time has come. What it made is billed now; it is drawn when somebody looks."""
        if arguments := faults.take(named.TASK_FAILED):
            code = str(arguments["code"])
            self.ended = "FAILED"
            self.error = {"code": code, "message": DOCUMENTED.get(code, (500, "rehearsed"))[1]}
        elif faults.take(named.TASK_CANCELED) is not None:
            self.ended = "CANCELED"
        else:
            self.ended = "SUCCEEDED"
            self._succeed(faults)

    def _succeed(self, faults: Faults) -> None:
        fewest = 0 if self.request.interleave else 1
        self.image_count = max(fewest, self.image_count - (faults.take(named.FEWER_IMAGES) is not None))
        self.blocked = (
            not self.request.interleave and self.image_count > 1 and faults.take(named.EMPTY_CHOICE) is not None
        )
        self.entry["billed"] = self.image_count - self.blocked
