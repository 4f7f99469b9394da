"""What a gallery shows is in the ids of its buttons, which fit and are read again, also if they were made up."""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogs.text.units import units
from cogs.ui.filter_ids import FIND_CHARS, ID_CHARS, MAX_ID, PAGE, Chosen, Whose, mark_of, model_of

DAYS = st.none() | st.dates(date(2000, 1, 1), date(2099, 12, 31))
FINDS = st.text(st.characters(exclude_characters="\n\r", exclude_categories=["Cs"]), max_size=FIND_CHARS // 2)
CHOSEN = st.builds(
    Chosen,
    st.sampled_from(Whose),
    st.none() | st.integers(0, 2**63 - 1),
    st.booleans(),
    st.sampled_from(["", mark_of("wan2.6-t2i")]),
    DAYS,
    DAYS,
    FINDS,
)


@given(CHOSEN, st.integers(0, 10**9))
def test_what_was_chosen_is_read_from_its_id(chosen: Chosen, before: int) -> None:
    custom_id = chosen.page_id(before)

    found = re.fullmatch(PAGE, custom_id)

    assert found is not None
    read = Chosen.from_match(found)
    assert units(custom_id) <= ID_CHARS
    assert chosen.find.startswith(read.find)
    assert len(read.find) >= min(len(chosen.find), 20)
    assert (vars(read) | {"find": ""}, int(found["before"])) == (vars(chosen) | {"find": ""}, before)


def test_an_id_of_an_earlier_version_still_shows_its_page() -> None:
    found = re.fullmatch(PAGE, "w1:page:here:17:" + "x" * FIND_CHARS)

    assert found is not None
    assert Chosen.from_match(found) == Chosen(Whose.HERE, find="x" * FIND_CHARS)


def test_fewer_filters_help_only_where_there_are_some() -> None:
    plain = [Chosen(), Chosen(Whose.HERE)]
    filtered = [Chosen(find="frog"), Chosen(since=date(2026, 1, 1)), Chosen(Whose.HERE, 7), Chosen(Whose.STARRED)]

    assert [each.has_filters for each in [*plain, *filtered]] == [False] * 2 + [True] * 4


def test_a_made_up_person_is_a_number_that_a_database_takes() -> None:
    found = re.fullmatch(PAGE, f"w1:page:here.p{'z' * 13}.fzzz:1:")

    assert found is not None
    assert Chosen.from_match(found).member_id == MAX_ID


@pytest.mark.parametrize(
    "made_up", ["all:0:", "mine.px!:0:", "mine.s.s:0:", "mine.m12:0:", "mine:x:", "mine:0:a\nb", "mine"]
)
def test_a_made_up_id_is_no_page(made_up: str) -> None:
    assert re.fullmatch(PAGE, f"w1:page:{made_up}") is None


def test_a_model_is_found_by_its_mark_and_an_unknown_mark_is_no_model() -> None:
    models = ["wan2.6-t2i", "z-image-turbo"]

    assert [model_of(mark_of(model), models) for model in models] == models
    assert (model_of("", models), model_of("0000", models)) == (None, "")
