"""What a member requests, the job that comes of the request, and what Wan answers. Frozen, no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from imagegen.address import Address
from imagegen.states import State

MICRO_USD = 1_000_000  # micro-dollars in a US dollar: money is counted in whole ones
UNITS_PER_IMAGE = 100  # quotas are counted in hundredths of an image
Facts = Mapping[str, str | int]
Size = tuple[int, int]  # width and height in pixels
Owners = tuple[int | None, int | None]  # of one image: its owner, and who posted it if that is somebody else


class AspectRatio(StrEnum):
    """The aspect ratio of an image. SAME follows the first input image."""

    SAME = "same"
    SQUARE = "square"  # 1:1
    PORTRAIT = "portrait"  # 3:4
    LANDSCAPE = "landscape"  # 4:3
    TALL = "tall"  # 9:16
    WIDE = "wide"  # 16:9
    PHOTO = "photo"  # 3:2
    PHOTO_PORTRAIT = "photo_portrait"  # 2:3
    CINEMA = "cinema"  # 21:9


class Quality(StrEnum):
    """How large the images are."""

    NORMAL = "normal"
    HIGH = "high"
    FOUR_K = "4k"


class Intent(StrEnum):
    """What a model is good for, as members choose it."""

    STANDARD = "standard"
    DRAFT = "draft"  # fast and cheap
    DETAILED = "detailed"  # people, texture, large sizes
    LETTERING = "lettering"  # text in images
    EDITING = "editing"  # changes that keep the rest


@dataclass(frozen=True)
class PaletteColor:
    """A color, ``#RRGGBB``, and its share of the image in hundredths of a percent."""

    hex: str
    share: int


@dataclass(frozen=True)
class ImageLink:
    """An input image that is not downloaded yet.

    *url* is signed and expires: it is stored only until the image is downloaded, and never logged.
    *claimed_bytes* and *claimed_type* are what Discord says of its size and kind; None and "" if Discord says nothing
    (embeds). *owner_id* is the person who posted the image, or whose avatar it is; None if it has no owner.
    *posted_by* is the person who posted the avatar of another person. *spoiler*: the image is hidden until clicked.
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
        """The owner, and the person who posted the image if that is somebody else."""
        return self.owner_id, self.posted_by


@dataclass(frozen=True)
class InputImage:
    """An input image as Wan accepts it: 8-bit RGB, upright, at most 2,048 px and 3 MB, a data URI.

    *notes* names what was changed for that: "first_frame", "reduced", "flattened", "turned", "converted".
    """

    data_uri: str = field(repr=False)
    width_px: int
    height_px: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Box:
    """A part of an input image, in pixels of that image as Wan gets it, from its upper left corner.

    *right* and *bottom* are the first column and row outside. ValueError for a box without pixels, or with others than
    whole numbers from 0 on.
    """

    left: int
    top: int
    right: int
    bottom: int

    def __post_init__(self) -> None:
        edges = (self.left, self.top, self.right, self.bottom)
        is_whole = all(type(edge) is int for edge in edges)
        if not is_whole or not (0 <= self.left < self.right and 0 <= self.top < self.bottom):
            raise ValueError(f"no box: {edges}")

    @property
    def area_px(self) -> int:
        """Return the number of pixels inside."""
        return (self.right - self.left) * (self.bottom - self.top)


@dataclass(frozen=True)
class ImageRequest:
    """The prompt, input images and options of a request. *seed* None: the service draws one.

    *enhance* and *thinking* None: as the model does by default here. *image_set*: related images in one answer; *count*
    is then the most that may come. *palette* has the colors of the result, with shares of 100 % in total; empty: any.
    """

    prompt: str = field(repr=False)
    images: tuple[ImageLink, ...] = ()
    aspect_ratio: AspectRatio | None = None  # None: SAME with images, SQUARE without
    quality: Quality = Quality.NORMAL
    count: int = 1
    negative_prompt: str = field(default="", repr=False)
    seed: int | None = None
    enhance: bool | None = None
    parent_id: int | None = None  # the job whose result is edited
    model: str | None = None  # None: the operator's default for prompts, or for input images
    thinking: bool | None = None
    palette: tuple[PaletteColor, ...] = ()
    image_set: bool = False
    story: bool = False  # text and images interleaved; *count* is then the most images that may come
    origins: tuple[str, ...] = ()  # where each input image comes from, as cogs name it; empty if unknown
    spoiler: bool = False  # one of its input images is hidden until clicked
    boxes: tuple[tuple[Box, ...], ...] = ()  # per input image, the parts to edit; empty: no image has any
    unknown: Mapping[str, object] = field(default_factory=dict, repr=False, compare=False)  # of another version
    unread: str = field(default="", repr=False)  # what is stored, if this version cannot read it; stored again as it is

    @property
    def may_span_messages(self) -> bool:
        """Whether its result may need more than one message of Discord's: a long story, or a large image set."""
        return self.story or self.image_set

    @property
    def names_feature(self) -> bool:
        """Whether it asks for something that only some models have, so that the member expects another model."""
        return bool(self.palette or self.image_set or self.thinking) or self.quality is Quality.FOUR_K


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
    member's roles, the channel (of a thread, its parent too), and whether the channel is age-restricted.
    """

    user_id: int
    scope: Scope
    locale: str = "en-US"
    roles: tuple[int, ...] = ()
    channel_id: int | None = None
    parent_channel_id: int | None = None
    age_restricted: bool = False
    server_id: int | None = None  # the server of the request, also if a person brought the bot along


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
class ResultImage:
    """A result as it is uploaded; its extension follows its first bytes. Unchanged unless *shrink* says otherwise."""

    data: bytes = field(repr=False)
    extension: str  # png, jpeg, webp, gif, avif or bmp
    width_px: int
    height_px: int
    shrink: Shrink | None = None


@dataclass(frozen=True)
class Delivered:
    """What a delivery did: the number of images, and the message that shows them (None if unknown)."""

    images: int
    message_id: int | None = None
