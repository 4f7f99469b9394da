"""A card shows the images and the prompt as plain text, within Discord's limits."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import discord
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogs.text import markdown
from cogs.ui import cards, story_cards, story_pages
from cogs.ui.ids import Verb, template
from cogs.ui.result_rows import Offered
from cogs.ui.story_cards import StoryMessage
from imagegen.image_request import Box, ImageRequest
from tests.cogs.objects import a_job, an_image

MIB = 1024 * 1024


def components_of(view: discord.ui.LayoutView) -> list[dict[str, Any]]:
    """Return every component of a view, as sent to Discord."""
    components: list[dict[str, Any]] = []
    stack: list[Any] = list(view.to_components())  # type: ignore[no-untyped-call]  # as discord.py has it
    while stack:
        part = stack.pop(0)
        components.append(part)
        stack += part.get("components", [])
    return components


def text_of(view: discord.ui.LayoutView) -> str:
    return "\n".join(part["content"] for part in components_of(view) if part["type"] == 10)


@pytest.mark.parametrize(
    "typed",
    ["**bold**", "<@123456789012345678>", "<@&123456789012345678>", "<#5>", "<t:1:R>",
     "@everyone", "@here", "[x](https://example.org)", "||x||",
     "`x`", "# x", "> x", "- x", "-# x", "<https://example.org>", "</imagine:5>", "<:x:5>"],
)  # fmt: skip
def test_a_prompt_never_works_as_markdown_or_mention(typed: str) -> None:
    escaped = markdown.plain(typed)

    assert escaped != typed
    assert not re.search(r"(?<!\\)<|@(everyone|here|&)|(?<!\\)[*|`\[]|^[#>-]", escaped)
    assert re.sub(r"[\\\u200b]", "", escaped) == typed


@given(st.text())
def test_a_prompt_is_shown_on_one_line(typed: str) -> None:
    assert "\n" not in markdown.plain(typed)


@given(st.text(min_size=1), st.integers(1, 50))
def test_a_shortened_text_ends_with_an_ellipsis(text: str, max_chars: int) -> None:
    cut = markdown.shortened(text, max_chars)

    assert len(cut) <= max_chars
    assert cut == text or cut.endswith("…")


@given(st.text(min_size=1, max_size=4000))
def test_a_card_of_any_prompt_fits_discords_limits(prompt: str) -> None:
    upload = cards.upload([an_image()] * 4, None)
    view = cards.result(a_job(prompt, count=4), upload, None)

    gallery = next(part for part in components_of(view) if part["type"] == 12)
    assert view.content_length() <= 4000
    assert len(components_of(view)) <= 40
    assert all(1 <= len(item["description"]) <= 1024 for item in gallery["items"])


def test_each_image_is_uploaded_under_the_file_name_that_the_card_shows() -> None:
    job, upload = a_job(count=2), cards.upload([an_image(), an_image(extension="webp")], None)

    gallery = next(part for part in components_of(cards.result(job, upload, None)) if part["type"] == 12)
    sent = cards.files(job, upload)

    assert [item["media"]["url"] for item in gallery["items"]] == [f"attachment://{file.filename}" for file in sent]
    assert [file.filename for file in sent] == ["wanvas-42-1.png", "wanvas-42-2.webp"]
    assert [file.description for file in sent] == ["1. a lighthouse", "2. a lighthouse"]


def test_the_small_print_names_the_requester_the_options_and_the_quota_used() -> None:
    view = cards.result(a_job(), cards.upload([an_image()], None), None)

    assert "-# <@5> · 1:1 square, 1280 × 720, seed 7 · wan2.6-t2i\n-# 1 used" in text_of(view)


@pytest.mark.parametrize(
    ("model", "weight", "about"),
    [
        ("wan2.6-t2i", 100, "-# a lighthouse"),
        ("z-image-turbo", 50, "-# a lighthouse\n-# Draft (z-image-turbo) · quota: ½ each"),
        ("wan2.7-image-pro", 250, "-# a lighthouse\n-# Detailed (wan2.7-image-pro) · quota: 2½ each"),
        ("wan2.6-t2i", 200, "-# a lighthouse\n-# Standard (wan2.6-t2i) · quota: 2 each"),
        ("of another version", 100, "-# a lighthouse"),
    ],
)
def test_a_status_card_names_the_model_and_its_weight_unless_both_are_usual(
    model: str, weight: int, about: str
) -> None:
    view = cards.status_card(a_job(model=model, weight=weight), "Generating…", may_cancel=False)

    assert text_of(view) == f"Generating…\n{about}"


def test_the_small_print_names_what_another_model_is_good_for() -> None:
    view = cards.result(a_job(model="z-image-turbo", weight=50), cards.upload([an_image()], None), None)

    assert "seed 7 · Draft (z-image-turbo)\n" in text_of(view)


def test_a_result_has_no_edit_button_where_no_model_takes_input_images() -> None:
    view = cards.result(a_job(), cards.upload([an_image()], None), None, Offered(editing=False))

    buttons = [part["custom_id"] for part in components_of(view) if part["type"] == 2]
    assert buttons == [
        "w1:again:42",
        "w1:change:42",
        "w1:vary:42",
        "w1:star:42",
        "w1:details:42",
        "w1:history:42",
        "w1:delete:42",
    ]


def rows_of(view: discord.ui.LayoutView) -> list[list[str]]:
    """Return the rows of buttons, each button as its id without the format."""
    rows = [part["components"] for part in components_of(view) if part["type"] == 1]
    return [[button["custom_id"].removeprefix("w1:") for button in row] for row in rows]


def test_no_row_of_buttons_under_a_result_is_wider_than_a_phone() -> None:
    view = cards.result(a_job(), cards.upload([an_image()], None), None)

    assert rows_of(view) == [
        ["again:42", "edit:42"],
        ["change:42", "vary:42"],
        ["part:42", "star:42"],
        ["details:42", "history:42", "delete:42"],
    ]


def test_a_result_that_a_model_generates_larger_has_a_button_for_that() -> None:
    view = cards.result(a_job(), cards.upload([an_image()], None), None, Offered(larger=True))

    assert ["part:42", "larger:42", "star:42"] in rows_of(view)


@pytest.mark.parametrize(
    ("kinds", "number", "line"),
    [
        (("subtle",), 2, "-# subtle variation of image 2"),
        (("subtle", "larger"), None, "-# subtle variation\n-# larger size"),
        (("strong",), None, "-# strong variation"),
        (("of another version",), None, "-# 1 used"),
    ],
)
def test_a_variation_says_what_it_is(kinds: tuple[str, ...], number: int | None, line: str) -> None:
    job = a_job(request=ImageRequest("a lighthouse", variation=kinds, varied_number=number))

    assert line in text_of(cards.result(job, cards.upload([an_image()], None), None))


def test_each_of_several_images_has_a_button_that_edits_it() -> None:
    upload = cards.upload([an_image(), an_image(11 * MIB), an_image(), an_image()], None)

    assert rows_of(cards.result(a_job(count=4), upload, None))[0] == ["pick:42:1", "pick:42:3", "pick:42:4"]


@pytest.mark.parametrize(("images", "lengths"), [(1, []), (2, [2]), (4, [2, 2]), (5, [2, 3]), (10, [2, 3, 3, 2])])
def test_the_buttons_that_pick_an_image_are_in_rows_of_nearly_equal_length(images: int, lengths: list[int]) -> None:
    job = a_job(request=ImageRequest("a comic", count=12, image_set=True))
    page = story_pages.set_pages(["https://example.org/x.png"] * images)[0]
    files = {number: f"wanvas-42-{number}.png" for number in range(1, images + 1)}

    buttons = story_cards.final_buttons(job, with_images=True)
    view = story_cards.view(job, StoryMessage(1, page, files, "1 used", buttons))

    assert [len(row) for row in rows_of(view) if row[0].startswith("pick")] == lengths
    assert len(components_of(view)) <= 40


def test_an_edited_part_is_named_and_can_be_compared_with_the_image_before() -> None:
    request = ImageRequest("a red roof", boxes=((), (Box(0, 0, 90, 90), Box(300, 200, 390, 290))))
    job = a_job(request=request, input_count=2, input_sizes=((400, 300), (400, 300)))

    view = cards.result(job, cards.upload([an_image()], None), None)

    assert ["part:42", "before:42"] in rows_of(view)
    assert "-# edited part: top left, bottom right" in text_of(view)


def test_a_result_with_missing_images_lists_the_image_numbers_of_the_edit_form() -> None:
    job, upload = a_job(count=4), cards.upload([an_image(), an_image(11 * MIB), an_image(), an_image()], None)

    assert "in reading order: image 1, image 3, image 4" in text_of(cards.result(job, upload, None))
    assert "reading order" not in text_of(cards.result(a_job(), cards.upload([an_image()], None), None))
    complete = cards.upload([an_image()] * 4, None)
    assert "reading order" not in text_of(cards.result(job, complete, None)), "a complete result needs no list"


def test_the_status_card_of_a_set_says_what_it_may_use() -> None:
    job = a_job("a comic", count=12)
    job = replace(job, request=replace(job.request, image_set=True))

    text = text_of(cards.status_card(job, "Generating…", may_cancel=True))

    assert text == "Generating…\n-# a comic\n-# Up to 12 related images, and up to 12 of your quota"


def test_a_status_card_has_a_cancel_button_only_while_cancel_is_possible() -> None:
    before = cards.status_card(a_job(), "2nd in queue", may_cancel=True)
    after = cards.status_card(a_job(), "Generating…", may_cancel=False)

    assert [part["custom_id"] for part in components_of(before) if part["type"] == 2] == ["w1:cancel:42"]
    assert [part for part in components_of(after) if part["type"] == 2] == []


@pytest.mark.parametrize(
    "custom_id", ["w1:again:", "w1:again:4x", "w1:again:4\n", "W1:again:4", "w1:again:" + "9" * 19]
)
def test_a_malformed_custom_id_matches_no_button(custom_id: str) -> None:
    assert not any(re.fullmatch(template(verb), custom_id) for verb in Verb)


def test_an_image_over_the_file_limit_is_left_out_and_named() -> None:
    upload = cards.upload([an_image(), an_image(11 * MIB)], None)

    assert [number for number, _ in upload.images] == [1]
    assert "image 2 is 11.0 MB" in text_of(cards.result(a_job(count=2), upload, None))
    assert "1 of 2 delivered, 1 used" in text_of(cards.result(a_job(count=2), upload, None))


def test_a_larger_file_limit_of_the_interaction_is_used() -> None:
    assert len(cards.upload([an_image(11 * MIB)], 50 * MIB).images) == 1


def test_one_upload_never_exceeds_discords_limit_for_a_request() -> None:
    upload = cards.upload([an_image(9 * MIB)] * 3 + [an_image(MIB)], None)

    assert [number for number, _ in upload.images] == [1, 2, 4]
    assert upload.left_out == ((3, 9 * MIB),)


def test_a_plain_result_of_the_longest_prompt_fits_into_a_message() -> None:
    assert len(cards.plain_result(a_job("*" * 4000))) <= 2000


def test_the_card_of_a_shared_image_offers_no_comparison_with_the_private_image_before() -> None:
    job = a_job(request=ImageRequest("a red roof", boxes=((Box(0, 0, 90, 90),),)))
    upload = cards.upload([an_image()], None)

    shared, own = rows_of(cards.shared(job, upload)), rows_of(cards.result(job, upload, None))

    assert any("before:42" in row for row in own)
    assert not any("before:42" in row for row in shared)
