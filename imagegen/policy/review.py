"""What members report, what managers decide about a result, and which results wait for them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from imagegen.model import Requester
from imagegen.policy.server_settings import ServerSettings

# The links to the images live for 24 h at Wan, so nothing can be shown later.
HOLD_FOR = timedelta(hours=23)
MAX_WHY_CHARS = 300


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


def is_held(settings: ServerSettings, requester: Requester, *, now: datetime) -> bool:
    """Return whether managers look at the results of *requester* before they are shown; if unsure, they do.

    Of members who manage the server, they never do.
    """
    if requester.scope.server_id is None or requester.manages_server:
        return False
    if set(settings.hold_channels) & {requester.channel_id, requester.parent_channel_id}:
        return True
    days, joined_at = settings.hold_newcomers_days, requester.joined_at
    return bool(days) and (joined_at is None or now - joined_at < timedelta(days=days or 0))


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
    """A card as the store returns it. *reasons* are those of its reports, one for each member.

    *at*: when the card was opened, or opened again.
    """

    job_id: int
    kind: CardKind
    server_id: int
    at: datetime
    channel_id: int | None = None  # of the card
    message_id: int | None = None
    reasons: tuple[ReportReason, ...] = ()
    reported: tuple[int, int] | None = None  # channel and message of the first report since *at*
    decision: Decision | None = None
    decided_by: int | None = None
    decided_at: datetime | None = None
    why: str = ""
    claimed_until: datetime | None = None
