"""What a member requests: a prompt, input images and options. Frozen, no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

MARKS = ",.;:!?，。；：！？、"
OF_STYLE = "style "  # before the id of a reference image of a style, among the origins of input images
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
    *reference_id*: the image is stored, as a reference image of a style or a character, and *url* is empty.
    """

    url: str
    filename: str
    claimed_bytes: int | None = None
    owner_id: int | None = None
    posted_by: int | None = None
    spoiler: bool = False
    claimed_type: str = ""
    reference_id: int | None = None

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
    fewer: bool = False  # nobody named *count*, which is a member's default: as many as the quota allows will do
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
    is_held: bool = False  # managers look at the results before they are shown
    private: bool = False  # the results are shown to the requester alone, who may share them
    style: str = ""  # the name of the server's style that was applied; its words and images stay as they were then
    style_before: str = field(default="", repr=False)  # the words of the style before the prompt, and after it
    style_after: str = field(default="", repr=False)
    variation: tuple[str, ...] = ()  # how it varies the result of *parent_id*: names of policy/variations.py
    varied_number: int | None = None  # which image of several is varied
    style_negative: str = field(default="", repr=False)  # as much of its negative prompt as the model takes
    style_model: str = ""  # the model of the style, if another is used because that one does not take the request
    boxes: tuple[tuple[Box, ...], ...] = ()  # per input image, the parts to edit; empty: no image has any
    unknown: Mapping[str, object] = field(default_factory=dict, repr=False, compare=False)  # of another version
    unread: str = field(default="", repr=False)  # what is stored, if this version cannot read it; stored again as it is

    @property
    def whole_prompt(self) -> str:
        """The prompt as a model reads it: with the words of the style."""
        return _joined(_joined(self.style_before, self.prompt), self.style_after)

    @property
    def whole_negative_prompt(self) -> str:
        """The negative prompt as a model reads it: with that of the style."""
        return ", ".join(part for part in (self.negative_prompt, self.style_negative) if part)

    @property
    def may_span_messages(self) -> bool:
        """Whether its result may need more than one message of Discord's: a long story, or a large image set."""
        return self.story or self.image_set

    @property
    def names_feature(self) -> bool:
        """Whether it asks for something that only some models have, so that the member expects another model."""
        return bool(self.palette or self.image_set or self.thinking) or self.quality is Quality.FOUR_K


def _joined(first: str, then: str) -> str:
    """Return two texts as one, with a space between them unless the second begins with a mark."""
    space = "" if not first or not then or then[0] in MARKS else " "
    return f"{first}{space}{then}"
