"""The command line: ``python bot.py`` runs the bot; check, audit, invite and health help the operator."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable

import click
import discord
from pydantic import ValidationError

from hosting import health as ask_health
from hosting import installs
from hosting.checks import findings
from hosting.connect import application
from hosting.running import PartEnded
from imagegen import telemetry
from imagegen.errors import StoreUnavailable
from imagegen.imaging.isolation import hide_this_process
from imagegen.settings import Settings
from imagegen.store.audit import audited

Serve = Callable[[Settings], Awaitable[None]]

MISSING = (
    "{names} not set: put {them} into .env, as .env.example shows.\n"
    "To try the bot without a token and without a key, run `make sandbox`."
)


def run(serve: Serve) -> None:
    """Run the command line; *serve* runs the bot until it is stopped."""
    main(obj=serve)


@click.group(invoke_without_command=True)
@click.pass_context
def main(context: click.Context) -> None:
    """Wanvas: images generated and edited in Discord. Without a command: run the bot."""
    hide_this_process()
    if context.invoked_subcommand is None:
        _run_bot(context.obj)


def _run_bot(serve: Serve) -> None:
    settings = _complete_settings()
    telemetry.set_up_logs(settings.log_format)
    try:
        asyncio.run(_awaited(serve(settings)))
    except discord.LoginFailure:
        sys.exit("Discord refuses DISCORD_TOKEN. Copy the token again from the developer portal, under Bot.")
    except discord.PrivilegedIntentsRequired:
        sys.exit(
            "Discord does not grant the message-content intent. Set MESSAGE_CONTENT=off, or grant it in the portal."
        )
    except StoreUnavailable as error:
        sys.exit(f"The database cannot be used: {error.facts.get('cause', error)}.")
    except PartEnded as error:
        sys.exit(f"The bot stopped: {error}. The log has the details.")


async def _awaited(served: Awaitable[None]) -> None:
    await served


@main.command()
def check() -> None:
    """Check settings, token, intents, key and database, and print every problem at once."""
    problems = asyncio.run(findings(_read_settings()))
    for sentence in problems:
        click.echo(sentence, err=True)
    click.echo(f"{len(problems)} to fix." if problems else "All good: `python bot.py` can run.")
    sys.exit(bool(problems))


@main.command()
def audit() -> None:
    """Check the invariants of the database, and print each that does not hold. Reads only; the bot may be running."""
    try:
        found = audited(_read_settings().database_url.get_secret_value())
    except StoreUnavailable as error:
        sys.exit(f"The database cannot be read: {error.facts.get('cause', error)}.")
    for sentence in found.broken:
        click.echo(sentence)
    if not found.broken:
        click.echo(f"All invariants hold ({found.jobs} jobs, {found.entries} entries).")
    sys.exit(bool(found.broken))


@main.command()
def invite() -> None:
    """Print the link that adds the bot to a server, with exactly the permissions that the bot needs."""
    app = asyncio.run(application(_complete_settings()))
    click.echo(installs.server_link(app))
    if installs.allows_user_install(app):
        click.echo(f"For one's own account: {installs.user_link(app)}", err=True)
    else:
        click.echo(f"Note: {installs.USER_INSTALL_OFF}", err=True)


@main.command()
def health() -> None:
    """Ask the running bot whether it is healthy."""
    ask_health.main()


def _read_settings() -> Settings:
    """Return the settings; exit with one line for each that is wrong. Never prints a value, which may be a secret."""
    try:
        return Settings()
    except ValidationError as error:
        for problem in error.errors():
            name = "_".join(str(part) for part in problem["loc"]).upper()
            click.echo(f"{name}: {problem['msg']}".removeprefix(": "), err=True)
        sys.exit(2)


def _complete_settings() -> Settings:
    """Return the settings of a bot that can run; exit with what is missing otherwise."""
    settings = _read_settings()
    if names := settings.missing:
        plural = len(names) > 1
        text = MISSING.format(
            names=" and ".join(names) + (" are" if plural else " is"), them="them" if plural else "it"
        )
        click.echo(text, err=True)
        sys.exit(2)
    return settings
