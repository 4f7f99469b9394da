"""A request to the local Wan at each stage: how it arrived, parsed, accepted. Records only."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.record import Entry
from sandbox.wan.models import Mode, Model, Use


@dataclass(frozen=True)
class InputImage:
    """A decoded input image, with its encoded bytes and its sides in pixels."""

    data: bytes
    width: int
    height: int


@dataclass(frozen=True)
class Box:
    """A place in an image, in pixels from the upper left corner."""

    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True)
class PaletteColor:
    """A color of a palette: ``#RRGGBB``, and its share of the image in hundredths of a percent."""

    hex: str
    share: int


@dataclass(frozen=True)
class RequestContext:
    """How a request arrived. *path* is "sync", "task", or empty for another model's address.

    *ignores_n* and *ignores_size*: models that take no ``n`` or no ``size`` ignore it, instead of refusing it.
    """

    path: str
    asynchronous: bool = False
    sse: bool = False
    strict_stream: bool = True
    ignores_n: bool = False
    ignores_size: bool = False


@dataclass(frozen=True)
class ParsedRequest:
    """A request whose body was accepted. Its input images are still links. *n* is the most results."""

    model: Model
    use: Use
    prompt: str
    negative_prompt: str
    links: tuple[str, ...]
    n: int
    size: str | None
    seed: int
    watermark: bool
    rewrites: bool
    thinks: bool
    palette: tuple[PaletteColor, ...]
    boxes: tuple[tuple[Box, ...], ...]

    @property
    def mode(self) -> Mode:
        """Return what the model accepts in this use."""
        return self.model.modes[self.use]

    @property
    def is_set(self) -> bool:
        """Return whether related images are wanted, and the model decides how many."""
        return self.use is Use.SET


@dataclass(frozen=True)
class AcceptedRequest:
    """An accepted request, its input images, and the size of its results in pixels."""

    parsed: ParsedRequest
    inputs: tuple[InputImage, ...]
    width: int
    height: int

    @property
    def is_story(self) -> bool:
        """Return whether text and images alternate."""
        return self.parsed.use is Use.STORY

    def bill(self, entry: Entry, images: int) -> None:
        """Write into the record how many images are billed, and their list price in micro-dollars."""
        area_px, inputs = self.width * self.height, len(self.parsed.links)
        price = self.parsed.model.price.of(images, area_px, inputs, rewritten=self.parsed.rewrites)
        entry["billed"], entry["billed_microusd"] = images, price
