"""One record for each thing that a model's row says: inputs, sizes, modes, price, limits, answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

MAX_BYTES = 10 * 1024 * 1024
ANY_AREA = 10**12


class Use(StrEnum):
    """What a request wants of a model."""

    TEXT = "text"  # a prompt alone
    EDIT = "edit"  # input images and a prompt
    STORY = "story"  # text and images in turn
    SET = "set"  # related images


class UsageFormat(StrEnum):
    """How an answer spells what it used."""

    SIZE = "size"  # image_count, size, tokens
    SIDES = "sides"  # image_count, width, height
    OUTPUT = "output"  # output_image_count, output_width, output_height, input_image_count


@dataclass(frozen=True)
class Inputs:
    """The input images that a mode takes. *count* is a range, both ends included; no *side_px* is no limit.

    *aspect* is the widest ratio, both ways. *alpha*: transparent images are taken. *message* and *none_message* refuse
    another number of images, and none at all; ``{low}``, ``{high}`` and ``{got}`` are numbers of images.
    """

    count: tuple[int, int]
    formats: tuple[str, ...] = ("PNG", "JPEG", "BMP", "WEBP")
    max_bytes: int = MAX_BYTES
    side_px: tuple[int, int] | None = (240, 8000)  # 384 to 5000 until February 2026
    aspect: float | None = None
    alpha: bool = False
    message: str = "the number of images should be in [{low}, {high}]"
    none_message: str = "lack of image or text"


@dataclass(frozen=True)
class Sizes:
    """The values that ``size`` takes. *area_px* and *side_px* are ranges; *aspect* is the widest ratio, both ways.

    *default* is what a request without ``size`` gets: a size, or an area in the ratio of the last input image; None is
    that image's own size. *listed*: nothing else is taken. *taken* False: every ``size`` is refused. Results have sides
    that are multiples of *multiple_px*. The messages may name ``{size}``, ``{area}``, ``{low}`` and ``{high}``.
    """

    area_px: tuple[int, int]
    default: str | int | None
    aspect: float | None = None
    keywords: Mapping[str, int] | None = None
    listed: tuple[str, ...] = ()
    side_px: tuple[int, int] | None = None
    taken: bool = True
    multiple_px: int = 16
    form_message: str = "size {size!r} is not in the form of W*H"
    range_message: str = "size {size} is out of range"


@dataclass(frozen=True)
class Mode:
    """What a model accepts in one use. *n* is a range; *default_n* images are generated and billed without ``n``.

    A longer prompt or negative prompt is cut. *negative_chars* 0: the negative prompt is ignored; None: refused.
    *thinking* names the parameter that switches thinking on, which is the default; "" if there is none in this use.
    """

    inputs: Inputs
    sizes: Sizes
    prompt_chars: int
    n: tuple[int, int]
    default_n: int
    negative_chars: int | None = 0
    booleans: tuple[str, ...] = ("watermark",)
    rewrites: bool = True  # the default of prompt_extend
    rewrite_modes: tuple[str, ...] = ()
    thinking: str = ""
    has_boxes: bool = False
    has_palette: bool = False


@dataclass(frozen=True)
class Price:
    """The list price of one result in Singapore, in micro-dollars. *tiers*: the largest area in px and its price.

    A rewritten prompt multiplies the price by *rewriting*. Each input image costs *input_microusd*, once a request.
    """

    tiers: tuple[tuple[int, int], ...]
    rewriting: int = 1
    input_microusd: int = 0

    def of(self, images: int, area_px: int, inputs: int, *, rewritten: bool) -> int:
        """Return what a request costs that gave *images* results of that area."""
        if not images:
            return 0
        each = next(price for most, price in self.tiers if area_px <= most)
        return images * each * (self.rewriting if rewritten else 1) + inputs * self.input_microusd


@dataclass(frozen=True)
class RateLimit:
    """How many requests an account may send in a period."""

    requests: int
    period_s: int


@dataclass(frozen=True)
class Answers:
    """How a model answers. *typed*: content items have a ``type``. *together*: several images are one choice's items.

    *echoes_prompt*: a text item with the prompt follows the image. *tokens* are those in and out that usage names.
    """

    usage: UsageFormat
    typed: bool = False
    finished: bool = False
    together: bool = True
    task_metric: bool = False
    echoes_prompt: bool = False
    tokens: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class Model:
    """One model. *tasks*: it takes tasks beside synchronous calls. *uncertain*: its facts are not documented enough.

    *transparent*: a prompt that asks for it gives a transparent image.
    """

    name: str
    modes: Mapping[Use, Mode]
    price: Price
    limit: RateLimit
    answers: Answers
    tasks: bool = False
    uncertain: bool = False
    transparent: bool = False


def flat(microusd: int) -> Price:
    """Return a price that is the same for every size."""
    return Price(((ANY_AREA, microusd),))
