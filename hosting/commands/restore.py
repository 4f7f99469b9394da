"""``python bot.py restore FILE``: make a database of a backup."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hosting.configuration import read_settings
from hosting.problems import end_without
from imagegen.errors import StoreUnavailable

if TYPE_CHECKING:
    from imagegen.store.restore import Restored

NOT_KNOWN = """\
What the database does not know is everything after {taken_at:%Y-%m-%d %H:%M:%S} UTC:
- Requests that came later are gone, and what they cost counts against no quota and no budget.
- Requests that had not ended: {waiting}. The bot continues them when it starts: those that ended meanwhile are
  generated, paid and posted again.
- Data that people erased later with /forget-me is back. Ask them to erase it again."""


@click.command()
@click.argument("path", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Put the present database aside first. It is kept.")
def restore(path: Path, replace: bool) -> None:
    """Make the database of DATABASE_URL from the backup FILE. The bot must be stopped."""
    from imagegen.store.restore import restore as restore_from  # noqa: PLC0415  # loads Alembic: no start of the bot does

    try:
        url = read_settings().database_url.get_secret_value()
        done = restore_from(url, path, replace=replace, now=datetime.now(UTC))
    except StoreUnavailable as error:
        end_without("Nothing was restored", error)
    _say(done)
    sys.exit(bool(done.broken))


def _say(done: Restored) -> None:
    found = done.contents
    click.echo(
        f"Restored {found.tallies['jobs'].rows:,} requests ({found.rows:,} rows of {len(found.tallies)} tables)."
    )
    if done.aside:
        click.echo(f"The former database is kept: {done.aside}.")
    for sentence in done.broken:
        click.echo(sentence)
    if not done.broken:
        click.echo("All invariants hold.")
    click.echo(NOT_KNOWN.format(taken_at=found.taken_at, waiting=done.waiting))
