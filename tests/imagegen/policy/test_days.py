"""Days are read as people type them, in both languages, and refused in words otherwise."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagegen.errors import Reason, Refused
from imagegen.policy.days import day_of

TODAY = date(2026, 11, 30)


@pytest.mark.parametrize(
    ("typed", "first", "last"),
    [
        ("2026-11-05", date(2026, 11, 5), date(2026, 11, 5)),
        (" 2026/2/3 ", date(2026, 2, 3), date(2026, 2, 3)),
        ("2026-02", date(2026, 2, 1), date(2026, 2, 28)),
        ("2026", date(2026, 1, 1), date(2026, 12, 31)),
        ("2026年", date(2026, 1, 1), date(2026, 12, 31)),
        ("2026年2月", date(2026, 2, 1), date(2026, 2, 28)),
        ("２０２６年１１月５日", date(2026, 11, 5), date(2026, 11, 5)),
        ("7d", date(2026, 11, 23), date(2026, 11, 23)),
        ("2 weeks ago", date(2026, 11, 16), date(2026, 11, 16)),
        ("3天前", date(2026, 11, 27), date(2026, 11, 27)),
        ("Yesterday", date(2026, 11, 29), date(2026, 11, 29)),
        ("今天", TODAY, TODAY),
    ],
)
def test_a_day_a_month_or_a_time_ago_is_read(typed: str, first: date, last: date) -> None:
    assert day_of(typed, TODAY) == first
    assert day_of(typed, TODAY, is_end=True) == last


@pytest.mark.parametrize(
    "typed", ["soon", "2026-13", "2026-02-30", "1999-01-01", "9999y", "11", "-7d", "7d7d", "2026-1-1-1"]
)
def test_anything_else_is_refused(typed: str) -> None:
    with pytest.raises(Refused) as refused:
        day_of(typed, TODAY)

    assert refused.value.reason is Reason.NO_DAY


@given(st.text(max_size=40))
def test_no_text_does_harm(text: str) -> None:
    try:
        found = day_of(text, TODAY)
    except Refused:
        return
    assert found is None or 2000 <= found.year < 2100
