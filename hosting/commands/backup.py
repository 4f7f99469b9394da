"""``python bot.py backup FILE``: write everything that the database holds into one file."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from hosting.configuration import read_settings
from hosting.problems import end_without
from imagegen.errors import StoreUnavailable
from imagegen.store.backup import write_backup

WRITTEN = "Backed up {jobs:,} requests ({rows:,} rows of {tables} tables, {size:.1f} MB) to {path}, and read it again."
LEFT_OUT = "Left out the tables of another program: {names}."


@click.command()
@click.argument("path", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Replace FILE if it is an earlier backup.")
def backup(path: Path, force: bool) -> None:
    """Write everything that the database holds into FILE. The bot may be running.

    The file is the same for SQLite and PostgreSQL: `restore` makes a database of either kind from it.
    """
    try:
        url = read_settings().database_url.get_secret_value()
        made = write_backup(url, path, replace=force, now=datetime.now(UTC))
    except StoreUnavailable as error:
        end_without("No backup was written", error)
    found = made.contents
    facts = {"rows": found.rows, "tables": len(found.tallies), "size": made.file_bytes / 1e6, "path": path}
    click.echo(WRITTEN.format(jobs=found.tallies["jobs"].rows, **facts))
    if made.left_out:
        click.echo(LEFT_OUT.format(names=", ".join(made.left_out)))
