"""The nouns: what is asked, what is kept, what came back. Frozen, no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from imagegen.states import State

Json = str | int | float | bool | None
Facts = Mapping[str, str | int]
Address = Mapping[str, Json]
Owners = tuple[int | None, int | None]  # of one image: whose it is, and who posted it where that is another


class AspectRatio(StrEnum):
    """The outline of an image. SAME follows the first image given."""

    SAME = "same"
    SQUARE = "square"  # 1:1
    PORTRAIT = "portrait"  # 3:4
    LANDSCAPE = "landscape"  # 4:3
    TALL = "tall"  # 9:16
    WIDE = "wide"  # 16:9


class Quality(StrEnum):
    NORMAL = "normal"
    HIGH = "high"


@dataclass(frozen=True)
class ImageLink:
    """An image that was pointed at and not read yet.

    *url* is signed and expires: it is stored only until the image is read, and never logged.
    *claimed_bytes* and *claimed_type* are what Discord says of its size and kind; None and "" where it says nothing
    (embeds). *owner_id* is the person who posted it, or whose avatar it is; None where it is nobody's. *posted_by* is
    who posted the avatar of another person. *spoiler*: it was hidden until it is clicked.
    """

    url: str
    filename: str
    claimed_bytes: int | None = None
    owner_id: int | None = None
    posted_by: int | None = None
    spoiler: bool = False
    claimed_type: str = ""

    @property
    def owners(self) -> Owners:
        return self.owner_id, self.posted_by


@dataclass(frozen=True)
class InputImage:
    """An image as Wan takes it: 8-bit RGB, upright, at most 2,048 px and 3 MB, already a data URI.

    *notes* names what was put right on the way ("first_frame", "reduced", "flattened", "turned", "converted").
    """

    data_uri: str = field(repr=False)
    width_px: int
    height_px: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class ImageRequest:
    """What a member asks for. *seed* None means that the service draws one."""

    prompt: str = field(repr=False)
    images: tuple[ImageLink, ...] = ()
    shape: AspectRatio | None = None  # None: SAME with images, SQUARE without
    quality: Quality = Quality.NORMAL
    count: int = 1
    negative_prompt: str = field(default="", repr=False)
    seed: int | None = None
    enhance: bool = True
    parent_id: int | None = None  # the job whose result this one goes on from
    model: str | None = None  # None: the operator's default for words, or for images
    story: bool = False  # text and images interleaved; *count* is then the most images
    origins: tuple[str, ...] = ()  # where each image stood, in the words of whoever shows it; none where nobody said
    spoiler: bool = False  # one of its images was hidden until it is clicked


@dataclass(frozen=True)
class Requester:
    """Who asks, and where. *scope* is ``g:<server id>``, ``dm`` or ``install``.

    What follows the locale is known at the moment of asking, judged then, and not kept with the job: the member's
    roles, the channel (of a thread, its parent too), and whether it is age-restricted.
    """

    user_id: int
    scope: str
    locale: str = "en-US"
    roles: tuple[int, ...] = ()
    channel_id: int | None = None
    parent_channel_id: int | None = None
    age_restricted: bool = False
    server_id: int | None = None  # the server in which it is asked, also where a person brought the bot there


@dataclass(frozen=True)
class Request:
    """One ask, whatever way it came in. The same *key* again is the same job.

    *address* is opaque to the core: only `cogs/` read it. *send_before_at* is set where no late way of
    delivery exists: a job not sent to Wan by then is returned instead.
    """

    key: str
    requester: Requester
    request: ImageRequest
    address: Address = field(repr=False)
    send_before_at: datetime | None = None


class Call(StrEnum):
    """How Wan is called: one synchronous request, one answered as a stream, or a task that is polled."""

    SYNC = "sync"
    STREAM = "stream"
    TASK = "task"


@dataclass(frozen=True)
class StoryText:
    """Words of a story, as far as they came: of a stream, a fragment of a few characters."""

    text: str = field(repr=False)


@dataclass(frozen=True)
class StoryImage:
    """An image of a story: a link, signed and valid 24 h, never logged."""

    link: str = field(repr=False)


StoryPart = StoryText | StoryImage


class StopReason(StrEnum):
    """Why a story ends before its end. What was told by then is kept."""

    BROKEN = "broken"  # the connection, or the service
    REFUSED = "refused"  # moderation, in the middle
    CANCELED = "canceled"
    KILLED = "killed"  # the process that was told it
    TOO_LONG = "too_long"  # it went on past what anybody can be shown


@dataclass(frozen=True)
class Made:
    """What Wan answered: links to images (valid 24 h, signed, never logged) and what it bills.

    *image_count* None: the answer did not tell, and all that was asked for may be billed. *parts* are those of a
    story, in narrative order; *links* are its images; *cut* says why there are no more.
    """

    links: tuple[str, ...] = field(repr=False)
    image_count: int | None
    size: str
    request_id: str
    parts: tuple[StoryPart, ...] = field(default=(), repr=False)
    cut: StopReason | None = None


@dataclass(frozen=True)
class Failure:
    """Why a job ended without an image: a reason the reader's sentence is chosen by, and its facts."""

    reason: str
    facts: Facts = field(default_factory=dict)


@dataclass(frozen=True)
class Job:
    """One row of the line, as everybody outside the store sees it. Times are aware and UTC."""

    id: int
    key: str
    state: State
    requester: Requester
    request: ImageRequest  # seed and shape are filled in; links are dropped once read
    address: Address = field(repr=False)
    model: str
    call: Call
    input_count: int
    attempts: int
    epoch: int
    asked_at: datetime
    owner: str | None = None
    message_id: int | None = None  # where its card or its result stands
    submitting_at: datetime | None = None
    made_at: datetime | None = None
    ended_at: datetime | None = None
    notified_at: datetime | None = None
    remote_id: str | None = None
    request_id: str | None = None
    made: Made | None = None
    failure: Failure | None = None
    shown: int | None = None  # images shown: what the allowance was settled to
    input_notes: tuple[tuple[str, ...], ...] = ()  # per image given, what was put right
    told: tuple[StoryPart, ...] = field(default=(), repr=False)  # of a story, what has come so far
    cancel_asked_at: datetime | None = None  # of a story that is being told, or of a task at Wan
    running_at: datetime | None = None  # when Wan was first seen to have begun its task
    defects: int = 0  # of ours, in a row, in delivering or notifying it

    @property
    def is_streaming(self) -> bool:
        """Whether it is a story that is being told."""
        return self.state is State.SUBMITTING and self.call is Call.STREAM

    @property
    def waits_at_wan(self) -> bool:
        """Whether its task has not begun, as far as is known: Wan cancels no other."""
        return self.state is State.SUBMITTED and self.running_at is None

    @property
    def may_be_stopped(self) -> bool:
        """Whether it can be canceled though it was sent."""
        return self.is_streaming or self.waits_at_wan


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


class Shrink(StrEnum):
    """What a made image lost to fit into an upload."""

    SAVED = "saved"  # as a JPEG
    REDUCED = "reduced"  # as a JPEG with fewer pixels


@dataclass(frozen=True)
class Receipt:
    """What the ledger says of one request: images held for it, and counted of them; None while that is open."""

    job: Job
    held: int
    counted: int | None


@dataclass(frozen=True)
class ResultImage:
    """A made image as it is uploaded, and what it is by its first bytes. Untouched unless *refit* says otherwise."""

    data: bytes = field(repr=False)
    extension: str  # png, jpeg, webp, gif, avif or bmp
    width_px: int
    height_px: int
    refit: Shrink | None = None


@dataclass(frozen=True)
class Delivered:
    """What a delivery did: how many images people see now, and in which message (None where none is known)."""

    images: int
    message_id: int | None = None


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
