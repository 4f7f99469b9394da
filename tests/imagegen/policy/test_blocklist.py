"""Blocked words are found in disguise, innocent phrases pass, and no text is slow."""

from __future__ import annotations

import random
import string
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from imagegen.policy import blocklist
from imagegen.policy.blocklist import contains_blocked, find_blocked, parse_word_list
from tests.timing import assert_linear, cost_s

HERE = Path(__file__).parent / "blocked"
EVASIONS = (HERE / "evasions.txt").read_text(encoding="utf-8").splitlines()
INNOCENT = (HERE / "innocent.txt").read_text(encoding="utf-8").splitlines()
BLOCKED = ("gore", "nazi", "bloody murder", "ass", "cock", "tit", "rape", "anal", "kill", "裸体", "血腥", "强暴")
PROMPT_CHARS = 2100
MOST_S = 0.1  # for the longest prompt and 50 phrases: 20 times the slowest case on a quiet machine


def test_the_test_lists_have_the_expected_length() -> None:
    assert (len(set(EVASIONS)), len(set(INNOCENT))) == (50, 200)


@pytest.mark.parametrize("text", EVASIONS)
def test_a_disguised_word_is_found(text: str) -> None:
    assert contains_blocked(f"please draw {text} for me", BLOCKED)


@pytest.mark.parametrize("text", INNOCENT)
def test_an_innocent_phrase_is_not_blocked(text: str) -> None:
    assert not contains_blocked(text, BLOCKED)


@given(st.text())
def test_nothing_is_blocked_without_blocked_words(text: str) -> None:
    assert not contains_blocked(text, ())
    assert not contains_blocked(text, ("", " ", "***"))


@given(st.text(max_size=200), st.sampled_from(BLOCKED))
def test_a_blocked_word_that_stands_alone_is_always_found(text: str, word: str) -> None:
    assert contains_blocked(f"{text} , {word} ,", BLOCKED)


@pytest.mark.parametrize(
    "text",
    ["a$s", "a$$", "@ss", "a$$!", "($$ass", "k1ll", "ki1l", "k11l", "ki|l", "k!11", "a big A$$.", "n@zi", "t1t"],
)
def test_a_sign_counts_as_the_letter_that_it_looks_like(text: str) -> None:
    assert contains_blocked(f"draw {text} now", BLOCKED)


@pytest.mark.parametrize("text", ["$100", "US$ 5", "100 $", "a $", "1 l", "11 11", "@ home", "l1", "!!", "as $ is"])
def test_a_sign_that_looks_like_no_letter_stays_a_sign(text: str) -> None:
    assert not contains_blocked(f"draw {text} now", BLOCKED)


@pytest.mark.parametrize("between", [".", "·", "-", "，", "…", "*", "_", "~", "/", " , ", "\u200b", "（", "！？", "\n"])
def test_signs_between_ideographs_hide_no_word(between: str) -> None:
    assert contains_blocked(f"一幅裸{between}体的画", BLOCKED)
    assert contains_blocked("一幅裸体的画", (f"裸{between}体",))


@pytest.mark.parametrize("space", ["\n", "\t", "\u2028", "\u3000", "\x1f", "\r\n"])
def test_every_kind_of_space_divides_words(space: str) -> None:
    assert contains_blocked(f"to kill{space}her", BLOCKED)
    assert contains_blocked(f"a bloody{space}murder", BLOCKED)
    assert not contains_blocked(f"a cock{space}pits", ("cockpits pits",))


@pytest.mark.parametrize("text", ["wore", "1ore", "|ore", "w o r e", "wgor", "gowe", "gorew", "躶体", "裸一", "一体"])
def test_a_sign_in_no_blocked_word_matches_none(text: str) -> None:
    assert not contains_blocked(f"to {text} it", ("gore",))
    assert not contains_blocked(f"to {text} it", ("裸体",))


def test_a_phrase_is_found_across_signs_and_in_one_word_but_not_in_part() -> None:
    phrase = ("bloody red murder",)

    assert contains_blocked("a bloody, red - murder", phrase)
    assert contains_blocked("a bloodyred murder", phrase)
    assert contains_blocked("bloody bloody redmurder", phrase)
    assert not contains_blocked("a bloody murder", phrase)
    assert not contains_blocked("bloody red murderer", phrase)
    assert not contains_blocked("bloody red", phrase)


def test_a_word_that_was_blocked_in_disguise_is_found_without() -> None:
    assert contains_blocked("an ass", ("a$$",))
    assert contains_blocked("an ass", ("@ss",))
    assert not contains_blocked("a cat", ("a$$",))


def test_every_found_word_is_returned() -> None:
    assert find_blocked("the n4zi and the 裸 体 of gore", BLOCKED) == ("gore", "nazi", "裸体")


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("wyvern, drake", ("wyvern", "drake")),
        ("Wyvern;drake ;; big  WYRM", ("wyvern", "drake", "big wyrm")),
        ("龙，恐龙、飞龙；蛇", ("龙", "恐龙", "飞龙", "蛇")),
        ("one\ntwo", ("one", "two")),
        ("10,000 volts", ("10,000 volts",)),
        ("wyvern, Wyvern,", ("wyvern",)),
        (" , ;", ()),
    ],
)
def test_a_typed_list_is_split_into_words(typed: str, words: tuple[str, ...]) -> None:
    assert parse_word_list(typed) == words


def ordinary(number: int, chars: range) -> list[str]:
    rng = random.Random(9)
    return ["".join(rng.choices(string.ascii_lowercase, k=rng.choice(chars))) for _ in range(number)]


def test_fifty_ordinary_words_and_the_longest_prompt_take_milliseconds() -> None:
    words, prompt = tuple(ordinary(50, range(3, 11))), " ".join(ordinary(500, range(2, 9)))[:PROMPT_CHARS]

    assert cost_s(lambda: contains_blocked(prompt, words)) < 0.005


PHRASE = "a aa a aa a aa a aa a aa a aa a aa a aa a aa ab"
HOSTILE = [
    "aaa ", "a ", "a1", "1 a ", "a$$$ ", "$", "@", "a!", "!_", "_", "a-", "裸", "裸 ", "\u0301\u0316", "a\u200d",
    "\u1161", "\u0345\u0f71", "\ufb03", "\u0390", "'s", "a's ", "|", "a|",
]  # fmt: skip


@pytest.mark.parametrize("part", HOSTILE, ids=ascii)
@pytest.mark.parametrize("phrase", [PHRASE, "裸" * 49 + "体", "a" * 49 + "b", "1$" * 25], ids=ascii)
def test_no_prompt_and_no_phrase_is_slow(part: str, phrase: str) -> None:
    words = tuple(f"{phrase[:-2]}{letter}{phrase[-2:]}" for letter in string.ascii_lowercase * 2)[:50]
    prompt = (part * PROMPT_CHARS)[:PROMPT_CHARS]

    assert_linear(lambda text: contains_blocked(text, words), prompt, MOST_S)


SMALL = st.sampled_from(["a", "aa", "b", " ", "1", "$", "!", "'", "_", "裸", ".", "\u0301", "ｶ"])
PHRASES = st.lists(st.lists(SMALL, min_size=2, max_size=50).map("".join), min_size=1, max_size=50)


@settings(max_examples=60)
@given(st.lists(SMALL, min_size=1, max_size=30).map("".join), PHRASES)
@example("aaa ", [PHRASE])
@example("aaa ", [PHRASE[:-2] + end for end in ("ac", "ad", "ae", "ab")])
def test_the_time_depends_on_the_length_and_not_on_the_content(part: str, phrases: list[str]) -> None:
    words = tuple(phrase[:50] for phrase in phrases)
    prompt = (part * PROMPT_CHARS)[:PROMPT_CHARS]

    assert_linear(lambda text: contains_blocked(text, words), prompt, MOST_S)


def test_the_caches_of_letters_and_lists_are_bounded() -> None:
    for cached in (blocklist._letter, blocklist._read_lists):
        assert cached.cache_info().maxsize is not None
