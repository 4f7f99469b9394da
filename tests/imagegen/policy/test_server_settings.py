"""Every number and list of a server's settings has a limit, and older settings stay valid."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from imagegen.errors import Reason, Refused
from imagegen.policy.server_settings import (
    DEFAULT_SETTINGS,
    MAX_IMAGES,
    MAX_LIST_ITEMS,
    MAX_WORD_CHARS,
    Tier,
    validate_settings,
    with_list_changed,
    with_tier,
)


def refused(**rules: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        validate_settings(replace(DEFAULT_SETTINGS, **rules))
    return caught.value


@pytest.mark.parametrize(
    "rules",
    [
        {"member_images_per_day": 0},
        {"member_images_per_day": MAX_IMAGES + 1},
        {"images_per_month": -1},
        {"tiers": (Tier(1, 0),)},
        {"tiers": tuple(Tier(n, 1) for n in range(MAX_LIST_ITEMS + 1))},
        {"tiers": tuple(Tier(n, 1) for n in range(MAX_LIST_ITEMS + 1)), "channels": (1,)},
        {"channels": tuple(range(MAX_LIST_ITEMS + 1))},
        {"exempt_roles": tuple(range(MAX_LIST_ITEMS + 1))},
        {"private_channels": tuple(range(MAX_LIST_ITEMS + 1))},
        {"hold_channels": tuple(range(MAX_LIST_ITEMS + 1))},
        {"hold_newcomers_days": 0},
        {"hold_newcomers_days": 366},
        {"blocked_words": tuple(f"word{n}" for n in range(MAX_LIST_ITEMS + 1))},
        {"blocked_words": ("x" * 51,)},
        {"blocked_words": ("ab cd " * 8,)},  # parts
        {"blocked_words": ("wyvern", "ab " * 13)},
        {"blocked_words": ("\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}" * 40,)},  # 18 letters each
        {"blocked_words": tuple(f"{n:02}" * 20 for n in range(40))},  # 1,600 characters together
    ],
    ids=str,
)
def test_every_setting_has_a_limit(rules: dict[str, Any]) -> None:
    assert refused(**rules).reason is Reason.SETTING_OUT_OF_RANGE


@pytest.mark.parametrize("word", ["**", "c++", "", "a", "\u200b\u200b", " a ", "!!!"])
def test_a_blocked_word_that_would_match_nothing_or_everything_is_refused(word: str) -> None:
    assert refused(blocked_words=(word,)).reason is Reason.BLOCKED_WORD_TOO_SHORT


@pytest.mark.parametrize(
    "rules",
    [
        {"member_images_per_day": 1, "images_per_month": MAX_IMAGES},
        {"blocked_words": tuple(f"word {n}" for n in range(MAX_LIST_ITEMS))},
        {"blocked_words": ("ab " * 12,)},
        {"tiers": tuple(Tier(n, 1) for n in range(MAX_LIST_ITEMS))},
        {"channels": tuple(range(MAX_LIST_ITEMS)), "exempt_roles": tuple(range(MAX_LIST_ITEMS))},
        {"blocked_words": ("x" * 50, "a b c d e f", "one two three four five six", "裸体", "$ex")},
    ],
    ids=str,
)
def test_settings_within_the_limits_are_accepted(rules: dict[str, Any]) -> None:
    assert validate_settings(replace(DEFAULT_SETTINGS, **rules))


def test_a_phrase_that_an_older_version_accepted_blocks_no_other_change() -> None:
    before = replace(DEFAULT_SETTINGS, blocked_words=("a aa " * 10, "***"), member_images_per_day=0)

    assert validate_settings(
        replace(before, paused=True, blocked_words=(*before.blocked_words, "wyvern")), before
    ).paused
    fewer = validate_settings(replace(before, blocked_words=("a aa " * 10,)), before)
    assert fewer.blocked_words == ("a aa " * 10,)


def test_a_choice_of_a_part_of_a_list_leaves_what_was_not_shown() -> None:
    here = replace(DEFAULT_SETTINGS, channels=(1, 2, 3, 4))

    changed = with_list_changed(here, "channels", shown=(1, 2), chosen=(2, 9, 9, 3))

    assert changed.channels == (2, 3, 4, 9)


def test_an_id_that_another_manager_removed_stays_removed() -> None:
    here = replace(DEFAULT_SETTINGS, channels=(1,))

    assert with_list_changed(here, "channels", shown=(1, 2), chosen=(1, 2, 3)).channels == (1, 3)


def test_a_role_has_one_tier() -> None:
    here = with_tier(with_tier(DEFAULT_SETTINGS, 5, 10), 6, 20)

    assert with_tier(here, 5, 30).tiers == (Tier(6, 20), Tier(5, 30))
    assert with_tier(here, 5, None).tiers == (Tier(6, 20),)


def test_one_word_that_is_too_short_refuses_the_whole_list() -> None:
    with pytest.raises(Refused) as refused:
        validate_settings(replace(DEFAULT_SETTINGS, blocked_words=("wyvern", "x")))

    assert refused.value.reason is Reason.BLOCKED_WORD_TOO_SHORT


def test_one_word_that_is_too_long_refuses_the_list_and_names_the_limit() -> None:
    assert refused(blocked_words=("wyvern", "x" * 51)).facts["limit"] == MAX_WORD_CHARS
