"""A task: PENDING, then RUNNING, then ended, by the sandbox's clock. No I/O."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sandbox.faults import Faults
from sandbox.record import Entry
from sandbox.wan import faults as named
from sandbox.wan.errors import DOCUMENTED
from sandbox.wan.requests import AcceptedRequest

RETENTION = timedelta(hours=24)


@dataclass
class Task:
    """A task. *ended* is None, SUCCEEDED, FAILED or CANCELED.

    *answer* is drawn at the first query after the end. *error* holds the code and message of FAILED.
    """

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
        """Return Wan's status word at a time."""
        if self.ended:
            return self.ended
        return "PENDING" if now < self.starts_at else "RUNNING"

    def is_due(self, now: datetime) -> bool:
        """Return whether the task should have ended by *now* and has not."""
        return self.ended is None and now >= self.ready_at

    def is_expired(self, now: datetime) -> bool:
        """Return whether Wan no longer knows the id: after 24 h, as with links."""
        return now > self.created_at + RETENTION

    def cancel(self, now: datetime) -> bool:
        """Cancel the task. False if it is not PENDING."""
        if self.status(now) != "PENDING":
            return False
        self.ended, self.ready_at = "CANCELED", now
        return True

    def finish(self, faults: Faults) -> None:
        """End the task, and bill its images now. They are drawn at the first query."""
        if arguments := faults.take(named.TASK_FAILED):
            code = str(arguments["code"])
            self.ended = "FAILED"
            self.error = {"code": code, "message": DOCUMENTED.get(code, (500, "injected"))[1]}
        elif faults.take(named.TASK_CANCELED) is not None:
            self.ended = "CANCELED"
        else:
            self.ended = "SUCCEEDED"
            self._succeed(faults)

    def _succeed(self, faults: Faults) -> None:
        fewest = 0 if self.request.is_story else 1
        self.image_count = max(fewest, self.image_count - (faults.take(named.FEWER_IMAGES) is not None))
        self.blocked = (
            not self.request.is_story and self.image_count > 1 and faults.take(named.EMPTY_CHOICE) is not None
        )
        self.request.bill(self.entry, self.image_count - self.blocked)
