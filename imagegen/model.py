"""The nouns: what is asked, what is kept, what came back. Frozen, no I/O."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import get_args, get_type_hints

from imagegen.states import State

Json = str | int | float | bool | None
Facts = Mapping[str, str | int]
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


class AddressUnreadable(ValueError):
    """A stored text is not the JSON of an address. Names the field, never its value: one of them is a token."""


@dataclass(frozen=True)
class Address:
    """Where Discord shows a job. Only ``cogs/`` builds and reads the fields; the store keeps the record as JSON."""

    application_id: int | None = None
    token: str | None = field(default=None, repr=False)  # of the interaction; valid for 15 min, then forgotten
    server_id: int | None = None
    channel_id: int | None = None
    message_id: int | None = None  # the message of the status card
    reply_to_id: int | None = None  # the message that made the request, where one did
    max_file_bytes: int | None = None  # the largest file that the channel takes; None: not known
    is_user_install: bool = False  # the bot is no member there: only the token reaches the channel

    @classmethod
    def from_json(cls, text: str) -> Address:
        """Read what ``to_json`` wrote, by any version. Raises AddressUnreadable.

        Pass over fields that this version does not know: during an update another version may have written them.
        """
        try:
            stored = json.loads(text)
        except ValueError as error:
            raise AddressUnreadable("no JSON") from error
        if not isinstance(stored, dict):
            raise AddressUnreadable("no JSON object")
        known = {name: stored[name] for name in _address_types() if name in stored}
        for name, value in known.items():
            if type(value) not in _address_types()[name]:
                raise AddressUnreadable(name)
        return cls(**known)

    def to_json(self) -> str:
        """Return the address as JSON, without the fields that hold nothing."""
        return json.dumps(self._facts())

    def without_token(self) -> Address:
        """Return the address as it stays when Discord has forgotten the interaction."""
        return replace(self, token=None)

    def for_requester(self) -> dict[str, Json]:
        """Return the facts that the requester may read: not the bot's own access to Discord."""
        return replace(self, application_id=None, token=None)._facts()

    def _facts(self) -> dict[str, Json]:
        values: dict[str, Json] = {known.name: getattr(self, known.name) for known in fields(self)}
        return {name: value for name, value in values.items() if value is not None and value is not False}


@cache
def _address_types() -> Mapping[str, tuple[type, ...]]:
    """Return the types that each field of an address may have."""
    return {name: get_args(hint) or (hint,) for name, hint in get_type_hints(Address).items()}


@dataclass(frozen=True)
class Request:
    """One ask, whatever way it came in. The same *key* again is the same job.

    *send_before_at* is set where no late way of
    delivery exists: a job not sent to Wan by then is returned instead.
    """

    key: str
    requester: Requester
    request: ImageRequest
    address: Address
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
    address: Address
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


class Shrink(StrEnum):
    """What a made image lost to fit into an upload."""

    SAVED = "saved"  # as a JPEG
    REDUCED = "reduced"  # as a JPEG with fewer pixels


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
