"""Find a server's blocked words in a text, even if they are disguised. Pure.

Latin words match whole words only, so that a part of another word is no match. Chinese, Japanese and Korean, which put
no spaces between words, match anywhere.

The time depends on the length of the text and not on its content: each step below reads a text once.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from imagegen.policy.combining_marks import limit_marks
from imagegen.policy.look_alikes import LATIN

IDEOGRAPH = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]")
# "$kill" and "ki$$" have letters written as signs at their ends. The {0,3} bounds the run: an unbounded run would be
# scanned again from each of its signs.
_TOKEN = re.compile(r"[@$]{0,3}[^\W_](?:[^\w\s]*[^\W_]|[_@$!|*+'-]+[^\W_])*[@$]{0,3}|\S")
_STROKE = "\0"  # stands for 1, ! and |, which can mean i or l. No text contains it: invisible characters are removed
_SIGNS = str.maketrans({"@": "a", "$": "s"})
_LETTERS = str.maketrans({"0": "o", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "9": "g", "@": "a", "$": "s"})
_STROKES = str.maketrans(dict.fromkeys("1!|", _STROKE))
_SILENT = re.compile(rf"[^\w{_STROKE}]|_")
_DRAWN_OUT = re.compile(r"(.)\1{2,}", re.DOTALL)
_LISTED = re.compile(r"[;；，、\n]|(?<!\d),|,(?!\d)")
_LETTERS_KEPT = 4096  # more than a language has; text that is typed to fill the cache replaces only itself
_LISTS_KEPT = 64


def contains_blocked(text: str, words: Iterable[str]) -> bool:
    """Return whether *text* contains one of *words*: a word, a phrase, or a run of ideographs."""
    return bool(find_blocked(text, tuple(words)))


def find_blocked(text: str, words: Sequence[str]) -> tuple[str, ...]:
    """Return the *words* that *text* contains, in their order."""
    letters, ideographs = _read_lists(tuple(words))
    plain = _plain(text)
    found = ideographs.found_in("".join(filter(str.isalnum, plain))) if ideographs.ends else set()
    if letters.ends:
        tokens = list(_tokens(plain))
        forms = {token: _forms(token) for token in dict(tokens)}
        found |= letters.found_among((forms[token], spread) for token, spread in tokens if forms[token])
    return tuple(words[number] for number in sorted(found))


def parse_word_list(text: str) -> tuple[str, ...]:
    """Return the words and phrases of a list with commas or semicolons between them, each once.

    Remove invisible characters: a manager could not type them again to unblock the word.
    """
    visible = "".join(sign for sign in text if sign.isprintable() or sign.isspace())
    items = (" ".join(word.casefold().split()) for word in _LISTED.split(visible))
    return tuple(dict.fromkeys(word for word in items if word))


def searched_size(word: str) -> tuple[int, int]:
    """Return how many letters of *word* are searched for, and in how many parts; (0, 0) if the word can never match."""
    parts = _parts(_plain(word))
    return sum(map(len, parts)), len(parts)


@dataclass(frozen=True)
class _PhraseMatcher:
    """Phrases as one pattern whose positions are bits, so that one step per character compares a text with all phrases.

    The shift-and algorithm: R. Baeza-Yates, G. Gonnet, "A new approach to text searching", CACM 35 (1992),
    https://doi.org/10.1145/135239.135243
    """

    signs: dict[str, int]  # for each character, the positions that expect it
    starts: int
    borders: int  # positions at which a part of a phrase ends
    ends: dict[int, int]  # position at which a phrase ends -> number of the phrase

    @classmethod
    def of(cls, phrases: Iterable[tuple[int, list[str]]]) -> _PhraseMatcher:
        """Build the matcher of *phrases*, each with its number and its parts."""
        signs: dict[str, int] = {}
        starts = borders = position = 0
        ends: dict[int, int] = {}
        for number, parts in phrases:
            starts |= 1 << position
            for part in parts:
                for sign in part:
                    signs[sign] = signs.get(sign, 0) | 1 << position
                    position += 1
                borders |= 1 << position
            ends[position] = number
            position += 1
        signs[_STROKE] = signs.get("i", 0) | signs.get("l", 0)
        return cls(signs, starts, borders, ends)

    def found_in(self, text: str) -> set[int]:
        """Return the phrases that stand anywhere in *text*."""
        found = position = 0
        for sign in text:
            position = ((position | self.starts) & self.signs.get(sign, 0)) << 1
            found |= position
        return self._complete(found)

    def found_among(self, tokens: Iterable[tuple[set[str], bool]]) -> set[int]:
        """Return the phrases whose parts follow each other in *tokens*, each part in one token or several parts in one.

        In a token of spread-out letters, a phrase matches anywhere: in "a k i l l", the article "a" is spread out too.
        """
        found, reached, among = 0, 0, set[int]()
        for forms, spread in tokens:
            positions, reached = reached | self.starts, 0
            for form in forms:
                reached |= self._advance(form, positions) & self.borders
                among |= self.found_in(form) if spread else set()
            found |= reached
        return among | self._complete(found)

    def _advance(self, form: str, positions: int) -> int:
        """Return the positions that remain after *form*, read from *positions*."""
        for sign in form:
            positions = (positions & self.signs.get(sign, 0)) << 1
            if not positions:
                break
        return positions

    def _complete(self, positions: int) -> set[int]:
        """Return the phrases that end at one of *positions*."""
        return {number for end, number in self.ends.items() if positions >> end & 1}


@lru_cache(maxsize=_LISTS_KEPT)
def _read_lists(words: tuple[str, ...]) -> tuple[_PhraseMatcher, _PhraseMatcher]:
    """Return the phrases in letters and the phrases in ideographs. A word that has neither is in none."""
    lists: tuple[list[tuple[int, list[str]]], ...] = ([], [])
    for number, word in enumerate(words):
        plain = _plain(word)
        if parts := _parts(plain):
            lists[IDEOGRAPH.search(plain) is not None].append((number, parts))
    return _PhraseMatcher.of(lists[False]), _PhraseMatcher.of(lists[True])


def _parts(plain: str) -> list[str]:
    """Return what is searched for a blocked phrase: its words; for ideographs, all of them in one part."""
    if IDEOGRAPH.search(plain):
        return ["".join(filter(str.isalnum, plain))]
    tokens = (token.translate(_SIGNS) if re.search("[a-z]", token) else token for token, _ in _tokens(plain))
    return [part for token in tokens if (part := _SILENT.sub("", token))]


def _plain(text: str) -> str:
    """Return *text* without case, accents, invisible characters and look-alike letters."""
    return "".join(map(_letter, unicodedata.normalize("NFKC", limit_marks(text, 0)).casefold()))


def bare(text: str) -> str:
    """Return *text* without accents."""
    apart = unicodedata.normalize("NFKD", text)
    return unicodedata.normalize("NFKC", "".join(sign for sign in apart if not unicodedata.combining(sign)))


@lru_cache(maxsize=_LETTERS_KEPT)
def _letter(sign: str) -> str:
    """Return the Latin letter that *sign* looks like, by Unicode's list or its name; "" for an invisible character.

    Return *sign* itself if it looks like no Latin letter.
    """
    if unicodedata.category(sign) in ("Cf", "Cc") and not sign.isspace():
        return ""
    if sign.isascii() or IDEOGRAPH.match(sign):
        return bare(sign)
    if sign in LATIN:
        return LATIN[sign]
    named = re.search(r"(?:LATIN|INDICATOR).* (?:LETTER|SMALL CAPITAL) ([A-Z])$", unicodedata.name(sign, ""))
    return named[1].casefold() if named else bare(sign)


def _tokens(plain: str) -> Iterator[tuple[str, bool]]:
    """Yield each word, and whether it was spread out: single letters that follow each other are one word."""
    alone = groupby(_TOKEN.findall(plain), key=lambda token: len(token) == 1 and not IDEOGRAPH.match(token))
    for spread, tokens in alone:
        if spread:
            yield "".join(sign for sign in tokens if sign.isalnum() or sign in "@$!|"), True
        else:
            yield from ((token, False) for token in tokens)


def _forms(token: str) -> set[str]:
    """Return what *token* can mean: without signs, with digits read as letters, with drawn-out letters shortened."""
    if token.isalpha() and not _DRAWN_OUT.search(token):
        return {token}
    read = {token, token.strip("@$")}
    if re.search("[a-z]", token):
        read |= {form.translate(_LETTERS).translate(_STROKES) for form in read}
    bare = {_SILENT.sub("", form.removesuffix("'s").removesuffix("’s")) for form in read}
    return (bare | {_DRAWN_OUT.sub(short, form) for form in bare for short in (r"\1", r"\1\1")}) - {""}
