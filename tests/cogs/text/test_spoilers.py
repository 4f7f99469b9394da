"""Spoilers of a prompt stay hidden in every card and text, and no other markdown of a prompt works."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from discord.ui import Container
from hypothesis import given
from hypothesis import strategies as st

from cogs.text.i18n import ENGLISH
from cogs.text.spoilers import shown, shown_within, veiled
from cogs.text.units import cut, units
from cogs.ui.cards import alt_text, status_card
from cogs.ui.details import details_text
from cogs.ui.story_cards import StoryMessage, head, plain, view
from cogs.ui.story_cards import alt_text as alt_of_story
from cogs.ui.story_pages import ImageBlock, TextBlock
from tests.cogs.objects import a_job

GRIN = "\N{GRINNING FACE}"


def test_an_image_set_hides_its_images_and_its_prompt_but_not_its_card() -> None:
    job = a_job("||the butler did it||, as a comic", count=12)
    job = replace(job, request=replace(job.request, image_set=True))
    message = StoryMessage(1, (ImageBlock(((1, "link"), (2, "link"))),), {1: "a.png", 2: "b.png"}, spoiler=True)

    card = view(job, message).children[0]
    gallery = next(part for part in card.to_component_dict()["components"] if part["type"] == 12)

    assert isinstance(card, Container)
    assert not card.spoiler
    assert [item["spoiler"] for item in gallery["items"]] == [True, True]
    assert [item["description"] for item in gallery["items"]] == ["1. ▒▒▒, as a comic", "2. ▒▒▒, as a comic"]
    assert head(job) == "||the butler did it||, as a comic"


@pytest.mark.parametrize(
    ("typed", "displayed", "alt"),
    [
        ("||the butler did it||, as a poster", "||the butler did it||, as a poster", "▒▒▒, as a poster"),
        ("a ||*b*|| c ||<@5>||", "a ||\\*b\\*|| c ||\\<@5>||", "a ▒▒▒ c ▒▒▒"),
        ("a || b", "a \\|\\| b", "a || b"),
        ("||||", "\\|\\|\\|\\|", "||||"),
        ("||a\nb||", "||a b||", "▒▒▒"),
    ],
)
def test_a_spoiler_stays_a_spoiler_on_cards_and_is_veiled_in_alt_texts(typed: str, displayed: str, alt: str) -> None:
    assert shown(typed, 100) == displayed
    assert veiled(typed) == alt


def test_a_shortened_spoiler_stays_closed() -> None:
    assert shown("||the butler did it||", 8) == "||the but…||"
    assert shown("so ||secret||", 3) == "so ||…||"


@given(st.text(st.characters(codec="utf-8")), st.integers(2, 60))
def test_a_shown_text_keeps_its_limit_and_closes_every_spoiler(typed: str, max_units: int) -> None:
    displayed = shown_within(f"||{typed}|| {typed}", max_units)

    assert units(displayed) <= max_units
    assert re.sub(r"\\.", "", displayed).count("||") % 2 == 0


@given(st.text(), st.integers(0, 20))
def test_a_text_is_cut_to_utf_16_units_without_breaking_a_character(text: str, max_units: int) -> None:
    shortened = cut(text, max_units)

    assert text.startswith(shortened)
    assert units(shortened) <= max_units
    assert shortened == text or units(text[: len(shortened) + 1]) > max_units


def test_an_emoji_counts_as_two_utf_16_units() -> None:
    assert units(f"a{GRIN}") == 3
    assert cut(GRIN * 3, 5) == GRIN * 2


async def test_no_card_details_or_alt_text_reveals_a_spoiler() -> None:
    job = a_job("||the butler did it||, as a poster")

    card = str(status_card(job, "Generating…", may_cancel=False).to_components())  # type: ignore[no-untyped-call]  # as discord.py has it
    texts = [card, details_text(job, None, ENGLISH), alt_text(job), head(job), alt_of_story(job, 1)]

    assert all("butler" not in text.replace("||the butler did it||", "") for text in texts)
    assert all("poster" in text for text in texts)


def test_the_alt_text_of_an_edit_says_what_was_there_and_what_was_changed() -> None:
    edit, several = a_job("make it ||blue||"), a_job("make it blue", count=2)

    assert alt_text(edit, 1, "a ||red|| door") == "a ▒▒▒ door; changed: make it ▒▒▒"
    assert alt_text(several, 2, "a red door") == "2. a red door; changed: make it blue"
    long = alt_text(a_job("make it blue " + "x" * 2000), 1, GRIN * 2000)
    assert units(long) <= 1024
    assert "; changed: make it blue" in long


def test_details_of_a_long_emoji_prompt_fit_into_a_message() -> None:
    assert units(details_text(a_job(GRIN * 2100), None, ENGLISH)) <= 4000


@pytest.mark.parametrize(("prompt", "is_hidden"), [("||the butler did it||, in a library", True), ("a gull", False)])
def test_a_story_of_a_prompt_with_a_spoiler_is_a_spoiler_as_a_whole(prompt: str, is_hidden: bool) -> None:
    job, message = (
        a_job(prompt),
        StoryMessage(1, (TextBlock("He put the || candlestick down."),), {}, foot="-# 1 used"),
    )

    card, text = view(job, message).children[0], plain(job, message)

    assert isinstance(card, Container)
    assert card.spoiler is is_hidden
    assert ("||He put the  candlestick down.||" in text) is is_hidden
    assert text.endswith("-# 1 used")
