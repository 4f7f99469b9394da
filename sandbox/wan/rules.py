"""What the endpoint accepts, and its words when it does not.

help.aliyun.com/zh/model-studio/wan-image-generation-api-reference and …/error-code (2026-11-22). Streaming and the 2.7
models are not here yet: they are refused by name.
"""

from __future__ import annotations

import base64
import binascii
import io
import re
from dataclasses import dataclass
from math import sqrt
from typing import Any

from PIL import Image

MAX_DATA_URI = 10_485_760
MAX_IMAGE_BYTES = 10 * 1024 * 1024
MAX_SEED = 2_147_483_647
EDIT, WORDS = "wan2.6-image", "wan2.6-t2i"
TEXT_LIMIT = {EDIT: 2000, WORDS: 2100}
AREA = {EDIT: (768 * 768, 2048 * 2048), WORDS: (1_600_000, 1440 * 1440)}
KEYWORDS = {"1K": 1280 * 1280, "2K": 2048 * 2048}
FORBIDDEN_WORD = "forbidden-word"


class Refusal(Exception):
    """An error as the service words it."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{status} {code}")
        self.status, self.code, self.message = status, code, message


@dataclass(frozen=True)
class Given:
    """A picture that came with a request."""

    data: bytes
    width: int
    height: int


@dataclass(frozen=True)
class Asked:
    """A request that was accepted."""

    model: str
    prompt: str
    pictures: tuple[Given, ...]
    n: int
    width: int
    height: int
    seed: int


def invalid(message: str) -> Refusal:
    return Refusal(400, "InvalidParameter", message)


def read(body: Any, random_seed: int) -> Asked:
    """Judge a request's body. Raises Refusal."""
    if not isinstance(body, dict):
        raise invalid("Input should be a valid dictionary")
    model = body.get("model")
    if model not in TEXT_LIMIT:
        raise Refusal(404, "ModelNotFound", f"Model not exist. ({model}; the sandbox has {EDIT} and {WORDS})")
    prompt, links = _content(body)
    parameters = body.get("parameters") or {}
    if parameters.get("enable_interleave") or parameters.get("stream"):
        raise invalid("the sandbox does not tell stories yet: enable_interleave and stream are not supported")
    _check_pictures(model, len(links))
    pictures = tuple(decode(link) for link in links)
    width, height = _size(model, parameters.get("size"), pictures)
    if FORBIDDEN_WORD in prompt:
        raise Refusal(400, "DataInspectionFailed", "Input data may contain inappropriate content.")
    seed = _whole(parameters, "seed", random_seed, 0, MAX_SEED)
    # n left out makes four, and bills them: the mistake that costs people money.
    return Asked(model, prompt[: TEXT_LIMIT[model]], pictures, _whole(parameters, "n", 4, 1, 4), width, height, seed)


def _content(body: dict[str, Any]) -> tuple[str, list[str]]:
    messages = (body.get("input") or {}).get("messages")
    if not isinstance(messages, list) or not messages:
        raise invalid("No messages found in input")
    if len(messages) != 1:
        raise invalid("messages length only support 1")
    items = messages[0].get("content") if isinstance(messages[0], dict) else None
    if not isinstance(items, list) or messages[0].get("role") != "user":
        raise invalid("Field required: content")
    texts = [item["text"] for item in items if isinstance(item, dict) and isinstance(item.get("text"), str)]
    links = [item["image"] for item in items if isinstance(item, dict) and isinstance(item.get("image"), str)]
    if len(texts) != 1 or not texts[0].strip():
        raise invalid("lack of image or text")
    return texts[0], links


def _check_pictures(model: str, count: int) -> None:
    if model == EDIT and not 1 <= count <= 4:
        raise invalid("lack of image or text" if not count else "the number of images should be in [1, 4]")
    if model == WORDS and count:
        raise invalid("images are not supported by this model")


def _whole(parameters: dict[str, Any], name: str, default: int, low: int, high: int) -> int:
    value = parameters.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise invalid(f"Range of {name} should be [{low}, {high}]")
    return value


def decode(link: str) -> Given:
    """A data URI, really decoded. Links to elsewhere are not fetched by the sandbox."""
    if not link.startswith("data:"):
        raise Refusal(400, "InvalidURL", "The provided URL does not appear to be valid.")
    if len(link) > MAX_DATA_URI:
        raise invalid(f"Exceeded limit on max bytes per data-uri item : {MAX_DATA_URI}")
    try:
        data = base64.b64decode(link.partition(",")[2], validate=True)
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "BMP", "WEBP")) as image:
            image.load()
            width, height = image.size
    except (binascii.Error, OSError, SyntaxError, ValueError) as error:
        raise invalid("image format error") from error
    if len(data) > MAX_IMAGE_BYTES or min(width, height) < 240 or max(width, height) > 8000:
        raise invalid("the size of input image is too small or too large.")
    return Given(data, width, height)


def _size(model: str, size: object, pictures: tuple[Given, ...]) -> tuple[int, int]:
    """The sides that are drawn, in steps of 16; a keyword follows the last picture."""
    if model == EDIT and size in (None, *KEYWORDS):
        last = pictures[-1]
        return _sides(last.width / last.height, KEYWORDS[str(size or "1K")])
    found = re.fullmatch(r"(\d{2,5})\*(\d{2,5})", str(size or "1280*1280"))
    if not found:
        raise invalid(f"size {size!r} is not in the form of W*H")
    width, height = int(found[1]), int(found[2])
    low, high = AREA[model]
    if not low <= width * height <= high or not 1 / 4 <= width / height <= 4:
        raise invalid(f"size {size} is out of range")
    return max(16, round(width / 16) * 16), max(16, round(height / 16) * 16)


def _sides(ratio: float, area: int) -> tuple[int, int]:
    width = sqrt(area * ratio)
    return max(16, round(width / 16) * 16), max(16, round(width / ratio / 16) * 16)
