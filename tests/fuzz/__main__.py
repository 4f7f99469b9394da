"""``python -m tests.fuzz --what decoder --seconds 600 --seed 7``: throw bytes and words at a part that reads them."""

from __future__ import annotations

import random
import sys

import click

from tests.fuzz import decoder, wire, words
from tests.fuzz.run import Report, Target, fuzz

# What can be fuzzed. To add a part, write a Target in a module of its own here and name it in this table.
TARGETS: dict[str, Target] = {
    "decoder": decoder.target,
    "wire": wire.target,
    "words": words.target,
}


def table(what: str, report: Report) -> str:
    rows = [f"| {what} | cases |", "| --- | ---: |"]
    rows += [f"| {outcome} | {count} |" for outcome, count in report.outcomes.most_common()]
    rows += [f"| **failed** | **{len(report.failures)}** |", f"| slowest, s | {report.slowest_s:.2f} |"]
    return "\n".join(rows)


@click.command()
@click.option("--what", type=click.Choice(list(TARGETS)), help="Every part in turn, unless one is named.")
@click.option("--seconds", default=600.0, show_default=True, help="For each part.")
@click.option("--seed", type=int, help="Printed, and the same cases again when given.")
@click.option("--only", type=int, help="Run the case of this number alone.")
def main(what: str | None, seconds: float, seed: int | None, only: int | None) -> None:
    """Try mutated and drawn inputs until the time is up; fail if a promise breaks."""
    chosen = random.randrange(1_000_000) if seed is None else seed
    numbers = None if only is None else range(only, only + 1)
    failed = 0
    for name in [what] if what else TARGETS:
        report = fuzz(TARGETS[name], seed=chosen, seconds=seconds, numbers=numbers)
        failed += len(report.failures)
        click.echo(f"seed {chosen}, {report.cases} cases\n{table(name, report)}\n")
        for number, trace in report.failures:
            click.echo(f"--what {name} --seed {chosen} --only {number}\n{trace}")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
