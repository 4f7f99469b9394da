"""A server's rules and changes, as its managers read them."""

from __future__ import annotations

from datetime import UTC, datetime

from cogs import _rules
from cogs._words import words_for
from imagegen.place import EVERYWHERE, Change

CHINESE = words_for("zh-CN")
AT = datetime(2026, 11, 24, tzinfo=UTC)


def test_what_was_decided_about_a_member_is_said_in_the_readers_language() -> None:
    blocked = _rules.change(Change(1, 2, "blocked <@3>", "false", "true", AT), CHINESE)
    granted = _rules.change(Change(1, 2, "granted <@3>", "0", "5", AT), CHINESE)

    assert blocked.startswith("-# 禁用 <@3>：否 → 是 · <@2>")
    assert granted.startswith("-# 本月额外赠送 <@3>：0 → 5 · <@2>")


def test_no_rule_is_left_in_english() -> None:
    lines = _rules.rules(EVERYWHERE, [], CHINESE)

    assert [line for line in lines if any(letter.isascii() and letter.isalpha() for letter in line)] == []
