"""The command line: ``python bot.py`` runs the bot; each file of hosting/commands/ is a further command."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from collections.abc import Awaitable, Callable

import click
import structlog

from hosting import commands
from hosting.configuration import complete_settings, read_configuration
from hosting.problems import explained
from imagegen.imaging.isolation import hide_this_process
from imagegen.logs import set_up_logs
from imagegen.settings import Settings

Serve = Callable[[Settings], Awaitable[None]]
log = structlog.get_logger(__name__)


def run(serve: Serve) -> None:
    """Run the command line; *serve* runs the bot until it is stopped. Exit with a sentence where an error has one."""
    try:
        main(obj=serve)
    except Exception as error:
        if (finding := explained(error)) is None:
            raise
        click.echo(finding.sentence, err=True)
        sys.exit(finding.exit)


@click.group(invoke_without_command=True, commands=commands.EVERY)
@click.pass_context
def main(context: click.Context) -> None:
    """Wanvas: images generated and edited in Discord. Without a command: run the bot."""
    hide_this_process()
    if context.invoked_subcommand is None:
        _run_bot(context.obj)
    else:
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # a command ends as with Ctrl-C, and cleans up
        logging.getLogger("sqlalchemy.pool").setLevel(logging.CRITICAL)  # says that a stop closed a cursor early


def _run_bot(serve: Serve) -> None:
    settings = complete_settings()
    set_up_logs(settings.log_format)
    for finding in read_configuration().names:
        log.warning("unknown_setting", why=finding.sentence)
    asyncio.run(_awaited(serve(settings)))


async def _awaited(served: Awaitable[None]) -> None:
    await served
