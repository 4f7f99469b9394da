"""No daily quota resets in the middle of a test."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from sandbox.bot_process import zone_at_night


@pytest.mark.parametrize("hour", range(24))
def test_at_any_start_it_is_three_in_the_morning_in_the_bots_zone(hour: int) -> None:
    now = datetime(2026, 11, 30, hour, 59, tzinfo=UTC)

    there = now.astimezone(ZoneInfo(zone_at_night(now)))

    assert there.hour == 3
