"""A server's usage is counted by the operator's calendar, drawn as a readable chart, and given as a CSV."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from imagegen.imaging import _chart
from imagegen.policy.usage import Delivery, PersonUsage, Usage, summarize_usage, usage_csv

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
UTC_ZONE = ZoneInfo("UTC")


def usage(*shown: tuple[int, datetime, int], weight: int = 100, days: int = 3, zone: ZoneInfo = UTC_ZONE) -> Usage:
    deliveries = [Delivery(user_id, at, images, images * weight) for user_id, at, images in shown]
    return summarize_usage(deliveries, until=NOON, days=days, zone=zone)


def test_every_day_is_listed_and_the_heaviest_user_comes_first() -> None:
    found = usage((1, NOON, 2), (2, NOON, 1), (2, NOON - timedelta(days=2), 4))

    assert found.days == ((date(2026, 11, 21), 4), (date(2026, 11, 22), 0), (date(2026, 11, 23), 3))
    assert found.people == (PersonUsage(2, 5, 500), PersonUsage(1, 2, 200))
    assert (found.images, found.units) == (7, 700)


def test_a_day_begins_in_the_operators_time_zone() -> None:
    evening = datetime(2026, 11, 22, 20, tzinfo=UTC)

    found = usage((1, evening, 1), zone=ZoneInfo("Asia/Shanghai"))

    assert found.days[-1] == (date(2026, 11, 23), 1)


def test_images_before_the_span_are_left_out() -> None:
    assert usage((1, NOON - timedelta(days=3), 9)).images == 0


def test_the_csv_has_a_row_for_each_day_and_person() -> None:
    table = usage_csv(usage((1, NOON, 2), (1, NOON, 1), (2, NOON, 1))).decode()

    assert table.splitlines() == ["day,user_id,images,quota_images", "2026-11-23,1,3,3", "2026-11-23,2,1,1"]


@pytest.mark.parametrize(("weight", "used"), [(50, "1.5"), (250, "7.5"), (33, "0.99")])
def test_the_csv_has_what_weighted_images_used_of_the_quota(weight: int, used: str) -> None:
    found = usage((1, NOON, 2), (1, NOON, 1), weight=weight)

    assert usage_csv(found).decode().splitlines()[1] == f"2026-11-23,1,3,{used}"
    assert found.units == 3 * weight


@given(st.lists(st.integers(0, 10_000), min_size=2, max_size=90))
def test_a_chart_of_any_usage_stays_inside_its_lines(images: list[int]) -> None:
    most = _chart.axis_maximum(max(images))

    assert most >= max(images)
    assert most % _chart.LINES == 0


@pytest.mark.parametrize("days", [2, 14, 90])
def test_a_chart_is_opaque_with_its_own_background(days: int) -> None:
    image = _chart.draw_chart([(f"11-{day:02}", day % 7) for day in range(days)])

    out = io.BytesIO()
    image.save(out, "PNG")
    with Image.open(out) as drawn:
        assert (drawn.mode, drawn.size) == ("RGB", (1200, 480))
        colors = {color for _, color in drawn.getcolors(1 << 20) or []}
    assert {(0x23, 0x27, 0x2E), (0x63, 0xB3, 0xB4)} <= colors
