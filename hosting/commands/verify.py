"""``python bot.py verify``: prove on the live Discord and the live Wan that the bot's rules hold."""

from __future__ import annotations

import click


@click.command()
@click.option("--channel", help="The channel to post the checklist in: its id, or its link.")
@click.option("--yes", is_flag=True, help="Do not ask before the items that cost money.")
@click.option("--free", is_flag=True, help="Verify only what costs nothing.")
@click.option("--late", is_flag=True, help="Wait until an interaction's token is dead, which takes 15 minutes.")
@click.option(
    "--only", multiple=True, metavar="KEY", help="Verify only this item, or items that begin so; may be repeated."
)
@click.option("--report", default=".", metavar="FOLDER", type=click.Path(file_okay=False, exists=True, writable=True),
              help="Where to write the report. Default: the current folder.")  # fmt: skip
def verify(channel: str | None, yes: bool, free: bool, late: bool, only: tuple[str, ...], report: str) -> None:
    """Verify live what the sandbox only imitates. Stop the bot first; a person acts in the named channel.

    Ends with 0 only if no item failed and none was stopped, skipped by the person or not done in time.
    """
    from hosting.verify.command import main  # noqa: PLC0415  # the bot's start does not load what only this needs

    main(channel, yes=yes, free=free, late=late, only=only, report=report)
