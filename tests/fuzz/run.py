"""Run one fuzz target for a while. Each case has dice of its own, so that a case that fails can be run again alone."""

from __future__ import annotations

import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

MOST_FAILURES = 10  # after these the run ends: the first ones are to be mended first

# Try one case drawn with the dice, and return its outcome in a word or two for the table. Raise where a promise breaks.
Target = Callable[[Random], str]


@dataclass
class Report:
    """The outcomes of a run, and the failures: (number of the case, traceback)."""

    outcomes: Counter[str] = field(default_factory=Counter)
    failures: list[tuple[int, str]] = field(default_factory=list)
    slowest_s: float = 0.0

    @property
    def cases(self) -> int:
        return self.outcomes.total() + len(self.failures)


def dice(seed: int, number: int) -> Random:
    return Random(f"{seed}:{number}")


def fuzz(target: Target, *, seed: int, seconds: float = float("inf"), numbers: range | None = None) -> Report:
    """Try the cases of *seed* with these numbers, from 0 without an end by default, for at most *seconds*."""
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
