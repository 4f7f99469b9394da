"""Build the requests that generate images and stories. No I/O.

tasks.py builds the requests about tasks that exist already.
Document: [api] help.aliyun.com/zh/model-studio/wan-image-generation-api-reference (2026-11-22).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from string import ascii_letters, digits

from imagegen.image_request import PaletteColor
from imagegen.model import Call
from imagegen.wan.catalogue import MODELS
from imagegen.wan.record import Mode, use_for
from imagegen.wan.sizes import accepts_size

SYNC_PATH = "/services/aigc/multimodal-generation/generation"
TASK_PATH = "/services/aigc/image-generation/generation"  # differs from the synchronous path [api]
CALL_HEADERS = {
    Call.SYNC: {},
    Call.STREAM: {"X-DashScope-Sse": "enable", "Accept": "text/event-stream"},
    Call.TASK: {"X-DashScope-Async": "enable"},  # without it: 403 AccessDenied [api]
}

PIECE_BYTES = 128 * 1024
_DATA_URI = (ascii_letters + digits + "+/=:;,.-").encode()  # none of these needs an escape in JSON


@dataclass(frozen=True)
class Generation:
    """What one call asks for. *images* are data URIs or links, in the order in which the prompt numbers them.

    *seed* None lets the service choose; it never says which seed it used. *max_images* asks for a story: text and at
    most that many images in one answer, from one input image or none. *image_set* asks for at most *n* related images.
    *boxes* has for each input image ``(left, top, right, bottom)`` of each box. *size* "" lets the model decide.
    *answer_timeout_s* applies to a synchronous call.
    """

    model: str
    prompt: str = field(repr=False)
    images: tuple[str, ...] = field(repr=False)
    n: int
    size: str
    negative_prompt: str = field(repr=False)
    seed: int | None
    enhance: bool
    watermark: bool
    thinks: bool = False
    image_set: bool = False
    palette: tuple[PaletteColor, ...] = ()
    boxes: tuple[tuple[tuple[int, int, int, int], ...], ...] = ()
    max_images: int | None = None
    answer_timeout_s: float = 120.0


@dataclass(frozen=True)
class WireRequest:
    """One HTTP request: its path below the base URL, without the key.

    The body is ASCII in several parts, because an image has megabytes and is not copied into one text.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    body: Sequence[str] = field(default=(), repr=False)

    @property
    def body_bytes(self) -> int:
        """Return the length of the body."""
        return sum(map(len, self.body))

    def pieces(self) -> Iterator[bytes]:
        """Yield the body in pieces of at most PIECE_BYTES."""
        for part in self.body:
            for at in range(0, len(part), PIECE_BYTES):
                yield part[at : at + PIECE_BYTES].encode("ascii")


def generation_request(generation: Generation, call: Call) -> WireRequest:
    """Return the request for *generation*: synchronous, streamed, or the creation of a task."""
    headers = {"Content-Type": "application/json", **CALL_HEADERS[call]}
    path = TASK_PATH if call is Call.TASK else SYNC_PATH
    return WireRequest("POST", path, headers, _body(generation, parameters(generation, call)))


def _body(generation: Generation, parameters: Mapping[str, object]) -> list[str]:
    """Return one message with one text and the images in order. The service rejects more messages or texts [api].

    Write the JSON by hand: json.dumps copies 12 MB several times, which takes 40 ms. The check here takes 4 ms.
    """
    items = [_image_item(image) for image in generation.images]
    text = [f'{{"text":{json.dumps(generation.prompt)}}}']
    items = [*items, text] if _mode(generation).text_last else [text, *items]
    content = [part for item in items for part in (",", *item)][1:]
    head = f'{{"model":{json.dumps(generation.model)},"input":{{"messages":[{{"role":"user","content":['
    return [head, *content, f']}}]}},"parameters":{json.dumps(parameters)}}}']


def _image_item(image: str) -> list[str]:
    return ['{"image":"', image, '"}'] if _needs_no_escape(image) else [f'{{"image":{json.dumps(image)}}}']


def _needs_no_escape(text: str) -> bool:
    """Return whether JSON takes *text* as it is, like the data URI of an image. Copy a piece of it at a time."""
    pieces = range(0, len(text), PIECE_BYTES)
    return text.isascii() and not any(text[at : at + PIECE_BYTES].encode().translate(None, _DATA_URI) for at in pieces)


def parameters(generation: Generation, call: Call) -> dict[str, object]:
    """Return every parameter of the model and mode, so that the service applies no default.

    *n* alone defaults to 4 images, and each is billed [api].
    """
    story = generation.max_images is not None
    mode = _mode(generation)
    values: dict[str, object] = {
        "prompt_extend": generation.enhance,
        "watermark": generation.watermark,
        "n": generation.n,
        "enable_interleave": story,
        "max_images": generation.max_images,
        # Without a size, a story follows its input image [api].
        "size": generation.size if accepts_size(mode, generation.size) else None,
        "seed": generation.seed,
        "negative_prompt": generation.negative_prompt or None,
        "thinking_mode": generation.thinks,  # Wan 2.7: on by default, and slower
        "enable_sequential": generation.image_set,  # Wan 2.7: n would default to 12
        "color_palette": [_color(color) for color in generation.palette] or None,
        "bbox_list": generation.boxes or None,
        # In January 2026 a stream needed this beside the header; no document says whether it still does. A task needs
        # neither [api].
        "stream": True if call is Call.STREAM else None,
    }
    return {name: value for name, value in values.items() if name in mode.parameters and value is not None}


def _mode(generation: Generation) -> Mode:
    story = generation.max_images is not None
    use = use_for(len(generation.images), story=story, image_set=generation.image_set)
    return MODELS[generation.model].modes[use]


def _color(color: PaletteColor) -> dict[str, str]:
    """Return a color and its share, ``25.00%`` [2.7]."""
    return {"hex": color.hex, "ratio": f"{color.share // 100}.{color.share % 100:02}%"}
