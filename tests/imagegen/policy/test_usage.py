"""A server's usage is counted by the operator's calendar, by person and model, and given as a CSV."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from imagegen.policy.usage import Delivery, PersonUsage, Spent, Usage, summarize_usage, usage_csv

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
TODAY = NOON.date()
UTC_ZONE = ZoneInfo("UTC")
DRAFT, PRO = "z-image-turbo", "wan2.7-image-pro"


def usage(
    *shown: tuple[int, datetime, int], spent: tuple[Spent, ...] = (), weight: int = 100, zone: ZoneInfo = UTC_ZONE
) -> Usage:
    deliveries = [Delivery(user_id, at, images, images * weight, DRAFT) for user_id, at, images in shown]
    return summarize_usage(deliveries, spent, until=NOON, days=3, zone=zone)


def test_every_day_is_listed_and_the_heaviest_user_comes_first() -> None:
    found = usage((1, NOON, 2), (2, NOON, 1), (2, NOON - timedelta(days=2), 4))

    assert found.by_day("images") == ((date(2026, 11, 21), 4), (date(2026, 11, 22), 0), (TODAY, 3))
    assert found.people == (PersonUsage(2, 5, 500), PersonUsage(1, 2, 200))
    assert (found.images, found.units) == (7, 700)


def test_a_day_begins_in_the_operators_time_zone() -> None:
    evening = datetime(2026, 11, 22, 20, tzinfo=UTC)

    found = usage((1, evening, 1), zone=ZoneInfo("Asia/Shanghai"))

    assert found.by_day("images")[-1] == (TODAY, 1)


def test_what_is_outside_the_span_is_left_out() -> None:
    found = usage((1, NOON - timedelta(days=3), 9), spent=(Spent(1, TODAY - timedelta(days=3), PRO, 5),))

    assert (found.images, found.microusd, found.rows) == (0, 0, ())


def test_each_model_has_its_images_and_its_cost_on_each_day_the_largest_first() -> None:
    spent = (Spent(1, TODAY, DRAFT, 30_000), Spent(2, TODAY, PRO, 60_000), Spent(2, TODAY - timedelta(days=1), PRO, 5))

    found = usage((1, NOON, 2), spent=spent)

    assert found.by_model("images") == {DRAFT: (0, 0, 2)}
    assert list(found.by_model("microusd").items()) == [(PRO, (0, 5, 60_000)), (DRAFT, (0, 0, 30_000))]
    assert found.microusd == 90_005
    assert found.people == (PersonUsage(1, 2, 200),)


def test_the_csv_has_a_row_for_each_day_person_and_model() -> None:
    spent = (Spent(1, TODAY, DRAFT, 30_000), Spent(1, TODAY, PRO, 75_000))

    table = usage_csv(usage((1, NOON, 2), (1, NOON, 1), (2, NOON, 1), spent=spent)).decode()

    assert table.splitlines() == [
        "day,user_id,model,images,quota_images,usd",
        "2026-11-23,1,wan2.7-image-pro,0,0,0.075",
        "2026-11-23,1,z-image-turbo,3,3,0.03",
        "2026-11-23,2,z-image-turbo,1,1,0",
    ]


@pytest.mark.parametrize(("weight", "used"), [(50, "1.5"), (250, "7.5"), (33, "0.99")])
def test_the_csv_has_what_weighted_images_used_of_the_quota(weight: int, used: str) -> None:
    found = usage((1, NOON, 2), (1, NOON, 1), weight=weight)

    assert usage_csv(found).decode().splitlines()[1] == f"2026-11-23,1,{DRAFT},3,{used},0"
    assert found.units == 3 * weight
