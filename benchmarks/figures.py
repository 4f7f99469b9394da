"""The figures: their names, units and bars."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Bar:
    """A limit. *limit* takes the floor's value, which is nan where the floor has none."""

    text: str
    limit: Callable[[float], float]
    at_least: bool = False

    def met(self, floor: float, ours: float) -> bool:
        """Return whether *ours* keeps the limit."""
        limit = self.limit(floor)
        return ours >= limit if self.at_least else ours <= limit


def at_most(value: float, unit: str) -> Bar:
    return Bar(f"≤ {value:g} {unit}".rstrip(), lambda _floor: value)


def at_least(value: float, unit: str) -> Bar:
    return Bar(f"≥ {value:g} {unit}", lambda _floor: value, at_least=True)


def times_floor(factor: float) -> Bar:
    return Bar(f"≤ {factor:g} × floor", lambda floor: factor * floor)


def above_floor(added: float, unit: str) -> Bar:
    return Bar(f"≤ floor + {added:g} {unit}", lambda floor: floor + added)


NO_BAR = Bar("–", lambda _floor: math.inf)


@dataclass(frozen=True)
class Figure:
    """A row of the table. *digits* after the decimal point."""

    title: str
    unit: str
    bar: Bar
    digits: int = 0

    def show(self, value: float) -> str:
        """Return a value with its unit."""
        return "–" if value != value else f"{value:.{self.digits}f} {self.unit}".rstrip()  # noqa: PLR0124  # nan


PACE_S, WAN_S, AT_ONCE = 30 / 5, 1.0, 5
# 30 requests at 5 a second, and 30 requests of 1 s with 5 in flight, both take 6 s.
SHIPPED_S = 1.05 * max(PACE_S, 30 / AT_ONCE * WAN_S)

FIGURES: Mapping[str, Figure] = {
    "ack_1": Figure("acknowledged, p99, one at a time", "ms", above_floor(5, "ms"), 1),
    "ack_10": Figure("acknowledged, p99, 10 at once", "ms", times_floor(1.5), 1),
    "ack_30": Figure("acknowledged, p99, 30 at once", "ms", times_floor(1.5), 1),
    "ack_200": Figure("acknowledged, p99, 200 at once", "ms", times_floor(1.5)),
    "ack_1000": Figure("acknowledged, p99, 1,000 at once", "ms", times_floor(1.5)),
    "image_warm": Figure("overhead of one image", "ms", above_floor(15, "ms")),
    "image_first": Figure("overhead of a process's first image", "ms", above_floor(40, "ms")),
    "last_shipped": Figure("last of 30, 5 a second, 5 in flight", "s", at_most(round(SHIPPED_S, 2), "s"), 2),
    "last_30": Figure("last of 30, no limit on the pace", "s", times_floor(1.2), 2),
    "throughput": Figure("images a second, 1,000 at once, no limit on the pace", "/s", at_least(60, "/s")),
    "transactions": Figure("transactions per image, 30 at once", "", at_most(12, ""), 1),
    "statements": Figure("statements per image, 30 at once", "", at_most(90, "")),
    "cpu_30": Figure("CPU per image, 30 at once", "ms", at_most(20, "ms"), 1),
    "cpu_200": Figure("CPU per image, 200 at once", "ms", at_most(20, "ms"), 1),
    "stall": Figure("longest stall of the event loop, 30 edits of 8 MB", "ms", at_most(25, "ms")),
    "decode": Figure("decode in a child, over the same decode in the process", "ms", at_most(10, "ms")),
    "decode_stall": Figure("longest stall of the event loop during that", "ms", at_most(2, "ms"), 1),
    "rss_idle": Figure("memory, idle", "MB", at_most(95, "MB")),
    "children": Figure("memory of its child processes, idle", "MB", NO_BAR),
    "rss_30": Figure("memory after 30 at once", "MB", at_most(120, "MB")),
    "rss_200": Figure("memory after 200 at once", "MB", at_most(130, "MB")),
    "rss_3000": Figure("memory after 3,000 in waves of 100", "MB", at_most(130, "MB")),
    "rss_edits": Figure("most memory during 30 edits of 8 MB", "MB", at_most(180, "MB")),
    "cycle_sqlite": Figure("job cycles in the store, SQLite", "/s", at_least(150, "/s")),
    "cycle_pg_1": Figure("job cycles in the store, PostgreSQL, one process", "/s", at_least(100, "/s")),
    "cycle_pg_2": Figure("job cycles in the store, PostgreSQL, two processes", "/s", at_least(100, "/s")),
    "cycle_pg_rise": Figure("two processes over one", "×", at_least(1, "×"), 2),
    "start": Figure("start until ready", "s", at_most(0.5, "s"), 2),
    "health_cpu": Figure("CPU of a health check", "s", at_most(0.05, "s"), 2),
    "health_mb": Figure("memory of a health check", "MB", at_most(15, "MB")),
}


@dataclass(frozen=True)
class Row:
    """A figure's values: of each round, for the floor (or the other commit) and for ours."""

    name: str
    before: tuple[float, ...]
    ours: tuple[float, ...]

    @property
    def figure(self) -> Figure:
        """Return what was measured."""
        return FIGURES[self.name]

    @property
    def medians(self) -> tuple[float, float]:
        """Return the median of the floor, nan if it has none, and ours."""
        return median(self.before) if self.before else float("nan"), median(self.ours)

    @property
    def met(self) -> bool:
        """Return whether the bar is met."""
        return self.figure.bar.met(*self.medians)
