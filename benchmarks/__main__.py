"""Measure the bot against the floor: ``python -m benchmarks``, or only some figures: ``--only ack,cpu_30``.

``--against REF`` measures the bot of another commit instead of the floor.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import report
from benchmarks.bots import FLOOR, OURS, ROOT, Subject, checked_out
from benchmarks.driver import Driver, Stuck, driver
from benchmarks.figures import FIGURES, Row
from benchmarks.parts import Values
from benchmarks.scenes import SCENES, Scene

PAGE = ROOT / "docs/benchmarks.md"
BUSY_CORES = 0.2  # above that, other programs disturbed the run


def chosen(only: Sequence[str]) -> list[Scene]:
    """Return the scenes that have a figure of *only*; all if *only* is empty."""
    return [scene for scene in SCENES if not only or any(_is_wanted(name, only) for name in scene.figures)]


def _is_wanted(name: str, only: Sequence[str]) -> bool:
    """Return whether *only* has the name or its first word, as ``ack`` of ``ack_30``."""
    return not only or name in only or name.partition("_")[0] in only


async def play(local: Driver, scenes: Sequence[Scene], subjects: Sequence[Subject]) -> dict[str, list[Values]]:
    """Play each scene with each subject in turn, round by round, and return the values by subject."""
    found: dict[str, list[Values]] = {subject.name: [] for subject in subjects}
    for scene in scenes:
        for number in range(scene.rounds):
            for subject in subjects if number % 2 == 0 else reversed(subjects):
                if not (scene.has_floor or subject.is_ours):
                    continue
                name = f"{scene.play.__name__} {number + 1}/{scene.rounds} {subject.name}"
                print(name, file=sys.stderr)
                try:
                    found[subject.name].append(await scene.play(local, subject))
                except Stuck as stuck:
                    local.stuck.append(f"{name}: {stuck}")
    return found


def rows(before: Sequence[Values], ours: Sequence[Values], only: Sequence[str]) -> list[Row]:
    """Return the rows of the figures that were measured and asked for."""
    found = []
    for name in FIGURES:
        columns = [tuple(values[name] for values in column if name in values) for column in (before, ours)]
        if columns[1] and _is_wanted(name, only):
            found.append(Row(name, *columns))
    return found


class Machine:
    """How busy the machine was with other programs."""

    def __init__(self) -> None:
        self._began_s, self._busy_s, self._own_s = time.perf_counter(), _busy_s(), _own_s()

    def others(self) -> float:
        """Return how many cores other programs used on average."""
        spent_s = (_busy_s() - self._busy_s) - (_own_s() - self._own_s)
        return max(0.0, spent_s) / (time.perf_counter() - self._began_s)


def _own_s() -> float:
    return sum(os.times()[:4])


def _busy_s() -> float:
    """Return the CPU seconds of all programs. https://man7.org/linux/man-pages/man5/proc_stat.5.html"""
    user, nice, system, _idle, _iowait, irq, softirq, *_ = map(
        int, Path("/proc/stat").read_text().splitlines()[0].split()[1:]
    )
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


def notes(local: Driver, machine: Machine, took_s: float) -> list[str]:
    """Return what a reader must know about the run."""
    python = f"Python {platform.python_version()}"
    found = [f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, {python}, {took_s:.0f} s."]
    if (others := machine.others()) > BUSY_CORES:
        found.append(f"Other programs used {others:.1f} cores meanwhile, so the times are too long.")
    found += [f"The driver was the bottleneck: {volley}." for volley in dict.fromkeys(local.bottlenecks)]
    return found + [f"Not measured: {what}." for what in local.stuck]


async def measure(only: Sequence[str], before: Subject) -> tuple[list[Row], list[str]]:
    """Measure *before* and ours, and return the rows and the notes."""
    machine, began_s = Machine(), time.perf_counter()
    async with driver() as local:
        found = await play(local, chosen(only), (before, OURS))
        made = rows(found[before.name], found[OURS.name], only)
        return made, notes(local, machine, time.perf_counter() - began_s)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help=f"names, or first words of names: {', '.join(FIGURES)}")
    parser.add_argument("--against", metavar="REF", help="another commit, measured instead of the floor")
    parser.add_argument("--json", action="store_true", help="print every value of every round")
    parser.add_argument("--write", action="store_true", help="write the table into docs/benchmarks.md")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # stop the bots, and remove the working tree
    only = [name for name in options.only.split(",") if name]
    with checked_out(options.against) if options.against else nullcontext(FLOOR) as before:
        made, said = asyncio.run(measure(only, before))
    shown = report.compared(made, before.name) if options.against else report.table(made)
    print(report.as_json(made, said) if options.json else "\n".join([shown, "", *said]))
    if options.write:
        report.write_between(PAGE, "bench", "\n".join([shown, "", *said]))


if __name__ == "__main__":
    main()
