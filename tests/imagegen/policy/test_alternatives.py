"""Alternatives in braces make several prompts of one; what is no alternative stays text."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagegen.errors import Reason, Refused
from imagegen.policy.alternatives import MAX_ALTERNATIVES, escaped, expanded
from tests.timing import cost_s

SIGNS = st.text(st.sampled_from("{}|\\ ab"), max_size=40)
LONGEST = 4000
FAST_S = 0.25  # a prompt takes a few milliseconds; a machine may be slow


@pytest.mark.parametrize(
    ("prompt", "prompts"),
    [
        ("{red|blue} door", ["red door", "blue door"]),
        ("{red|blue} {door|gate}", ["red door", "red gate", "blue door", "blue gate"]),
        ("a {big {red|blue}|small} door", ["a big red door", "a big blue door", "a small door"]),
        ("{red|red} door", ["red door"]),
        (r"\{red|blue\} door", ["{red|blue} door"]),
        (r"{a\|b|c}", ["a|b", "c"]),
        (r"{\{|\}}", ["{", "}"]),
        ("{very red} door", ["{very red} door"]),
        ("{very {red|blue}} door", ["{very red} door", "{very blue} door"]),
        ("{red|} door {}", ["{red|} door {}"]),
        ("{a| } {|}", ["{a| } {|}"]),
        ("{red|blue door", ["{red|blue door"]),
        ("red|blue} door", ["red|blue} door"]),
        ("{ {red|blue} door", ["{ red door", "{ blue door"]),
        ("||secret|| \\", ["||secret|| \\"]),
        (r"a\|b", [r"a\|b"]),
    ],
)
def test_alternatives_are_expanded_and_other_braces_stay_text(prompt: str, prompts: list[str]) -> None:
    assert list(expanded(prompt)) == prompts


@given(SIGNS)
def test_an_escaped_prompt_is_the_same_text_alone(prompt: str) -> None:
    assert expanded(escaped(prompt)) == (prompt,)


@given(SIGNS, SIGNS)
def test_no_combination_is_empty_where_the_prompt_is_not(before: str, after: str) -> None:
    try:
        found = expanded(f"{before}x{after}")
    except Refused:
        return

    assert 1 <= len(found) <= MAX_ALTERNATIVES
    assert all(text.strip() for text in found)


@given(st.lists(st.integers(2, 4), min_size=1, max_size=5))
def test_groups_multiply_up_to_the_limit(sizes: list[int]) -> None:
    prompt = " ".join("{" + "|".join(f"{at}.{n}" for n in range(size)) + "}" for at, size in enumerate(sizes))
    product = 1
    for size in sizes:
        product *= size

    if product <= MAX_ALTERNATIVES:
        assert len(expanded(prompt)) == product
    else:
        with pytest.raises(Refused) as refused:
            expanded(prompt)
        assert (refused.value.reason, refused.value.facts["limit"]) == (Reason.TOO_MANY_ALTERNATIVES, MAX_ALTERNATIVES)


@pytest.mark.parametrize(
    "unit", ["{", "}", "|", "{|}", "{a|", "{a|b}", "{a|{", "\\{", "{a|b", "a|b}", "{{a|b}|c}", "{ }"]
)
def test_no_prompt_takes_long(unit: str) -> None:
    nested = f"{'{a|' * 800}b{'}' * 800}"
    for prompt in (unit * (LONGEST // len(unit)), nested, f"{'{' * 2000}a|b{'}' * 1990}"):
        assert cost_s(partial(_answer, prompt), enough_s=FAST_S) < FAST_S


def _answer(prompt: str) -> None:
    try:
        expanded(prompt)
    except Refused as refused:
        assert refused.reason is Reason.TOO_MANY_ALTERNATIVES
