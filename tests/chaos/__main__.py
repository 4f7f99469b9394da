"""``python -m tests.chaos --kills 200 --seed 7 --database sqlite``: kill the bot and print the comparison."""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import click

from tests.chaos.report import books, table, verdict
from tests.chaos.run import chaos
from tests.postgres import binaries, cluster, missing_is_a_failure

DATABASES = ["sqlite", "postgresql"]


@contextmanager
def database_in(folder: Path, name: str) -> Iterator[tuple[str, int]]:
    """Yield the URL of a new database, and how many processes share it. LookupError without PostgreSQL."""
    if name == "sqlite":
        yield f"sqlite:///{folder}/wanvas.db", 1
        return
    with cluster() as server:
        yield server.database(), 2


@click.command()
@click.option("--kills", default=200, show_default=True, help="On each database.")
@click.option("--seed", type=int, help="Printed, and the same plan again when given.")
@click.option("--database", type=click.Choice(DATABASES), help="Both, unless one is named.")
@click.option("--folder", type=click.Path(path_type=Path), help="Keep databases, diaries and logs there.")
def main(kills: int, seed: int | None, database: str | None, folder: Path | None) -> None:
    """Kill the bot at every point while its members go on, then compare what they saw with the ledger."""
    chosen = random.randrange(1_000_000) if seed is None else seed
    names = [database] if database else DATABASES
    if database is None and binaries() is None and not missing_is_a_failure():
        click.echo("PostgreSQL is not found: the kills on it are left out")
        names = ["sqlite"]
    wrong = [sentence for name in names for sentence in on(name, kills, chosen, folder)]
    sys.exit(bool(wrong))


def on(database: str, kills: int, seed: int, folder: Path | None) -> list[str]:
    """Print one run on one database. Return what makes the run fail."""
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
