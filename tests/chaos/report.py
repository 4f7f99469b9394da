"""The report of a run: its tables, and what makes the run fail."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from tests.chaos.books import EVERY, Books
from tests.chaos.lives import of_job
from tests.chaos.points import CLAIMED, KINDS, PHASES, Point

SLEPT_EVERYWHERE = 2  # from as many sleeps a point, none may be without one


@dataclass
class Report:
    """The results of a run."""

    seed: int
    database: str
    points: list[Point] = field(default_factory=list)  # those that the plan was drawn from
    kills: Counter[Point] = field(default_factory=Counter)
    missed: list[Point] = field(default_factory=list)
    sleeps: Counter[Point] = field(default_factory=Counter)
    sleeping: list[Point] = field(default_factory=list)  # where one acts alone: the plan of sleeps was drawn from it
    took_s: float = 0.0
    books: Books | None = None
    found: list[tuple[str, str]] = field(default_factory=list)

    @property
    def killed(self) -> int:
        return sum(self.kills.values())

    @property
    def slept(self) -> int:
        return sum(self.sleeps.values())


def table(report: Report) -> str:
    """Return the kills at each point."""
    rows = [f"| {'point':<18} | before | between | after |", "| --- | ---: | ---: | ---: |"]
    for kind in (kind for kind in KINDS if any(point.what == kind for point in report.points)):
        kills = [report.kills[Point(kind, phase)] for phase in PHASES]
        rows.append(f"| {kind:<18} | {kills[0]:>6} | {kills[1]:>7} | {kills[2]:>5} |")
    rows += ["", "| after | kills |", "| --- | ---: |"]
    rows += [f"| {point} | {report.kills[point]} |" for point in report.points if not point.phase]
    rows += ["", "| slept at | |", "| --- | ---: |"]
    rows += [f"| {point} | {report.sleeps[point]} |" for point in report.sleeping]
    return "\n".join(rows)


def books(report: Report) -> str:
    counts = report.books.counts if report.books is not None else Counter()
    wrong = Counter(kind for kind, _ in report.found)
    rows = ["| records | |", "| --- | ---: |", *(f"| {name} | {count} |" for name, count in sorted(counts.items()))]
    rows += [f"| **{kind}** | **{wrong[kind]}** |" for kind in EVERY]
    return "\n".join([*rows, "", *(f"{kind}: {text}" for kind, text in report.found), *lives(report)])


def lives(report: Report) -> list[str]:
    """Return all records of each job that a finding names."""
    named = dict.fromkeys(int(found[1]) for _, text in report.found if (found := re.search(r"job (\d+)", text)))
    return [] if report.books is None else [line for job_id in named for line in ("", *of_job(report.books, job_id))]


def verdict(report: Report, kills: int) -> list[str]:
    """Return what makes the run fail: any finding, and a point without a kill if there were enough kills."""
    wrong = [f"{len(report.found)} records are not as promised"] if report.found else []
    if report.killed < kills:
        wrong.append(f"{report.killed} kills of {kills}; not reached: {', '.join(map(str, report.missed))}")
    if not report.sleeps[CLAIMED]:
        wrong.append("nobody slept between the claim and the first byte to Wan")
    if report.slept >= SLEPT_EVERYWHERE * len(report.sleeping):
        wrong += [f"nobody slept at: {point}" for point in report.sleeping if not report.sleeps[point]]
    if kills >= len(report.points):
        wrong += [f"no kill at: {point}" for point in report.points if not report.kills[point]]
    return wrong
