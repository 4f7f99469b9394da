"""A story lies in messages in its order, whole, within what Discord takes, and no word is broken without need."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogs.text.units import units
from cogs.ui import story_pages
from cogs.ui.story_pages import ImageBlock, Page, TextBlock, break_at, harmless, pages
from imagegen.model import StoryImage, StoryPart, StoryText

HEAD = 600
TEXTS = st.builds(StoryText, st.text(st.sampled_from("ab .\n\\*é灯。🌊"), max_size=6000))
PARTS = st.lists(TEXTS | st.builds(StoryImage, st.just("link")), max_size=12)


def words_of(laid: tuple[Page, ...]) -> str:
    return "".join(block.text for page in laid for block in page if isinstance(block, TextBlock))


def numbers_of(laid: tuple[Page, ...]) -> list[int]:
    return [number for page in laid for block in page if isinstance(block, ImageBlock) for number, _ in block.links]


def squeezed(text: str) -> str:
    return "".join(text.split())


@given(PARTS)
def test_nothing_is_lost_doubled_or_out_of_its_order(parts: list[StoryPart]) -> None:
    laid = pages(parts, HEAD)

    told = "".join(part.text for part in parts if isinstance(part, StoryText))
    assert squeezed(words_of(laid)) == squeezed(harmless(told))
    assert numbers_of(laid) == list(range(1, sum(isinstance(part, StoryImage) for part in parts) + 1))


@given(PARTS)
def test_every_page_stays_inside_discords_limits_with_its_head_and_foot(parts: list[StoryPart]) -> None:
    for number, page in enumerate(pages(parts, HEAD)):
        chars = sum(units(block.text) for block in page if isinstance(block, TextBlock))
        images = [len(block.links) for block in page if isinstance(block, ImageBlock)]
        assert chars + story_pages.FOOT_CHARS + (0 if number else HEAD) <= 4000
        assert sum(images) <= 10
        assert len(page) + story_pages.AROUND <= 40
        assert all(block.text.strip() for block in page if isinstance(block, TextBlock))


@given(PARTS, st.integers(0, 12))
def test_what_is_told_later_changes_only_the_last_page(parts: list[StoryPart], told: int) -> None:
    before, after = pages(parts[:told], HEAD), pages(parts, HEAD)

    assert after[: len(before) - 1] == before[:-1]


def test_images_beside_each_other_share_a_gallery_and_ten_fill_a_message() -> None:
    (first, second) = pages([StoryImage(f"link-{number}") for number in range(1, 13)], HEAD)

    assert [len(block.links) for block in first if isinstance(block, ImageBlock)] == [10]
    assert second == (ImageBlock(((11, "link-11"), (12, "link-12"))),)


def test_many_small_parts_fill_a_message_by_their_number() -> None:
    parts: list[StoryPart] = [StoryText("word")] * 50

    first, second = pages(parts, HEAD)

    assert (len(first), len(second)) == (29, 21)


@pytest.mark.parametrize(
    ("text", "before"),
    [
        ("One two.\n\nThree four five", "One two.\n\n"),
        ("One two three.\nFour five six", "One two three.\n"),
        ("One. Two three. Four five six", "One. Two three. "),
        ("one two three four five six", "one two three four "),
        ("灯台の光。港の静けさ。鴎が降りて、見回した。", "灯台の光。港の静けさ。"),
    ],
)
def test_a_text_is_broken_at_its_best_place(text: str, before: str) -> None:
    assert text[: break_at(text, 20, may_wait=False)] == before


def test_a_word_is_broken_only_where_it_fills_a_page_alone() -> None:
    assert break_at("x" * 50, 20, may_wait=True) == 0
    assert break_at("x" * 50, 20, may_wait=False) == 20


def test_a_break_never_leaves_a_backslash_behind() -> None:
    assert break_at("x" * 19 + "\\[" + "x" * 30, 20, may_wait=False) == 19
    assert break_at("x" * 18 + "\\\\" + "x" * 30, 20, may_wait=False) == 20


def test_a_text_is_not_begun_for_a_few_words_at_a_pages_end() -> None:
    almost = "word " * 480

    first, second = pages([StoryText(almost), StoryImage("link"), StoryText("then " * 100)], HEAD)

    assert words_of((first,)) == almost.strip()
    assert words_of((second,)).startswith("then")


@pytest.mark.parametrize(
    "told",
    ["@everyone", "@here", "<@123456789012345678>", "<#5>", "[x](https://example.org)", "||x||", "`x`", "~~x~~",
     "> x", "</imagine:5>", "<t:1:R>", "\\[x](https://example.org)"],
)  # fmt: skip
def test_nothing_in_a_story_mentions_links_quotes_or_hides(told: str) -> None:
    assert not re.search(r"(?<!\\)(?:\\\\)*[<>\[\]|`~]|@(everyone|here)", harmless(told))


def test_emphasis_headings_and_lists_may_look_like_themselves() -> None:
    assert harmless("# One\n**two** *three*\n- four") == "# One\n**two** *three*\n- four"


def test_a_story_of_nothing_is_one_empty_page() -> None:
    assert pages([], HEAD) == ((),)
    assert pages([StoryText(" \n")], HEAD) == ((),)


def test_a_story_of_emoji_is_as_long_as_clients_count_it() -> None:
    told = "\N{GRINNING FACE}" * 6000

    laid = pages([StoryText(told)], HEAD)

    assert all(units(words_of((page,))) <= 4000 - story_pages.FOOT_CHARS for page in laid)
    assert words_of(laid) == told
