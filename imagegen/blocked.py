"""Whether words hold something that a server's managers blocked, however it is disguised. Pure.

A word of letters is looked for as a whole word, so that a part of another word is nobody's fault; Chinese, Japanese and
Korean, which put no spaces between words, are looked for anywhere.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import groupby

from confusable_homoglyphs.confusables import confusables_data

_IDEOGRAPH = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]")
_TOKEN = re.compile(r"[^\W_](?:[^\w\s]*[^\W_]|[_@$!|*+'-]+[^\W_])*|\S")
_LETTERS = str.maketrans({"0": "o", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "9": "g", "@": "a", "$": "s"})
_STROKES = ("i", "l")  # what 1, ! and | may stand for


def holds_blocked(text: str, words: Iterable[str]) -> bool:
    """Whether *text* holds one of *words*: a word, a phrase, or a run of ideographs."""
    plain = _plain(text)
    dense = "".join(sign for sign in plain if sign.isalnum())
    said = [(forms, alone) for token, alone in _tokens(plain) if any(forms := _forms(token))]
    return any(_holds(said, dense, _plain(word)) for word in words)


def _holds(said: list[tuple[set[str], bool]], dense: str, word: str) -> bool:
    if _IDEOGRAPH.search(word):
        return "".join(sign for sign in word if sign.isalnum()) in dense
    wanted = [part for token, _ in _tokens(word) if (part := re.sub(r"[\W_]", "", token))]
    if not wanted:
        return False
    spread = (form for forms, alone in said if alone for form in forms)  # an "a" before it is spread out with it
    return any("".join(wanted) in form for form in spread) or any(
        _begins([forms for forms, _ in said[start:]], wanted) for start in range(len(said))
    )


def _begins(said: list[set[str]], wanted: list[str]) -> bool:
    """Whether *said* begins with the words of *wanted*, some of which may be written together."""
    if not wanted or not said:
        return not wanted
    together = range(1, len(wanted) + 1)
    return any("".join(wanted[:size]) in said[0] and _begins(said[1:], wanted[size:]) for size in together)


def _plain(text: str) -> str:
    """Without case, accents, invisible characters and borrowed letters."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    shown = "".join(sign for sign in folded if unicodedata.category(sign) not in ("Cf", "Cc") or sign.isspace())
    return _bare("".join(_letter(sign) for sign in shown))


def _bare(text: str) -> str:
    """*text* without accents, and strokes through its letters."""
    apart = unicodedata.normalize("NFKD", text)
    return unicodedata.normalize("NFKC", "".join(sign for sign in apart if not unicodedata.combining(sign)))


@cache
def _letter(sign: str) -> str:
    """The letter of ours that *sign* can be taken for, as Unicode lists them or names it; else *sign* itself.

    https://www.unicode.org/reports/tr39/#Confusable_Detection (2026-11-22)
    """
    if sign.isascii() or _IDEOGRAPH.match(sign):
        return sign
    likes = [_bare(like["c"]).casefold() for like in confusables_data.get(sign, [])]
    named = re.search(r"(?:LATIN|INDICATOR).* (?:LETTER|SMALL CAPITAL) ([A-Z])$", unicodedata.name(sign, ""))
    letters = [like for like in likes if re.fullmatch("[a-z]", like)] + ([named[1].casefold()] if named else [])
    return letters[0] if letters else sign


def _tokens(plain: str) -> Iterator[tuple[str, bool]]:
    """Words, and whether each was spread out: letters that stand alone, one after another, are one."""
    alone = groupby(_TOKEN.findall(plain), key=lambda token: len(token) == 1 and not _IDEOGRAPH.match(token))
    for spread, tokens in alone:
        if spread:
            yield "".join(sign for sign in tokens if sign.isalnum() or sign in "@$!|"), True
        else:
            yield from ((token, False) for token in tokens)


def _forms(token: str) -> set[str]:
    """What *token* may be meant as: its signs left out, digits read as letters, drawn-out letters shortened."""
    read = {token}
    if re.search(r"[a-z]", token):
        letters = token.translate(_LETTERS)
        read |= {re.sub(r"[1!|]", stroke, letters) for stroke in _STROKES}
    bare = {re.sub(r"[\W_]", "", form.removesuffix("'s").removesuffix("’s")) for form in read}
    return bare | {re.sub(r"(.)\1{2,}", short, form) for form in bare for short in (r"\1", r"\1\1")}
