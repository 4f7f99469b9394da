"""What the product reports about jobs, quotas and itself: to members, managers and operators. Frozen, no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from imagegen.model import Job
from imagegen.states import State


@dataclass(frozen=True)
class QuotaStatus:
    """One allowance as its owner sees it. *name* is one of the counters of imagegen/policy/quota.py."""

    name: str
    used: int
    held: int
    limit: int
    resets_at: datetime

    @property
    def left(self) -> int:
        """Never below zero, also where the limit was lowered under what is used."""
        return max(0, self.limit - self.used - self.held)


@dataclass(frozen=True)
class Quotas:
    """The quotas of a member, nearest first, while a job of theirs is open.

    *reserved* is the job's part of each; of those named in *over* it lies in a day or month that is over.
    """

    remaining: tuple[QuotaStatus, ...]
    reserved: Mapping[str, int] = field(default_factory=dict)
    over: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Submission:
    """What submit answers: the job, and what is left of the tightest allowance of its requester after the hold."""

    job: Job
    left: int
    repeated: bool = False  # the same key was here before: nothing was held again


@dataclass(frozen=True, slots=True)
class QueueEntry:
    """The place of a job that is neither made nor ended. *position* 0 = being painted, 1 = next in line.

    Light on purpose: thousands are read at once. What else a card says is in its job, asked for by *job_id*.
    """

    job_id: int
    state: State
    locale: str
    asked_at: datetime
    position: int
    eta_s: int | None = None  # estimate until it is shown; None when nothing recent tells
    paused: str | None = None  # reason when sending is paused
    paused_model: str = ""  # where the pause is one model's alone
    home: str | None = None  # the process that keeps its card
    may_be_stopped: bool = False  # also once it was sent: a story, or a task that Wan has not begun
    cancel_asked: bool = False
    told: int = 0  # of a story, how much has come: the size of what is written down


@dataclass(frozen=True)
class Receipt:
    """What the ledger says of one request: images held for it, and counted of them; None while that is open."""

    job: Job
    held: int
    counted: int | None


@dataclass(frozen=True)
class RequestLimits:
    """What an ask may hold, for whoever draws its form."""

    prompt_chars: int
    negative_chars: int
    max_images: int
    max_count: int
    max_seed: int
    model: str = ""  # whose limits these are


@dataclass(frozen=True)
class OperatorNotice:
    """What the operator says to everybody: whether nothing is taken now, and words beside the allowances."""

    paused: bool = False
    announcement: str = ""


class BlockKind(StrEnum):
    """What an operator can block."""

    SERVER = "server"
    PERSON = "person"


@dataclass(frozen=True)
class Block:
    """A server or a person that may not use the bot anywhere: since when, and which operator decided so."""

    kind: BlockKind
    its_id: int
    at: datetime
    by: int


@dataclass(frozen=True)
class SendingPause:
    """What is not sent to Wan, and why: *model* and *call* are "*" where each is meant; *code* is Wan's own."""

    model: str
    call: str
    paused_until: datetime
    since: datetime
    reason: str
    code: str


@dataclass(frozen=True)
class Alert:
    """What only the operator can mend. *pauses*: nothing of *model* and *call* ("*": each) is sent meanwhile."""

    reason: str
    model: str
    call: str
    code: str = ""
    status: int = 0
    pauses: bool = True


@dataclass(frozen=True)
class BotStatus:
    """How the whole bot stands. *failures* are of the last 24 hours, by reason; *spending* is in micro-dollars.

    *blocked* counts all blocks, *blocks* are the newest of them.
    """

    waiting: int
    in_flight: int
    to_show: int
    failures: Mapping[str, int]
    spending: tuple[QuotaStatus, ...]
    processes: int
    paused: tuple[SendingPause, ...]  # what is not sent to Wan
    notice: OperatorNotice
    blocked: int = 0
    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True)
class BudgetAlert:
    """A money ceiling of which *percent* is reached."""

    ceiling: QuotaStatus
    percent: int
