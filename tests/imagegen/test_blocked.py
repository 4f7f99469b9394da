"""Blocked words are found however they are disguised, and innocent phrases are left alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagegen.blocked import holds_blocked

HERE = Path(__file__).parent / "blocked"
EVASIONS = (HERE / "evasions.txt").read_text(encoding="utf-8").splitlines()
INNOCENT = (HERE / "innocent.txt").read_text(encoding="utf-8").splitlines()
BLOCKED = ("gore", "nazi", "bloody murder", "ass", "cock", "tit", "rape", "anal", "kill", "裸体", "血腥", "强暴")


def test_the_lists_are_as_long_as_they_say() -> None:
    assert (len(set(EVASIONS)), len(set(INNOCENT))) == (50, 200)


@pytest.mark.parametrize("text", EVASIONS)
def test_an_evasion_is_caught(text: str) -> None:
    assert holds_blocked(f"please draw {text} for me", BLOCKED)


@pytest.mark.parametrize("text", INNOCENT)
def test_an_innocent_phrase_passes(text: str) -> None:
    assert not holds_blocked(text, BLOCKED)


@given(st.text())
def test_nothing_is_blocked_where_no_word_is(text: str) -> None:
    assert not holds_blocked(text, ())
    assert not holds_blocked(text, ("", " ", "***"))


@given(st.text(max_size=200), st.sampled_from(BLOCKED))
def test_a_blocked_word_that_stands_alone_is_always_found(text: str, word: str) -> None:
    assert holds_blocked(f"{text} , {word} ,", BLOCKED)
