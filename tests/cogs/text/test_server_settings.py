"""The texts about server settings and their changes, as managers read them."""

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
CHANGED_AT = datetime(2026, 11, 24, tzinfo=UTC)


def test_a_change_about_a_member_is_in_the_managers_language() -> None:
    blocked = server_settings.change(SettingsChange(1, 2, "blocked 3", "false", "true", CHANGED_AT), CHINESE)
    granted = server_settings.change(SettingsChange(1, 2, "granted 3", "0", "5", CHANGED_AT), CHINESE)

    assert blocked.startswith("-# 屏蔽 <@3>：否 → 是 · <@2>")
    assert granted.startswith("-# 本月额外图片 <@3>：0 → 5 · <@2>")


def test_no_default_setting_is_left_in_english() -> None:
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
    ("server_limit", "says"),
    [
        (None, "you: not set, operator: 15 → 15"),
        (5, "you: 5, operator: 15 → 5"),
        (15, "you: 15, operator: 15 → 15"),
        (500, "you: 500, operator: 15 → 15"),
    ],
)
def test_a_limit_shows_the_effective_the_servers_and_the_operators_value(server_limit: int | None, says: str) -> None:
    lines = server_settings.settings_text(
        replace(DEFAULT_SETTINGS, member_images_per_day=server_limit), [], limits=LIMITS
    )

    assert f"**images per member per day**: {says}" in lines


def test_a_change_or_tier_above_the_operators_limit_says_so() -> None:
    tiers = server_settings.settings_text(replace(DEFAULT_SETTINGS, tiers=(Tier(5, 40), Tier(6, 7))), [], limits=LIMITS)
    month = server_settings.change(SettingsChange(1, 2, "images_per_month", "null", "101", CHANGED_AT), limits=LIMITS)
    within = server_settings.change(SettingsChange(1, 2, "images_per_month", "100", "99", CHANGED_AT), limits=LIMITS)

    assert "**tiers**: <@&5> 15 (set to 40, but the operator's limit is lower) per day, <@&6> 7 per day" in tiers
    assert "operator's limit → 100 (set to 101, but the operator's limit is lower)" in month
    assert "100 → 99" in within


def test_extra_images_name_the_operators_limit() -> None:
    assert "the operator's limit of 15 per day" in server_settings.granted(Member(3, granted=9), limits=LIMITS)


def test_a_long_list_of_blocked_members_ends_with_a_count() -> None:
    few = server_settings.settings_text(DEFAULT_SETTINGS, range(server_settings.SHOWN))[-1]
    many = server_settings.settings_text(DEFAULT_SETTINGS, range(server_settings.SHOWN + 3))[-1]

    assert few.endswith(f"<@{server_settings.SHOWN - 1}>")
    assert many.endswith(f"<@{server_settings.SHOWN - 1}> and 3 more")


def test_a_change_of_a_list_says_what_was_added_and_removed() -> None:
    before, after = "[1, 2, 3]", f"[3, {', '.join(map(str, range(10, 15)))}]"
    channels = server_settings.change(SettingsChange(1, 2, "channels", before, after, CHANGED_AT))
    tiers = server_settings.change(
        SettingsChange(1, 2, "tiers", "[]", '[{"role_id": 5, "images_per_day": 3}]', CHANGED_AT), CHINESE
    )

    assert "channels: + <#10>, <#11>, <#12> and 2 more − <#1>, <#2> · <@2>" in channels
    assert "+ <@&5> 每日图片数 3 · <@2>" in tiers


def test_no_limit_is_left_in_english() -> None:
    settings = replace(DEFAULT_SETTINGS, images_per_month=500, blocked_words=("词",))
    change = server_settings.change(
        SettingsChange(1, 2, "images_per_month", "null", "101", CHANGED_AT), CHINESE, LIMITS
    )

    granted = server_settings.granted(Member(3), CHINESE, LIMITS)
    for line in (*server_settings.settings_text(settings, [], CHINESE, LIMITS), change, granted):
        assert not re.search(r"[A-Za-z]{2}", line), line
