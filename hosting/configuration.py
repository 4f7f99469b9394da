"""Read the settings for a command, and end the process with a line for each problem that stops the command."""

from __future__ import annotations

import sys

import click
from pydantic import ValidationError

from imagegen.settings import Settings

MISSING = (
    "{names} not set: put {them} into .env, as .env.example shows.\n"
    "To try the bot without a token and without a key, run `make sandbox`."
)


def read_settings() -> Settings:
    """Return the settings; exit with one line for each that is wrong. Never prints a value, which may be a secret."""
    try:
        return Settings()
    except ValidationError as error:
        for problem in error.errors():
            name = "_".join(str(part) for part in problem["loc"]).upper()
            click.echo(f"{name}: {problem['msg']}".removeprefix(": "), err=True)
        sys.exit(2)


def complete_settings() -> Settings:
    """Return the settings of a bot that can run; exit with what is missing otherwise."""
    settings = read_settings()
    if names := settings.missing:
        plural = len(names) > 1
        text = MISSING.format(
            names=" and ".join(names) + (" are" if plural else " is"), them="them" if plural else "it"
        )
        click.echo(text, err=True)
        sys.exit(2)
    return settings
