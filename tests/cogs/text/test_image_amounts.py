"""People read images, not hundredths of one."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogs.text.i18n import translator_for
from cogs.text.image_amounts import FRACTIONS, images_named, images_text

VALUES = {text: Decimal(part) / 100 for part, text in FRACTIONS.items()}


@pytest.mark.parametrize(
    ("units", "text"),
    [
        (0, "0"),
        (50, "½"),
        (25, "¼"),
        (75, "¾"),
        (150, "1½"),
        (250, "2½"),
        (1700, "17"),
        (100_000, "1000"),
        (10, "0.1"),
        (133, "1.33"),
        (10_000_001, "100000.01"),
    ],
)
@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_an_amount_is_written_as_images(units: int, text: str, locale: str) -> None:
    assert images_text(units, translator_for(locale)) == text


@pytest.mark.parametrize(
    ("units", "english", "chinese"),
    [
        (50, "½ image", "½ 张图片"),
        (100, "1 image", "1 张图片"),
        (150, "1½ images", "1½ 张图片"),
        (500, "5 images", "5 张图片"),
    ],
)
def test_an_amount_has_its_noun(units: int, english: str, chinese: str) -> None:
    assert images_named(units) == english
    assert images_named(units, translator_for("zh-CN")) == chinese


@given(st.integers(0, 10**9))
def test_no_hundredth_is_lost_in_the_text(units: int) -> None:
    text = images_text(units)

    fraction = VALUES.get(text[-1:])
    read = Decimal(text) if fraction is None else Decimal(text[:-1] or 0) + fraction
    assert read * 100 == units
