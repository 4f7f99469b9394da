"""What the product reports about jobs, quotas and itself: to members, managers and operators. Frozen, no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from imagegen.image_request import AspectRatio, ImageRequest, Intent, Quality
from imagegen.model import Job, Scope
from imagegen.states import State


@dataclass(frozen=True)
class QuotaStatus:
    """One quota as its owner sees it. *name* is one of the counters of imagegen/policy/quota.py.

    Images are counted in units, hundredths of an image; budgets in micro-dollars.
    """

    name: str
    used: int
    reserved: int
    limit: int
    resets_at: datetime

    @property
    def left(self) -> int:
        """What is left; 0 if the limit was lowered below what is used."""
        return max(0, self.limit - self.used - self.reserved)


@dataclass(frozen=True)
class WrongSetting:
    """A setting that the bot cannot use.

    *why* follows the setting's name in a sentence, and *instead* is a value that works. *given* names the other
    settings that were compared with this one. No text contains the value: it may be a secret in the wrong line.
    """

    name: str
    why: str
    instead: str
    given: tuple[str, ...] = ()


@dataclass(frozen=True)
class Quotas:
    """The quotas of a member whose job is open, the one with least left first.

    *reserved* is the job's part of each, in units. *over* names quotas whose part belongs to a past day or month.
    """

    remaining: tuple[QuotaStatus, ...]
    reserved: Mapping[str, int] = field(default_factory=dict)
    over: frozenset[str] = frozenset()


@dataclass(frozen=True)
class ResultFilter:
    """Which results a page shows: those that fulfil each condition. None, False and "" are no condition.

    *find* has words of the prompt, or their beginnings. *since* and *until* are days in UTC, both included.
    """

    user_id: int | None = None  # requested by this person
    server_id: int | None = None
    starred_by: int | None = None
    is_starred: bool = False  # by at least one person
    model: str | None = None
    since: date | None = None
    until: date | None = None
    find: str = field(default="", repr=False)


@dataclass(frozen=True)
class Submission:
    """What ``submit`` returns: the job that the request became."""

    job: Job
    repeated: bool = False  # the key was known already: nothing was reserved again


@dataclass(frozen=True)
class Draft:
    """The requests of a prompt with alternatives, each with the number of its input images.

    *source_id* is the job that they change, whose stored input images they have; None: they have their own. *form*
    opens the request again, as cogs name forms.
    """

    id: int
    user_id: int
    requests: tuple[ImageRequest, ...]
    input_counts: tuple[int, ...]
    source_id: int | None = None
    form: str = ""


@dataclass(frozen=True, slots=True)
class QueueEntry:
    """A job that is neither made nor ended. *position* 0: Wan is generating it; 1: first in the queue.

    Small on purpose, because thousands are read at once. The job itself is read by *job_id*.
    """

    job_id: int
    state: State
    requested_at: datetime
    position: int
    eta_s: int | None = None  # estimated seconds until delivery; None without recent jobs to estimate from
    paused: str | None = None  # reason when sending is paused
    paused_model: str = ""  # the model, if only one is paused
    display_owner: str | None = None  # the process that keeps its card
    may_be_stopped: bool = False  # although it was sent: a story, or a task that Wan has not begun
    cancel_requested: bool = False
    story_size: int = 0  # of a story: how long the stored text and links are


@dataclass(frozen=True)
class Receipt:
    """What the ledger says of one request: the units reserved for it, and used of them; None while the job is open."""

    job: Job
    reserved: int
    used: int | None


@dataclass(frozen=True)
class RequestLimits:
    """What a request may hold: the limits of one model, for the form that asks for the request."""

    prompt_chars: int
    negative_chars: int
    max_images: int
    max_count: int
    max_seed: int
    model: str = ""  # the model that has these limits
    aspect_ratios: tuple[AspectRatio, ...] = tuple(AspectRatio)
    qualities: tuple[Quality, ...] = tuple(Quality)
    options: frozenset[str] = frozenset()  # parameters of the endpoint that the model takes
    boxes: int = 0  # in each input image


@dataclass(frozen=True)
class ModelOption:
    """A model that members can choose. *weight* is what one image of the request uses of a quota, in units."""

    model: str
    intent: Intent
    weight: int
    max_images: int  # input images
    max_count: int  # images of a request
    is_default: bool = False  # used if the member names no model
    shares_intent: bool = False  # another option has the same intent, so its name tells them apart
    may_weigh_more: bool = False  # in another quality


@dataclass(frozen=True)
class OperatorNotice:
    """What the operator announces to all members: whether the bot is paused, and a text beside the quotas."""

    paused: bool = False
    announcement: str = ""


class BlockKind(StrEnum):
    """What an operator can block."""

    SERVER = "server"
    PERSON = "person"


@dataclass(frozen=True)
class Block:
    """A server or a person that is blocked from the bot: since when, and by which operator."""

    kind: BlockKind
    target_id: int
    at: datetime
    by: int


@dataclass(frozen=True)
class SendingPause:
    """What is not sent to Wan, and why. *model* and *call* may be "*", which means all; *code* is Wan's."""

    model: str
    call: str
    paused_until: datetime
    since: datetime
    reason: str
    code: str


@dataclass(frozen=True)
class Alert:
    """A problem that only the operator can fix. *pauses*: *model* and *call* ("*": all) are not sent meanwhile."""

    reason: str
    model: str
    call: str
    code: str = ""
    status: int = 0
    pauses: bool = True


@dataclass(frozen=True)
class BotStatus:
    """The state of the bot. *failures* counts those of the last 24 hours by reason; *spending* is in micro-dollars.

    *blocked* counts all blocks; *blocks* are the newest of them.
    """

    queued: int
    in_flight: int
    to_deliver: int
    failures: Mapping[str, int]
    spending: tuple[QuotaStatus, ...]
    processes: int
    paused: tuple[SendingPause, ...]  # what is not sent to Wan
    notice: OperatorNotice
    blocked: int = 0
    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True)
class StoreNumbers:
    """What the database knows and an operator watches, of all processes together.

    *open_jobs* and *oldest_at* are by state, of jobs whose member waits for something; *paused* counts what is not sent
    to Wan, by reason.
    """

    open_jobs: Mapping[str, int]
    oldest_at: Mapping[str, datetime]
    spending: tuple[QuotaStatus, ...]
    processes: int
    paused: Mapping[str, int]
    is_paused: bool  # by the operator
    at: datetime


@dataclass(frozen=True)
class BudgetAlert:
    """A budget, or the share of the server *scope*, of which *percent* is used."""

    budget: QuotaStatus
    percent: int
    scope: Scope | None = None


@dataclass(frozen=True)
class Spending:
    """What was spent of a month's budget or share, in micro-dollars.

    *limit* None: no share. *forecast* is for the end of the month; None: too early to say. *used_up_on* is the day on
    which the limit will be reached, if it will be this month.
    """

    used: int
    reserved: int
    limit: int | None
    forecast: int | None
    used_up_on: date | None = None


@dataclass(frozen=True)
class ServerSpending:
    """What a server spent in a month, or direct messages or installs: *images* delivered, for how many *members*."""

    scope: Scope
    spending: Spending
    images: int
    members: int


@dataclass(frozen=True)
class SpendingPage:
    """The servers of one page, with the highest spending first. *page* begins at 0."""

    budget: Spending
    servers: tuple[ServerSpending, ...]
    page: int
    pages: int
    last_day: date  # of the month


@dataclass(frozen=True)
class Billed:
    """Images that Wan billed, or may have billed, and how many of them were delivered."""

    billed: int
    delivered: int
    microusd: int


@dataclass(frozen=True)
class ServerDetail:
    """What one server spent this month, by model and by day."""

    server: ServerSpending
    models: Mapping[str, Billed]
    days: Mapping[date, Billed]
    last_day: date  # of the month


@dataclass(frozen=True)
class BillLine:
    """What one server spent on one model in a month. *scope* None: of requests that were deleted before 0002."""

    scope: Scope | None
    model: str
    amount: Billed


@dataclass(frozen=True)
class Bill:
    """What was spent in a month, the highest amount first. *reserved* micro-dollars are not settled yet."""

    month: str
    lines: tuple[BillLine, ...]
    reserved: int

    @property
    def microusd(self) -> int:
        """Return the sum of all lines."""
        return sum(line.amount.microusd for line in self.lines)


@dataclass(frozen=True)
class SharedImage:
    """An image of a private result that its requester shares in a channel.

    *message_id* is None until Discord has answered. *at*: when the last try began. *is_new*: there was none before.
    """

    job_id: int
    number: int
    channel_id: int
    message_id: int | None
    at: datetime
    is_new: bool = False
