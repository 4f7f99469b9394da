"""What Wan accepts, and its message for what it refuses. Pure.

help.aliyun.com/zh/model-studio/wan-image-generation-api-reference and …/error-code (2026-11-22). Wan does not document
the order of its checks; ours is model, address, headers, messages, parameters. Unknown parameters are ignored.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sandbox.wan import sizes
from sandbox.wan.errors import Refusal, documented, invalid
from sandbox.wan.models import Mode, check_model, mode_of
from sandbox.wan.requests import ParsedRequest, RequestContext

MAX_SEED = 2_147_483_647
NEGATIVE_CHARS = 500
MAX_IMAGES = 5
FORBIDDEN_WORD = "forbidden-word"
STREAM_ONLY = "This model only support stream mode, please enable the stream parameter to access the model."
_HEX = re.compile(r"#[0-9A-Fa-f]{6}")
_SHARE = re.compile(r"\d{1,3}\.\d{2}%")


def parse(body: Any, context: RequestContext, random_seed: int) -> ParsedRequest:
    """Check a request's body and return it. *random_seed* is used if the body has none. Raises Refusal."""
    if not isinstance(body, dict):
        raise invalid("Input should be a valid dictionary")
    model = body.get("model")
    check_model(model, context.path)
    _check_headers(context)
    prompt, links = _content(body)
    parameters = body.get("parameters") or {}
    if not isinstance(parameters, dict):
        raise invalid("Input should be a valid dictionary: parameters")
    mode = mode_of(model, parameters, len(links))
    if not mode.input_images[0] <= len(links) <= mode.input_images[1]:
        low, high = mode.input_images
        raise invalid("lack of image or text" if not links else f"the number of images should be in [{low}, {high}]")
    return _parse_parameters(str(model), mode, prompt, links, parameters, context, random_seed)


def _check_headers(context: RequestContext) -> None:
    if context.path == "task" and not context.asynchronous:
        raise documented("AccessDenied", "current user api does not support synchronous calls.")
    if context.path == "sync" and context.asynchronous:
        raise documented("AccessDenied", "current user api does not support asynchronous calls.")


def _content(body: dict[str, Any]) -> tuple[str, tuple[str, ...]]:
    if not isinstance(found := body.get("input"), dict):
        raise documented("BadRequest.EmptyInput") if found is None else invalid("Input should be a valid dictionary")
    messages = found.get("messages")
    if not isinstance(messages, list) or not messages:
        raise invalid("No messages found in input")
    if len(messages) != 1:
        raise invalid("messages length only support 1")
    items = messages[0].get("content") if isinstance(messages[0], dict) else None
    if not isinstance(items, list) or messages[0].get("role") != "user":
        raise invalid("Field required: content")
    texts = [item["text"] for item in items if isinstance(item, dict) and isinstance(item.get("text"), str)]
    links = tuple(item["image"] for item in items if isinstance(item, dict) and isinstance(item.get("image"), str))
    if len(texts) != 1 or not texts[0].strip():
        raise invalid("lack of image or text")
    return texts[0], links


def _parse_parameters(
    model: str,
    mode: Mode,
    prompt: str,
    links: tuple[str, ...],
    parameters: dict[str, Any],
    context: RequestContext,
    seed: int,
) -> ParsedRequest:
    for name in mode.booleans:
        if not isinstance(parameters.get(name, False), bool):
            raise invalid(f"Input should be a valid boolean: {name}")
    n = _n(mode, parameters, context)
    sizes.check(mode, parameters.get("size"))
    if not isinstance(parameters.get("negative_prompt", ""), str):
        raise invalid("Input should be a valid string: negative_prompt")
    if "thinking_mode" in mode.booleans:
        _check_wan_27(parameters, len(links))
    seed = _whole(parameters, "seed", seed, 0, MAX_SEED)
    prompt = prompt[: mode.prompt_chars]  # Wan cuts a longer prompt without saying so
    return ParsedRequest(
        model, mode, prompt, links, n, parameters.get("size"), seed, parameters.get("watermark") is True
    )


def _n(mode: Mode, parameters: Mapping[str, Any], context: RequestContext) -> int:
    """Return the most images to generate. Without ``n``, Wan generates and bills four: a costly mistake for clients."""
    try:
        n = _whole(parameters, "n", mode.default_n, *mode.n)
    except Refusal:
        if mode.interleave:
            raise invalid("num_images_per_prompt must be 1") from None
        raise
    if not mode.interleave:
        return n
    _check_stream(parameters, context)
    return _whole(parameters, "max_images", MAX_IMAGES, 1, MAX_IMAGES)


def _check_stream(parameters: Mapping[str, Any], context: RequestContext) -> None:
    """Refuse a synchronous story without the SSE header and ``stream``. Whether Wan still needs both is unknown."""
    enabled = parameters.get("stream") is True or not context.strict_stream
    if context.path == "sync" and not (context.sse and enabled):
        raise invalid(STREAM_ONLY)


def _whole(parameters: Mapping[str, Any], name: str, default: int, low: int, high: int) -> int:
    value = parameters.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise invalid(f"Range of {name} should be [{low}, {high}]")
    return value


def _check_wan_27(parameters: Mapping[str, Any], images: int) -> None:
    """Check what only the 2.7 models take: boxes for each image, and a color palette."""
    boxes = parameters.get("bbox_list")
    if boxes is not None and not (
        isinstance(boxes, list) and len(boxes) == images and all(_are_boxes(of_image) for of_image in boxes)
    ):
        raise invalid("bbox_list needs for each image at most 2 boxes [x1, y1, x2, y2]")
    palette = parameters.get("color_palette")
    if palette is not None and (parameters.get("enable_sequential") is True or not _is_palette(palette)):
        raise invalid("color_palette needs 3 to 10 colors of 100.00% in total, and no enable_sequential")


def _are_boxes(value: object) -> bool:
    if not isinstance(value, list) or len(value) > 2:
        return False
    return all(isinstance(box, list) and len(box) == 4 and all(isinstance(x, int) for x in box) for box in value)


def _is_palette(value: object) -> bool:
    if not isinstance(value, list) or not 3 <= len(value) <= 10:
        return False
    if not all(isinstance(color, dict) for color in value):
        return False
    shares = [str(color.get("ratio")) for color in value]
    known = all(_HEX.fullmatch(str(color.get("hex"))) for color in value) and all(map(_SHARE.fullmatch, shares))
    return known and round(sum(float(share[:-1]) for share in shares), 2) == 100
