"""Summarize what a server used: who, by which model, how many images, on which days, for how much. Pure arithmetic."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

from imagegen.model import MICRO_USD, UNITS_PER_IMAGE


class View(StrEnum):
    """What a chart shows."""

    IMAGES = "images"
    SPENDING = "spending"

    @property
    def amount(self) -> str:
        """Return the field of ``UsageRow`` that the chart shows."""
        return "images" if self is View.IMAGES else "microusd"


@dataclass(frozen=True)
class Delivery:
    """Images delivered to a person, by one model, and the units of quota that they used."""

    user_id: int
    at: datetime
    images: int
    units: int
    model: str


@dataclass(frozen=True)
class Spent:
    """What one model cost on one day for a person, in micro-dollars, delivered or not."""

    user_id: int
    day: date
    model: str
    microusd: int


@dataclass(frozen=True)
class PersonUsage:
    """Images delivered to one person, and the units of quota that they used."""

    user_id: int
    images: int
    units: int


@dataclass(frozen=True)
class UsageRow:
    """What one person used of one model on one day."""

    day: date
    user_id: int
    model: str
    images: int = 0
    units: int = 0
    microusd: int = 0


@dataclass(frozen=True)
class Usage:
    """What a server used. *span* has every day, oldest first; *rows* are in order of day, person and model."""

    span: tuple[date, ...]
    rows: tuple[UsageRow, ...]

    @property
    def images(self) -> int:
        """Return the images of all days together."""
        return sum(row.images for row in self.rows)

    @property
    def units(self) -> int:
        """Return the units of quota that they used."""
        return sum(row.units for row in self.rows)

    @property
    def microusd(self) -> int:
        """Return what all days together cost."""
        return sum(row.microusd for row in self.rows)

    @property
    def people(self) -> tuple[PersonUsage, ...]:
        """Return who got images, the heaviest user first."""
        found: dict[int, PersonUsage] = {}
        for row in self.rows:
            before = found.get(row.user_id, PersonUsage(row.user_id, 0, 0))
            found[row.user_id] = PersonUsage(row.user_id, before.images + row.images, before.units + row.units)
        return tuple(sorted((one for one in found.values() if one.images), key=lambda person: -person.images))

    def by_day(self, amount: str) -> tuple[tuple[date, int], ...]:
        """Return each day with its *amount*, which is "images" or "microusd"."""
        found = dict.fromkeys(self.span, 0)
        for row in self.rows:
            found[row.day] += getattr(row, amount)
        return tuple(found.items())

    def by_model(self, amount: str) -> Mapping[str, tuple[int, ...]]:
        """Return the *amount* of each model that has any, on each day of the span; the largest sum first."""
        found: dict[str, dict[date, int]] = {}
        for row in self.rows:
            found.setdefault(row.model, dict.fromkeys(self.span, 0))[row.day] += getattr(row, amount)
        largest = sorted(found.items(), key=lambda item: (-sum(item[1].values()), item[0]))
        return {model: tuple(days.values()) for model, days in largest if any(days.values())}


def summarize_usage(
    deliveries: Iterable[Delivery], spent: Iterable[Spent], *, until: datetime, days: int, zone: ZoneInfo
) -> Usage:
    """Summarize *deliveries* and *spent* over the *days* calendar days of *zone* up to *until*."""
    last = until.astimezone(zone).date()
    span = tuple(last - timedelta(days=back) for back in reversed(range(days)))
    rows = [
        UsageRow(one.at.astimezone(zone).date(), one.user_id, one.model, one.images, one.units) for one in deliveries
    ]
    rows += [UsageRow(one.day, one.user_id, one.model, microusd=one.microusd) for one in spent]
    return Usage(span, _summed(row for row in rows if span[0] <= row.day <= last))


def _summed(rows: Iterable[UsageRow]) -> tuple[UsageRow, ...]:
    """Return one row for each day, person and model."""
    found: dict[tuple[date, int, str], UsageRow] = {}
    for row in rows:
        key = (row.day, row.user_id, row.model)
        old = found.get(key, UsageRow(*key))
        amounts = (old.images + row.images, old.units + row.units, old.microusd + row.microusd)
        found[key] = UsageRow(*key, *amounts)
    return tuple(found[key] for key in sorted(found))


def usage_csv(usage: Usage) -> bytes:
    """Return a CSV with a row for each day, person and model: dates, ids, numbers and models only, no formula.

    *quota_images* is what the images used of a quota, such as 2.5, and *usd* what they cost.
    """
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["day", "user_id", "model", "images", "quota_images", "usd"])
    for row in usage.rows:
        quota, usd = Decimal(row.units) / UNITS_PER_IMAGE, Decimal(row.microusd) / MICRO_USD
        writer.writerow((row.day.isoformat(), row.user_id, row.model, row.images, quota, f"{usd:f}"))
    return out.getvalue().encode()
