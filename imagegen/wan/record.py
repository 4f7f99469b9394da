"""The record of one model: what it accepts in each use, what it costs, and who says so. Pure.

The rows are in models/, one file for each family; catalogue.py puts them together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from imagegen.image_request import ImageRequest, Intent, Quality
from imagegen.model import Call

HELP = "https://help.aliyun.com/zh/model-studio/"
PX_1K, PX_2K, PX_4K = 1024 * 1024, 2048 * 2048, 4096 * 4096


@dataclass(frozen=True)
class Source:
    """A document, and the date of the version that was read."""

    title: str
    address: str
    read: str


class Use(StrEnum):
    """What a model is used for. The limits of one model differ by use."""

    TEXT_TO_IMAGE = "text_to_image"  # a prompt alone
    IMAGE_EDITING = "image_editing"  # input images and a prompt
    STORY = "story"  # text and images interleaved
    IMAGE_SET = "image_set"  # related images in one answer, with or without input images


def use_for(images: int, *, story: bool, image_set: bool = False) -> Use:
    """Return the use of a request with *images* input images."""
    if story:
        return Use.STORY
    if image_set:
        return Use.IMAGE_SET
    return Use.IMAGE_EDITING if images else Use.TEXT_TO_IMAGE


def use_of(request: ImageRequest, images: int) -> Use:
    """Return the use of *request*, which has *images* input images."""
    return use_for(images, story=request.story, image_set=request.image_set)


@dataclass(frozen=True)
class Mode:
    """What a model accepts in one use.

    *area_px* is the smallest and largest area of a ``W*H``, and *side_px* of each side; *tolerance_px* lowers the
    smallest area, because some documented sizes lie below the documented bound. Aspect limits count both ways (4 = 1:4
    to 4:1). *sizes* is a closed list: the model takes no other ``W*H``. *keywords* are sizes by name; *follow_keywords*
    are those that we send to keep the aspect ratio of the last input image. *target_px* is the area that we request,
    for each quality that the model has. *parameters* are all that we send; without "size", the model decides.
    """

    images: tuple[int, int]
    prompt_chars: int  # the service silently cuts a longer prompt [image]
    negative_chars: int  # 0: the model takes no negative prompt
    max_count: int  # for a story or an image set, the most images in it
    area_px: tuple[int, int]
    target_px: Mapping[Quality, int]
    max_aspect: float
    parameters: tuple[str, ...]
    source: str
    tolerance_px: int = 0
    side_px: tuple[int, int] = (1, 16384)
    sizes: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    follow_keywords: Mapping[Quality, str] | None = None
    max_image_aspect: float | None = None  # of the input images
    answer_timeout_s: float = 120.0  # one normal image without thinking took 8 to 27 s [image] [t2i]
    calls: tuple[Call, ...] = (Call.SYNC, Call.TASK)
    enhances: bool = True  # whether we ask for prompt_extend if the member does not say
    boxes: int = 0  # boxes in each input image, outside of which nothing changes; 0: the model takes none
    text_last: bool = False  # the prompt follows the input images in the documented requests
    billed_px: int | None = None  # the area that may come and be billed, whatever size we ask for; None: that size
    counts_tokens: bool = False  # prompt_chars is documented in tokens; we count characters, of which a token has more

    def area_for(self, quality: Quality) -> int:
        """Return the area that we request, in pixels; the largest, if a stored request has a quality that is gone."""
        return self.target_px.get(quality, max(self.target_px.values()))

    @property
    def takes_size(self) -> bool:
        """Whether a request names the size of the images."""
        return "size" in self.parameters


@dataclass(frozen=True)
class Price:
    """The list price of one image by region: one of at most *max_px*, of a prompt that was *enhanced* or not.

    None: of any.
    """

    usd: Mapping[str, float]
    cny: Mapping[str, float]
    max_px: int | None = None
    enhanced: bool | None = None


@dataclass(frozen=True)
class Model:
    """One model: a row of the catalogue.

    *prices* are of one generated image, the usual one first; *input_price* is of each input image of a request.

    *per_s* (requests a second, by region) and *in_flight* (requests at once) apply to the whole account. The regions of
    *per_s* are those that have the model. *doubts* says what no document of the vendor confirms; "": nothing.
    """

    name: str
    intent: Intent
    modes: Mapping[Use, Mode]
    prices: tuple[Price, ...]
    per_s: Mapping[str, float]
    in_flight: int
    input_price: Price | None = None
    doubts: str = ""

    @property
    def regions(self) -> tuple[str, ...]:
        """Return the regions that have the model."""
        return tuple(self.per_s)

    @property
    def has_tasks(self) -> bool:
        """Return whether any of its uses has tasks; without them, every call is synchronous."""
        return any(Call.TASK in mode.calls for mode in self.modes.values())
