"""Run one fuzz target for a while. Each case has its own seed, so a failed case can be run again alone."""

from __future__ import annotations

import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

MOST_FAILURES = 10  # then the run ends, so that the first failures are fixed first

# Run one random case, and return its outcome in a word or two for the table. Raise if a promise breaks.
Target = Callable[[Random], str]


@dataclass
class Report:
    """The outcomes of a run, and the failures as (number of the case, traceback)."""

    outcomes: Counter[str] = field(default_factory=Counter)
    failures: list[tuple[int, str]] = field(default_factory=list)
    slowest_s: float = 0.0

    @property
    def cases(self) -> int:
        """Return the number of cases that ran."""
        return self.outcomes.total() + len(self.failures)


def dice(seed: int, number: int) -> Random:
    """Return the random numbers of one case."""
    return Random(f"{seed}:{number}")


def fuzz(target: Target, *, seed: int, seconds: float = float("inf"), numbers: range | None = None) -> Report:
    """Run the cases of *seed* with these numbers, from 0 without end by default, for at most *seconds*."""
    report, ends = Report(), time.monotonic() + seconds
    for number in numbers or range(2**63):
        began = time.monotonic()
        if began > ends or len(report.failures) >= MOST_FAILURES:
            break
        try:
            report.outcomes[target(dice(seed, number))] += 1
        except Exception:
            report.failures.append((number, traceback.format_exc()))
        report.slowest_s = max(report.slowest_s, time.monotonic() - began)
    return report
