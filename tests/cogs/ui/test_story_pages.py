"""A story is laid out in messages: complete, in order, within Discord's limits, without needless breaks in words."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogs.text.units import units
from cogs.ui import story_pages
from cogs.ui.story_pages import ImageBlock, Page, TextBlock, break_at, harmless, pages, set_pages
from imagegen.model import StoryImage, StoryPart, StoryText

HEAD_CHARS = 600
TEXTS = st.builds(StoryText, st.text(st.sampled_from("ab .\n\\*é灯。🌊"), max_size=6000))
PARTS = st.lists(TEXTS | st.builds(StoryImage, st.just("link")), max_size=12)


def text_of(result_pages: tuple[Page, ...]) -> str:
    return "".join(block.text for page in result_pages for block in page if isinstance(block, TextBlock))


def image_numbers(result_pages: tuple[Page, ...]) -> list[int]:
    return [
        number for page in result_pages for block in page if isinstance(block, ImageBlock) for number, _ in block.links
    ]


def without_spaces(text: str) -> str:
    return "".join(text.split())


@given(PARTS)
def test_pages_hold_all_text_and_images_once_and_in_order(parts: list[StoryPart]) -> None:
    result_pages = pages(parts, HEAD_CHARS)

    text = "".join(part.text for part in parts if isinstance(part, StoryText))
    assert without_spaces(text_of(result_pages)) == without_spaces(harmless(text))
    assert image_numbers(result_pages) == list(range(1, sum(isinstance(part, StoryImage) for part in parts) + 1))


@pytest.mark.parametrize(
    ("images", "lengths"), [(0, []), (1, [1]), (10, [10]), (11, [6, 5]), (12, [6, 6]), (21, [7, 7, 7])]
)
def test_the_images_of_a_set_are_divided_evenly_and_in_order(images: int, lengths: list[int]) -> None:
    result_pages = set_pages(["link"] * images)

    assert [len(block.links) for page in result_pages for block in page if isinstance(block, ImageBlock)] == lengths
    assert image_numbers(result_pages) == list(range(1, images + 1))


@given(PARTS)
def test_every_page_fits_discords_limits_with_its_header_and_footer(parts: list[StoryPart]) -> None:
    for number, page in enumerate(pages(parts, HEAD_CHARS)):
        chars = sum(units(block.text) for block in page if isinstance(block, TextBlock))
        images = [len(block.links) for block in page if isinstance(block, ImageBlock)]
        assert chars + story_pages.FOOT_CHARS + (0 if number else HEAD_CHARS) <= 4000
        assert sum(images) <= 10
        assert len(page) + story_pages.AROUND <= 40
        assert all(block.text.strip() for block in page if isinstance(block, TextBlock))


@given(PARTS, st.integers(0, 12))
def test_later_story_parts_change_only_the_last_page(parts: list[StoryPart], count: int) -> None:
    before, after = pages(parts[:count], HEAD_CHARS), pages(parts, HEAD_CHARS)

    assert after[: len(before) - 1] == before[:-1]


def test_adjacent_images_share_a_gallery_of_at_most_ten_images() -> None:
    (first, second) = pages([StoryImage(f"link-{number}") for number in range(1, 13)], HEAD_CHARS)

    assert [len(block.links) for block in first if isinstance(block, ImageBlock)] == [10]
    assert second == (ImageBlock(((11, "link-11"), (12, "link-12"))),)


def test_many_small_parts_are_split_at_discords_limit_of_components() -> None:
    parts: list[StoryPart] = [StoryText("word")] * 50

    found = pages(parts, HEAD_CHARS)

    assert [len(page) for page in found] == [16, 16, 16, 2]


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
def test_a_text_is_broken_at_the_end_of_a_paragraph_line_sentence_or_word(text: str, before: str) -> None:
    assert text[: break_at(text, 20, may_wait=False)] == before


def test_a_word_is_broken_only_if_it_is_longer_than_a_page() -> None:
    assert break_at("x" * 50, 20, may_wait=True) == 0
    assert break_at("x" * 50, 20, may_wait=False) == 20


def test_a_break_never_separates_a_backslash_from_its_character() -> None:
    assert break_at("x" * 19 + "\\[" + "x" * 30, 20, may_wait=False) == 19
    assert break_at("x" * 18 + "\\\\" + "x" * 30, 20, may_wait=False) == 20


def test_a_text_does_not_start_with_a_few_words_at_the_end_of_a_page() -> None:
    almost = "word " * 480

    first, second = pages([StoryText(almost), StoryImage("link"), StoryText("then " * 100)], HEAD_CHARS)

    assert text_of((first,)) == almost.strip()
    assert text_of((second,)).startswith("then")


@pytest.mark.parametrize(
    "text",
    ["@everyone", "@here", "<@123456789012345678>", "<#5>", "[x](https://example.org)", "||x||", "`x`", "~~x~~",
     "> x", "</imagine:5>", "<t:1:R>", "\\[x](https://example.org)"],
)  # fmt: skip
def test_markdown_and_mentions_in_a_story_are_escaped(text: str) -> None:
    assert not re.search(r"(?<!\\)(?:\\\\)*[<>\[\]|`~]|@(everyone|here)", harmless(text))


def test_emphasis_headings_and_lists_of_a_story_keep_their_markdown() -> None:
    assert harmless("# One\n**two** *three*\n- four") == "# One\n**two** *three*\n- four"


def test_an_empty_story_is_one_empty_page() -> None:
    assert pages([], HEAD_CHARS) == ((),)
    assert pages([StoryText(" \n")], HEAD_CHARS) == ((),)


def test_a_story_of_emoji_fits_discords_count_of_utf_16_units() -> None:
    text = "\N{GRINNING FACE}" * 6000

    result_pages = pages([StoryText(text)], HEAD_CHARS)

    assert all(units(text_of((page,))) <= 4000 - story_pages.FOOT_CHARS for page in result_pages)
    assert text_of(result_pages) == text
