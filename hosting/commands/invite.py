"""``python bot.py invite``: print the links that install the bot."""

from __future__ import annotations

import asyncio

import click

from hosting import installs
from hosting.configuration import read_settings
from hosting.connect import application


@click.command()
def invite() -> None:
    """Print the link that adds the bot to a server, with exactly the permissions that the bot needs."""
    app = asyncio.run(application(read_settings("DISCORD_TOKEN")))
    click.echo(installs.server_link(app))
    if installs.allows_user_install(app):
        click.echo(f"For one's own account: {installs.user_link(app)}", err=True)
    else:
        click.echo(f"Note: {installs.USER_INSTALL_OFF}", err=True)
