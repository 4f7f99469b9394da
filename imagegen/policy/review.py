"""What members report, what managers decide about a result, and which results wait for them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ReportReason(StrEnum):
    """Why a member reports an image."""

    NUDITY = "nudity"
    VIOLENCE = "violence"
    HATE = "hate"
    PERSON = "person"
    COPYRIGHT = "copyright"
    OTHER = "other"

    @classmethod
    def of(cls, value: str) -> ReportReason:
        """Return the reason with *value*; OTHER for one that this version does not know."""
        return cls(value) if value in list(cls) else cls.OTHER


class CardKind(StrEnum):
    """What a card in the log channel is about."""

    REPORT = "report"
    HOLD = "hold"  # a result that waits until managers show it


class Decision(StrEnum):
    """What managers decided on a card."""

    REMOVED = "removed"
    BLOCKED = "blocked"  # the member, and removed
    DISMISSED = "dismissed"
    SHOWN = "shown"
    WITHHELD = "withheld"
    EXPIRED = "expired"  # nobody decided in time, so the result was withheld

    @property
    def removes(self) -> bool:
        """Whether the messages of the result are to be deleted."""
        return self in (Decision.REMOVED, Decision.BLOCKED)


@dataclass(frozen=True)
class Report:
    """One member's report of a job: why, and of which message."""

    job_id: int
    user_id: int
    server_id: int
    reason: ReportReason
    channel_id: int
    message_id: int


@dataclass(frozen=True)
class ReviewCard:
    """A card as the store returns it. *reasons* are those of its reports, oldest report first."""

    job_id: int
    kind: CardKind
    server_id: int
    at: datetime
    channel_id: int | None = None  # of the card
    message_id: int | None = None
    reasons: tuple[ReportReason, ...] = ()
    reported: tuple[int, int] | None = None  # channel and message of the first report
    decision: Decision | None = None
    decided_by: int | None = None
    decided_at: datetime | None = None
    why: str = ""
    claimed_until: datetime | None = None
