"""Show text with spoilers, ``||like this||``: hidden where Discord hides spoilers, left out elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cogs.text.markdown import plain, shortened
from cogs.text.units import units

MARK = "||"
_HIDDEN = re.compile(r"\|\|(.+?)\|\|", re.DOTALL)
VEIL = "▒▒▒"  # replaces a spoiler where markdown does not work: in alt texts and choices


def shown(text: str, most: int) -> str:
    """Return up to *most* UTF-16 units of *text* on one line. Only its spoilers stay active. "…" marks a cut."""
    laid, room = [], most
    for hidden, part in _parts(" ".join(text.split())):
        kept = shortened(part, room) if room > 0 else "…"
        laid.append(f"{MARK}{_escaped(kept)}{MARK}" if hidden else _escaped(kept))
        if kept != part:
            break
        room -= units(part)
    return "".join(laid)


def shown_within(text: str, most: int) -> str:
    """Return as much of *text* as fits into *most* UTF-16 units with its escapes, which can double its length."""
    kept = most
    while (length := units(laid := shown(text, kept))) > most and kept:
        kept = kept * most // length
    return laid if kept else "…"


def veiled(text: str) -> str:
    """Return *text* with its spoilers replaced, for alt texts and choices."""
    return "".join(VEIL if hidden else part for hidden, part in _parts(text))


def _escaped(part: str) -> str:
    """Return *part* escaped, with its outer spaces, which separate it from its neighbors."""
    before, after = part[: len(part) - len(part.lstrip())], part[len(part.rstrip()) :]
    return f"{before}{plain(part)}{after}" if part.strip() else part


def _parts(text: str) -> Iterator[tuple[bool, str]]:
    """Yield whether each part of *text* is a spoiler, and the part. An unpaired mark hides nothing."""
    for number, part in enumerate(_HIDDEN.split(text)):
        if part:
            yield number % 2 == 1, part
