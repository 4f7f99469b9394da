"""``python -m tests.fuzz --what decoder --seconds 600 --seed 7``: run fuzz targets for a while."""

from __future__ import annotations

import random
import sys

import click

from tests.fuzz import answers, decoder, marks, words
from tests.fuzz.run import Report, Target, fuzz

# Everything that can be fuzzed. To add a target, write a module with a Target here and name it in this table.
TARGETS: dict[str, Target] = {
    "answers": answers.target,
    "decoder": decoder.target,
    "marks": marks.target,
    "words": words.target,
}


def table(what: str, report: Report) -> str:
    """Return a Markdown table of the outcomes."""
    rows = [f"| {what} | cases |", "| --- | ---: |"]
    rows += [f"| {outcome} | {count} |" for outcome, count in report.outcomes.most_common()]
    rows += [f"| **failed** | **{len(report.failures)}** |", f"| slowest, s | {report.slowest_s:.2f} |"]
    return "\n".join(rows)


@click.command()
@click.option("--what", type=click.Choice(list(TARGETS)), help="One target; every target in turn by default.")
@click.option("--seconds", default=600.0, show_default=True, help="For each target.")
@click.option("--seed", type=int, help="The printed seed of an earlier run repeats its cases.")
@click.option("--only", type=int, help="Run only the case with this number.")
def main(what: str | None, seconds: float, seed: int | None, only: int | None) -> None:
    """Try changed and random inputs until the time is up. Fail if a target's promise breaks."""
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
