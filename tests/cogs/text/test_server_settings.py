"""A server's rules and changes, as its managers read them."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from cogs.text import server_settings
from cogs.text.i18n import translator_for
from imagegen.policy.quota import Limits
from imagegen.policy.server_settings import DEFAULT_SETTINGS, Member, SettingsChange, Tier

CHINESE = translator_for("zh-CN")
AT = datetime(2026, 11, 24, tzinfo=UTC)


def test_what_was_decided_about_a_member_is_said_in_the_readers_language() -> None:
    blocked = server_settings.change(SettingsChange(1, 2, "blocked 3", "false", "true", AT), CHINESE)
    granted = server_settings.change(SettingsChange(1, 2, "granted 3", "0", "5", AT), CHINESE)

    assert blocked.startswith("-# 屏蔽 <@3>：否 → 是 · <@2>")
    assert granted.startswith("-# 本月额外图片 <@3>：0 → 5 · <@2>")


def test_no_rule_is_left_in_english() -> None:
    lines = server_settings.settings_text(DEFAULT_SETTINGS, [], CHINESE)

    assert [line for line in lines if any(letter.isascii() and letter.isalpha() for letter in line)] == []


LIMITS = Limits(
    zone=ZoneInfo("UTC"),
    member_images_per_day=20,
    person_images_per_day=15,
    server_images_per_month=100,
    budget_microusd_per_day=1,
    budget_microusd_per_month=1,
    attempts_per_day=1,
    queued_per_member=1,
    queued_max=1,
)


@pytest.mark.parametrize(
    ("own", "says"),
    [
        (None, "15 (this server: not set, the bot's operator: 15)"),
        (5, "5 (this server: 5, the bot's operator: 15)"),
        (15, "15 (this server: 15, the bot's operator: 15)"),
        (500, "15 (this server: 500, the bot's operator: 15)"),
    ],
)
def test_a_limit_is_shown_as_it_holds_with_both_who_set_it(own: int | None, says: str) -> None:
    lines = server_settings.settings_text(replace(DEFAULT_SETTINGS, member_images_per_day=own), [], limits=LIMITS)

    assert f"**images per member per day**: {says}" in lines


def test_a_change_and_a_tier_above_the_operators_limit_are_said_to_be() -> None:
    tiers = server_settings.settings_text(replace(DEFAULT_SETTINGS, tiers=(Tier(5, 40), Tier(6, 7))), [], limits=LIMITS)
    month = server_settings.change(SettingsChange(1, 2, "images_per_month", "null", "101", AT), limits=LIMITS)
    within = server_settings.change(SettingsChange(1, 2, "images_per_month", "100", "99", AT), limits=LIMITS)

    assert "**tiers**: <@&5> 15 (set to 40, but the operator's limit is lower) per day, <@&6> 7 per day" in tiers
    assert "operator's limit → 100 (set to 101, but the operator's limit is lower)" in month
    assert "100 → 99" in within


def test_a_grant_names_the_operators_limit_above_it() -> None:
    assert "the operator's limit of 15 per day" in server_settings.granted(Member(3, granted=9), limits=LIMITS)


def test_of_many_blocked_members_the_first_are_named_and_the_rest_counted() -> None:
    few = server_settings.settings_text(DEFAULT_SETTINGS, range(server_settings.PEOPLE_SHOWN))[-1]
    many = server_settings.settings_text(DEFAULT_SETTINGS, range(server_settings.PEOPLE_SHOWN + 3))[-1]

    assert few.endswith(f"<@{server_settings.PEOPLE_SHOWN - 1}>")
    assert many.endswith(f"<@{server_settings.PEOPLE_SHOWN - 1}> and 3 more")


def test_limits_leave_nothing_in_english_either() -> None:
    place = replace(DEFAULT_SETTINGS, images_per_month=500, blocked_words=("词",))
    change = server_settings.change(SettingsChange(1, 2, "images_per_month", "null", "101", AT), CHINESE, LIMITS)

    granted = server_settings.granted(Member(3), CHINESE, LIMITS)
    for line in (*server_settings.settings_text(place, [], CHINESE, LIMITS), change, granted):
        assert not re.search(r"[A-Za-z]{2}", line), line
