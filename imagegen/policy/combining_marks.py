"""Limit accents and other combining marks: Unicode orders a long run of marks in quadratic time. Pure."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

MAX_MARKS = 30  # on one letter; no language needs more. https://www.unicode.org/reports/tr15/#Stream_Safe_Text_Format


@lru_cache(maxsize=4096)
def is_mark(sign: str) -> bool:
    """Return whether *sign* consists of combining marks only. For some characters only the decomposition shows it."""
    return all(map(unicodedata.combining, unicodedata.normalize("NFKD", sign)))


def limit_marks(text: str, most: int = MAX_MARKS) -> str:
    """Return *text* with at most *most* marks on each letter."""
    if text.isascii():
        return text
    kept, run = [], 0
    for sign in text:
        run = run + 1 if is_mark(sign) else 0
        if run <= most:
            kept.append(sign)
    return "".join(kept)
