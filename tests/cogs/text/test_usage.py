"""What a server used is said in words: who, by which models, for how much."""

from __future__ import annotations

from datetime import date

from cogs.text import usage as texts
from cogs.text.i18n import translator_for
from imagegen.policy.usage import Usage, UsageRow, View

CHINESE = translator_for("zh-CN")
DAY, NEXT = date(2026, 11, 23), date(2026, 11, 24)
FOUND = Usage(
    (DAY, NEXT),
    (
        UsageRow(DAY, 1, "wan2.7-image-pro", 4, 1000, 300_000),
        UsageRow(DAY, 2, "z-image-turbo", 3, 150, 45_000),
        UsageRow(DAY, 3, "wan2.6-t2i", 2, 200, 60_000),
        UsageRow(NEXT, 3, "wan2.6-image", 0, 0, 30_000),
    ),
)


def test_usage_says_what_weighted_images_used_of_the_quota() -> None:
    english = texts.images_text(FOUND, 20).splitlines()
    chinese = texts.images_text(FOUND, 20, CHINESE).splitlines()

    assert english == [
        "**9 images in 2 days** · 13½ of the quota",
        "1. <@1> 4 · 10 of the quota",
        "2. <@2> 3 · 1½ of the quota",
        "3. <@3> 2",
    ]
    assert chinese[1] == "1. <@1> 4 · 用了 10 张额度"


def test_spending_names_each_model_with_its_cost_and_its_images() -> None:
    assert texts.spending_text(FOUND).splitlines()[:3] == [
        "**US$0.435 in 2 days**",
        "1. `wan2.7-image-pro` US$0.30, 4 images",
        "2. `wan2.6-t2i` US$0.06, 2 images",
    ]
    assert texts.spending_text(FOUND, CHINESE).startswith("**2 天内 US$0.435**")


def test_each_chart_is_also_said_in_words() -> None:
    assert texts.chart_in_words(FOUND, View.IMAGES) == "Images per day: 11/23/26: 9"
    assert texts.chart_in_words(FOUND, View.SPENDING) == "US dollars per day: 11/23/26: 0.405, 11/24/26: 0.03"
    assert texts.chart_in_words(Usage((DAY,), ()), View.SPENDING, CHINESE).endswith("无")
