"""Summarize what a server used: who, how many images, on which days. Pure arithmetic."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TypeVar
from zoneinfo import ZoneInfo

from imagegen.model import UNITS_PER_IMAGE

Key = TypeVar("Key")


@dataclass(frozen=True)
class Delivery:
    """Images delivered to a person, and the units of quota that they used."""

    user_id: int
    at: datetime
    images: int
    units: int


@dataclass(frozen=True)
class PersonUsage:
    """Images delivered to one person, on one day or on all, and the units of quota that they used."""

    user_id: int
    images: int
    units: int


@dataclass(frozen=True)
class Usage:
    """Images delivered in a server.

    *days* has every day of the span with its images, oldest first; *people* has the heaviest user first.
    """

    days: tuple[tuple[date, int], ...]
    people: tuple[PersonUsage, ...]
    rows: tuple[tuple[date, PersonUsage], ...]

    @property
    def images(self) -> int:
        """Return the images of all days together."""
        return sum(images for _, images in self.days)

    @property
    def units(self) -> int:
        """Return the units of quota that they used."""
        return sum(person.units for person in self.people)


def summarize_usage(deliveries: Iterable[Delivery], *, until: datetime, days: int, zone: ZoneInfo) -> Usage:
    """Summarize *deliveries* over the *days* calendar days of *zone* up to *until*."""
    last = until.astimezone(zone).date()
    span = [last - timedelta(days=back) for back in reversed(range(days))]
    found = [(one.at.astimezone(zone).date(), one) for one in deliveries]
    found = [(day, one) for day, one in found if day in span]
    by_day = Counter[date]()
    for day, one in found:
        by_day[day] += one.images
    people = _summed((one.user_id, one) for _, one in found)
    rows = _summed(((day, one.user_id), one) for day, one in found)
    return Usage(
        tuple((day, by_day[day]) for day in span),
        tuple(sorted(people.values(), key=lambda person: -person.images)),
        tuple((day, row) for (day, _), row in sorted(rows.items())),
    )


def _summed(deliveries: Iterable[tuple[Key, Delivery]]) -> dict[Key, PersonUsage]:
    """Return the sum of the deliveries with the same key, which are those of one person."""
    found: dict[Key, PersonUsage] = {}
    for key, one in deliveries:
        before = found.get(key, PersonUsage(one.user_id, 0, 0))
        found[key] = PersonUsage(one.user_id, before.images + one.images, before.units + one.units)
    return found


def usage_csv(usage: Usage) -> bytes:
    """Return a CSV with a row for each day and person: dates, ids and numbers only, no formula for a spreadsheet.

    *quota_images* is what the images used of a quota, such as 2.5.
    """
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["day", "user_id", "images", "quota_images"])
    for day, row in usage.rows:
        writer.writerow((day.isoformat(), row.user_id, row.images, Decimal(row.units) / UNITS_PER_IMAGE))
    return out.getvalue().encode()
