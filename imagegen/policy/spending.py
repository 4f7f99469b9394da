"""Forecast what a month will cost, and read amounts and months that an operator wrote. Pure arithmetic."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from imagegen.errors import Reason, Refused
from imagegen.model import MICRO_USD
from imagegen.policy.quota import Window, month_window

MAX_USD = 1_000_000  # as in settings.py
RECENT_DAYS = 7
ENOUGH = timedelta(days=1)
_MICROSECOND = timedelta(microseconds=1)
_MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])", re.ASCII)


def forecast(spent: int, by_day: Mapping[date, int], now: datetime, zone: ZoneInfo) -> int | None:
    """Return what will be spent by the end of this month, in micro-dollars; None: too early to say.

    The forecast is *spent*, and for the time that is left the average of the last seven calendar days of *zone*, today
    included as far as it has passed. *by_day* has what was used on each day of this month. Days before the first use
    are left out of the average. It is too early within 24 hours of the beginning of that first day.
    """
    month = month_window(now, zone)
    today = now.astimezone(zone).date()
    first = min((day for day, amount in by_day.items() if amount), default=today if spent else today.replace(day=1))
    since = max(first, today - timedelta(days=RECENT_DAYS - 1))
    elapsed = now - _begin(since, zone)
    if elapsed < ENOUGH:
        return None
    recent = sum(amount for day, amount in by_day.items() if day >= since)
    return spent + recent * ((month.ends_at.astimezone(UTC) - now) // _MICROSECOND) // (elapsed // _MICROSECOND)


def used_up_on(spent: int, limit: int, carried_on: int, now: datetime, zone: ZoneInfo) -> date | None:
    """Return the day of *zone* on which *limit* is reached, if spending goes on as the forecast *carried_on* says.

    None: not in this month, or reached already.
    """
    if not spent < limit < carried_on:
        return None
    left = month_window(now, zone).ends_at.astimezone(UTC) - now
    return (now + left * (limit - spent) / (carried_on - spent)).astimezone(zone).date()


def _begin(day: date, zone: ZoneInfo) -> datetime:
    """Return when *day* begins. In UTC, because a day may have 23 or 25 hours."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def last_day(month: Window, zone: ZoneInfo) -> date:
    """Return the last calendar day of *month*."""
    return month.ends_at.astimezone(zone).date() - timedelta(days=1)


def microusd(usd: float) -> int:
    """Return US dollars in micro-dollars. Refused SETTING_OUT_OF_RANGE below 0, above MAX_USD or for no number.

    Discord enforces a command's ranges only in its own clients. An amount that rounds to 0 would stop a server.
    """
    if not math.isfinite(usd) or not 0 <= usd <= MAX_USD or 0 < usd < 1 / MICRO_USD:
        raise Refused(Reason.SETTING_OUT_OF_RANGE, limit=MAX_USD)
    return round(usd * MICRO_USD)


def month_named(text: str, now: datetime, zone: ZoneInfo) -> Window:
    """Return the month that *text* names as YYYY-MM, or this month if it is empty. Refused NO_MONTH otherwise."""
    if not text:
        return month_window(now, zone)
    found = _MONTH.fullmatch(text)
    if found is None:
        raise Refused(Reason.NO_MONTH)
    return month_window(datetime(int(found[1]), int(found[2]), 15, tzinfo=zone), zone)
