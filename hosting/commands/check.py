"""``python bot.py check``: find everything that is wrong before the bot runs."""

from __future__ import annotations

import asyncio
import sys

import click

from hosting.checks import findings
from hosting.configuration import read_settings


@click.command()
def check() -> None:
    """Check settings, token, intents, key and database, and print every problem at once."""
    problems = asyncio.run(findings(read_settings()))
    for sentence in problems:
        click.echo(sentence, err=True)
    click.echo(f"{len(problems)} to fix." if problems else "All good: `python bot.py` can run.")
    sys.exit(bool(problems))
