"""``python -m tests.chaos --kills 200 --seed 7 --database sqlite``: kills, and prints a table and the books."""

from __future__ import annotations

import asyncio
import random
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import click

from tests.chaos.books import EVERY
from tests.chaos.lives import of_job
from tests.chaos.points import CLAIMED, KINDS, PHASES, Point
from tests.chaos.run import Report, chaos
from tests.postgres import binaries, cluster, missing_is_a_failure

DATABASES = ["sqlite", "postgresql"]


@contextmanager
def database_in(folder: Path, name: str) -> Iterator[tuple[str, int]]:
    """A new database of that kind, and how many processes share it. LookupError where there is no PostgreSQL."""
    if name == "sqlite":
        yield f"sqlite:///{folder}/wanvas.db", 1
        return
    with cluster() as server:
        yield server.database(), 2


def table(report: Report) -> str:
    """Point by kills, then the books."""
    rows = [f"| {'point':<18} | before | between | after |", "| --- | ---: | ---: | ---: |"]
    for kind in (kind for kind in KINDS if any(point.what == kind for point in report.points)):
        kills = [report.kills[Point(kind, phase)] for phase in PHASES]
        rows.append(f"| {kind:<18} | {kills[0]:>6} | {kills[1]:>7} | {kills[2]:>5} |")
    rows += ["", "| after | kills |", "| --- | ---: |"]
    rows += [f"| {point} | {report.kills[point]} |" for point in report.points if not point.phase]
    rows += ["", "| slept at | |", "| --- | ---: |"]
    rows += [f"| {point} | {report.sleeps[point]} |" for point in sorted(report.sleeps, key=str)]
    return "\n".join(rows)


def books(report: Report) -> str:
    counts = report.books.counts if report.books is not None else Counter()
    wrong = Counter(kind for kind, _ in report.found)
    rows = ["| the books | |", "| --- | ---: |", *(f"| {name} | {count} |" for name, count in sorted(counts.items()))]
    rows += [f"| **{kind}** | **{wrong[kind]}** |" for kind in EVERY]
    return "\n".join([*rows, "", *(f"{kind}: {text}" for kind, text in report.found), *lives(report)])


def lives(report: Report) -> list[str]:
    """The whole story of each job that an entry names."""
    named = dict.fromkeys(int(found[1]) for _, text in report.found if (found := re.search(r"job (\d+)", text)))
    return [] if report.books is None else [line for job_id in named for line in ("", *of_job(report.books, job_id))]


def verdict(report: Report, kills: int) -> list[str]:
    """What makes the run fail: anything in the books, and a point without a kill where there were kills enough."""
    wrong = [f"{len(report.found)} entries in the books are not as promised"] if report.found else []
    if report.killed < kills:
        wrong.append(f"{report.killed} kills of {kills}; not reached: {', '.join(map(str, report.missed))}")
    if not report.sleeps[CLAIMED]:
        wrong.append("nobody slept between the claim and the first byte to Wan")
    if kills >= len(report.points):
        wrong += [f"no kill at: {point}" for point in report.points if not report.kills[point]]
    return wrong


@click.command()
@click.option("--kills", default=200, show_default=True, help="On each database.")
@click.option("--seed", type=int, help="Printed, and the same plan again when given.")
@click.option("--database", type=click.Choice(DATABASES), help="Both, unless one is named.")
@click.option("--folder", type=click.Path(path_type=Path), help="Keep databases, diaries and logs there.")
def main(kills: int, seed: int | None, database: str | None, folder: Path | None) -> None:
    """Kill the bot at every point while its people go on, and compare the books."""
    chosen = random.randrange(1_000_000) if seed is None else seed
    names = [database] if database else DATABASES
    if database is None and binaries() is None and not missing_is_a_failure():
        click.echo("PostgreSQL is not found: the kills on it are left out")
        names = ["sqlite"]
    wrong = [sentence for name in names for sentence in on(name, kills, chosen, folder)]
    sys.exit(bool(wrong))


def on(database: str, kills: int, seed: int, folder: Path | None) -> list[str]:
    """One run on one database, printed; what makes it fail."""
    click.echo(f"make chaos KILLS={kills} SEED={seed} DATABASE={database}")
    with ExitStack() as stack:
        there = (folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="wanvas-chaos-")))) / database
        there.mkdir(parents=True, exist_ok=True)
        url, processes = stack.enter_context(database_in(there, database))
        report = asyncio.run(
            chaos(there, kills=kills, seed=seed, database=database, url=url, processes=processes, log=click.echo)
        )
    wrong = verdict(report, kills)
    slept = f", {report.slept} times a process slept past its lease" if report.slept else ""
    click.echo(f"\n{table(report)}\n\n{books(report)}\n\n{report.killed} kills{slept}, {report.took_s:.0f} s")
    click.echo("\n".join(wrong) if wrong else "Nothing lost, nothing counted twice.")
    return wrong


if __name__ == "__main__":
    main()
