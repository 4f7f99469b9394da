"""The line about filters names each of them, in the viewer's language."""

from __future__ import annotations

from datetime import date

from cogs.text.i18n import ENGLISH, translator_for
from cogs.ui.filter_ids import Chosen, Whose, mark_of
from cogs.ui.filter_text import filter_text

MODELS = ["z-image-turbo"]


def test_each_filter_is_named_and_text_stays_text() -> None:
    every = Chosen(Whose.STARRED_HERE, None, False, mark_of(MODELS[0]), date(2026, 11, 5), date(2026, 11, 9), "*a* fox")

    said = filter_text(every, MODELS, ENGLISH)
    of_a_member = filter_text(Chosen(Whose.HERE, 7, is_starred=True), MODELS, translator_for("zh-CN"))

    assert said == (
        "-# Filters: “\\*a\\* fox”, everyone in this server, Draft (z-image-turbo), starred by you, "
        "from 2026-11-05, until 2026-11-09"
    )
    assert of_a_member == "-# 筛选：<@7>、已收藏"


def test_nothing_is_said_of_ones_own_results_without_filters() -> None:
    assert filter_text(Chosen(), MODELS, ENGLISH) == ""
