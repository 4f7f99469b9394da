"""``python bot.py health``: ask the running bot whether it is healthy."""

from __future__ import annotations

import click

from hosting import health as ask_health


@click.command()
def health() -> None:
    """Ask the running bot whether it is healthy."""
    ask_health.main()
