"""Words that their writer hid, ``||so||``: shown hidden where Discord hides them, else not shown at all."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cogs.text.markdown import plain, shortened
from cogs.text.units import units

MARK = "||"
_HIDDEN = re.compile(r"\|\|(.+?)\|\|", re.DOTALL)
VEIL = "▒▒▒"  # in the place of hidden words where no markdown works: in alt texts and in choices


def shown(text: str, most: int) -> str:
    """Return *text* on one line, at most *most* units of it, visibly cut; only its spoilers work as markdown."""
    laid, room = [], most
    for hidden, part in _parts(" ".join(text.split())):
        kept = shortened(part, room) if room > 0 else "…"
        laid.append(f"{MARK}{_escaped(kept)}{MARK}" if hidden else _escaped(kept))
        if kept != part:
            break
        room -= units(part)
    return "".join(laid)


def shown_within(text: str, most: int) -> str:
    """Return as much of *text* as fits into *most* units when it is shown; escapes may double it."""
    kept = most
    while (length := units(laid := shown(text, kept))) > most and kept:
        kept = kept * most // length
    return laid if kept else "…"


def veiled(text: str) -> str:
    """Return *text* without its hidden words, for a place where Discord hides nothing."""
    return "".join(VEIL if hidden else part for hidden, part in _parts(text))


def _escaped(part: str) -> str:
    """Plain, with the spaces at its ends, which stand between it and its neighbors."""
    before, after = part[: len(part) - len(part.lstrip())], part[len(part.rstrip()) :]
    return f"{before}{plain(part)}{after}" if part.strip() else part


def _parts(text: str) -> Iterator[tuple[bool, str]]:
    """Each part of *text*, and whether it is hidden. A mark without a partner hides nothing."""
    for number, part in enumerate(_HIDDEN.split(text)):
        if part:
            yield number % 2 == 1, part
