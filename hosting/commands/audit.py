"""``python bot.py audit``: check what the database holds."""

from __future__ import annotations

import sys

import click

from hosting.configuration import read_settings
from imagegen.store.audit import audited


@click.command()
def audit() -> None:
    """Check the invariants of the database, and print each that does not hold. Reads only; the bot may be running."""
    found = audited(read_settings().database_url.get_secret_value())
    for sentence in found.broken:
        click.echo(sentence)
    if not found.broken:
        click.echo(f"All invariants hold ({found.jobs} jobs, {found.entries} entries).")
    sys.exit(bool(found.broken))
