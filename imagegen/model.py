"""The job that comes of a request, who made the request, and what Wan answers. Frozen, no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from imagegen.address import Address
from imagegen.image_request import ImageRequest
from imagegen.states import State

MICRO_USD = 1_000_000  # micro-dollars in a US dollar: money is counted in whole ones
UNITS_PER_IMAGE = 100  # quotas are counted in hundredths of an image
Facts = Mapping[str, str | int]
Size = tuple[int, int]  # width and height in pixels


@dataclass(frozen=True)
class Scope:
    """Where quotas are counted: a server with the bot as a member, a direct message, or an install of one's own.

    The text form, ``g:<server id>``, ``dm`` or ``install``, is what the store keeps.
    """

    server_id: int | None = None
    is_install: bool = False  # a person brought the bot along, and the bot is no member there

    def __str__(self) -> str:
        if self.server_id is not None:
            return f"g:{self.server_id}"
        return "install" if self.is_install else "dm"

    @classmethod
    def parse(cls, text: str) -> Scope:
        """Return the scope of a text form. ValueError if the text is none."""
        if text in ("dm", "install"):
            return cls(is_install=text == "install")
        kind, _, server_id = text.partition(":")
        if kind != "g":
            raise ValueError("not a scope")
        return cls(int(server_id))


DIRECT, INSTALL = Scope(), Scope(is_install=True)


@dataclass(frozen=True)
class Requester:
    """Who makes a request, and where.

    The store keeps the user, the scope and the locale. The rest is known when the request is made and judged then: the
    member's roles, the channel (of a thread, its parent too), whether the channel is age-restricted, since when they
    are a member, and whether they manage the server.
    """

    user_id: int
    scope: Scope
    locale: str = "en-US"
    roles: tuple[int, ...] = ()
    channel_id: int | None = None
    parent_channel_id: int | None = None
    age_restricted: bool = False
    server_id: int | None = None  # the server of the request, also if a person brought the bot along
    joined_at: datetime | None = None  # the server of the request; None: not known
    manages_server: bool = False


@dataclass(frozen=True)
class Request:
    """One request of a member. A second request with the same *key* is the same job.

    *send_before_at* is set if a late delivery has no route: a job that is not sent to Wan by then fails, and its quota
    is released.
    """

    key: str
    requester: Requester
    image_request: ImageRequest
    address: Address
    send_before_at: datetime | None = None


class Call(StrEnum):
    """How Wan is called: a synchronous request, a request answered as a stream, or a task that is polled."""

    SYNC = "sync"
    STREAM = "stream"
    TASK = "task"


@dataclass(frozen=True)
class StoryText:
    """Text of a story. In a stream, a fragment of a few characters."""

    text: str = field(repr=False)


@dataclass(frozen=True)
class StoryImage:
    """An image of a story: a signed link, valid for 24 h, never logged."""

    link: str = field(repr=False)


StoryPart = StoryText | StoryImage


class StopReason(StrEnum):
    """Why a story stopped early. The parts that came until then are kept."""

    BROKEN = "broken"  # the connection or Wan failed
    REFUSED = "refused"  # by moderation, in the middle
    CANCELED = "canceled"
    KILLED = "killed"  # the process that received it died
    TOO_LONG = "too_long"  # longer than what can be delivered


@dataclass(frozen=True)
class Made:
    """What Wan answered: links to images (signed, valid for 24 h, never logged) and what Wan bills.

    *image_count* None: the answer does not say, and all requested images may be billed. *parts* are those of a
    story, in narrative order; *links* are its images; *stop_reason* says why there are no more.
    """

    links: tuple[str, ...] = field(repr=False)
    image_count: int | None
    size: str
    request_id: str
    parts: tuple[StoryPart, ...] = field(default=(), repr=False)
    stop_reason: StopReason | None = None


@dataclass(frozen=True)
class Failure:
    """Why a job ended without an image: the reason, which chooses the member's sentence, and its facts."""

    reason: str
    facts: Facts = field(default_factory=dict)


class Review(StrEnum):
    """How far the review of a result has come that managers look at first."""

    REQUIRED = "required"  # there is no card for the managers yet
    HELD = "held"  # the managers have a card, and may decide
    SHOWN = "shown"
    WITHHELD = "withheld"


@dataclass(frozen=True)
class Job:
    """One job as the store returns it. Times are aware and in UTC."""

    id: int
    key: str
    state: State
    requester: Requester
    request: ImageRequest  # with its seed and aspect ratio; links are dropped once downloaded
    address: Address
    model: str
    call: Call
    input_count: int
    attempts: int
    epoch: int
    requested_at: datetime
    owner: str | None = None
    message_id: int | None = None  # the message of its status card or result
    submitting_at: datetime | None = None
    generated_at: datetime | None = None
    ended_at: datetime | None = None
    notified_at: datetime | None = None
    remote_id: str | None = None
    request_id: str | None = None
    made: Made | None = None
    failure: Failure | None = None
    delivered: int | None = None  # images delivered: what the quota was settled to
    input_notes: tuple[tuple[str, ...], ...] = ()  # per input image, what was changed
    input_sizes: tuple[Size, ...] = ()  # per input image
    story_so_far: tuple[StoryPart, ...] = field(default=(), repr=False)  # of a story, what has come so far
    cancel_requested_at: datetime | None = None  # of a running story, or of a task at Wan
    running_at: datetime | None = None  # when a poll first found its task begun
    defects: int = 0  # consecutive defects in delivering or notifying
    price_microusd: int = 0  # of one image
    input_price_microusd: int = 0  # of all input images together, once for each send
    weight: int = UNITS_PER_IMAGE  # units of quota that one image uses
    review: Review | None = None  # by the managers of the server, before the result is shown

    @property
    def is_streaming(self) -> bool:
        """Whether a process receives its story now."""
        return self.state is State.SUBMITTING and self.call is Call.STREAM

    @property
    def waits_at_wan(self) -> bool:
        """Whether its task has not begun, as far as is known. Wan cancels only such tasks."""
        return self.state is State.SUBMITTED and self.running_at is None

    @property
    def may_be_stopped(self) -> bool:
        """Whether it can be canceled although it was sent."""
        return self.is_streaming or self.waits_at_wan


class Shrink(StrEnum):
    """How a result was changed to fit into an upload."""

    SAVED = "saved"  # as a JPEG
    REDUCED = "reduced"  # as a JPEG with fewer pixels


@dataclass(frozen=True)
class AiMark:
    """What the metadata of a delivered file says: that it is AI-generated, by which model, when and for which job.

    *is_edit*: from input images, not from words alone.
    """

    model: str
    made_at: datetime
    job_id: int
    is_edit: bool


@dataclass(frozen=True)
class ResultImage:
    """A result as it is uploaded; its extension follows its first bytes.

    The pixels are Wan's unless *shrink* says otherwise. *mark* is in the file's metadata if the file's format takes it.
    """

    data: bytes = field(repr=False)
    extension: str  # png, jpeg, webp, gif, avif or bmp
    width_px: int
    height_px: int
    shrink: Shrink | None = None
    mark: AiMark | None = None


@dataclass(frozen=True)
class Delivered:
    """What a delivery did: the number of images, and the message that shows them (None if unknown)."""

    images: int
    message_id: int | None = None
