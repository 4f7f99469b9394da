"""``python bot.py check``: find everything that is wrong before the bot runs."""

from __future__ import annotations

import asyncio
import sys

import click

from hosting.checks import findings
from hosting.configuration import read_configuration
from hosting.problems import Exit


@click.command()
def check() -> None:
    """Check settings, token, key, database and port, and print every problem at once. The bot may be running."""
    found = asyncio.run(findings(read_configuration()))
    problems = [finding for finding in found if finding.exit is not Exit.GOOD]
    for finding in problems:
        click.echo(finding.sentence, err=True)
    for finding in found:
        if finding.exit is Exit.GOOD:
            click.echo(f"Note: {finding.sentence}")
    click.echo(f"{len(problems)} to fix." if problems else "All good: `python bot.py` can run.")
    sys.exit(max((finding.exit for finding in found), default=Exit.GOOD))
