"""Tell whether words hold something that a server's managers blocked, however it is disguised. Pure.

A word of letters is looked for as a whole word, so that a part of another word is nobody's fault; Chinese, Japanese and
Korean, which put no spaces between words, are looked for anywhere.

The time grows with the length of the text, never with what stands in it: each step below reads a text once.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from confusable_homoglyphs.confusables import confusables_data

from imagegen.policy.combining_marks import limit_marks

_IDEOGRAPH = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]")
# The signs at its ends are letters in "$kill" and "ki$$"; a longer run of them would be read again from each of them.
_TOKEN = re.compile(r"[@$]{0,3}[^\W_](?:[^\w\s]*[^\W_]|[_@$!|*+'-]+[^\W_])*[@$]{0,3}|\S")
_STROKE = "\0"  # what 1, ! and | are read as: either of i and l. No text holds it: invisible characters are left out
_SIGNS = str.maketrans({"@": "a", "$": "s"})
_LETTERS = str.maketrans({"0": "o", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "9": "g", "@": "a", "$": "s"})
_STROKES = str.maketrans(dict.fromkeys("1!|", _STROKE))
_SILENT = re.compile(rf"[^\w{_STROKE}]|_")
_DRAWN_OUT = re.compile(r"(.)\1{2,}", re.DOTALL)
_LISTED = re.compile(r"[;；，、\n]|(?<!\d),|,(?!\d)")
_LETTERS_KEPT = 4096  # a language has fewer; what is typed to fill the memory takes the place of itself
_LISTS_KEPT = 64


def contains_blocked(text: str, words: Iterable[str]) -> bool:
    """Return whether *text* holds one of *words*: a word, a phrase, or a run of ideographs."""
    return bool(find_blocked(text, tuple(words)))


def find_blocked(text: str, words: Sequence[str]) -> tuple[str, ...]:
    """Return those of *words* that *text* holds, in their order."""
    letters, ideographs = _read_lists(tuple(words))
    plain = _plain(text)
    found = ideographs.found_in("".join(filter(str.isalnum, plain))) if ideographs.ends else set()
    if letters.ends:
        tokens = list(_tokens(plain))
        forms = {token: _forms(token) for token in dict(tokens)}
        found |= letters.found_among((forms[token], spread) for token, spread in tokens if forms[token])
    return tuple(words[number] for number in sorted(found))


def parse_word_list(text: str) -> tuple[str, ...]:
    """Return the words and phrases of a list as people type one: with commas or semicolons between, each once.

    What cannot be seen in a word is left out: a manager could not type it again, to let the word in.
    """
    shown = "".join(sign for sign in text if sign.isprintable() or sign.isspace())
    said = (" ".join(word.casefold().split()) for word in _LISTED.split(shown))
    return tuple(dict.fromkeys(word for word in said if word))


def searched_size(word: str) -> tuple[int, int]:
    """Return how many letters of *word* are looked for, and in how many parts; (0, 0) when nothing can ever match."""
    parts = _parts(_plain(word))
    return sum(map(len, parts)), len(parts)


@dataclass(frozen=True)
class _PhraseMatcher:
    """Phrases as one pattern whose places are bits: a text is compared with all of them at once, a sign a step.

    The shift-and algorithm: R. Baeza-Yates, G. Gonnet, "A new approach to text searching", CACM 35 (1992),
    https://doi.org/10.1145/135239.135243
    """

    signs: dict[str, int]  # of each sign, the places at which it is wanted
    starts: int
    borders: int  # where a part of a phrase ends
    ends: dict[int, int]  # of the place at which a phrase ends, which of the phrases it is

    @classmethod
    def of(cls, phrases: Iterable[tuple[int, list[str]]]) -> _PhraseMatcher:
        signs: dict[str, int] = {}
        starts = borders = place = 0
        ends: dict[int, int] = {}
        for number, parts in phrases:
            starts |= 1 << place
            for part in parts:
                for sign in part:
                    signs[sign] = signs.get(sign, 0) | 1 << place
                    place += 1
                borders |= 1 << place
            ends[place] = number
            place += 1
        signs[_STROKE] = signs.get("i", 0) | signs.get("l", 0)
        return cls(signs, starts, borders, ends)

    def found_in(self, text: str) -> set[int]:
        """Return the phrases that stand anywhere in *text*."""
        found = place = 0
        for sign in text:
            place = ((place | self.starts) & self.signs.get(sign, 0)) << 1
            found |= place
        return self._ended(found)

    def found_among(self, tokens: Iterable[tuple[set[str], bool]]) -> set[int]:
        """Return the phrases of which *tokens* hold each part, one after another, some written together.

        In a token that was spread out they are found anywhere: an "a" before it is spread out with it.
        """
        found, reached, among = 0, 0, set[int]()
        for forms, spread in tokens:
            begun, reached = reached | self.starts, 0
            for form in forms:
                reached |= self._walked(form, begun) & self.borders
                among |= self.found_in(form) if spread else set()
            found |= reached
        return among | self._ended(found)

    def _walked(self, form: str, begun: int) -> int:
        for sign in form:
            begun = (begun & self.signs.get(sign, 0)) << 1
            if not begun:
                break
        return begun

    def _ended(self, places: int) -> set[int]:
        return {number for end, number in self.ends.items() if places >> end & 1}


@lru_cache(maxsize=_LISTS_KEPT)
def _read_lists(words: tuple[str, ...]) -> tuple[_PhraseMatcher, _PhraseMatcher]:
    """Return the phrases of letters, and those of ideographs; what holds neither is in none."""
    lists: tuple[list[tuple[int, list[str]]], ...] = ([], [])
    for number, word in enumerate(words):
        plain = _plain(word)
        if parts := _parts(plain):
            lists[_IDEOGRAPH.search(plain) is not None].append((number, parts))
    return _PhraseMatcher.of(lists[False]), _PhraseMatcher.of(lists[True])


def _parts(plain: str) -> list[str]:
    """Return what is looked for of a blocked phrase: its words; of ideographs, all in one."""
    if _IDEOGRAPH.search(plain):
        return ["".join(filter(str.isalnum, plain))]
    tokens = (token.translate(_SIGNS) if re.search("[a-z]", token) else token for token, _ in _tokens(plain))
    return [part for token in tokens if (part := _SILENT.sub("", token))]


def _plain(text: str) -> str:
    """Return *text* without case, accents, invisible characters and borrowed letters."""
    return "".join(map(_letter, unicodedata.normalize("NFKC", limit_marks(text, 0)).casefold()))


def _bare(text: str) -> str:
    """Return *text* without accents, and strokes through its letters."""
    apart = unicodedata.normalize("NFKD", text)
    return unicodedata.normalize("NFKC", "".join(sign for sign in apart if not unicodedata.combining(sign)))


@lru_cache(maxsize=_LETTERS_KEPT)
def _letter(sign: str) -> str:
    """Return the letter of ours that *sign* can be taken for, as Unicode lists them or names it; nothing for an
    invisible one; else *sign* itself.

    https://www.unicode.org/reports/tr39/#Confusable_Detection (2026-11-22)
    """
    if unicodedata.category(sign) in ("Cf", "Cc") and not sign.isspace():
        return ""
    if sign.isascii() or _IDEOGRAPH.match(sign):
        return _bare(sign)
    likes = [_bare(like["c"]).casefold() for like in confusables_data.get(sign, [])]
    named = re.search(r"(?:LATIN|INDICATOR).* (?:LETTER|SMALL CAPITAL) ([A-Z])$", unicodedata.name(sign, ""))
    letters = [like for like in likes if re.fullmatch("[a-z]", like)] + ([named[1].casefold()] if named else [])
    return letters[0] if letters else _bare(sign)


def _tokens(plain: str) -> Iterator[tuple[str, bool]]:
    """Yield words, and whether each was spread out: letters that stand alone, one after another, are one."""
    alone = groupby(_TOKEN.findall(plain), key=lambda token: len(token) == 1 and not _IDEOGRAPH.match(token))
    for spread, tokens in alone:
        if spread:
            yield "".join(sign for sign in tokens if sign.isalnum() or sign in "@$!|"), True
        else:
            yield from ((token, False) for token in tokens)


def _forms(token: str) -> set[str]:
    """Return what *token* may be meant as: its signs left out, digits read as letters, drawn-out letters shortened."""
    if token.isalpha() and not _DRAWN_OUT.search(token):
        return {token}
    read = {token, token.strip("@$")}
    if re.search("[a-z]", token):
        read |= {form.translate(_LETTERS).translate(_STROKES) for form in read}
    bare = {_SILENT.sub("", form.removesuffix("'s").removesuffix("’s")) for form in read}
    return (bare | {_DRAWN_OUT.sub(short, form) for form in bare for short in (r"\1", r"\1\1")}) - {""}
