"""A style's name is bounded and no mention, and what is stored is read back by any version."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagegen.errors import Reason, Refused
from imagegen.image_request import AspectRatio, ImageRequest
from imagegen.policy.styles import (
    NAME_CHARS,
    WORDS_CHARS,
    Style,
    checked_style,
    folded_name,
    style_from_json,
    style_name,
)

TEXTS = st.text(max_size=20)
STYLES = st.builds(
    Style,
    name=st.just("Manga"),
    before=TEXTS,
    after=TEXTS,
    negative_prompt=TEXTS,
    aspect_ratio=st.none() | st.sampled_from(AspectRatio),
    model=st.none() | st.just("wan2.6-t2i"),
)


@given(STYLES)
def test_a_style_is_read_as_it_was_written(style: Style) -> None:
    assert style_from_json("Manga", style.to_json()) == style


def test_what_another_version_wrote_is_kept() -> None:
    stored = {"after": "ink", "aspect_ratio": "round", "grain": 3}

    found = style_from_json("Manga", json.dumps(stored))

    assert (found.after, found.aspect_ratio) == ("ink", None)
    assert json.loads(found.to_json()) == stored


@pytest.mark.parametrize(
    "typed",
    ["", "  ", "@everyone", "<@1>", "<#5>", "||x||", "`x`", "http://x", "a\u202eb", "🌊", "x" * (NAME_CHARS + 1)],
)
def test_a_name_like_a_mention_or_without_letters_is_refused(typed: str) -> None:
    with pytest.raises(Refused) as caught:
        style_name(typed)

    assert caught.value.reason is Reason.STYLE_NAME_UNUSABLE


def test_names_are_compared_without_case_and_forms_of_letters() -> None:
    assert folded_name(" ＭＡＮＧＡ  noir") == folded_name("manga Noir")


def test_words_that_are_too_long_or_link_an_image_are_refused() -> None:
    for style, reason in (
        (Style("a", before="x" * (WORDS_CHARS + 1)), Reason.STYLE_TOO_LONG),
        (Style("a", after="as https://tenor.com/x"), Reason.PROMPT_HAS_IMAGE_LINK),
    ):
        with pytest.raises(Refused) as caught:
            checked_style(style)
        assert caught.value.reason is reason


@given(st.text(), st.text(), st.text())
def test_the_words_of_a_style_stand_around_the_prompt(before: str, prompt: str, after: str) -> None:
    whole = ImageRequest(prompt, style_before=before, style_after=after).whole_prompt

    assert whole.startswith(before)
    assert whole.endswith(after)
    assert prompt in whole
    assert len(whole) <= len(before) + len(prompt) + len(after) + 2


def test_a_mark_follows_the_prompt_without_a_space() -> None:
    assert ImageRequest("a fox", style_after=", in ink").whole_prompt == "a fox, in ink"
