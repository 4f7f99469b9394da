"""Characters: which names are allowed, where a prompt uses them as ``@name``, and which images that adds. Pure.

Scripts such as Chinese put no spaces between words, so a name of theirs may begin and end anywhere.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from imagegen.errors import Reason, Refused
from imagegen.image_request import OF_STYLE, AspectRatio, ImageLink, ImageRequest
from imagegen.policy.combining_marks import is_mark, limit_marks

MAX_CHARS = 32
MARK = "@"  # before a name in a prompt, and before the name of a character among the origins of input images
# Letters, digits and marks of any script, with single spaces, hyphens or apostrophes inside: nothing that Discord reads
# as markdown or as a mention.
_ALLOWED = re.compile(r"[^\W_](?:[ '’-]?[^\W_])*")
_RESERVED = frozenset(("everyone", "here", "someone"))
# Of scripts without spaces between words: CJK, Kana, Thai, Lao, Myanmar, Khmer. https://www.unicode.org/reports/tr29/
_SPACELESS = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u30ff\u3400-\u9fff\uf900-\ufaff]|[\U00020000-\U0003ffff]"
)


@dataclass(frozen=True)
class Character:
    """A figure, a pet or a person whom a member registered, with the ids of its reference images in order."""

    id: int
    user_id: int
    name: str
    person_id: int | None  # the person whom it shows
    is_allowed: bool  # False until that person allows it
    reference_ids: tuple[int, ...]

    @property
    def origin(self) -> str:
        """Return its name as a prompt uses it, and as the origins of input images do."""
        return MARK + self.name

    @property
    def links(self) -> tuple[ImageLink, ...]:
        """Return its images as input images of a request."""
        owners = (self.person_id or self.user_id, None if self.person_id in (None, self.user_id) else self.user_id)
        return tuple(
            ImageLink("", self.name, owner_id=owners[0], posted_by=owners[1], reference_id=each)
            for each in self.reference_ids
        )


@dataclass(frozen=True)
class Use:
    """A name in a prompt, from its ``@`` to its end."""

    start: int
    end: int
    folded: str


def fold(text: str) -> str:
    """Return *text* in the form in which names are compared."""
    return unicodedata.normalize("NFKC", limit_marks(text)).casefold()


def clean_name(typed: str) -> str:
    """Return a name as it is stored. Raise Refused CHARACTER_NAME if it is not allowed."""
    name = unicodedata.normalize("NFC", " ".join(typed[: 4 * MAX_CHARS].split())).removeprefix(MARK)
    letters = "".join(sign for sign in name if not is_mark(sign))
    is_word = _ALLOWED.fullmatch(letters) and any(sign.isalpha() for sign in letters)
    if len(name) > MAX_CHARS or not is_word or not name[0].isalnum() or fold(name) in _RESERVED:
        raise Refused(Reason.CHARACTER_NAME, limit=MAX_CHARS)
    return name


def uses(text: str, names: Collection[str]) -> Iterator[Use]:
    """Yield where *text* uses one of the folded *names*: the longest that fits. No mention and no address is a use."""
    if not names:
        return
    for found in re.finditer(MARK, text):
        start = found.start()
        if start and (text[start - 1] in "<@_" or _is_joined(text[start - 1])):
            continue
        rest = text[start + 1 : start + 1 + 2 * MAX_CHARS].partition(MARK)[0]
        for length in range(len(rest), 0, -1):
            end = start + 1 + length
            if fold(rest[:length]) in names and _ends(text, end):
                yield Use(start, end, fold(rest[:length]))
                break


def numbered(prompt: str, origins: Sequence[str]) -> str:
    """Return *prompt* as a model reads it: the first use of each character says which input images show it.

    *origins* are those of all input images. https://docs.qwencloud.com/developer-guides/image-generation/wan-image-editing
    (2026-11-30) refers to input images as "image 1".
    """
    images: dict[str, list[int]] = {}
    for number, origin in enumerate(origins, start=1):
        if origin.startswith(MARK):
            images.setdefault(fold(origin.removeprefix(MARK)), []).append(number)
    parts, begin = list[str](), 0
    for use in uses(prompt, images):
        name, numbers = prompt[use.start + 1 : use.end], images[use.folded]
        parts += [prompt[begin : use.start], f"{name} ({_which(numbers)})" if numbers else name]
        images, begin = {**images, use.folded: []}, use.end
    return "".join([*parts, prompt[begin:]])


def with_characters(request: ImageRequest, typed: str, own: Sequence[Character]) -> ImageRequest:
    """Return *request* with the images of those of the *own* characters that the *typed* prompt uses, after its own.

    Without an image of its own, the request is no edit: its aspect ratio is not that of a character's image. Raise
    Refused CHARACTER_WAITS if the person whom one of them shows has not allowed it.
    """
    used = _used(typed, own)
    if not used:
        return request
    known = (*request.origins, *("",) * len(request.images))[: len(request.images)]
    origins = [origin for each in used for origin in (each.origin,) * len(each.reference_ids)]
    return replace(
        request,
        images=(*request.images, *(link for each in used for link in each.links)),
        origins=(*known, *origins),
        aspect_ratio=request.aspect_ratio or (None if request.images else AspectRatio.SQUARE),
    )


def with_changed_characters(
    request: ImageRequest, typed: str, own: Sequence[Character], source: ImageRequest, input_count: int
) -> ImageRequest:
    """Return *request*, a change of *source*, with the characters that its *typed* prompt uses.

    Its images are those to add to the input images of *source*, and its origins those of all that it will have.
    ``kept_inputs`` has the positions of those that stay. Raise as ``with_characters`` does.
    """
    origins = (*source.origins, *("",) * input_count)[:input_count]
    there = {fold(origin.removeprefix(MARK)): origin for origin in origins if origin.startswith(MARK)}
    named = {use.folded for use in uses(typed, {*there, *(fold(each.name) for each in own)})}
    gone = set() if any(source.boxes) else {origin for name, origin in there.items() if name not in named}
    now = origins if request.origins == source.origins else request.origins  # another style may have changed them
    kept = [origin for origin in now if origin not in gone]
    added = with_characters(ImageRequest(""), typed, [each for each in own if fold(each.name) not in there])
    if not gone and not added.images:
        return request
    return replace(request, images=(*request.images, *added.images), origins=(*kept, *added.origins))


def kept_inputs(source: ImageRequest, input_count: int, request: ImageRequest) -> tuple[int, ...]:
    """Return which input images of *source* stay in a change of it, by position from 1."""
    origins = (*source.origins, *("",) * input_count)[:input_count]
    return tuple(
        position
        for position, origin in enumerate(origins, start=1)
        if not origin.startswith((MARK, OF_STYLE)) or origin in request.origins
    )


def _used(typed: str, own: Sequence[Character]) -> list[Character]:
    """Return the characters that a prompt uses, in the order of their first uses."""
    by_name = {fold(each.name): each for each in own}
    used = [by_name[name] for name in dict.fromkeys(use.folded for use in uses(typed, by_name))]
    for each in used:
        if not each.is_allowed:
            raise Refused(Reason.CHARACTER_WAITS, name=each.name)
    return used


def _which(numbers: Sequence[int]) -> str:
    if len(numbers) == 1:
        return f"image {numbers[0]}"
    return f"images {', '.join(map(str, numbers[:-1]))} and {numbers[-1]}"


def _ends(text: str, end: int) -> bool:
    """Return whether a word ends before *end*."""
    if end == len(text) or _SPACELESS.fullmatch(text[end - 1]):
        return end == len(text) or not is_mark(text[end])
    return text[end] != "_" and not is_mark(text[end]) and not _is_joined(text[end])


def _is_joined(sign: str) -> bool:
    """Return whether *sign* belongs to the same word as a letter beside it."""
    return sign.isalnum() and not _SPACELESS.fullmatch(sign)
