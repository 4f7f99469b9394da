"""Styles: the words, the aspect ratio and the model that a server's managers save under a name. Pure."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from imagegen.errors import Reason, Refused
from imagegen.image_request import OF_STYLE, AspectRatio
from imagegen.policy.other_versions import read_fields
from imagegen.policy.validation import clean_text, image_links

MAX_STYLES = 50  # of a server
MAX_REFERENCES = 2  # images of a style
NAME_CHARS = 32
WORDS_CHARS = 400  # before the prompt, and as many after it
NEGATIVE_CHARS = 300
_WORDS = ("before", "after", "negative_prompt")
_MARKUP = re.compile(r"[<>@|`]|https?:", re.IGNORECASE)  # of mentions, spoilers, code and links


@dataclass(frozen=True)
class Style:
    """A style of a server. *references* are the ids of its stored images; *id* is 0 before it is saved."""

    name: str
    before: str = field(default="", repr=False)
    after: str = field(default="", repr=False)
    negative_prompt: str = field(default="", repr=False)
    aspect_ratio: AspectRatio | None = None
    model: str | None = None
    id: int = 0
    references: tuple[int, ...] = ()
    unknown: Mapping[str, object] = field(default_factory=dict, repr=False, compare=False)  # of another version

    @property
    def origins(self) -> tuple[str, ...]:
        """Return where its images come from, as a request names that."""
        return tuple(f"{OF_STYLE}{reference_id}" for reference_id in self.references)

    @property
    def words(self) -> str:
        """Return all its words, to judge them."""
        return "\n".join(text for text in (self.before, self.after, self.negative_prompt) if text)

    def to_json(self) -> str:
        """Return what is stored beside the name."""
        said = {name: getattr(self, name) for name in (*_WORDS, "aspect_ratio", "model")}
        return json.dumps(
            {**self.unknown, **{name: value for name, value in said.items() if value}}, ensure_ascii=False
        )


def style_from_json(name: str, text: str, style_id: int = 0, references: tuple[int, ...] = ()) -> Style:
    """Read what ``to_json`` wrote, by any version. What this version cannot read is kept as unknown."""
    known, unknown = read_fields(text, _read)
    return Style(name, **known, id=style_id, references=references, unknown=unknown)


def _read(key: str, value: object) -> object:
    if key == "aspect_ratio" and isinstance(value, str):
        return AspectRatio(value)
    if key in (*_WORDS, "model") and isinstance(value, str):
        return value
    raise ValueError(key)


def style_name(typed: str) -> str:
    """Return *typed* as the name of a style. Raise Refused STYLE_NAME_UNUSABLE if it is none."""
    name = " ".join(clean_text(typed).split())
    categories = {unicodedata.category(sign)[0] for sign in name}
    if not 1 <= len(name) <= NAME_CHARS or "C" in categories or not categories & {"L", "N"} or _MARKUP.search(name):
        raise Refused(Reason.STYLE_NAME_UNUSABLE, limit=NAME_CHARS)
    return name


def checked_style(style: Style) -> Style:
    """Return *style* with clean texts. Raise Refused if its name or its words cannot be used."""
    texts: dict[str, Any] = {name: clean_text(getattr(style, name)).replace("||", "").strip() for name in _WORDS}
    for name, text in texts.items():
        limit = NEGATIVE_CHARS if name == "negative_prompt" else WORDS_CHARS
        if len(text) > limit:
            raise Refused(Reason.STYLE_TOO_LONG, length=len(text), limit=limit)
    if any(image_links("\n".join(texts.values()))):
        raise Refused(Reason.PROMPT_HAS_IMAGE_LINK)
    return replace(style, name=style_name(style.name), **texts)


def folded_name(name: str) -> str:
    """Return *name* as names are compared: a server has no two that differ in their case or the form of letters."""
    return unicodedata.normalize("NFKC", " ".join(clean_text(name)[: 4 * NAME_CHARS].split())).casefold()
