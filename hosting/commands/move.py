"""``python bot.py move --to URL``: carry an SQLite database to PostgreSQL."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from hosting.commands.backup import LEFT_OUT
from hosting.configuration import read_settings
from hosting.problems import end_without
from imagegen.errors import StoreUnavailable, StoreUnusable
from imagegen.store.engine import sqlite_path

if TYPE_CHECKING:
    from imagegen.store.moving import Moved

ONLY_FROM_SQLITE = "DATABASE_URL is not an SQLite file. `backup` and `restore` carry any database to any other"
NEXT = """\
Every row was compared. Now set DATABASE_URL in .env to the new database, and start the bot.
{source} is unchanged. No bot starts on it while {source}.moved is there."""


@click.command()
@click.option("--to", "target", envvar="MOVE_TO", metavar="URL", help="Address of an empty PostgreSQL database.")
def move(target: str | None) -> None:
    """Carry the SQLite database to PostgreSQL. The bot must be stopped. After a kill, run the same again.

    Without --to, the address is read from the variable MOVE_TO: it stays out of the shell's history.
    """
    from imagegen.store.moving import move as move_to  # noqa: PLC0415  # loads Alembic: no start of the bot does

    source = sqlite_path(read_settings().database_url.get_secret_value())
    try:
        if source is None:
            raise StoreUnusable(ONLY_FROM_SQLITE)
        if not target:
            raise StoreUnusable("give the address of an empty database with --to, or in the variable MOVE_TO")
        moved = move_to(source, target, now=datetime.now(UTC), say=click.echo)
    except StoreUnavailable as error:
        end_without("The move stopped", error)
    _say(moved)
    click.echo(NEXT.format(source=source))
    sys.exit(moved.broken != moved.broken_before)


def _say(moved: Moved) -> None:
    jobs, rows = moved.rows["jobs"], sum(moved.rows.values())
    click.echo(f"Moved {jobs:,} requests ({rows:,} rows of {len(moved.rows)} tables) to {moved.to}.")
    if moved.left_out:
        click.echo(LEFT_OUT.format(names=", ".join(moved.left_out)))
    for sentence in moved.broken:
        click.echo(f"{sentence}, in both databases" if sentence in moved.broken_before else sentence)
    if not moved.broken:
        click.echo("All invariants hold in both databases.")
