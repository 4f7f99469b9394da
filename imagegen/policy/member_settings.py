"""What a member chose for their requests and private answers. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from imagegen.image_request import AspectRatio
from imagegen.policy.other_versions import read_fields

MAX_COUNT = 12  # no model generates more images per request
_NAME = re.compile(r"[A-Za-z0-9.-]{1,40}")  # of a model, or a language as Discord names it


@dataclass(frozen=True)
class MemberSettings:
    """What applies where a member names nothing. None: as for everybody.

    *private*: whether results are shown to the member alone. *language*: of answers that only the member sees.
    """

    aspect_ratio: AspectRatio | None = None
    model: str | None = None
    count: int | None = None
    private: bool | None = None
    language: str | None = None
    unknown: Mapping[str, object] = field(default_factory=dict, repr=False, compare=False)  # of another version

    @classmethod
    def from_json(cls, text: str) -> MemberSettings:
        """Read what ``to_json`` wrote, by any version. What this version cannot read is kept as unknown."""
        known, unknown = read_fields(text, lambda name, value: _READERS[name](value))
        return cls(**known, unknown=unknown)

    def to_json(self) -> str:
        """Return the settings as JSON, without those that are as for everybody."""
        chosen = {name: getattr(self, name) for name in _READERS if getattr(self, name) is not None}
        return json.dumps({**self.unknown, **chosen}, ensure_ascii=False)

    def with_choice(self, name: str, value: object) -> MemberSettings:
        """Return the settings with one of them chosen, or None as for everybody. KeyError, ValueError or TypeError."""
        chosen: Any = None if value is None else _READERS[name](value)
        others = {other: kept for other, kept in self.unknown.items() if other != name}
        return replace(self, **{name: chosen}, unknown=others)


def _name(value: object) -> str:
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise ValueError("not a name")
    return value


def _count(value: object) -> int:
    if type(value) is not int or not 1 <= value <= MAX_COUNT:
        raise ValueError("not a number of images")
    return value


def _yes_or_no(value: object) -> bool:
    if type(value) is not bool:
        raise TypeError("neither yes nor no")
    return value


_READERS: Mapping[str, Callable[[Any], object]] = {
    "aspect_ratio": AspectRatio,
    "model": _name,
    "count": _count,
    "private": _yes_or_no,
    "language": _name,
}
