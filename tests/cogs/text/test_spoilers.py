"""What its writer hid stays hidden wherever it is shown, and nothing else works as markdown."""

from __future__ import annotations

import re

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
from cogs.ui.story_pages import TextBlock
from tests.cogs.objects import a_job

GRIN = "\N{GRINNING FACE}"


@pytest.mark.parametrize(
    ("typed", "laid", "alt"),
    [
        ("||the butler did it||, as a poster", "||the butler did it||, as a poster", "▒▒▒, as a poster"),
        ("a ||*b*|| c ||<@5>||", "a ||\\*b\\*|| c ||\\<@5>||", "a ▒▒▒ c ▒▒▒"),
        ("a || b", "a \\|\\| b", "a || b"),
        ("||||", "\\|\\|\\|\\|", "||||"),
        ("||a\nb||", "||a b||", "▒▒▒"),
    ],
)
def test_hidden_words_are_shown_hidden_or_not_at_all(typed: str, laid: str, alt: str) -> None:
    assert shown(typed, 100) == laid
    assert veiled(typed) == alt


def test_a_spoiler_that_is_cut_stays_closed() -> None:
    assert shown("||the butler did it||", 8) == "||the but…||"
    assert shown("so ||secret||", 3) == "so ||…||"


@given(st.text(st.characters(codec="utf-8")), st.integers(2, 60))
def test_what_is_shown_keeps_within_its_room_and_ends_each_spoiler(typed: str, most: int) -> None:
    laid = shown_within(f"||{typed}|| {typed}", most)

    assert units(laid) <= most
    assert re.sub(r"\\.", "", laid).count("||") % 2 == 0


@given(st.text(), st.integers(0, 20))
def test_a_text_is_cut_to_units_and_never_in_a_character(text: str, most: int) -> None:
    kept = cut(text, most)

    assert text.startswith(kept)
    assert units(kept) <= most
    assert kept == text or units(text[: len(kept) + 1]) > most


def test_an_emoji_is_as_long_as_clients_count_it() -> None:
    assert units(f"a{GRIN}") == 3
    assert cut(GRIN * 3, 5) == GRIN * 2


async def test_no_card_no_details_and_no_alt_text_opens_what_was_hidden() -> None:
    job = a_job("||the butler did it||, as a poster")

    card = str(status_card(job, "Generating…", may_cancel=False).to_components())  # type: ignore[no-untyped-call]  # as discord.py has it
    texts = [card, details_text(job, None, ENGLISH), alt_text(job), head(job), alt_of_story(job, 1)]

    assert all("butler" not in text.replace("||the butler did it||", "") for text in texts)
    assert all("poster" in text for text in texts)


def test_details_of_emoji_fit_into_a_message() -> None:
    assert units(details_text(a_job(GRIN * 2100), None, ENGLISH)) <= 4000


@pytest.mark.parametrize(("prompt", "is_hidden"), [("||the butler did it||, in a library", True), ("a gull", False)])
def test_a_story_of_something_hidden_is_hidden_whole(prompt: str, is_hidden: bool) -> None:
    job, sheet = (
        a_job(prompt),
        StoryMessage(1, (TextBlock("He put the || candlestick down."),), {}, foot="-# 1 used"),
    )

    card, told = view(job, sheet).children[0], plain(job, sheet)

    assert isinstance(card, Container)
    assert card.spoiler is is_hidden
    assert ("||He put the  candlestick down.||" in told) is is_hidden
    assert told.endswith("-# 1 used")
