"""Amounts of money are written so that none looks like nothing."""

import pytest

from cogs.text.money import dollars


@pytest.mark.parametrize(
    ("microusd", "written"),
    [
        (0, "0.00"),
        (1, "0.000001"),
        (9_999, "0.009999"),
        (10_000, "0.01"),
        (75_000, "0.075"),
        (412_345, "0.412"),
        (1_234_567, "1.23"),
        (41_000_000, "41.00"),
    ],
)
def test_an_amount_has_cents_and_more_where_cents_would_hide_it(microusd: int, written: str) -> None:
    assert dollars(microusd) == written
