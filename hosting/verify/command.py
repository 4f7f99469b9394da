"""The conversation with the operator in the terminal: before a verification, and after it."""

from __future__ import annotations

import asyncio
import logging
import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from hosting import health
from hosting.configuration import complete_settings
from hosting.problems import Exit
from hosting.verify import cost
from hosting.verify.items import Item, Verdict, chosen
from hosting.verify.report import Report, as_json, as_markdown, write
from hosting.verify.run import Plan, channel_id_in, every_item, verify
from hosting.verify.runner import Entries
from hosting.verify.sessions import Unverifiable
from imagegen.errors import StoreUnavailable
from imagegen.logs import set_up_logs
from imagegen.ownership import LEASE
from imagegen.settings import Settings
from imagegen.store.inspection import look, what_a_start_does

RUNNING = (
    "The bot seems to run: {sign}. Stop the bot first, wherever it runs: it would answer the commands that this "
    "verification waits for, and would pay for them."
)
ASK_CHANNEL = "Channel for the checklist (id or link; right-click the channel, Copy Link)"


def main(channel: str | None, *, yes: bool, free: bool, late: bool, only: tuple[str, ...], report: str) -> None:
    """Ask what is missing, verify, and exit with 0 only if the run proves something and leaves nothing open."""
    settings = complete_settings()
    _log_defects_only(settings)
    items = _chosen(only, settings)
    if sign := _port_answers(settings) or _beat_recently(settings):
        sys.exit(RUNNING.format(sign=sign))
    plan = Plan(_channel_id(channel), items, free, late)
    click.echo(cost.sentence(plan.affordable, settings))
    if not yes and any(item.images for item in plan.affordable):
        click.confirm("Go on?", abort=True)
    entries = _verified(settings, plan)
    found = Report(datetime.now(UTC), settings, entries)
    click.echo("\n" + ", ".join(f"{count} {verdict}" for verdict, count in found.summary.items()) + ".")
    _write(found, Path(report))
    if left := _left(found):
        click.echo(left, err=True)
    sys.exit(Exit.RUN if left or found.summary[Verdict.FAILED] else Exit.GOOD)


def _left(report: Report) -> str:
    """Return in a sentence what the run leaves open; empty if nothing. A script must not take it for a proof."""
    if count := sum(outcome.not_done for _, outcome in report.entries):
        verb = "was" if count == 1 else "were"
        return f"Not everything was verified: {count} of {len(report.entries)} items {verb} not done."
    summary = report.summary
    return "" if summary[Verdict.PASSED] or summary[Verdict.FAILED] else "Nothing was verified."


def _write(report: Report, folder: Path) -> None:
    """Write the report. If the disk does not take it, print it and exit with a sentence: the run is not lost."""
    try:
        for path in write(report, folder):
            click.echo(f"Report: {path}")
    except OSError as error:
        click.echo(as_markdown(as_json(report)))
        sys.exit(f"The report above could not be written into {folder}: {error.strerror}.")


def _log_defects_only(settings: Settings) -> None:
    """Log errors alone: the terminal belongs to the conversation."""
    set_up_logs(settings.log_format)
    for name in (None, "discord"):
        logging.getLogger(name).setLevel(logging.ERROR)


def _chosen(only: tuple[str, ...], settings: Settings) -> tuple[Item, ...]:
    """Return the items that *only* names. Raise click.UsageError for a name that no item has."""
    items = every_item(settings)
    if unknown := [name for name in only if not chosen(items, [name])]:
        raise click.UsageError(f"No item is called {unknown[0]}. The items are {', '.join(i.key for i in items)}.")
    return chosen(items, only)


def _port_answers(settings: Settings) -> str:
    """Return that a bot answers on the health page of these settings; empty if none does."""
    port = settings.health_port
    answers = port != 0 and not health.trouble(str(settings.health_host), port, "/healthz")
    return f"port {port} answers" if answers else ""


def _beat_recently(settings: Settings) -> str:
    """Return that a process on the database of these settings gave a sign of life; empty if none did."""
    url = settings.database_url.get_secret_value()
    try:
        alive_at = None if what_a_start_does(url) else look(url).alive_at
    except StoreUnavailable:
        return ""  # a verification needs no database
    ago = LEASE if alive_at is None else datetime.now(UTC) - alive_at
    killed = f"after a kill, wait {LEASE.total_seconds():.0f} s"
    return f"its last sign of life was {ago.total_seconds():.0f} s ago ({killed})" if ago < LEASE else ""


def _channel_id(channel: str | None) -> int:
    text = click.prompt(ASK_CHANNEL) if channel is None else channel
    if (channel_id := channel_id_in(text)) is None:
        raise click.UsageError("--channel takes a channel's id or link, such as https://discord.com/channels/1/2.")
    return channel_id


def _verified(settings: Settings, plan: Plan) -> Entries:
    try:
        return asyncio.run(verify(settings, plan))
    except Unverifiable as error:
        sys.exit(str(error))
