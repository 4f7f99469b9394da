"""Which results a page shows, as the custom ids of its buttons hold it: judged again at each press.

An id is ``w1:page:mine.p2s.m1f0c.s.fgq3.ugq9:42:frog king``: whose results, each filter behind a dot, the job before
which the page begins, and the words.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from hashlib import blake2b

from cogs.text.units import cut

ID_CHARS = 100  # https://discord.com/developers/docs/components/reference#custom-id (2026-11-29)
FIND_CHARS = 50
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
PAGE = (
    r"w1:page:(?P<whose>mine|here|star|starhere)(?:\.p(?P<member>[0-9a-z]{1,13}))?(?:\.m(?P<model>[0-9a-f]{4}))?"
    r"(?P<starred>\.s)?(?:\.f(?P<since>[0-9a-z]{3,4}))?(?:\.u(?P<until>[0-9a-z]{3,4}))?"
    rf":(?P<before>\d{{1,18}}):(?P<find>.{{0,{FIND_CHARS}}})"
)
MAX_ID = 2**63 - 1  # the largest that a database takes; a made-up id may be larger
_FIRST_DAY = date(1970, 1, 1)


class Whose(StrEnum):
    """Whose results are shown."""

    MINE = "mine"
    HERE = "here"  # of a person in this server, or of everyone
    STARRED = "star"  # that the viewer has starred, anywhere
    STARRED_HERE = "starhere"  # in this server


@dataclass(frozen=True)
class Chosen:
    """Which results a member wants to see. *model* stands for a model's name (``mark_of``)."""

    whose: Whose = Whose.MINE
    member_id: int | None = None
    is_starred: bool = False
    model: str = ""
    since: date | None = None
    until: date | None = None
    find: str = ""

    @classmethod
    def from_match(cls, found: re.Match[str]) -> Chosen:
        """Read the match of PAGE."""
        return cls(
            Whose(found["whose"]),
            None if found["member"] is None else min(int(found["member"], 36), MAX_ID),
            found["starred"] is not None,
            found["model"] or "",
            _day(found["since"]),
            _day(found["until"]),
            found["find"],
        )

    @property
    def has_filters(self) -> bool:
        """Whether fewer filters could find more."""
        return self not in (Chosen(), Chosen(Whose.HERE))

    def page_id(self, before: int) -> str:
        """Return the id of the page of results before a job id, or of the newest ones if *before* is 0."""
        parts: list[str] = [self.whose.value]
        parts += [] if self.member_id is None else [f"p{_base36(self.member_id)}"]
        parts += [f"m{self.model}"] if self.model else []
        parts += ["s"] if self.is_starred else []
        parts += [f"{name}{_days(day)}" for name, day in (("f", self.since), ("u", self.until)) if day is not None]
        head = f"w1:page:{'.'.join(parts)}:{before}:"
        return head + cut(self.find, min(FIND_CHARS, ID_CHARS - len(head)))


def mark_of(model: str) -> str:
    """Return four hexadecimal digits that stand for a model in an id."""
    return blake2b(model.encode("utf-8", "replace"), digest_size=2).hexdigest()


def model_of(mark: str, models: Collection[str]) -> str | None:
    """Return the one of *models* for which *mark* stands; None without a mark, and "" for none of them."""
    return next((model for model in models if mark_of(model) == mark), "") if mark else None


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = DIGITS[digit] + digits
    return digits or "0"


def _days(day: date) -> str:
    return _base36((day - _FIRST_DAY).days).rjust(3, "0")


def _day(days: str | None) -> date | None:
    return None if days is None else _FIRST_DAY + timedelta(days=int(days, 36))
