r"""Alternatives in a prompt: ``{red|blue} door`` makes one request of each. Pure, and linear in the prompt.

A group needs two alternatives at least, none of them empty; any other brace is text. Groups may be nested, and several
multiply. A backslash before a brace makes the brace text, and inside a group also one before ``|``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

from imagegen.errors import Reason, Refused

MAX_ALTERNATIVES = 8  # combinations of one prompt
# The same where only a person's install leads: a token sends five follow-ups there.
# https://discord.com/developers/docs/interactions/receiving-and-responding#followup-messages (2026-11-28)
MAX_BY_TOKEN = 5
_SIGN = re.compile(r"\\[{}|]|[{}|\\]|[^{}|\\]+")
_ESCAPED_BRACES = {"\\{", "\\}"}


@dataclass
class _Group:
    """A group: its alternatives, each a sequence of texts and groups."""

    alternatives: list[list[str | _Group]] = field(default_factory=lambda: [[]])


@dataclass
class _Brace:
    """A brace that is open while the prompt is read: where it and its bars are, and whether an alternative is empty."""

    at: int
    bars: list[int] = field(default_factory=list)
    has_empty: bool = False
    is_empty: bool = True  # the alternative that is being read

    def end_alternative(self) -> None:
        """Note that the alternative ends here, and that the next one is empty so far."""
        self.has_empty, self.is_empty = self.has_empty or self.is_empty, True


def expanded(prompt: str, most: int = MAX_ALTERNATIVES) -> tuple[str, ...]:
    """Return each combination of the alternatives of *prompt* once, in order; the prompt alone if it has none.

    Raise Refused TOO_MANY_ALTERNATIVES if there are more than *most*.
    """
    whole = _read(_SIGN.findall(prompt))
    if _count(whole, most) > most:
        raise Refused(Reason.TOO_MANY_ALTERNATIVES, limit=most)
    return tuple(dict.fromkeys(_combinations(whole)))


def escaped(prompt: str) -> str:
    """Return *prompt* as a person types it to get the same text."""
    signs = _SIGN.findall(prompt)
    is_read_as_it_is = not _marks(signs) and _ESCAPED_BRACES.isdisjoint(signs)
    return prompt if is_read_as_it_is else prompt.replace("{", "\\{").replace("}", "\\}")


def _marks(signs: Sequence[str]) -> set[int]:
    """Return where the braces and bars of groups are. Any other brace or bar is text."""
    marks: set[int] = set()
    opened: list[_Brace] = []
    for at, sign in enumerate(signs):
        if opened and sign == "|":
            opened[-1].bars.append(at)
            opened[-1].end_alternative()
        elif opened and sign == "}":
            brace = opened.pop()
            brace.end_alternative()
            if brace.bars and not brace.has_empty:
                marks.update((brace.at, *brace.bars, at))
        elif opened and sign.strip():
            opened[-1].is_empty = False
        if sign == "{":
            opened.append(_Brace(at))
    return marks


def _read(signs: Sequence[str]) -> _Group:
    """Return a prompt as one alternative of texts and groups."""
    marks, inside = _marks(signs), [_Group()]
    for at, sign in enumerate(signs):
        pieces = inside[-1].alternatives[-1]
        if at not in marks:
            is_escaped = sign in _ESCAPED_BRACES or (sign == "\\|" and len(inside) > 1)
            pieces.append(sign[1:] if is_escaped else sign)
        elif sign == "{":
            inside.append(_Group())
            pieces.append(inside[-1])
        elif sign == "|":
            inside[-1].alternatives.append([])
        else:
            inside.pop()
    return inside[0]


def _count(whole: _Group, most: int) -> int:
    """Return how many combinations there are, as far as one more than *most*. No recursion: groups may be deep."""
    order, to_visit = [], [whole]
    while to_visit:
        order.append(group := to_visit.pop())
        to_visit += [piece for pieces in group.alternatives for piece in pieces if isinstance(piece, _Group)]
    counts: dict[int, int] = {}
    for group in reversed(order):
        counts[id(group)] = min(most + 1, sum(_product(pieces, counts, most) for pieces in group.alternatives))
    return counts[id(whole)]


def _product(pieces: Sequence[str | _Group], counts: Mapping[int, int], most: int) -> int:
    found = 1
    for piece in pieces:
        if isinstance(piece, _Group):
            found = min(most + 1, found * counts[id(piece)])
    return found


def _combinations(group: _Group) -> list[str]:
    """Return the texts of a group. It has few combinations, so it is not deep."""
    return [
        "".join(chosen)
        for pieces in group.alternatives
        for chosen in product(*([piece] if isinstance(piece, str) else _combinations(piece) for piece in pieces))
    ]
