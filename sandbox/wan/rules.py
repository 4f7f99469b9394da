"""What Wan accepts, and its message for what it refuses. Pure.

help.aliyun.com/zh/model-studio/wan-image-generation-api-reference and …/error-code (2026-11-22). Wan does not document
the order of its checks; ours is model, address, headers, messages, size, other parameters. Unknown parameters are
ignored.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.wan import boxes, palettes, sizes
from sandbox.wan.errors import documented, invalid
from sandbox.wan.models import Mode, Model, Use, known_model, use_of
from sandbox.wan.models.records import Inputs
from sandbox.wan.requests import ParsedRequest, RequestContext

MAX_SEED = 2_147_483_647
MAX_IMAGES = 5
FORBIDDEN_WORD = "forbidden-word"
STREAM_ONLY = "This model only support stream mode, please enable the stream parameter to access the model."
ONE_IMAGE = "num_images_per_prompt must be 1"


def parse(body: Any, context: RequestContext, random_seed: int) -> ParsedRequest:
    """Check a request's body and return it. *random_seed* is used if the body has none. Raises Refusal."""
    if not isinstance(body, dict):
        raise invalid("Input should be a valid dictionary")
    model = known_model(body.get("model"), context.path)
    _check_headers(model, context)
    prompt, links = _content(body)
    parameters = body.get("parameters") or {}
    if not isinstance(parameters, dict):
        raise invalid("Input should be a valid dictionary: parameters")
    use = use_of(model, parameters, len(links))
    _check_count(model.modes[use].inputs, len(links))
    return _parse_parameters(model, use, prompt, links, parameters, context, random_seed)


def _check_headers(model: Model, context: RequestContext) -> None:
    if context.path == "task" and not context.asynchronous:
        raise documented("AccessDenied", "current user api does not support synchronous calls.")
    if context.asynchronous and (context.path == "sync" or not model.tasks):
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


def _check_count(inputs: Inputs, got: int) -> None:
    low, high = inputs.count
    if not low <= got <= high:
        message = inputs.message if got else inputs.none_message
        raise invalid(message.format(low=low, high=high, got=got))


def _parse_parameters(
    model: Model,
    use: Use,
    prompt: str,
    links: tuple[str, ...],
    parameters: dict[str, Any],
    context: RequestContext,
    random_seed: int,
) -> ParsedRequest:
    """Return the request with its parameters. Wan cuts a longer prompt and negative prompt without saying so."""
    mode = model.modes[use]
    _check_booleans(mode, parameters)
    _check_combinations(mode, use, parameters)
    size = _size(mode, parameters, context)
    n = _n(mode, use, parameters, context)
    seed = _whole(parameters, "seed", random_seed, 0, MAX_SEED)
    rewrites = parameters.get("prompt_extend", mode.rewrites) is True
    return ParsedRequest(
        model, use, prompt[: mode.prompt_chars], _negative_prompt(mode, parameters), links, n, size, seed,
        watermark="watermark" in mode.booleans and parameters.get("watermark") is True,
        rewrites=rewrites,
        thinks=_thinks(mode, parameters, rewrites=rewrites),
        palette=palettes.parse(parameters.get("color_palette")) if mode.has_palette else (),
        boxes=boxes.parse(parameters.get("bbox_list"), len(links)) if mode.has_boxes else (),
    )  # fmt: skip


def _check_booleans(mode: Mode, parameters: Mapping[str, Any]) -> None:
    for name in mode.booleans:
        if not isinstance(parameters.get(name, False), bool):
            raise invalid(f"Input should be a valid boolean: {name}")


def _size(mode: Mode, parameters: Mapping[str, Any], context: RequestContext) -> str | None:
    size = None if context.ignores_size and not mode.sizes.taken else parameters.get("size")
    sizes.check(mode.sizes, size)
    return size


def _negative_prompt(mode: Mode, parameters: Mapping[str, Any]) -> str:
    negative = parameters.get("negative_prompt", "")
    if not isinstance(negative, str):
        raise invalid("Input should be a valid string: negative_prompt")
    if mode.negative_chars is None and "negative_prompt" in parameters:
        raise invalid("negative_prompt is not supported by this model")
    return negative[: mode.negative_chars or 0]


def _n(mode: Mode, use: Use, parameters: Mapping[str, Any], context: RequestContext) -> int:
    """Return the most images to generate. Without ``n``, Wan generates and bills four: a costly mistake for clients."""
    if mode.n != (1, 1):
        return _whole(parameters, "n", mode.default_n, *mode.n)
    n = parameters.get("n", 1)
    if (type(n) is not int or n != 1) and not context.ignores_n:
        raise invalid(ONE_IMAGE)
    if use is not Use.STORY:
        return 1
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


def _check_combinations(mode: Mode, use: Use, parameters: Mapping[str, Any]) -> None:
    """Refuse what the model has, but not in this use. Wan's documents name no error for it."""
    if use is Use.SET and (found := {"color_palette", "bbox_list"} & parameters.keys()):
        raise invalid(f"{min(found)} is not supported with enable_sequential")
    if "thinking_mode" in mode.booleans and not mode.thinking and parameters.get("thinking_mode") is True:
        raise invalid("thinking_mode needs a request without images and without enable_sequential")
    if mode.rewrite_modes and parameters.get("prompt_extend_mode", "direct") not in mode.rewrite_modes:
        raise invalid(f"prompt_extend_mode should be one of {', '.join(mode.rewrite_modes)}")


def _thinks(mode: Mode, parameters: Mapping[str, Any], *, rewrites: bool) -> bool:
    """Return whether the model thinks: by default where it can. ``enable_thinking`` is for rewriting alone."""
    if not mode.thinking or (mode.thinking == "enable_thinking" and not rewrites):
        return False
    return parameters.get(mode.thinking, True) is True
