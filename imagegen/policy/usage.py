"""Summarize what a server used: who, how many images, on which days. Pure arithmetic."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Usage:
    """Images delivered in a server.

    *days* has every day of the span, oldest first; *people* has the heaviest user first.
    """

    days: tuple[tuple[date, int], ...]
    people: tuple[tuple[int, int], ...]
    rows: tuple[tuple[date, int, int], ...]  # day, user id, images

    @property
    def images(self) -> int:
        """Return the images of all days together."""
        return sum(images for _, images in self.days)


def summarize_usage(
    deliveries: Iterable[tuple[int, datetime, int]], *, until: datetime, days: int, zone: ZoneInfo
) -> Usage:
    """Summarize *deliveries* (user id, time, images) over the *days* calendar days of *zone* up to *until*."""
    last = until.astimezone(zone).date()
    span = [last - timedelta(days=back) for back in reversed(range(days))]
    by_both: Counter[tuple[date, int]] = Counter()
    for user_id, at, images in deliveries:
        by_both[at.astimezone(zone).date(), user_id] += images
    by_day, by_person = Counter[date](), Counter[int]()
    for (day, user_id), images in by_both.items():
        if day in span:
            by_day[day] += images
            by_person[user_id] += images
    rows = sorted((day, user_id, images) for (day, user_id), images in by_both.items() if day in span)
    return Usage(tuple((day, by_day[day]) for day in span), tuple(by_person.most_common()), tuple(rows))


def usage_csv(usage: Usage) -> bytes:
    """Return a CSV with a row for each day and person: dates, ids and numbers only, no formula for a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["day", "user_id", "images"])
    writer.writerows((day.isoformat(), user_id, images) for day, user_id, images in usage.rows)
    return out.getvalue().encode()
