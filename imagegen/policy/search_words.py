"""The words of prompts as the full text search stores and seeks them. Pure.

SQLite and PostgreSQL split text into words by rules of their own, which differ with the version and the locale. So
words are split here, and written in letters and digits that every engine keeps: ``frog`` is ``wfrog``, ``café`` and
``cafe`` are ``wcafe``, and each Chinese character is a word by its code, so that a phrase finds any part of a sentence.
No text of a member becomes an operator of a search.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import islice

from imagegen.policy.combining_marks import limit_marks
from imagegen.policy.validation import clean_text

MAX_CHARS = 4_000  # of a text; what follows is not searched
MAX_WORDS = 2_000
MAX_WORD_CHARS = 60
MAX_TERMS = 8  # of a search
# Characters of scripts without spaces between words: each is a word.
_ALONE = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007\u3031-\u318f\u31a0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U0001b000-\U0001b16f\U00020000-\U0003ffff]"
)

Term = tuple[str, ...]  # words that follow each other; the last one may be the beginning of a word


def stored_words(prompt: str, *scopes: str) -> str:
    """Return what is stored for the search in *prompt*: *scopes*, as ``of_person`` returns them, and its words."""
    return " ".join((*scopes, *islice(_words(prompt), MAX_WORDS)))


def sought_terms(text: str) -> tuple[Term, ...]:
    """Return the terms of a search: one for each part of *text* between spaces that has a word, at most MAX_TERMS."""
    terms = (tuple(_words(part)) for part in text[:MAX_CHARS].split())
    return tuple(dict.fromkeys(term for term in terms if term))[:MAX_TERMS]


def of_person(user_id: int) -> str:
    """Return the word that is stored with each prompt of a person."""
    return f"p{user_id}"


def of_scope(scope: str) -> str:
    """Return the word that is stored with each prompt of a scope, such as ``g:7``."""
    return "s" + scope.replace(":", "")


def _words(text: str) -> Iterator[str]:
    run = ""
    for sign in _plain(text):
        if _ALONE.match(sign) or unicodedata.category(sign) == "So":
            yield from _ended(run)
            yield f"u{ord(sign):05x}"
            run = ""
        elif sign.isalnum() or unicodedata.category(sign) in ("Mn", "Mc"):
            run += sign
        else:
            yield from _ended(run)
            run = ""
    yield from _ended(run)


def _ended(run: str) -> Iterable[str]:
    return [("w" + "".join(map(_ascii, run)))[:MAX_WORD_CHARS]] if run else []


def _ascii(sign: str) -> str:
    return sign if sign.isascii() else f"u{ord(sign):05x}"


def _plain(text: str) -> str:
    """Return *text* in lower case, in one form of each letter, without accents."""
    folded = limit_marks(clean_text(text[:MAX_CHARS])).casefold()
    split = unicodedata.normalize("NFKD", folded)[:MAX_CHARS].casefold()
    bare = "".join(sign for sign in split if not unicodedata.combining(sign))
    return unicodedata.normalize("NFC", bare)
