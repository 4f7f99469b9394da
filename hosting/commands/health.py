"""``python bot.py health``: ask the running bot whether every part of it works."""

from __future__ import annotations

import click

from hosting import health as ask_health
from hosting.configuration import read_settings


@click.command()
def health() -> None:
    """Ask the running bot whether every part of it works, and print what does not."""
    settings = read_settings()
    click.echo(ask_health.report(str(settings.health_host), settings.health_port, "/readyz"))
