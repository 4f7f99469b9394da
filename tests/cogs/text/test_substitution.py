"""``s/old/new/`` replaces the first match of a plain text in a prompt, and is never a regular expression."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogs.text.substitution import Substitution, substitution_of
from tests.timing import cost_s


def escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("/", "\\/")


@pytest.mark.parametrize(
    ("typed", "old", "new"),
    [
        ("s/cat/dog/", "cat", "dog"),
        ("s/cat/dog", "cat", "dog"),
        ("S/cat/dog/", "cat", "dog"),
        ("  s/a red cat/two dogs/ ", "a red cat", "two dogs"),
        ("s/cat//", "cat", ""),
        (r"s/day\/night/dusk/", "day/night", "dusk"),
        ("s/.*/x/", ".*", "x"),
        ("s/line\none/two/", "line\none", "two"),
        ("s/猫/狗/", "猫", "狗"),
    ],
)
def test_a_substitution_is_parsed_into_its_old_and_new_text(typed: str, old: str, new: str) -> None:
    assert substitution_of(typed) == Substitution(old, new)


@pytest.mark.parametrize("typed", ["", "s", "s/", "s/cat", "s/a/b/c", "cats/dogs/", "make it s/a/b/", "s|a|b|"])
def test_other_text_is_no_substitution(typed: str) -> None:
    assert substitution_of(typed) is None


@given(st.text(min_size=1), st.text())
def test_any_two_texts_can_be_written_as_a_substitution(old: str, new: str) -> None:
    assert substitution_of(f"s/{escaped(old)}/{escaped(new)}/") == Substitution(old, new)


@pytest.mark.parametrize(
    ("substitution", "prompt", "after"),
    [
        (Substitution("cat", "dog"), "a cat and a cat", "a dog and a cat"),
        (Substitution("Cat", "dog"), "a cat", "a dog"),
        (Substitution("cat", "dog"), "a CAT, a cat", "a CAT, a dog"),
        (Substitution(".*", "x"), "a cat", None),
        (Substitution(".*", "x"), "a .* cat", "a x cat"),
        (Substitution("cat", r"\1\g<0>"), "a cat", r"a \1\g<0>"),
        (Substitution("", "x"), "a cat", None),
    ],
)
def test_only_the_first_match_is_replaced(substitution: Substitution, prompt: str, after: str | None) -> None:
    assert substitution.applied(prompt) == after


@pytest.mark.parametrize("hostile", ["s/" + r"\/" * 2000, "s/" + "\\" * 3999, "s/" + "/" * 3998, "s/" + "a\\" * 1999])
def test_a_hostile_substitution_is_parsed_in_time(hostile: str) -> None:
    assert cost_s(lambda: substitution_of(hostile)) < 0.1
