"""A forecast is the average of the last days carried on, and is honest where there is too little to carry on."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagegen.errors import Reason, Refused
from imagegen.policy import spending
from imagegen.policy.spending import forecast

UTC_ZONE, BERLIN, TOKYO = ZoneInfo("UTC"), ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Tokyo")
MIDNIGHT = datetime(2026, 11, 11, tzinfo=UTC)  # ten days are over, twenty are left


def days(first: int, last: int, amount: int) -> dict[date, int]:
    return {date(2026, 11, day): amount for day in range(first, last + 1)}


def test_the_average_of_the_last_seven_days_is_carried_on_to_the_end_of_the_month() -> None:
    by_day = days(1, 3, 9_000_000) | days(5, 10, 700_000)

    found = forecast(31_200_000, by_day, MIDNIGHT, UTC_ZONE)

    # Six whole days from the 5th to the 10th, and the 11th, which has just begun.
    assert found == 31_200_000 + 20 * 700_000


def test_days_before_the_first_use_are_no_part_of_the_average() -> None:
    assert forecast(2_000_000, days(9, 10, 1_000_000), MIDNIGHT, UTC_ZONE) == 22_000_000


def test_today_counts_as_far_as_it_has_passed() -> None:
    noon = MIDNIGHT + timedelta(hours=12)

    assert forecast(1_500_000, days(10, 11, 750_000), noon, UTC_ZONE) == 1_500_000 + 19_500_000


@pytest.mark.parametrize("hours", [0, 13, 23.9])
def test_within_the_first_day_it_is_too_early_to_say(hours: float) -> None:
    now = MIDNIGHT + timedelta(hours=hours)

    assert forecast(500_000, {date(2026, 11, 11): 500_000}, now, UTC_ZONE) is None
    assert forecast(500_000, {}, now, UTC_ZONE) is None, "only reserved yet"
    assert forecast(500_000, {date(2026, 11, 11): 500_000}, MIDNIGHT + timedelta(days=1), UTC_ZONE) is not None


def test_without_use_nothing_is_forecast_after_the_first_day_of_the_month() -> None:
    assert forecast(0, {}, datetime(2026, 11, 1, 23, tzinfo=UTC), UTC_ZONE) is None
    assert forecast(0, {}, MIDNIGHT, UTC_ZONE) == 0


def test_a_server_that_stopped_using_the_bot_spends_no_more() -> None:
    assert forecast(3_000_000, days(1, 3, 1_000_000), MIDNIGHT, UTC_ZONE) == 3_000_000


def test_a_month_with_a_day_of_25_hours_has_its_hour_more() -> None:
    """Berlin's October has 745 hours; at 22:00 UTC the 10th is over, and 505 hours are left."""
    now = datetime(2026, 10, 10, 22, tzinfo=UTC)

    found = forecast(240_000_000, {date(2026, 10, day): 24_000_000 for day in range(1, 11)}, now, BERLIN)

    # From the 5th to the 10th there are six whole days; the 11th has just begun.
    assert found == 240_000_000 + 505 * 1_000_000


@given(
    amounts=st.dictionaries(st.dates(date(2026, 11, 1), date(2026, 11, 30)), st.integers(0, 10**12), max_size=30),
    reserved=st.integers(0, 10**9),
    at=st.datetimes(datetime(2026, 11, 1), datetime(2026, 11, 30, 14)),  # made aware below
)
def test_a_forecast_is_never_below_what_is_spent(amounts: dict[date, int], reserved: int, at: datetime) -> None:
    now = at.replace(tzinfo=UTC)
    past = {day: amount for day, amount in amounts.items() if day <= now.astimezone(TOKYO).date()}
    spent = sum(past.values()) + reserved

    found = forecast(spent, past, now, TOKYO)

    assert found is None or found >= spent


@pytest.mark.parametrize(
    ("spent", "limit", "carried_on", "day"),
    [
        (10, 20, 30, date(2026, 11, 21)),  # half of the twenty days that are left
        (10, 29, 30, date(2026, 11, 30)),
        (10, 30, 30, None),
        (30, 20, 40, None),
        (20, 20, 40, None),
        (0, 0, 0, None),
    ],
)
def test_a_limit_below_the_forecast_is_used_up_on_a_day(
    spent: int, limit: int, carried_on: int, day: date | None
) -> None:
    assert spending.used_up_on(spent, limit, carried_on, MIDNIGHT, UTC_ZONE) == day


@pytest.mark.parametrize(("usd", "microusd"), [(0, 0), (0.03, 30_000), (12.345678, 12_345_678), (1e6, 10**12)])
def test_dollars_are_read_to_the_micro_dollar(usd: float, microusd: int) -> None:
    assert spending.microusd(usd) == microusd


@pytest.mark.parametrize("usd", [-0.01, -1e-9, 1e-7, 1e6 + 1, 1e9, float("inf"), float("-inf"), float("nan")])
def test_an_amount_out_of_range_is_refused(usd: float) -> None:
    with pytest.raises(Refused) as refused:
        spending.microusd(usd)

    assert refused.value.reason is Reason.SETTING_OUT_OF_RANGE


@pytest.mark.parametrize(
    "text", ["2026-13", "2026-00", "2026", "26-11", "2026-11-01", "２０２６-11", "=1", "2026-11\n"]
)
def test_what_is_no_month_names_none(text: str) -> None:
    with pytest.raises(Refused) as refused:
        spending.month_named(text, MIDNIGHT, UTC_ZONE)

    assert refused.value.reason is Reason.NO_MONTH


def test_an_empty_month_is_this_month_of_the_zone() -> None:
    evening = datetime(2026, 11, 30, 16, tzinfo=UTC)

    found = [spending.month_named("", evening, zone) for zone in (UTC_ZONE, TOKYO)]

    assert [month.label for month in found] == ["2026-11", "2026-12"]
    named = spending.month_named("2024-02", evening, TOKYO)
    assert (named.label, spending.last_day(named, TOKYO)) == ("2024-02", date(2024, 2, 29))
