"""Validate requests, and build the request of a repeat or an edit. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from imagegen.errors import Reason, Refused
from imagegen.model import AspectRatio, ImageLink, ImageRequest, Job
from imagegen.reports import RequestLimits

IMAGE_ENDINGS = (
    ".png", ".jpg", ".jpeg", ".jfif", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif", ".heic", ".heif", ".jxl",
)  # fmt: skip
# Hosts whose links are images or show one, whatever their ending.
_IMAGE_HOSTS = frozenset(
    ("cdn.discordapp.com", "media.discordapp.net", "tenor.com", "giphy.com", "imgur.com", "i.imgur.com")
)
_LINK = re.compile(r"https?://[^\s<>|]+", re.IGNORECASE)
_SPOILER = re.compile(r"\|\|(.+?)\|\|", re.DOTALL)


def repeat_request(source: Job) -> ImageRequest:
    """Return the request of *source* again, with a new seed and the stored input images."""
    return replace(source.request, seed=None, images=(), parent_id=source.id)


def edit_request(source: Job, wanted: ImageRequest) -> ImageRequest:
    """Return *wanted* as an edit of *source*, with the stored input images.

    Keep the seed, so that only the edited part changes. If nothing is edited, this is a repeat.
    """
    before = replace(source.request, images=())
    wanted = replace(wanted, seed=before.seed, images=(), parent_id=before.parent_id)
    return repeat_request(source) if wanted == before else replace(wanted, parent_id=source.id)


def validate_request(request: ImageRequest, images: int, limits: RequestLimits) -> ImageRequest:
    """Return *request* with trimmed prompts and an aspect ratio. *images* is the number of its input images.

    Raise Refused, with the limit, for a request that the model would cut silently or reject.
    """
    request = _clean_request(request, images)
    _check_files(request.images)
    _check_prompts(request, limits)
    _check_numbers(request, images, limits)
    if request.aspect_ratio is AspectRatio.SAME and not images:
        raise Refused(Reason.ASPECT_RATIO_NEEDS_IMAGE)
    for option, is_taken in _options(request, limits):
        if not is_taken:
            raise Refused(Reason.OPTION_NOT_TAKEN, model=limits.model, option=option)
    return request


def clean_text(text: str) -> str:
    """Return *text* without what no database stores: NUL and unpaired surrogates (halves of characters)."""
    if not text.isascii():
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
    return text.replace("\0", "")


def without_spoiler_marks(text: str) -> str:
    """Return *text* as a model reads it: without the marks around hidden text, ``||like this||``."""
    return _SPOILER.sub(r"\1", text)


def is_spoiler(request: ImageRequest) -> bool:
    """Return whether the result may show something hidden: an input image or a part of the prompt was a spoiler."""
    return request.spoiler or bool(_SPOILER.search(request.prompt))


def _clean_request(request: ImageRequest, images: int) -> ImageRequest:
    """Return *request* with clean texts and an aspect ratio; an image that was a spoiler makes the request one."""
    links = [replace(link, url=clean_text(link.url), filename=clean_text(link.filename)) for link in request.images]
    return replace(
        request,
        prompt=clean_text(request.prompt).strip(),
        negative_prompt=clean_text(request.negative_prompt).strip(),
        images=tuple(links),
        aspect_ratio=request.aspect_ratio or (AspectRatio.SAME if images else AspectRatio.SQUARE),
        spoiler=request.spoiler or any(link.spoiler for link in links),
    )


def _check_files(links: Sequence[ImageLink]) -> None:
    """Refuse a file that is known to be no image. The decoder finds out about every other file."""
    for position, link in enumerate(links, start=1):
        if link.claimed_type.startswith(("video/", "audio/")):
            raise Refused(Reason.FILE_NOT_AN_IMAGE, position=position)
        if link.claimed_bytes == 0:
            raise Refused(Reason.FILE_EMPTY, position=position)


def image_links(text: str) -> Iterator[str]:
    """Yield the links in *text* that look like images by their ending or host."""
    for link in (found[0].rstrip(").,;!?'\"") for found in _LINK.finditer(text)):
        try:
            parts = urlsplit(link)
        except ValueError:
            continue
        if parts.path.lower().endswith(IMAGE_ENDINGS) or (parts.hostname or "").removeprefix("www.") in _IMAGE_HOSTS:
            yield link


def _is_readable(text: str) -> bool:
    """Return whether *text* has a visible character.

    A prompt of spaces, marks or invisible characters would be paid too.
    """
    return any(unicodedata.category(sign)[0] not in "CMZ" for sign in text)


def _check_prompts(request: ImageRequest, limits: RequestLimits) -> None:
    """Raise Refused if a prompt is empty, too long, or has a link to an image."""
    prompt = without_spoiler_marks(request.prompt)
    if not _is_readable(prompt):
        raise Refused(Reason.PROMPT_EMPTY)
    if any(image_links(prompt)):
        raise Refused(Reason.PROMPT_HAS_IMAGE_LINK)
    if (length := len(prompt)) > limits.prompt_chars:
        raise Refused(Reason.PROMPT_TOO_LONG, length=length, limit=limits.prompt_chars)
    if request.negative_prompt and not limits.negative_chars:
        raise Refused(Reason.MODEL_TAKES_NO_NEGATIVE_PROMPT, model=limits.model)
    if (length := len(without_spoiler_marks(request.negative_prompt))) > limits.negative_chars:
        raise Refused(Reason.NEGATIVE_PROMPT_TOO_LONG, length=length, limit=limits.negative_chars)


def _check_numbers(request: ImageRequest, images: int, limits: RequestLimits) -> None:
    """Raise Refused if the images, the count or the seed are out of the model's range."""
    if images > limits.max_images:
        raise Refused(Reason.TOO_MANY_IMAGES, count=images, limit=limits.max_images)
    if not 1 <= request.count <= limits.max_count:
        raise Refused(Reason.COUNT_OUT_OF_RANGE, count=request.count, limit=limits.max_count)
    if request.seed is not None and not 0 <= request.seed <= limits.max_seed:
        raise Refused(Reason.SEED_OUT_OF_RANGE, limit=limits.max_seed)


def _options(request: ImageRequest, limits: RequestLimits) -> Iterator[tuple[str, bool]]:
    """Yield each option that *request* names, and whether the model takes it."""
    yield "aspect_ratio", request.aspect_ratio in limits.aspect_ratios
    yield "quality", request.quality in limits.qualities
    yield "palette", not request.palette or "color_palette" in limits.options
    yield "thinking", request.thinking is not True or "thinking_mode" in limits.options
