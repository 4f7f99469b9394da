"""The words of a prompt are split alike for every database, whatever people write."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagegen.policy.search_words import MAX_CHARS, MAX_TERMS, MAX_WORDS, sought_terms, stored_words
from tests.timing import cost_s

HAN = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF)
KANA = st.sampled_from("あいうがぎぱアカガパー")
HANGUL = st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3)
CJK = st.text(st.one_of(HAN, KANA, HANGUL), min_size=1, max_size=40)


def finds(find: str, prompt: str) -> bool:
    """Return whether a search for *find* finds *prompt*, as both databases decide."""
    stored = f" {stored_words(prompt)} "
    terms = sought_terms(find)
    return bool(terms) and all(f" {' '.join(t)}{'' if t[-1].startswith('w') else ' '}" in stored for t in terms)


@pytest.mark.parametrize(
    ("find", "prompt"),
    [
        ("FROG crown", "A frog with a golden Crown"),
        ("fro", "a frog"),
        ("cafe", "Ein Café"),
        ("Grüße", "GRÜSSE"),
        ("皇冠", "一只戴皇冠的青蛙"),
        ("戴皇 青蛙", "一只戴皇冠的青蛙"),
        ("ｆｒｏｇ", "frog"),
        ("замок", "Старый Замок"),
        ("red-haired", "a red-haired owl"),
        ("8k", "a frog, 8K, detailed"),
        ("🐸", "a king 🐸👑"),
        ("灯塔b", "红灯塔blue"),
        ("हिन्दी", "एक हिन्दी किताब"),
        ("개구리", "왕관을 쓴 개구리"),
    ],
)
def test_a_word_or_its_beginning_is_found_in_any_script(find: str, prompt: str) -> None:
    assert finds(find, prompt)


@pytest.mark.parametrize(
    "find", ["rog", "冠皇", "crown owl", "%", "_", '"', "* OR a", "NOT frog NEAR", "p1", "sg7", "u04e00"]
)
def test_what_is_not_in_the_prompt_is_not_found(find: str) -> None:
    assert not finds(find, "A frog with a golden Crown 皇冠")


@given(st.data(), CJK)
def test_any_part_of_chinese_japanese_and_korean_text_is_found(data: st.DataObject, prompt: str) -> None:
    first = data.draw(st.integers(0, len(prompt) - 1))
    last = data.draw(st.integers(first + 1, len(prompt)))

    assert finds(prompt[first:last], f"before {prompt} after")


@given(st.text(max_size=300))
def test_every_text_becomes_plain_words(text: str) -> None:
    words = stored_words(text).split()

    assert all(re.fullmatch(r"w[a-z0-9]+|u[0-9a-f]{5,6}", word) for word in words)
    assert len(sought_terms(text)) <= MAX_TERMS


@pytest.mark.parametrize("text", ["a" * 9, "一", "a\u0301", "ﷺ", "🐸", "a ", "\u0345", "각", "İ"])
def test_no_text_takes_long(text: str) -> None:
    long = text * (20 * MAX_CHARS)

    assert cost_s(lambda: (stored_words(long), sought_terms(long))) < 0.1  # 10 ms on a quiet machine
    assert len(stored_words(long).split()) <= MAX_WORDS
