"""A request to the local Wan at each stage: how it arrived, parsed, accepted. Records only."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.wan.models import Mode


@dataclass(frozen=True)
class InputImage:
    """A decoded input image, with its encoded bytes and its sides in pixels."""

    data: bytes
    width: int
    height: int


@dataclass(frozen=True)
class RequestContext:
    """How a request arrived. *path* is "sync", "task", or empty for another model's address."""

    path: str
    asynchronous: bool = False
    sse: bool = False
    strict_stream: bool = True


@dataclass(frozen=True)
class ParsedRequest:
    """A request whose body was accepted. Its input images are still links."""

    model: str
    mode: Mode
    prompt: str
    links: tuple[str, ...]
    n: int
    size: str | None
    seed: int
    watermark: bool


@dataclass(frozen=True)
class AcceptedRequest:
    """An accepted request. *n* is the most images; with *interleave* it is a story, text and images in turn."""

    model: str
    prompt: str
    inputs: tuple[InputImage, ...]
    n: int
    width: int
    height: int
    seed: int
    interleave: bool = False
    watermark: bool = False
    tokens: tuple[int, int] = (0, 0)
