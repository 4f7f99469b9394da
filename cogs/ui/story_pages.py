"""Divide a story or an image set into messages: its parts in order, as many in a message as Discord allows. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil

from cogs.text.units import cut, units
from cogs.ui.limits import CARD_CHARS, CARD_COMPONENTS
from imagegen.model import StoryPart, StoryText

GALLERY_IMAGES = 10
FOOT_CHARS = 900  # of the small lines under the last part, which must not push text into another message
LEAST_CHARS = 200  # a text that does not fit begins on a page only if this much of it fits
AROUND = 24  # components beside the parts: the card, its head, its foot, up to five picks, and four rows of buttons

# Escape what could mention, link, quote or hide; emphasis, headings and lists may keep their look.
_ACTIVE = re.compile(r"[\\`|~<>\[\]]|(?<=@)(?=everyone|here)")
# Where a text may be broken, best first: between paragraphs, lines, sentences, words.
_BREAKS = (
    re.compile(r"\n\s*\n"),
    re.compile(r"\n"),
    re.compile(r"(?<=[.!?…])[\"”’')]*\s+|(?<=[。！？；])"),
    re.compile(r"\s+"),
)


@dataclass(frozen=True)
class TextBlock:
    """Text that is safe to show and never empty."""

    text: str


@dataclass(frozen=True)
class ImageBlock:
    """The images of one gallery: the number (1 = the story's first) and the link of each."""

    links: tuple[tuple[int, str], ...]


Block = TextBlock | ImageBlock
Page = tuple[Block, ...]


def harmless(text: str) -> str:
    """Return *text* without mentions, links and spoilers. Appending to *text* only appends to the result."""
    return _ACTIVE.sub(lambda found: f"\\{found[0]}" if found[0] else "\u200b", text)


def pages(parts: Sequence[StoryPart], head_chars: int) -> tuple[Page, ...]:
    """Return *parts* as messages, at least one. The first has *head_chars* less room.

    A full page stays as it is when more text arrives: only its last words may still move to the next.
    """
    laid: list[Page] = []
    page = _Draft(CARD_CHARS - FOOT_CHARS - head_chars)
    for block in _blocks(parts):
        rest = page.add(block)
        while rest is not None:
            laid.append(tuple(page.blocks))
            page = _Draft(CARD_CHARS - FOOT_CHARS)
            rest = page.add(rest)
    return (*laid, tuple(page.blocks))


def set_pages(links: Sequence[str]) -> tuple[Page, ...]:
    """Return the images of a set as messages of equal length: two of six look better than ten and two."""
    numbered = list(enumerate(links, start=1))
    messages = ceil(len(numbered) / GALLERY_IMAGES)
    each = ceil(len(numbered) / messages) if messages else 1
    return tuple((ImageBlock(tuple(numbered[at : at + each])),) for at in range(0, len(numbered), each))


def _blocks(parts: Sequence[StoryPart]) -> Iterator[Block]:
    number = 0
    for part in parts:
        if isinstance(part, StoryText):
            if text := harmless(part.text).strip():
                yield TextBlock(text)
        else:
            number += 1
            yield ImageBlock(((number, part.link),))


class _Draft:
    """A page that is being filled."""

    def __init__(self, chars: int) -> None:
        self.blocks: list[Block] = []
        self._chars, self._images = chars, GALLERY_IMAGES

    def add(self, block: Block) -> Block | None:
        """Add what fits of *block*. Return the rest, or None if all of it fits."""
        match block:
            case ImageBlock():
                return self._add_image(block)
            case TextBlock():
                return self._add_words(block)

    def _add_image(self, block: ImageBlock) -> Block | None:
        last = self.blocks[-1] if self.blocks else None
        beside = isinstance(last, ImageBlock)
        if not self._images or not (beside or self._has_room):
            return block
        self._images -= len(block.links)
        if isinstance(last, ImageBlock):
            self.blocks[-1] = ImageBlock(last.links + block.links)
        else:
            self.blocks.append(block)
        return None

    def _add_words(self, block: TextBlock) -> Block | None:
        fits = units(block.text) <= self._chars
        if not self._has_room or (self.blocks and not fits and self._chars < LEAST_CHARS):
            return block
        at = len(block.text) if fits else break_at(block.text, self._chars, bool(self.blocks))
        taken, rest = block.text[:at].rstrip(), block.text[at:].lstrip()
        if taken:
            self.blocks.append(TextBlock(taken))
            self._chars -= units(taken)
        return TextBlock(rest) if rest else None

    @property
    def _has_room(self) -> bool:
        return len(self.blocks) < CARD_COMPONENTS - AROUND


def break_at(text: str, room: int, may_wait: bool) -> int:
    """Return where to break *text* so that at most *room* UTF-16 units precede, preferably after its first half.

    Return 0 if there is no good place and the text *may_wait* for an empty page. Break a word only if it fills a page
    alone, and never after a backslash, which would then escape nothing.
    """
    room = len(cut(text[:room], room))  # as many characters as fit
    for kind in _BREAKS:
        ends = [found.end() for found in kind.finditer(text, 0, room + 1) if len(text[: found.end()].rstrip()) <= room]
        if ends and ends[-1] >= room // 2:
            return ends[-1]
    if may_wait:
        return 0
    backslashes = len(text[:room]) - len(text[:room].rstrip("\\"))
    return room - backslashes % 2
